"""What thig-hooks-json(7) says of --json, against the program: each command prints the documents that the page names, every
key that is printed is described, and every key that is described is printed at some time. The page is made from
core/api/schemas, and says which command prints which by the table in cli/help/json_documents.cpp."""

import json
import re
import unittest
import urllib.parse
import urllib.request

from admin_api import Api
from hooks import HERE, Home, Receiver
from json_schema import check_shape, paths_in, paths_of, schema_of

TABLE = HERE.parent.parent / "cli/help/json_documents.cpp"

# Never seen here: it takes a reader that is slower than the program.
UNSEEN = {"line-dropped"}
# Members of what is null here: test_proxy.py looks at them.
THROUGH_A_PROXY = {"proxy.url", "proxy.resolves", "[].proxy.url", "[].proxy.resolves"}
SECRET = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="


def table():
    """{(command, schema)}"""
    return set(re.findall(r'^    \{"([a-z -]+)", +"([a-z-]+)",', TABLE.read_text(), re.M))


class JsonManual(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.home = cls.enterClassContext(Home())
        cls.seen, cls.rows = {}, set()
        cls.page = cls.home.run("help", "json-keys", expect=0).stdout

    def take(self, command, schema, document):
        with self.subTest(command=command, schema=schema):
            check_shape(document, schema_of(schema))
            self.rows.add((command, schema))
            self.seen.setdefault(schema, set()).update(paths_in(document))

    def json(self, command, schema, *args, stdin="", codes=(0,)):
        """Runs a command; what it prints is a document of that schema."""
        words = command.split()
        done = self.home.run(*words, *args, "--json", stdin=stdin)
        self.assertIn(done.returncode, codes, f"{command} {args}: {done.stderr}")
        document = json.loads(done.stdout)
        self.take(command, schema, document)
        return document

    def lines(self, command, by_kind, lines):
        for line in lines:
            self.take(command, by_kind.get(line.get("kind"), by_kind.get(None)), line)

    def test_every_key(self):
        status = [200]
        home = self.home
        receiver = self.enterContext(Receiver(home, lambda request: status[0]))
        (home.dir / "secret").write_text(SECRET)
        (home.dir / "body").write_text("{}")
        self.json("init", "init")
        self.set_up(receiver)
        self.send(receiver, status)
        self.receive()
        self.look()
        self.keep()
        self.take_down()
        self.assertEqual(table() - {row for row in table() if row[1] in UNSEEN}, self.rows)
        for schema, paths in self.seen.items():
            with self.subTest(schema=schema):
                self.assertEqual(set(paths_of(schema_of(schema))) - paths - THROUGH_A_PROXY, set(), "described, and never printed")

    def set_up(self, receiver):
        home, run = self.home, self.json
        out = ("--event", "project.*", "--allow-private", "--ca-file", receiver.ca)
        run("add outgoing", "added", "crm", receiver.url, *out, "--retry", "none", "--header", "X-Team: a")
        run("add outgoing", "added-to-file", "filed", receiver.url, *out, "--header", "X-Team: a", "--secret-out", home.dir / "crm.secret")
        run("add outgoing", "webhook", "crm", receiver.url, *out, "--if-absent")
        run("add outgoing", "added", "final", receiver.url, *out, "--when", "/data/status=FINAL")
        run("disable", "webhook", "filed")
        run("enable", "webhook", "filed")
        run("disable", "webhook", "filed")
        run("add outgoing", "added", "slow", receiver.url, *out, "--retry", "1h")
        run("edit", "webhook", "crm", "--timeout", "3s")
        run("rotate", "rotated", "crm")
        run("rotate", "rotated-to-file", "crm", "--secret-out", home.dir / "crm.secret")
        act = ("--action", "create-project", "--scheme", "github", "--secret-file", home.dir / "secret")
        fields = ("--set", "name=/title", "--default", "name=none", "--when", "/action=opened")
        run("add incoming", "added-incoming", "issues", *act, *fields, "--allow-from", "127.0.0.1")
        run("add incoming", "incoming", "issues", *act, *fields, "--if-absent")
        run("add incoming", "added-incoming", "told", "--action", "emit", "--event", "project.created")
        out = ("--secret-out", home.dir / "in.url")
        run("add incoming", "added-incoming-to-file", "filed-in", *act, *fields, "--verify-token", "hello", *out)
        run("rotate", "added-incoming-to-file", "told", *out)
        run("edit", "incoming", "issues", "--rate", "9")
        run("edit", "incoming", "issues", "--verify-token", "hello")
        run("rotate", "added-incoming", "issues")
        run("disable", "incoming", "told")
        run("enable", "incoming", "told")
        run("rotate", "added-incoming", "told")
        run("rotate", "incoming", "issues", "--secret-file", home.dir / "secret")
        run("add incoming", "added-incoming", "ran", "--action", "run", "--command", "/bin/true")
        run("rotate", "added-incoming-to-file", "ran", *out)
        run("edit", "incoming", "ran", "--timeout", "3s")
        run("events add", "event-added", "invoice.paid", "--description", "Paid")
        run("events", "events")
        run("events show", "event", "invoice.paid")
        run("members add", "member", "ann", "admin")
        run("members set-role", "member", "ann", "member")
        run("members", "members")
        run("members remove", "member", "ann")
        run("keys add", "added-key", "ci", "--scope", "read")
        run("keys add", "added-key-to-file", "shop", "--scope", "emit", "--secret-out", home.dir / "shop.key")
        for words in ("disable", "enable"):
            run(f"keys {words}", "changed-key", "ci")
        run("keys edit", "changed-key", "ci", "--rate", "5")
        run("keys", "keys")
        document = home.dir / "document.json"
        document.write_text(home.run("export", expect=0).stdout.replace('"3s"', '"4s"'))
        run("apply", "application", document)

    def send(self, receiver, status):
        home, run = self.home, self.json
        run("emit", "event-preview", "project.created", "--dry-run")
        run("emit", "receipt", "project.created", "--data", '{"n":1}')
        batch = home.run("emit", "--batch", "-", "--json", stdin='{"event":"project.created","data":{}}\n{"event":"x"}\n')
        self.lines("emit", {None: "batch-line"}, map(json.loads, batch.stdout.splitlines()))
        self.lines("deliver", {"due": "line-due"}, home.json_lines("deliver", "--dry-run"))
        status[0] = 503
        by_kind = {"attempt": "line-attempt", "started": "line-started", None: "line-trouble"}
        # Five failures in a row are trouble; each webhook gets as many as it takes.
        for _ in range(8):
            home.run("emit", "project.created", expect=0)
        self.lines("deliver", by_kind, home.json_lines("deliver"))
        running = home.start("run", "--json")
        self.lines("run", by_kind, [running.next_json()])
        home.add("second", receiver.url, "--retry", "none", ca=receiver.ca, events=["prd.approved"])
        for _ in range(8):
            home.run("emit", "prd.approved", expect=0)
        while ("run", "line-trouble") not in self.rows or ("run", "line-attempt") not in self.rows:
            self.lines("run", by_kind, [running.next_json()])
        running.stop()
        run("deliveries", "deliveries")
        dead = run("deliveries", "deliveries", "--state", "dead")
        run("deliveries show", "delivery", dead[0]["id"])
        run("deliveries explain", "explanation", dead[0]["eventId"])
        run("retry", "retried", dead[0]["id"])
        run("recover", "recovery", "crm", "--since", "1h", "--dry-run")
        run("recover", "recovery", "crm", "--since", "1h", "--yes")
        run("cancel", "cancellation", "--webhook", "slow", "--dry-run")
        pending = run("deliveries", "deliveries", "--state", "pending")
        run("cancel", "cancelled", pending[0]["id"])
        run("test", "test-preview", "crm", "--dry-run")
        run("send-test", "test-preview", "crm", "--dry-run")
        run("test", "test", "crm", codes=(1,))
        run("test", "tests", "crm", "slow", codes=(1,))
        status[0] = 200
        run("test", "test", "crm")
        run("send-test", "test", "crm")
        run("send-test", "tests", "crm", "slow")
        run("enable", "webhook", "crm")

    def receive(self):
        home, run = self.home, self.json
        url = run("show", "show-incoming", "told", "--reveal-secret")["url"]
        server = home.start("serve-incoming", "--listen", "127.0.0.1:0", "--json")
        first = server.next_json()
        self.lines("serve-incoming", {"started": "line-serving"}, [first])
        place = urllib.parse.urlsplit(first["url"]).netloc
        request = urllib.request.Request(f"http://{place}{urllib.parse.urlsplit(url).path}?a=b", b'{"projectId":"p","name":"n"}',
                                         {"content-type": "application/json"})
        urllib.request.urlopen(request, timeout=60).close()
        while ("serve-incoming", "line-request") not in self.rows or ("serve-incoming", "line-action") not in self.rows:
            self.lines("serve-incoming", {"request": "line-request", "action": "line-action"}, [server.next_json()])
        run("add incoming", "added-incoming", "titles", "--action", "create-project", "--set", "name=/title", "--set",
            "description=/title")
        url = run("show", "show-incoming", "titles", "--reveal-secret")["url"]
        request = urllib.request.Request(f"http://{place}{urllib.parse.urlsplit(url).path}", b'{"title":"t"}',
                                         {"content-type": "application/json"})
        urllib.request.urlopen(request, timeout=60).close()
        project = home.wait_for("the project", lambda: home.json("projects"))[0]
        url = home.json("add", "incoming", "notes", "--action", "add-note", "--set", f"project=literal:{project['id']}",
                        "--set", "text=/title")["url"]
        request = urllib.request.Request(f"http://{place}{urllib.parse.urlsplit(url).path}", b'{"title":"t"}',
                                         {"content-type": "application/json"})
        urllib.request.urlopen(request, timeout=60).close()
        home.wait_for("the note", lambda: home.json("projects")[0]["notes"])
        server.stop()
        run("projects", "projects")
        run("projects", "project", project["id"])
        requests = run("requests", "requests")
        run("requests show", "request", requests[-1]["id"])
        run("requests replay", "replayed", requests[-1]["id"])
        listening = home.start("listen", "--json", "--count", "1", "--forward-to", "http://127.0.0.1:1/hook")
        first = listening.next_json()
        self.lines("listen", {"started": "listening"}, [first])
        home.add("heard", first["url"], "--secret-file", first["secretFile"], ca=first["caFile"], events=["invoice.paid"])
        home.run("emit", "invoice.paid", expect=0)
        home.run("deliver", expect=0)
        self.lines("listen", {"received": "listened"}, [listening.next_json()])

    def look(self):
        home, run = self.home, self.json
        for command in ("list", "stats", "audit", "doctor"):
            run(command, command, codes=(0, 1))
        run("list", "list-incoming", "incoming")
        for name in ("issues", "ran"):
            run("show", "show-incoming", name, "--reveal-secret")
        run("show", "show", "crm", "--reveal-secret")
        run("config show", "config")
        run("config show", "config", "database")
        run("version", "version")
        run("completion", "completion", "bash")
        run("login-link", "login-link", "--member", run("members", "members")[0]["name"])
        signed = home.run("sign", "--secret-file", home.dir / "secret", "--body", home.dir / "body", expect=0).stdout
        (home.dir / "headers").write_text(signed)
        run("sign", "signed", "--secret-file", home.dir / "secret", "--body", home.dir / "body")
        run("verify", "verified", "--secret-file", home.dir / "secret", "--headers", home.dir / "headers", "--body", home.dir / "body")
        api = Api(home)
        api.log_in(home.json("members")[0]["name"])
        self.lines("serve-admin", {"request": "line-admin"}, [api.server.next_json()])
        api.server.stop()
        admin = home.start("serve-admin", "--listen", "127.0.0.1:0", "--json")
        self.lines("serve-admin", {"started": "line-serving"}, [admin.next_json()])
        admin.stop()
        (home.dir / "config.json").write_text('{"incoming": {"listen": "127.0.0.1:0"}, "admin": {"listen": "127.0.0.1:0"}}')
        served = home.start("serve", "--config", home.dir / "config.json", "--json")
        self.take("serve", "line-started", next(line for line in iter(served.next_json, None) if "database" in line))
        served.stop()
        run("sessions", "sessions")

    def keep(self):
        home, run = self.home, self.json
        run("backup", "backup", home.dir / "copy.db")
        run("prune", "pruning", "--dry-run")
        run("prune", "pruning", "--yes")
        run("erase", "erasure", "--where", "/data/n=1", "--dry-run")
        run("erase", "erasure", "--where", "/data/n=1", "--yes")

    def take_down(self):
        run = self.json
        run("sessions end", "sessions", "--all")
        run("keys remove", "removed", "ci", "--yes")
        run("remove", "removed", "crm", "--yes")
        error = json.loads(self.home.run("show", "nobody", "--json").stderr.splitlines()[-1])
        check_shape(error, schema_of("error"))

    def test_the_page_has_every_command_and_key(self):
        words = set(re.findall(r"\S+", self.page))
        for command, schema in table():
            self.assertRegex(self.page, rf"(?m)^ +{command}\b")
            for path in paths_of(schema_of(schema)):
                key = path.removeprefix("[].")
                self.assertIn(key, words, schema)
        self.assertNotIn("absent if there is nothing to say", self.page.replace("\n", " "))


if __name__ == "__main__":
    unittest.main()
