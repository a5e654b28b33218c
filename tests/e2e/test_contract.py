"""What scripts rely on, command by command: data on stdout alone, exit codes, JSON that keeps its shape
(core/api/schemas/*.json), lines separated by tabs in a pipe, nothing at all on an error. Every command of the table
has a row here, or is named with the test that covers it."""

import json
import os
import pwd
import re
import unittest
import urllib.parse
import urllib.request

from hooks import Home, Receiver
from json_schema import check_shape, schema_of

# Commands that go on until they are stopped, or print no data of ours; covered elsewhere.
ELSEWHERE = {
    "demo": "test_demo.py",
    "listen": "test_delivery.py",
    "run": "test_delivery.py",
    "serve": "test_serve.py",
    "serve-admin": "test_admin_server.py",
    "serve-incoming": "test_incoming.py",
    "completion": "test_shells.py",
    "help": "tests/cli/help_test.cpp",
}


# (words, schema, columns of a piped line or None where it is no table). {…} is filled in from the installation.
READ = [
    (["list"], "list", 12),
    (["list", "incoming"], "list-incoming", 11),
    (["show", "crm"], "show", 2),
    (["show", "issues"], "show-incoming", 2),
    (["stats"], "stats", None),
    (["stats", "crm", "--since", "1h"], "stats", None),
    (["deliveries"], "deliveries", 9),
    (["deliveries", "--state", "dead,missed", "--type", "project.*", "--since", "1h", "--status", "404"], "deliveries", None),
    (["deliveries", "show", "{dead}"], "delivery", None),
    (["deliveries", "explain", "{event}"], "explanation", 4),
    (["events"], "events", 3),
    (["events", "billing.*"], "events", 3),
    (["events", "show", "project.created"], "event", None),
    (["requests"], "requests", None),
    (["requests", "show", "{request}"], "request", None),
    (["requests", "replay", "{request}"], "replayed", 0),
    (["projects"], "projects", None),
    (["members"], "members", 2),
    (["audit"], "audit", 8),
    (["keys"], "keys", 8),
    (["sessions"], "sessions", 0),
    (["config", "show"], "config", 3),
    (["config", "show", "database"], "config", None),
    (["doctor"], "doctor", 4),
    (["version"], "version", None),
    (["sign", "--secret-file", "{secret}", "--body", "{body}"], "signed", None),
    (["verify", "--secret-file", "{secret}", "--headers", "{headers}", "--body", "{body}"], "verified", 2),
    (["deliver", "--dry-run"], None, None),
    (["emit", "project.created", "--dry-run"], None, None),
    (["test", "crm", "--dry-run"], None, None),
    (["send-test", "crm", "--dry-run"], None, None),
    (["recover", "crm", "--since", "1h", "--dry-run"], "recovery", None),
    (["cancel", "--webhook", "waiting", "--dry-run"], "cancellation", None),
    (["prune", "--dry-run"], "pruning", None),
    (["erase", "--where", "/data/n=1", "--dry-run"], "erasure", None),
    (["apply", "{document}", "--dry-run"], "application", 5),
]

# In this order: each changes the installation for those that follow.
CHANGE = [
    (["add", "outgoing", "new", "https://new.example/", "--event", "*"], "added", 3),
    (["add", "outgoing", "new", "https://new.example/", "--event", "*", "--if-absent"], "webhook", 0),
    (["add", "incoming", "in", "--action", "emit", "--event", "project.created"], "added-incoming", 3),
    (["edit", "new", "--timeout", "{timeout}"], "webhook", 0),
    (["edit", "in", "--rate", "3"], "incoming", 0),
    (["disable", "new"], "webhook", 0),
    (["enable", "new"], "webhook", 0),
    (["keys", "add", "{key}", "--scope", "emit"], "added-key", 3),
    (["keys", "disable", "{key}"], "changed-key", 0),
    (["keys", "enable", "{key}"], "changed-key", 0),
    (["keys", "edit", "{key}", "--rate", "7", "--scope", "read", "--no-expiry"], "changed-key", 0),
    (["keys", "remove", "{key}", "--yes"], "removed", 0),
    (["login-link", "--member", "{me}"], "login-link", 1),
    (["sessions", "end", "--all"], "sessions", 0),
    (["rotate", "new"], "rotated", 3),
    (["rotate", "in"], "added-incoming", 3),
    (["events", "add", "invoice.paid", "--description", "Paid"], "event-added", 0),
    (["emit", "project.created", "--data", "{{}}"], "receipt", None),
    (["retry", "{dead}"], "retried", 3),
    (["test", "crm"], "test", None),
    (["test", "crm", "waiting"], "tests", 5),
    (["deliver"], None, None),
    (["cancel", "{waiting}"], "cancelled", None),
    (["recover", "crm", "--since", "1h", "--yes"], "recovery", None),
    (["backup", "{copy}"], "backup", None),
    (["prune", "--yes"], "pruning", None),
    (["erase", "--where", "/data/n=1", "--yes"], "erasure", None),
    (["init"], "init", 0),
    (["members", "add", "{member}", "viewer"], "member", 0),
    (["members", "set-role", "{member}", "member"], "member", 0),
    (["members", "remove", "{member}"], "member", 0),
    (["apply", "{document}"], "application", None),
    (["remove", "in", "--yes"], "removed", 0),
    (["remove", "new", "--yes"], "removed", 0),
    (["events", "remove", "invoice.paid"], None, 0),
]

# Lists of an installation with nothing in it, and of none at all.
EMPTY = [
    (["list"], []),
    (["list", "incoming"], []),
    (["deliveries"], []),
    (["requests"], []),
    (["projects"], []),
    (["audit"], []),
    (["keys"], []),
    (["sessions"], []),
    (["test", "--all"], []),
]

# (words, exit code, what standard error says)
WRONG = [
    (["lst"], 2, "did you mean `thig-hooks list`?"),
    (["list", "outgoin"], 2, "outgoing"),
    (["show"], 2, "WEBHOOK is required"),
    (["show", "crn"], 4, "did you mean 'crm'?"),
    (["show", "crm", "extra"], 2, "unexpected argument"),
    (["stats", "nobody"], 4, "nobody"),
    (["stats", "--since", "soon"], 2, "--since"),
    (["stats", "--prometheus", "--since", "never"], 2, "--since"),
    (["deliveries", "--state", "daed"], 2, "dead"),
    (["deliveries", "--status", "banana"], 2, "--status"),
    (["deliveries", "--since", "1h", "--until", "2h"], 2, "--until"),
    (["deliveries", "--event", "nonsense"], 2, "evt_"),
    (["deliveries", "--limit", "0"], 2, "--limit"),
    (["deliveries", "show", "dlv_000000000000000000000"], 4, "dlv_"),
    (["deliveries", "explain", "evt_0000000000000"], 4, "evt_"),
    (["requests", "show", "req_0000000000000"], 4, "req_"),
    (["add", "outgoing", "x", "http://plain.example/", "--event", "*"], 2, "HTTPS"),
    (["add", "outgoing", "x", "https://127.0.0.1/", "--event", "*"], 2, "--allow-private"),
    (["add", "outgoing", "x", "https://a.example/", "--event", "project.craeted"], 4, "project.created"),
    (["add", "outgoing", "a\nb", "https://a.example/", "--event", "*"], 2, "control characters"),
    (["add", "outgoing", "x" * 300, "https://a.example/", "--event", "*"], 2, "longer than 100 characters"),
    (["add", "outgoing", "x", "https://a.example/", "--event", "*", "--retry", "1h,,2h"], 2, "--retry"),
    (["add", "outgoing", "x", "https://a.example/", "--event", "*", "--client-cert", "/nonexistent",
      "--client-key", "/nonexistent"], 3, "/nonexistent"),
    (["add", "outgoing", "x", "https://a.example/", "--event", "*", "--client-key", "/nonexistent"], 2, "--client-cert"),
    (["add", "outgoing", "crm", "https://a.example/", "--event", "*"], 2, "crm"),
    (["edit", "crm"], 2, "no settings given"),
    (["edit", "crm", "--scheme", "github"], 2, "incoming"),
    (["edit", "crm", "--allow-private", "--no-allow-private"], 2, "cannot be combined"),
    (["keys", "edit", "ci"], 2, "nothing to change"),
    (["keys", "edit", "ci", "--expires", "1d", "--no-expiry"], 2, "cannot be combined"),
    (["keys", "edit", "ci", "--scope", "raed"], 2, "did you mean"),
    (["keys", "edit", "ci", "--rate", "10001"], 2, "--rate"),
    (["keys", "edit", "ci", "--name", ""], 2, "name"),
    (["keys", "edit", "nobody", "--rate", "5"], 4, "no API key nobody"),
    (["emit", "project.craeted"], 4, "project.created"),
    (["emit", "project.created", "--data", "{"], 2, "JSON"),
    (["retry", "dlv_000000000000000000000"], 4, "dlv_"),
    (["retry"], 2, "DLV"),
    (["recover", "crm"], 2, "--since"),
    (["recover", "crm", "--since", "1h"], 2, "--yes"),
    (["recover", "crm", "--since", "1h", "--rate", "0", "--yes"], 2, "--rate"),
    (["cancel"], 2, "DLV"),
    (["cancel", "dlv_000000000000000000000"], 4, "dlv_"),
    (["remove", "crm"], 2, "--yes"),
    (["prune"], 2, "--yes"),
    (["prune", "--max-size", "-1"], 2, "--max-size"),
    (["erase", "--yes"], 2, "--where"),
    (["erase", "--where", "data=1", "--yes"], 2, "--where"),
    (["backup"], 2, "FILE"),
    (["backup", "/nonexistent/folder/copy.db"], 3, "/nonexistent/folder"),
    (["init", "--group", "no-such-group"], 2, "no-such-group"),
    (["members", "add", "x", "emperor"], 2, "owner, admin, member, viewer"),
    (["members", "remove", "nobody-here"], 4, "nobody-here"),
    (["login-link", "--member", "nobody-here"], 2, "members add nobody-here"),
    (["login-link", "--member", "nobody-here", "--for", "2h"], 2, "1m to 1h"),
    (["login-link", "--member", "nobody-here", "--public-url", "ftp://x"], 2, "https://"),
    (["sessions", "end"], 2, "SESSION is required"),
    (["sessions", "end", "ses_00000000", "--all"], 2, "cannot be combined"),
    (["sessions", "end", "ses_00000000"], 4, "ses_00000000"),
    (["apply", "/nonexistent.json"], 3, "/nonexistent.json"),
    (["config", "show", "databse"], 2, "database"),
    (["completion", "tcsh"], 2, "bash"),
    (["--db", "/nonexistent/hooks.db", "list"], 4, "/nonexistent/hooks.db"),
    (["--color", "blue", "list"], 2, "always"),
]


class Contract(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.home = cls.enterClassContext(Home())
        home = cls.home
        cls.status = 404
        receiver = cls.enterClassContext(Receiver(home, lambda request: cls.status))
        home.add("crm", receiver.url, "--retry", "none", "--description", "Customers", "--header", "X-Team: a",
                 ca=receiver.ca, events=["project.*"])
        home.add("waiting", receiver.url, "--retry", "1h", ca=receiver.ca, events=["prd.approved"])
        home.add("off", receiver.url, "--inactive", ca=receiver.ca, events=["project.*"])
        home.run("emit", "project.created", "--data", '{"n":1}', expect=0)
        home.run("emit", "prd.approved", expect=0)
        home.run("deliver", expect=0)
        cls.status = 200
        url = home.json("add", "incoming", "issues", "--action", "create-project", "--set", "name=/title")["url"]
        server = home.start("serve-incoming", "--listen", "127.0.0.1:0", "--json")
        place = urllib.parse.urlsplit(server.next_json()["url"]).netloc
        request = urllib.request.Request(f"http://{place}{urllib.parse.urlsplit(url).path}", b'{"title":"t"}',
                                         {"content-type": "application/json"})
        urllib.request.urlopen(request, timeout=60).close()
        home.wait_for("the action", lambda: [r for r in home.json("requests") if r["state"] == "done"])
        server.stop()
        dead = home.json("deliveries", "--state", "dead")[0]
        document = home.dir / "webhooks.json"
        document.write_text(home.run("export", expect=0).stdout.replace('"Customers"', '"Other"'))
        (home.dir / "secret").write_text("whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=")
        (home.dir / "body").write_text("{}")
        signed = home.run("sign", "--secret-file", home.dir / "secret", "--body", home.dir / "body", expect=0)
        (home.dir / "headers").write_text(signed.stdout)
        home.run("keys", "add", "ci", "--scope", "read", "--expires", "1d", expect=0)
        cls.words = {"headers": home.dir / "headers", "dead": dead["id"], "event": dead["eventId"], "document": document, "secret": home.dir / "secret",
                     "waiting": home.json("deliveries", "--webhook", "waiting")[0]["id"], "body": home.dir / "body",
                     "request": home.json("requests")[0]["id"]}

    def filled(self, words, **more):
        return [word.format(**self.words, **more) if "{" in word and word != "{" else word for word in words]

    def check_pair(self, words, schema, columns, first, second):
        with self.subTest(command=" ".join(words)):
            plain = self.home.run(*self.filled(words, **first))
            self.assertEqual(plain.returncode, 0, plain.stderr)
            if columns is not None:
                lines = plain.stdout.splitlines()
                self.assertEqual(bool(lines), columns > 0, plain.stdout)
                for line in lines:
                    self.assertEqual(len(line.split("\t")), columns, line)
            self.assertNotIn("\x1b", plain.stdout + plain.stderr)
            as_json = self.home.run(*self.filled(words, **second), "--json", "--quiet")
            self.assertEqual(as_json.returncode, 0, as_json.stderr)
            if schema:
                document = json.loads(as_json.stdout)
                check_shape(document, schema_of(schema))
            else:
                for line in as_json.stdout.splitlines():
                    json.loads(line)

    def test_what_is_looked_at(self):
        for words, schema, columns in READ:
            self.check_pair(words, schema, columns, {}, {})
        self.assertEqual(self.home.run("export", expect=0).stdout[0], "{")
        self.assertIn("# TYPE", self.home.run("stats", "--prometheus", expect=0).stdout)

    # Each is done twice: once in a pipe, once as JSON. What cannot be done twice has other words the second time, or is
    # made again in between.
    def test_what_changes(self):
        home = Home()
        with home:
            with Receiver(home, lambda request: self.status) as receiver:
                self.check_changes(home, receiver)

    def check_changes(self, home, receiver):
        again = {
            "add outgoing new": lambda: home.run("remove", "new", "--yes", expect=0),
            "add incoming in": lambda: home.run("remove", "in", "--yes", expect=0),
            "remove in": lambda: home.run("add", "incoming", "in", "--action", "emit", "--event", "project.created", expect=0),
            "remove new": lambda: home.run("add", "outgoing", "new", "https://new.example/", "--event", "*", expect=0),
            "events remove": lambda: home.run("events", "add", "invoice.paid", expect=0),
        }
        for name, events in (("crm", ["project.*"]), ("waiting", ["prd.approved"])):
            home.add(name, receiver.url, "--retry", "none" if name == "crm" else "1h", ca=receiver.ca, events=events)
        type(self).status = 404
        for _ in range(2):
            home.run("emit", "project.created", "--data", '{"n":1}', expect=0)
            home.run("emit", "prd.approved", expect=0)
        home.run("deliver", expect=0)
        type(self).status = 200
        dead = [row["id"] for row in home.json("deliveries", "--state", "dead")]
        waiting = [row["id"] for row in home.json("deliveries", "--webhook", "waiting")]
        document = home.dir / "webhooks.json"
        document.write_text('{"outgoing":[]}')
        original, self_home = type(self).words, type(self).home
        type(self).home = home
        try:
            type(self).words = {"document": document}
            sides = [{"dead": dead[n], "waiting": waiting[n], "copy": home.dir / f"copy{n}.db", "member": f"m{n}",
                      "key": f"k{n}", "me": pwd.getpwuid(os.geteuid()).pw_name, "timeout": f"{n + 3}s"} for n in range(2)]
            for words, schema, columns in CHANGE:
                key = next((key for key in again if " ".join(words).startswith(key) and "--if-absent" not in words), None)
                first = self.filled(words, **sides[0])
                second = self.filled(words, **sides[1])
                with self.subTest(command=" ".join(words)):
                    plain = home.run(*first)
                    self.assertEqual(plain.returncode, 0, plain.stderr)
                    if columns is not None:
                        self.assertEqual(bool(plain.stdout), columns > 0, plain.stdout)
                        for line in plain.stdout.splitlines():
                            self.assertEqual(len(line.split("\t")), columns, line)
                    if key:
                        again[key]()
                    as_json = home.run(*second, "--json", "--quiet")
                    self.assertEqual(as_json.returncode, 0, as_json.stderr)
                    if schema:
                        check_shape(json.loads(as_json.stdout), schema_of(schema))
                    for line in as_json.stdout.splitlines() if not schema else []:
                        json.loads(line)
        finally:
            type(self).words, type(self).home = original, self_home

    def test_empty_results(self):
        with Home() as none, Home() as empty:
            empty.run("add", "outgoing", "x", "https://a.example/", "--event", "*", expect=0)
            empty.run("remove", "x", "--yes", expect=0)
            for home in (none, empty):
                for words, nothing in EMPTY:
                    with self.subTest(command=" ".join(words), database=home is empty):
                        if words == ["audit"] and home is empty:
                            continue
                        self.assertEqual(home.run(*words, expect=0).stdout, "")
                        self.assertEqual(home.json(*words), nothing)

    def test_what_is_wrong(self):
        before = self.home.run("export", expect=0).stdout
        for words, code, says in WRONG:
            with self.subTest(command=" ".join(words)[:80]):
                plain = self.home.run(*words)
                self.assertEqual(plain.returncode, code, plain.stderr)
                self.assertEqual(plain.stdout, "")
                self.assertIn(says, plain.stderr)
                self.assertTrue(plain.stderr.startswith(("thig-hooks: error:", "warning:")), plain.stderr)
                as_json = self.home.run(*words, "--json")
                self.assertEqual((as_json.returncode, as_json.stdout), (code, ""))
                check_shape(json.loads(as_json.stderr.splitlines()[-1]), schema_of("error"))
        self.assertEqual(self.home.run("export", expect=0).stdout, before)

    def test_every_command_refuses_what_it_does_not_know(self):
        for name in self.commands():
            with self.subTest(command=name):
                done = self.home.run(*name.split(), "--no-such-flag")
                self.assertEqual((done.returncode, done.stdout), (2, ""))
                self.assertIn("--no-such-flag", done.stderr)
                helped = self.home.run(*name.split(), "--help", expect=0)
                self.assertTrue(helped.stdout.startswith(f"Usage: thig-hooks {name}"), helped.stdout[:80])
                self.assertEqual(helped.stderr, "")

    def commands(self):
        names = []
        listed = self.home.run("help", expect=0).stdout.partition("\nHELP TOPICS\n")[0]
        for line in listed.splitlines():
            found = re.match(r"  ([a-z][a-z-]*(?: [a-z-]+)?)  +[A-Z]", line)
            if found:
                names.append(found[1])
        return names

    def test_every_command_has_a_row(self):
        rows = [" ".join(words) + " " for words, *_ in READ + CHANGE] + ["export "]
        names = self.commands()
        self.assertGreater(len(names), 40)
        for name in names:
            if name not in ELSEWHERE:
                self.assertTrue(any(row.startswith(name + " ") for row in rows), name)

    def test_quiet_is_silent_on_success(self):
        for words in (["emit", "prd.approved"], ["deliver"], ["enable", "crm"], ["edit", "crm", "--rate", "9"], ["doctor"]):
            with self.subTest(command=" ".join(words)):
                done = self.home.run(*words, "-q", expect=0)
                self.assertEqual(done.stderr, "")


if __name__ == "__main__":
    unittest.main()
