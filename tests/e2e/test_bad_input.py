"""Everything that can be wrong with what a user gives: a clear error, the right exit code, an empty stdout,
nothing lost and nothing half done."""

import json
import os
import shutil
import sqlite3
import subprocess
import unittest

from hooks import BINARY, Home, Receiver


class BadInput(unittest.TestCase):
    def setUp(self):
        self.home = self.enterContext(Home())

    def refuses(self, *args, code, says, hints="", stdin="", env=None):
        """The command fails as cli.md promises, in text and in JSON."""
        done = self.home.run(*args, stdin=stdin, env=env)
        with self.subTest(args=[str(arg)[:80] for arg in args]):
            self.assertEqual(done.returncode, code, done.stderr)
            self.assertEqual(done.stdout, "")
            self.assertIn("thig-hooks: error: ", done.stderr)
            self.assertIn(says, done.stderr)
            self.assertIn(hints, done.stderr)
            as_json = self.home.run(*args, "--json", stdin=stdin, env=env)
            self.assertEqual(as_json.returncode, code)
            self.assertEqual(as_json.stdout, "")
            error = json.loads(as_json.stderr.splitlines()[-1])
            self.assertEqual(set(error), {"error", "code", "hint"})
            self.assertIn(says, error["error"])

    def test_webhooks_that_cannot_be(self):
        add = ("add", "outgoing")
        some = ("--event", "project.created")
        self.home.run(*add, "taken", "https://example.com/", *some, expect=0)
        before = self.home.json("list")
        self.refuses(*add, "crm", "http://example.com/", *some, code=2, says="HTTPS")
        self.refuses(*add, "crm", "https://user:pass@example.com/", *some, code=2, says="user")
        self.refuses(*add, "crm", "https://10.0.0.1/", *some, code=2, says="10.0.0.1", hints="--allow-private")
        self.refuses(*add, "crm", "https://localhost/", *some, code=2, says="localhost", hints="--allow-private")
        self.refuses(*add, "crm", "https://169.254.169.254/", *some, "--allow-private", code=2, says="169.254.169.254")
        self.refuses(*add, "crm", "https://2130706433/", *some, code=2, says="2130706433")
        self.refuses(*add, "crm", "https://[::ffff:127.0.0.1]/", *some, code=2, says="127.0.0.1")
        self.refuses(*add, "taken", "https://example.com/", *some, code=2, says="taken")
        self.refuses(*add, "crm", "https://example.com/", "--event", "project.craeted", code=4,
                     says="project.craeted", hints="project.created")
        self.refuses(*add, "crm", "https://example.com/", code=2, says="event")
        self.refuses(*add, "a\nb", "https://example.com/", *some, code=2, says="name")
        self.refuses(*add, "x" * 300, "https://example.com/", *some, code=2, says="name")
        self.refuses(*add, "crm", "https://example.com/", *some, "--retry", "1x", code=2, says="1x")
        self.refuses(*add, "crm", "https://example.com/", *some, "--timeout", "soon", code=2, says="soon")
        self.refuses(*add, "crm", "https://example.com/", *some, "--signature", "sha", code=2, says="sha")
        self.refuses(*add, "crm", "https://example.com/", *some, "--secret-file", "/nowhere", code=3, says="/nowhere")
        self.refuses(*add, "crm", "https://example.com/", *some, "--ca-file", "/nowhere", code=3, says="/nowhere")
        self.assertEqual(self.home.json("list"), before)

    def test_words_that_are_off(self):
        self.refuses("lst", code=2, says="lst", hints="list")
        self.refuses("list", "--jsn", code=2, says="--jsn", hints="--json")
        self.refuses("deliveries", "--state", "ded", code=2, says="ded", hints="dead")
        self.refuses("emit", code=2, says="EVENT")
        self.home.run("add", "outgoing", "billing", "https://example.com/", "--event", "*", expect=0)
        self.refuses("show", "biling", code=4, says="biling", hints="billing")
        self.refuses("deliveries", "show", "dlv_0", code=4, says="dlv_0")
        self.refuses("remove", "billing", code=2, says="--yes")
        self.assertEqual(len(self.home.json("list")), 1)

    def test_events_that_cannot_be(self):
        self.home.run("add", "outgoing", "crm", "https://example.com/", "--event", "*", expect=0)
        big = self.home.dir / "big.json"
        big.write_text('"' + "x" * (1 << 20) + '"')
        latin = self.home.dir / "latin.json"
        latin.write_bytes(b'"\xe9"')
        self.refuses("emit", "project.craeted", code=4, says="project.craeted", hints="project.created")
        self.refuses("emit", "project.created", "--data", "{", code=2, says="JSON")
        self.refuses("emit", "project.created", "--data", f"@{latin}", code=2, says="UTF-8")
        self.refuses("emit", "project.created", "--data", f"@{big}", code=2, says="1 MiB")
        self.refuses("emit", "project.created", "--data", "@/nowhere", code=3, says="/nowhere")
        self.assertEqual(self.home.json("deliveries"), [])

    def test_broken_lines_of_a_batch(self):
        self.home.run("add", "outgoing", "crm", "https://example.com/", "--event", "*", expect=0)
        good = '{"event":"project.created","data":{}}'
        batch = "\n".join([good, "{broken", good, '{"event":"project.craeted"}', "x" * 2_000_000, good])
        atomic = self.home.run("emit", "--batch", "-", "--atomic", stdin=batch)
        self.assertEqual(atomic.returncode, 2)
        self.assertEqual(self.home.json("deliveries"), [])

        done = self.home.run("emit", "--batch", "-", stdin=batch)
        self.assertEqual(done.returncode, 2)
        for line in ("line 2", "line 4", "line 5"):
            self.assertIn(line, done.stderr)
        self.assertIn("project.created", done.stderr)  # what line 4 may have meant
        receipts = [json.loads(line) for line in done.stdout.splitlines()]
        self.assertEqual([receipt["line"] for receipt in receipts if "id" in receipt], [1, 3, 6])
        self.assertEqual(len(self.home.json("deliveries")), 3)

    def test_databases_that_are_none(self):
        text = self.home.dir / "text.db"
        text.write_text("this is no database, it is a letter to my grandmother\n" * 100)
        foreign = self.home.dir / "foreign.db"
        with sqlite3.connect(foreign) as connection:
            connection.execute("CREATE TABLE t (x)")
        for name, path in {"text": text, "foreign": foreign}.items():
            before = path.read_bytes()
            for command in (("list",), ("emit", "project.created"), ("stats",), ("deliver",)):
                self.refuses(*command, "--db", path, code=3, says=str(path))
            self.assertEqual(path.read_bytes(), before, name)
        self.refuses("list", "--db", self.home.dir / "absent.db", code=4, says="absent.db", hints="init")
        self.refuses("list", "--db", self.home.dir, code=3, says=str(self.home.dir))

    def test_a_newer_database(self):
        self.home.run("add", "outgoing", "crm", "https://example.com/", "--event", "*", expect=0)
        with sqlite3.connect(self.home.db) as connection:
            connection.execute("PRAGMA user_version = 9999")
        self.refuses("list", code=3, says="newer")
        self.refuses("emit", "project.created", code=3, says="newer")

    @unittest.skipIf(os.geteuid() == 0 and not shutil.which("setpriv"), "needs setpriv")
    def test_a_read_only_database(self):
        self.home.run("add", "outgoing", "crm", "https://example.com/", "--event", "*", expect=0)
        for file in self.home.dir.glob("hooks.db*"):
            file.chmod(0o444)
        self.home.dir.chmod(0o555)
        try:
            # Root may write what is read-only, so it must not be root.
            drop = ["setpriv", "--bounding-set=-all", "--inh-caps=-all"] if os.geteuid() == 0 else []
            done = subprocess.run([*drop, BINARY, "emit", "project.created"], env=self.home.env,
                                  capture_output=True, text=True)
            self.assertEqual(done.returncode, 3, done.stderr)
            self.assertEqual(done.stdout, "")
            self.assertIn("hooks.db", done.stderr)
        finally:
            self.home.dir.chmod(0o755)

    def test_a_locked_database(self):
        self.home.run("add", "outgoing", "crm", "https://example.com/", "--event", "*", expect=0)
        connection = sqlite3.connect(self.home.db, isolation_level=None)
        connection.execute("BEGIN IMMEDIATE")
        done = self.home.run("emit", "project.created")
        self.assertEqual(done.returncode, 75, done.stderr)
        self.assertEqual(done.stdout, "")
        self.assertIn("locked", done.stderr)
        self.home.run("list", expect=0)  # reading goes on
        connection.execute("ROLLBACK")
        connection.close()
        self.home.run("emit", "project.created", expect=0)

    def test_a_full_disk(self):
        """Really full: a tmpfs of 8 MB in a mount namespace of the test's own."""
        script = f"""
            mount -t tmpfs -o size=8m tmpfs "$HOME/small" || exit 1
            export THIG_HOOKS_DB="$HOME/small/hooks.db"
            {BINARY} add outgoing crm https://example.com/ --event '*' --json >/dev/null 
            {BINARY} emit project.created; echo "emit: $?"
        """
        (self.home.dir / "small").mkdir()
        done = subprocess.run(["unshare", "-Urm", "bash", "-c", script], env=self.home.env, capture_output=True, text=True)
        self.assertIn("emit: 75", done.stdout, done.stderr)
        self.assertIn("hint: ", done.stderr)
        self.assertNotIn("evt_", done.stdout)

    def test_stdout_that_is_full(self):
        self.home.run("add", "outgoing", "crm", "https://example.com/", "--event", "*", expect=0)
        with open("/dev/full", "w") as full:
            done = subprocess.run([BINARY, "list"], env=self.home.env, stdout=full, stderr=subprocess.PIPE, text=True)
        self.assertEqual(done.returncode, 3)
        self.assertIn("thig-hooks: error: ", done.stderr)

    def test_secrets_are_shown_once(self):
        with Receiver(self.home, lambda request: 500) as receiver:
            secret = self.home.add("crm", receiver.url, ca=receiver.ca)["secret"]
            self.home.run("emit", "project.created", expect=0)
            outputs = [self.home.run(*command, "-v") for command in (
                ("list",), ("list", "--json"), ("show", "crm"), ("show", "crm", "--json"), ("deliver",),
                ("deliveries",), ("stats",), ("events",))]
        for done in outputs:
            self.assertNotIn(secret, done.stdout + done.stderr)
        self.assertIn(secret, self.home.run("show", "crm", "--reveal-secret", expect=0).stdout)
        for file in self.home.dir.glob("hooks.db*"):
            if file.is_file():
                self.assertNotIn(secret.encode(), file.read_bytes(), file)


if __name__ == "__main__":
    unittest.main()
