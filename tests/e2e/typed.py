"""Command lines of README.md, help and the manual, typed as they are printed: a bash on a terminal of its own, in an
installation in a temporary folder. What cannot be as printed (hosts, ports, ids, paths of the system) is replaced by the
tables below, and by nothing else."""

import contextlib
import getpass
import grp
import hashlib
import hmac
import json
import os
import pathlib
import pty
import re
import select
import shutil
import signal
import socket
import ssl
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request

from admin_api import Api
from hooks import BINARY, PATIENCE, Home, Receiver, free_port

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
PLACES = ("etc", "opt", "srv", "usr/local", "var")  # of the system: in the temporary folder instead


class Bash:
    """A bash that reads line after line and says how each ended. `env` is all of its environment."""

    # The mark tells that everything before it has come through the terminal.
    MARK = "\x01"
    LOOP = r"""set -o pipefail
        while IFS= read -r -d "" line <&3; do eval "$line" 3<&- 4>&-; code=$?; printf '\001'; echo $code >&4; done"""

    def __init__(self, folder, env):
        lines, self.lines = os.pipe()
        self.codes, codes = os.pipe()
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            os.chdir(folder)
            os.dup2(lines, 300), os.dup2(codes, 301)
            os.dup2(300, 3), os.dup2(301, 4)
            os.closerange(5, 302)
            os.execvpe("bash", ["bash", "--norc", "--noprofile", "-c", self.LOOP], env)
        os.close(lines), os.close(codes)
        self.seen = ""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        os.close(self.lines)
        for process in list(self._session()):
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGTERM)
        os.waitpid(self.pid, 0)
        os.close(self.terminal), os.close(self.codes)

    # Bash, and what it has started in the background.
    def _session(self):
        for folder in pathlib.Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                if int((folder / "stat").read_text().rpartition(")")[2].split()[3]) == self.pid:
                    yield int(folder.name)

    def type(self, line, stop_at=None, meanwhile=None):
        """Its exit code and what the terminal showed. Questions are answered with yes. A line that goes on until Ctrl-C gets
        one once `stop_at` is on the terminal; `meanwhile` is called with what is shown until it answers something true."""
        self.seen = ""
        os.write(self.lines, line.encode() + b"\0")
        asked, code = 0, None
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            ready, _, _ = select.select([self.codes, self.terminal], [], [], 0.1)
            if self.terminal in ready:
                self.seen += os.read(self.terminal, 65536).decode(errors="replace").replace("\r\n", "\n")
            elif self.codes in ready:
                code = int(os.read(self.codes, 16))
            if code is not None and self.MARK in self.seen:
                self.seen = self.seen.replace(self.MARK, "")
                return code, self.seen
            while self.seen.count("[y/N] ") > asked:
                asked += 1
                os.write(self.terminal, b"y\n")
            if meanwhile and meanwhile(self.seen):
                meanwhile = None
            if stop_at and not meanwhile and re.search(stop_at, self.seen):
                os.write(self.terminal, b"\x03")
                stop_at = None
        raise AssertionError(f"waited in vain for the end of: {line}\n{self.seen}")


def statements(block):
    """The commands of a block, each with all of its lines."""
    text = ""
    for line in block.splitlines():
        text += line
        whole = not text.endswith("\\") and subprocess.run(["bash", "-n", "-c", text], capture_output=True).returncode == 0
        if whole and text.strip():
            yield text
        text = "" if whole else text + "\n"
    if text.strip():
        raise AssertionError(f"this never ends: {text}")


class Installation:
    """An installation, some history in it, and the files that examples name; `work` is the folder in which lines are typed,
    and home as well. `restore` makes it again as it was."""

    def __init__(self, used=True):
        """Not `used`: the files alone."""
        self.home = Home()
        self.ids = {}
        self.status = 200
        self.receiver = Receiver(self.home, lambda request: self.status)
        self.home.dir.chmod(0o711)  # for a database of a group
        self.work = self.home.dir / "work"
        self.env = {name: self.home.env[name] for name in self.home.env if name.startswith(("ASAN_", "UBSAN_", "TSAN_", "LSAN_"))}
        self.env |= {"PATH": f"{self.work}/bin:{os.environ['PATH']}:/usr/sbin", "HOME": str(self.work), "TERM": "xterm", "LC_ALL": "C.UTF-8",
                     "THIG_HOOKS_SYSTEM_CONFIG": f"{self.work}/etc/thig-hooks/config.json", "CURL_CA_BUNDLE": str(self.receiver.ca),
                     "USER": getpass.getuser(), "TMPDIR": str(self.work)}
        self.home.env = self.env
        self._write_files()
        if used:
            self._use()
        self.template = self.home.dir / "template"
        shutil.copytree(self.work, self.template, symlinks=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.receiver.__exit__()
        self.home.__exit__()

    def restore(self):
        shutil.rmtree(self.work)
        shutil.copytree(self.template, self.work, symlinks=True)

    def bash(self, **env):
        return Bash(self.work, self.env | env)

    def file(self, name, text, mode=0o600):
        path = self.work / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(mode)
        return path

    def _write_files(self):
        for folder in ("bin", ".config/fish/completions", "var/backups", "var/log", "var/lib/node_exporter", "srv"):
            (self.work / folder).mkdir(parents=True)
        (self.work / "bin/thig-hooks").symlink_to(BINARY)
        self.file("bin/producer", "#!/bin/sh\necho '{\"event\":\"project.created\",\"data\":{\"n\":1}}'\n", 0o700)
        self.file("usr/local/bin/deploy", "#!/bin/sh\ncat >/dev/null\n", 0o700)
        self.admin_port = free_port()
        listen = {"incoming": {"listen": "127.0.0.1:0"}, "admin": {"listen": f"127.0.0.1:{self.admin_port}"}}
        self.file("etc/thig-hooks/config.json", json.dumps(listen), 0o644)
        self.file("new.json", '{"color": "never"}')
        for name in ("gh.secret", "github.secret", "wc.secret", "woo.secret", "stripe.secret"):
            self.file(name, "a secret of the sender")
        for name in ("crm.secret", "s"):
            self.file(name, SECRET)
        for name in ("prd.json", "project.json"):
            self.file(name, '{"projectId":"proj_123","name":"Mobile App PRD"}')
        for name in ("body", "b", "event.json", "body.json", "push.json"):
            self.file(name, '{"event":"project.created"}')
        shutil.copy(self.receiver.ca, self.work / "ca.pem")
        shutil.copy(self.receiver.ca, self.work / "fullchain.pem")
        shutil.copy(self.receiver.ca.parent / "key.pem", self.work / "key.pem")
        signed = self.home.run("sign", "--secret-file", self.work / "crm.secret", "--body", self.work / "body.json", "--id", "dlv_1", expect=0).stdout
        self.file("headers.txt", signed)
        self.signed = dict(line.split(": ", 1) for line in signed.splitlines())

    def add(self, name, *args):
        self.home.run("add", "outgoing", name, self.receiver.url, "--allow-private", "--ca-file", self.receiver.ca, *args, expect=0)

    def _use(self):
        """Webhooks, deliveries, requests, members and keys, called as the examples call them."""
        home = self.home
        self.add("crm", "--event", "project.*", "--retry", "none", "--header", "X-Old: 1")
        for name in ("shop-a", "shop-b", "test-1"):
            self.add(name, "--event", "export.completed")
        self.add("later", "--event", "prd.approved", "--retry", "1h")
        home.run("events", "add", "invoice.paid", expect=0)
        self.status = 500
        home.run("emit", "project.created", expect=0)
        home.run("emit", "prd.approved", expect=0)
        home.run("deliver", expect=0)
        self.status = 200
        home.run("emit", "project.created", expect=0)
        home.run("deliver", expect=0)
        dead = home.json("deliveries", "--state", "dead")[0]
        self.ids |= {"dead": dead["id"], "event": dead["eventId"], "pending": home.json("deliveries", "--state", "pending")[0]["id"]}
        home.run("disable", "test-1", expect=0)
        self._receive()
        for name, role in (("ann", "admin"), ("bob", "member"), ("app-2", "member")):
            home.run("members", "add", name, role, expect=0)
        home.run("keys", "add", "ci", "--scope", "read,manage", expect=0)
        api = Api(home)
        api.log_in(getpass.getuser())
        api.log_in("ann")
        api.server.stop()
        self.ids["session"] = home.json("sessions")[0]["id"]
        self.file("webhooks.json", home.run("export", expect=0).stdout)

    def _receive(self):
        """A request that made a project, and one whose action failed."""
        url = self.home.json("add", "incoming", "issues", "--action", "create-project", "--set", "name=/issue/title", "--when", "/action=opened")["url"]
        server = self.home.start("serve-incoming", "--json")
        place = urllib.parse.urlsplit(server.next_json()["url"]).netloc
        for issue in ({"title": "Mobile App PRD"}, {}):
            body = json.dumps({"action": "opened", "issue": issue}).encode()
            request = urllib.request.Request(f"http://{place}{urllib.parse.urlsplit(url).path}", body, {"content-type": "application/json"})
            urllib.request.urlopen(request, timeout=PATIENCE).close()
        failed = self.home.wait_for("its end", lambda: [row for row in self.home.json("requests", "--state", "failed")])
        server.stop()
        self.ids["failed"] = failed[0]["id"]

    def as_here(self, line):
        """The line with what is replaced: see the tables."""
        command = line.split("thig-hooks ", 1)[-1]
        for pattern, replacement in self.replacements(command):
            line = re.sub(pattern, lambda match, text=replacement: match.expand(text) if isinstance(text, str) else text(match), line)
        return line

    def replacements(self, command):
        receiver = urllib.parse.urlsplit(self.receiver.url)
        trust = f" --allow-private --ca-file {self.receiver.ca}" if command.startswith(("add outgoing", "edit", "test")) else ""
        body = (self.work / "push.json").read_bytes()
        of_github = "sha256=" + hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
        table = [
            # A receiver in this process in place of hosts, and what a receiver on this machine needs.
            (r"https://(?:crm|b|new)\.example\.com(/\S*)?", rf"https://{receiver.netloc}\1{trust}"),
            (r"https://127\.0\.0\.1:8443", f"https://{receiver.netloc}"),
            # Ports that others may have.
            (r"127\.0\.0\.1:8081", f"127.0.0.1:{self.admin_port}"),
            (r"--port 8443", "--port 0"),
            (r"--listen 0\.0\.0\.0:8443", "--listen 127.0.0.1:0"),
            # Places of the system.
            (rf"(?<![\w/.~]){'/(' + '|'.join(PLACES) + ')'}/", rf"{self.work}/\1/"),
            (r"--group hooks", f"--group {grp.getgrgid(os.getgid()).gr_name}"),
            # Signatures of now.
            (r"--timestamp 1768473000", f"--timestamp {self.signed['webhook-timestamp']}"),
            (r"v1,…", self.signed["webhook-signature"]),
            (r"sha256=…", of_github),
        ]
        if os.geteuid() == 0:  # who has to say whom root logs in
            table += [(r"thig-hooks login-link(?= *(?:#|$))", rf"\g<0> --member {getpass.getuser()}")]
        # Ids of things that are there, in the state that the command is for.
        if self.ids:
            table += [
                (r"evt_(?:…|0nvpz4gk20400\b)", self.ids["event"]),
                (r"dlv_(?:…|0nvpz4gk204001x2y3z4w)", self.ids["pending" if command.startswith("cancel") else "dead"]),
                (r"req_(?:…|0nvpz4gk204001)", self.ids["failed"]),
                (r"ses_(?:…|0d2k9q1m)", self.ids["session"]),
            ]
        return table


class Readiness:
    """Hears when a service that a shell has started is ready."""

    def __init__(self, folder):
        self.path = folder / "notify"
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(str(self.path))
        self.socket.settimeout(PATIENCE)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()
        self.path.unlink(missing_ok=True)

    def wait(self):
        while not self.socket.recv(4096).startswith(b"READY=1"):
            pass


def post_to_listener(times):
    """For a `listen --json` that ends by itself: sends requests once it says where."""
    def meanwhile(seen):
        found = re.search(r'"url":"([^"]+)"', seen)
        if not found:
            return False
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        for _ in range(times):
            with contextlib.suppress(urllib.error.HTTPError):
                urllib.request.urlopen(urllib.request.Request(found[1], b"{}"), context=context, timeout=PATIENCE).close()
        return True
    return meanwhile
