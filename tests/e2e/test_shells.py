"""Completion in real bash, zsh and fish; the manual pages as groff sets them; what `cmake --install` puts
where; and how `list` looks on a real terminal, wide and narrow."""

import contextlib
import fcntl
import os
import pathlib
import pty
import re
import resource
import select
import shutil
import sqlite3
import struct
import subprocess
import tempfile
import termios
import time
import unittest

from hooks import BINARY, HERE, PATIENCE, Home

SOURCE = HERE.parent.parent
SCRIPTS = SOURCE / "completions"
NAMES = ["crm", "o'clock", 'say "hi"', "with blank", "a:b=c", "$HOME *"]


def set_up(home):
    for name in NAMES:
        home.run("add", "outgoing", name, "https://example.com/in", "--event", "project.*", "-q", expect=0)
    home.run("emit", "project.created", expect=0)
    shims = home.dir / "bin"
    shims.mkdir()
    (shims / "thig-hooks").symlink_to(BINARY)
    home.env["PATH"] = f"{shims}:{home.env['PATH']}"
    home.env["TERM"] = "xterm"
    home.env["LC_ALL"] = "C.UTF-8"


class Terminal:
    """A program on a pseudo-terminal of the test's own."""

    def __init__(self, argv, env, columns=200, cwd=None):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.chdir(cwd or "/")
            os.execvpe(argv[0], [str(word) for word in argv], env)
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
        self.seen = ""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, 9)
        os.waitpid(self.pid, 0)
        os.close(self.fd)

    def type(self, text):
        self.seen = ""
        os.write(self.fd, text.encode())

    def wait_for(self, pattern):
        deadline = time.monotonic() + PATIENCE
        while not re.search(pattern, self.seen):
            if not self._read(deadline - time.monotonic()):
                raise AssertionError(f"waited in vain for {pattern!r}: {self.seen!r}")
        return self.seen

    def to_end(self):
        deadline = time.monotonic() + PATIENCE
        while self._read(deadline - time.monotonic()):
            pass
        return self.seen

    def _read(self, patience):
        ready, _, _ = select.select([self.fd], [], [], max(0, patience))
        try:
            data = os.read(self.fd, 65536) if ready else b""
        except OSError:  # its end
            data = b""
        self.seen += data.decode(errors="replace")
        return bool(data)


class ShellTest(unittest.TestCase):
    def setUp(self):
        self.home = self.enterContext(Home())
        set_up(self.home)


class Bash(ShellTest):
    def complete(self, line, words=None):
        """What the function of the script answers for a line that bash has broken into words."""
        words = words or line.split(" ")
        quoted = " ".join("'" + word.replace("'", "'\\''") + "'" for word in words)
        script = f"""source '{SCRIPTS}/thig-hooks.bash'
            COMP_LINE={shell_quote(line)} COMP_POINT=${{#COMP_LINE}} COMP_WORDS=({quoted})
            COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))
            _thig_hooks thig-hooks
            printf '%s\\n' "${{COMPREPLY[@]}}" """
        done = subprocess.run(["bash", "--norc", "-c", script], env=self.home.env, capture_output=True, text=True,
                              timeout=PATIENCE)
        self.assertEqual(done.stderr, "")
        return done.stdout.splitlines()

    def test_words_flags_and_values(self):
        self.assertIn("add", self.complete("thig-hooks "))
        self.assertEqual(self.complete("thig-hooks add out"), ["outgoing"])
        self.assertIn("--event", self.complete("thig-hooks add outgoing x https://x.test --e"))
        self.assertEqual(self.complete("thig-hooks show cr"), ["crm"])
        self.assertEqual(self.complete("thig-hooks show w"), ["with\\ blank"])
        self.assertEqual(len(self.complete("thig-hooks show ")), len(NAMES))

    def test_words_that_bash_has_broken(self):
        self.assertEqual(self.complete("thig-hooks deliveries --state=pe",
                                       ["thig-hooks", "deliveries", "--state", "=", "pe"]), ["pending"])
        self.assertIn("dead", self.complete("thig-hooks deliveries --state=",
                                            ["thig-hooks", "deliveries", "--state", "="]))
        self.assertEqual(self.complete("thig-hooks show a:b", ["thig-hooks", "show", "a", ":", "b"]), ["b=c"])

    def test_interactive_bash_inserts_what_can_be_run(self):
        """Under a terminal: the name comes out quoted, and the command that is completed runs."""
        rc = self.home.dir / "bashrc"
        rc.write_text(f"source '{SCRIPTS}/thig-hooks.bash'\nPS1='READY> '\nbind 'set enable-bracketed-paste off'\n")
        with Terminal(["bash", "--rcfile", rc, "-i"], self.home.env, cwd=self.home.dir) as bash:
            bash.wait_for("READY> ")
            for typed, name in ((" w", "with blank"), (" 'wi", "with blank"), (" o", "o'clock"), (' "sa', 'say "hi"'),
                                (" s", 'say "hi"'), (" a:", "a:b=c"), (" \\$", "$HOME *"), (" cr", "crm")):
                bash.type(f"thig-hooks show{typed}\t--json\n")
                self.assertIn(f'"name":{json_quote(name)}', bash.wait_for(r"(?s)\n.*READY> "), typed)
            for before in ("true; ", "FOO='a b' ", "true 'x y' && "):
                bash.type(f"{before}thig-hooks show cr\t--json\n")
                self.assertIn('"name":"crm"', bash.wait_for(r"(?s)\n.*READY> "), before)
            bash.type("thig-hooks show cr --json" + "\x1b[D" * len(" --json") + "\t\n")
            self.assertIn('"name":"crm"', bash.wait_for(r"(?s)\n.*READY> "), "in the middle")
            bash.type("thig-hooks list --color=nev\t --json --db=hook\t\n")
            self.assertIn('"name":"crm"', bash.wait_for(r"(?s)\n.*READY> "))


class Zsh(ShellTest):
    def test_interactive_zsh_inserts_what_can_be_run(self):
        self.home.env["ZDOTDIR"] = str(self.home.dir)
        (self.home.dir / ".zshrc").write_text(f"""fpath=({SCRIPTS} $fpath)
            autoload -Uz compinit && compinit -u -D
            PS1='READY> '; unset zle_bracketed_paste; unsetopt prompt_sp\n""")
        with Terminal(["zsh", "-i"], self.home.env, cwd=self.home.dir) as zsh:
            zsh.wait_for("READY> ")
            for typed, name in ((" w", "with blank"), (" 'wi", "with blank"), (" o", "o'clock"), (" s", 'say "hi"'),
                                (" a:", "a:b=c"), (" \\$", "$HOME *"), (" cr", "crm")):
                zsh.type(f"thig-hooks show{typed}\t --json\n")
                self.assertIn(f'"name":{json_quote(name)}', zsh.wait_for(r"(?s)\n.*READY> "), typed)
            zsh.type("thig-hooks list --color=nev\t --json --db=hook\t\n")
            self.assertIn('"name":"crm"', zsh.wait_for(r"(?s)\n.*READY> "))
            zsh.type("thig-hooks enab\t\t\x15")
            zsh.wait_for("enable")

    def test_the_printed_script_can_be_read_by_zsh(self):
        done = subprocess.run(["zsh", "-f", "-c", 'autoload -Uz compinit && compinit -u -D\n'
                               'eval "$(thig-hooks completion zsh)" && print $_comps[thig-hooks]'],
                              env=self.home.env, capture_output=True, text=True, timeout=PATIENCE)
        self.assertEqual((done.stdout, done.stderr), ("_thig-hooks\n", ""))


class Fish(ShellTest):
    def complete(self, line):
        script = f"source {SCRIPTS}/thig-hooks.fish; complete -C {fish_quote(line)}"
        done = subprocess.run(["fish", "--no-config", "-c", script], env=self.home.env, capture_output=True,
                              text=True, cwd=self.home.dir, timeout=PATIENCE)
        self.assertEqual(done.stderr, "")
        return dict((answer + "\t").split("\t")[:2] for answer in done.stdout.splitlines())

    def test_words_flags_and_values(self):
        self.assertEqual(self.complete("thig-hooks add ").keys(), {"incoming", "outgoing"})
        self.assertEqual(self.complete("thig-hooks show cr"), {"crm": "https://example.com/in"})
        self.assertEqual(set(self.complete("thig-hooks show ")), set(NAMES))
        self.assertEqual(set(self.complete("thig-hooks show with\\ b")), {"with blank"})
        self.assertEqual(set(self.complete("thig-hooks show 'with b")), {"with blank"})
        self.assertIn("--event", self.complete("thig-hooks add outgoing x https://x.test --e"))
        self.assertEqual(set(self.complete("thig-hooks deliveries --state=pe")), {"--state=pending"})
        self.assertIn("project.*", self.complete("thig-hooks add outgoing x https://x.test --event proj"))

    def test_files(self):
        self.assertIn("hooks.db", self.complete("thig-hooks list --db hook"))
        self.assertIn("--db=hooks.db", self.complete("thig-hooks list --db=hook"))
        self.assertIn("bin/", self.complete("thig-hooks add incoming x --directory b"))


class Scripts(unittest.TestCase):
    def test_the_program_prints_the_files(self):
        with Home() as home:
            for shell, file in (("bash", "thig-hooks.bash"), ("zsh", "_thig-hooks"), ("fish", "thig-hooks.fish")):
                self.assertEqual(home.run("completion", shell, expect=0).stdout, (SCRIPTS / file).read_text())


class Quick(unittest.TestCase):
    def test_ten_thousand_webhooks_take_no_time(self):
        with Home() as home:
            home.run("add", "outgoing", "crm", "https://example.com/in", "--event", "*", "-q", expect=0)
            with contextlib.closing(sqlite3.connect(home.db)) as db, db:
                columns = [row[1] for row in db.execute("PRAGMA table_info(endpoint)")]
                rest = ", ".join(column for column in columns if column not in ("id", "name"))
                db.execute(f"""WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000)
                    INSERT INTO endpoint (id, name, {rest})
                    SELECT 1000 + i, printf('hook-%05d', i), {rest} FROM endpoint, n""")

            def complete(word):
                before = resource.getrusage(resource.RUSAGE_CHILDREN)
                lines = home.run("__complete", "fish", "0", "show", word, expect=0).stdout.splitlines()
                after = resource.getrusage(resource.RUSAGE_CHILDREN)
                self.assertLess(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, 0.5)
                return lines

            # On a machine that is busy with other things it gives up after two seconds.
            lines = home.wait_for("an answer", lambda: complete("hook"))
            self.assertEqual(len(lines), 500)
            self.assertEqual([lines[0].split("\t")[0], lines[-1].split("\t")[0]], ["hook-00001", "hook-10000"])
            self.assertEqual(len(home.wait_for("an answer", lambda: complete("hook-0777"))), 10)

    def test_a_locked_database_is_not_waited_for(self):
        with Home() as home:
            home.run("add", "outgoing", "crm", "https://example.com/in", "--event", "*", "-q", expect=0)
            lock = sqlite3.connect(home.db, isolation_level=None)
            lock.execute("PRAGMA locking_mode = EXCLUSIVE")
            lock.execute("BEGIN EXCLUSIVE")
            done = home.run("__complete", "fish", "0", "show", "", expect=0)
            self.assertIn(done.stdout, ("", "crm\thttps://example.com/in\n"))
            self.assertEqual(done.stderr, "")
            lock.close()


@unittest.skipUnless((BINARY.parent.parent / "cmake_install.cmake").exists(), "not a build folder")
class Installed(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.prefix = pathlib.Path(tempfile.mkdtemp(prefix="thig-install-"))
        cls.addClassCleanup(shutil.rmtree, cls.prefix)
        subprocess.run(["cmake", "--install", BINARY.parent.parent, "--prefix", cls.prefix], check=True,
                       capture_output=True, timeout=PATIENCE)

    def test_files_are_where_they_are_looked_for(self):
        for file in ("bin/thig-hooks", "share/man/man1/thig-hooks.1", "share/man/man1/thig-hooks-add-outgoing.1",
                     "share/man/man5/thig-hooks-config.5", "share/man/man7/thig-hooks-signing.7", "share/man/man7/thig-hooks-api.7",
                     "share/man/man7/thig-hooks-compatibility.7", "share/man/man7/thig-hooks-json.7", "share/man/man7/thig-hooks-senders.7",
                     "share/bash-completion/completions/thig-hooks", "share/zsh/site-functions/_thig-hooks",
                     "share/fish/vendor_completions.d/thig-hooks.fish"):
            self.assertTrue((self.prefix / file).is_file(), file)
        done = subprocess.run([self.prefix / "bin/thig-hooks", "version"], capture_output=True, timeout=PATIENCE)
        self.assertEqual(done.returncode, 0)

    def test_services_are_installed_with_the_program_that_they_start(self):
        for unit in ("thig-hooks", "thig-hooks-incoming", "thig-hooks-admin", "thig-hooks-deliver"):
            text = (self.prefix / f"lib/systemd/system/{unit}.service").read_text()
            self.assertRegex(text, r"(?m)^ExecStart=/\S+/bin/thig-hooks [a-z-]+$")
            self.assertNotRegex(text, "@[A-Z_]+@")
        for file in ("lib/systemd/system/thig-hooks-deliver.timer", "lib/sysusers.d/thig-hooks.conf",
                     "lib/tmpfiles.d/thig-hooks.conf", *(f"share/doc/thig-hooks/examples/{name}" for name in (
                         "config.json", "grafana-dashboard.json", "prometheus-alerts.yml", "notify",
                         "thig-hooks-notify.socket", "thig-hooks-notify.service", "thig-hooks-notify@.service"))):
            self.assertTrue((self.prefix / file).is_file(), file)
        self.assertTrue(os.access(self.prefix / "share/doc/thig-hooks/examples/notify", os.X_OK))
        with Home() as home:
            home.run("config", "show", "--config", self.prefix / "share/doc/thig-hooks/examples/config.json", expect=0)

    def test_without_manual_pages_nothing_is_installed(self):
        build = BINARY.parent.parent
        script = (build / "cmake_install.cmake").read_text()
        stamp = str(build / "man.stamp")
        self.assertIn(stamp, script)
        with tempfile.TemporaryDirectory(prefix="thig-install-") as folder:
            prefix = pathlib.Path(folder) / "prefix"
            changed = pathlib.Path(folder) / "install.cmake"
            changed.write_text(script.replace(stamp, f"{folder}/none"))
            done = subprocess.run(["cmake", f"-DCMAKE_INSTALL_PREFIX={prefix}", "-P", changed], capture_output=True,
                                  text=True, timeout=PATIENCE)
            self.assertNotEqual(done.returncode, 0)
            self.assertIn("build the target man_pages first", " ".join(done.stderr.split()))
            self.assertFalse(prefix.exists())

    def test_every_command_has_a_page_that_groff_takes(self):
        written = {path.name for path in (SOURCE / "man").iterdir()}
        pages = sorted(page for page in self.prefix.glob("share/man/man[157]/*") if page.name not in written)
        with Home() as home:
            made = home.dir / "made"
            made.mkdir()
            home.run("__man", made, expect=0)
            self.assertEqual({page.name for page in pages}, {page.name for page in made.iterdir()})
            for page in pages:
                self.assertEqual(page.read_text(), (made / page.name).read_text(), "made again, another page")
        self.assertGreater(len(pages), 30)
        for page in pages:
            done = subprocess.run(["groff", "-man", "-ww", "-Tutf8", "-z", page], capture_output=True, text=True,
                                  timeout=PATIENCE)
            self.assertEqual((done.returncode, done.stderr), (0, ""), page.name)

    def test_pages_fit_and_hyphenate_no_name(self):
        pages = sorted(self.prefix.glob("share/man/man[157]/*"))
        self.assertGreater(len(pages), 40)
        for page in pages:
            text = subprocess.run(["groff", "-man", "-Tutf8", "-P-cbou", page], capture_output=True, text=True,
                                  timeout=PATIENCE).stdout
            lines = text.splitlines()
            self.assertEqual([line for line in lines if line.endswith("\u2010")], [], page.name)
            # Messages, byte for byte, cannot be broken.
            wide = [line for line in lines if len(line) > 79 and " " in re.sub("^webhook-.*", "", line.strip())]
            self.assertEqual(wide, [], page.name)

    def test_a_page_reads_as_it_should(self):
        page = self.prefix / "share/man/man1/thig-hooks-add-outgoing.1"
        text = subprocess.run(["groff", "-man", "-Tutf8", "-P-cbou", "-rLL=200n", page], capture_output=True, text=True,
                              timeout=PATIENCE).stdout
        self.assertIn("thig-hooks-add-outgoing - Add a webhook", text)
        self.assertIn("thig-hooks add outgoing NAME URL --event PATTERN", text)
        self.assertIn("--event 'project.*'", text)
        self.assertRegex(text, r"SEE ALSO\n +thig-hooks\(1\), +thig-hooks-add-incoming\(1\), +thig-hooks-api\(7\), +thig-hooks-changelog\(7\), +thig-hooks-compatibility\(7\), +thig-hooks-config\(5\)")


class ListOnATerminal(ShellTest):
    def show(self, columns, *more, env=None):
        # The size is set before the program looks: a shell waits for a line first.
        argv = ["sh", "-c", 'read go && exec "$@"', "sh", BINARY, "list", *more]
        with Terminal(argv, {**self.home.env, **(env or {})}, columns=columns) as terminal:
            terminal.type("\n")
            return terminal.to_end().replace("\r", "").lstrip("\n")

    def test_a_table_with_colour(self):
        text = self.show(200)
        self.assertIn("\x1b[", text)
        self.assertRegex(plain(text), r"NAME +ID +URL +EVENTS +STATE")
        self.assertRegex(plain(text), r"crm +wh_\w+ +https://example.com/in +project\.\* +enabled")

    def test_no_colour_where_it_is_not_wanted(self):
        self.assertNotIn("\x1b[", self.show(200, "--color", "never"))
        self.assertNotIn("\x1b[", self.show(200, env={"NO_COLOR": "1"}))
        self.assertNotIn("\x1b[", self.show(200, env={"TERM": "dumb"}))

    def test_narrow_terminals(self):
        for columns in (20, 40, 80):
            lines = plain(self.show(columns, "-q")).splitlines()
            self.assertEqual(len(lines), len(NAMES) + 1)
            self.assertLessEqual(max(map(len, lines)), columns, lines)
            self.assertTrue(any(line.startswith("crm") for line in lines), lines)
            self.assertIn("STATE", lines[0])


def plain(text):
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


def shell_quote(text):
    return "'" + text.replace("'", "'\\''") + "'"


def fish_quote(text):
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def json_quote(text):
    return '"' + text.replace('"', '\\"') + '"'


if __name__ == "__main__":
    unittest.main()
