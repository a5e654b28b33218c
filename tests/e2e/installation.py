"""An installation in a temporary folder, for lines that are typed as they are printed. What cannot be as printed (hosts,
ports, ids, paths of the system) is replaced by the tables below, and by nothing else."""

import getpass
import grp
import hashlib
import hmac
import json
import os
import pathlib
import re
import shutil
import urllib.parse
import urllib.request

from admin_api import Api
from hooks import BINARY, PATIENCE, Home, Receiver, free_port
from typed import Bash

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
PLACES = ("etc", "opt", "srv", "usr/local", "usr/share/doc", "var")  # of the system: in the temporary folder instead
MACHINE = ("apt", "apt-get", "dpkg", "systemctl", "useradd", "usermod")  # what would change it: refused


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
        for program in MACHINE:
            self.file(f"bin/{program}", "#!/bin/sh\necho \"a test does not type this: $0 $*\" >&2\nexit 99\n", 0o700)
        (self.work / "etc/systemd/system").mkdir(parents=True)
        shutil.copytree(ROOT / "cli/package/examples", self.work / "usr/share/doc/thig-hooks/examples")
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
            (r"https://(?!hooks\.)[a-z]+\.example\.com(/\S*)?", rf"https://{receiver.netloc}\1{trust}"),
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
