"""The pages of outgoing webhooks that change something, as a browser without a script uses them: what a form asks,
what is wrong beside its field, what is asked first, and that secrets stand on their own pages only."""

import html
import json
import os
import re
import shutil
import subprocess
import sys
import unittest
import urllib.parse

from admin_api import Api
from form_browser import Browser, filled, place
from hooks import PATIENCE, Home, Receiver


class Pages(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.home = cls.enterClassContext(Home())
        cls.home.run("add", "outgoing", "first", "https://first.example/", "--event", "project.*", expect=0)
        cls.browsers = {}
        for role in ("admin", "member", "viewer"):
            cls.home.run("members", "add", f"the-{role}", role, expect=0)
        cls.key = cls.home.json("keys", "add", "reader", "--scope", "read")["key"]
        cls.api = Api(cls.home)

    def setUp(self):
        self.browser = self.as_member("the-admin")

    def as_member(self, member):
        if member not in self.browsers:
            self.browsers[member] = Browser(self, self.api, self.home, member)
        self.browsers[member].test = self
        return self.browsers[member]

    def add(self, name, **more):
        fields = {"url": f"https://{name}.example/hook", "event": ["project.created"], **more}
        return self.browser.fill("/admin/webhooks/new", 201, name=name, **fields)

    def id_of(self, name):
        return self.home.json("show", name)["id"]

    def page_of(self, name):
        return f"/admin/webhooks/outgoing/{self.id_of(name)}"


class TestAdd(Pages):
    def test_what_is_added_has_the_settings_that_were_sent(self):
        page = self.browser.get("/admin/webhooks/new")
        self.assertIn("thig-hooks add outgoing", page.words())
        self.assertIn("not part of *", page.words())
        done = self.browser.fill(
            "/admin/webhooks/new", 201, name="full", url="https://full.example/hook?a=1", event=["project.*", "prd.approved"],
            more_events="team.*, webhook.failing\n", description="For <b>sales</b> & co", retry="1m,5m", timeout="5s", signature="standard",
            signature_header="X-Old", headers="X-Team: sales\nX-Key: geheim\n", max_in_flight="7", rate="2.5", allow_private="yes", disabled="yes")
        shown = self.home.json("show", "full")
        self.assertEqual(shown["events"], ["project.*", "prd.approved", "team.*", "webhook.failing"])
        self.assertEqual((shown["retry"], shown["timeout"], shown["signature"], shown["signatureHeader"]), ("1m,5m", "5s", "standard", "X-Old"))
        self.assertEqual((shown["maxInFlight"], shown["rate"], shown["allowPrivate"], shown["state"]), (7, 2.5, True, "disabled"))
        self.assertEqual(shown["description"], "For <b>sales</b> & co")
        revealed = self.home.json("show", "full", "--reveal-secret")
        self.assertEqual(revealed["headers"], [{"name": "X-Team", "value": "sales"}, {"name": "X-Key", "value": "geheim"}])
        self.assertIn(revealed["secrets"][0]["secret"], done.text)
        self.assertNotIn("content-encoding", done.headers)
        self.assertIn("disabled", done.words())

    def test_what_is_wrong_stands_beside_its_field_and_above(self):
        rows = [
            ({"name": ""}, "name", "empty"), ({"name": "first"}, "name", "already exists"), ({"name": "wh_1"}, "name", "id"),
            ({"url": "http://a.example/"}, "url", "https"), ({"url": "https://a.example/#x"}, "url", ""), ({"url": ""}, "url", ""),
            ({"url": "https://127.0.0.1/"}, "url", "Allow private addresses"),
            ({"more_events": "project.creatd"}, "events", "project.created"), ({"event": None}, "events", "at least one"),
            ({"when": "/status=FINAL"}, "when", "/data/status=FINAL"), ({"when": "/data/a=1\nheader:x=1"}, "when", "is on a request"),
            ({"when": "\n".join(["/data/a=1"] * 21)}, "when", "20"),
            ({"retry": "5x"}, "retry", "5x"), ({"retry": "1s,9d"}, "retry", ""), ({"timeout": "2m"}, "timeout", "60s"), ({"timeout": ""}, "timeout", ""),
            ({"headers": "geheim"}, "headers", "Name: value"), ({"headers": "Host: a"}, "headers", "Host"), ({"headers": "A: 1\nA: 2"}, "headers", "twice"),
            ({"signature_header": "webhook-id"}, "signature-header", ""), ({"signature": "none"}, "signature", ""),
            ({"max_in_flight": "0"}, "max-in-flight", "256"), ({"max_in_flight": "x"}, "max-in-flight", "256"),
            ({"rate": "-1"}, "rate", ""), ({"rate": "fast"}, "rate", ""), ({"description": "x" * 501}, "description", "500"),
            ({"ca_file": "/nowhere/at/all"}, "ca-file", "server"), ({"ca_file": "ca.pem"}, "ca-file", "absolute"),
            ({"client_cert": "/nowhere"}, "client-key", "must be given together"), ({"secret": " "}, None, ""), ({"secret": "whsec_x"}, "secret", ""),
        ]
        for changes, field, words in rows:
            if field is None:
                continue
            with self.subTest(changes):
                fields = {"name": "wrong", "url": "https://wrong.example/", "event": ["project.created"], **changes}
                page = self.browser.ask("POST", "/admin/webhooks/new", urllib.parse.urlencode(filled(
                    self.browser.get("/admin/webhooks/new").form("/admin/webhooks/new"), **fields)))
                self.assertIn(page.status, (400, 404, 409), page.words())
                said = page.said["events-e"] if field == "events" else page.error_of(field)
                self.assertIn(words, said)
                self.assertIn(said.strip(), page.said["errors"])
                self.assertIn(f'href="#{field}"', page.text)
                # What was filled in is still there, but for secrets.
                sent = dict(page.form("/admin/webhooks/new"))
                for name, value in changes.items():
                    if isinstance(value, str) and name not in ("secret", "signature", "more_events"):
                        self.assertEqual(sent[name.replace("_", "-")].strip(), value)
        self.assertNotIn("wrong", [row["name"] for row in self.home.json("list")])

    def test_all_that_is_wrong_is_told_at_once(self):
        page = self.browser.fill("/admin/webhooks/new", 400, name="first", url="ftp://x", retry="5x", event=["project.created"])
        for field in ("name", "url", "retry"):
            self.assertNotEqual(page.error_of(field), "")
        self.assertIn("3 errors", page.words())

    def test_a_secret_is_not_printed_where_the_form_comes_again(self):
        secret = "whsec_" + "QUJD" * 10
        page = self.browser.fill("/admin/webhooks/new", 400, name="own", url="http://x", secret=secret, event=["*"])
        self.assertNotIn(secret, page.text)
        self.assertIn("Enter it again", page.error_of("secret"))
        page = self.browser.fill("/admin/webhooks/new", 201, name="own", url="https://own.example/", secret=secret, event=["*"])
        self.assertIn(secret, page.text)

    def test_what_is_hostile_is_shown_as_text(self):
        for text in ('"><script>alert(1)</script>', "' onmouseover=alert(1) x='", "</textarea><script>x</script>", "a\u202eb", "{}", "&amp;", "</title><b>"):
            with self.subTest(text):
                page = self.browser.fill("/admin/webhooks/new", 400, name=text, url=text, description=text, retry=text, headers=text,
                                         more_events=text, ca_file=text)
                self.assertNotIn("<script>alert", page.text)
                self.assertNotIn("<b>", page.text)
                self.assertNotIn("\u202e", page.text)

    def test_the_programs_on_the_page_verify_a_delivery(self):
        page = self.add("verified")
        programs = {language: html.unescape(program) for language, program in
                    re.findall(r'<pre class="box" data-language="(\w+)">(.*?)</pre>', page.text, re.S)}
        self.assertEqual(set(programs), {"Node", "Python", "Shell"})
        secret = html.unescape(re.search(r'<div class="cmd"><code>(whsec_[^<]*)</code>', page.text)[1])
        with Receiver(self.home) as receiver:
            self.home.run("edit", "verified", "--url", receiver.url, "--allow-private", "--ca-file", receiver.ca, expect=0)
            self.home.run("emit", "project.created", "--data", '{"name":"Zoë"}', expect=0)
            self.home.run("deliver")
            got = receiver.next()
        folder = self.home.dir
        for language, command, ending in (("Node", "node", "mjs"), ("Python", sys.executable, "py"), ("Shell", "sh", "sh")):
            if not shutil.which(command):
                continue
            file = folder / f"verify.{ending}"
            file.write_text(programs[language])
            env = {"PATH": os.environ["PATH"], "WEBHOOK_SECRET": secret, "WEBHOOK_ID": got["id"],
                   "WEBHOOK_TIMESTAMP": got["timestamp"], "WEBHOOK_SIGNATURE": got["signature"]}
            for sent, code in ((got["body"], 0), (got["body"] + b" ", 1)):
                done = subprocess.run([command, file], input=sent, env=env, capture_output=True, timeout=PATIENCE)
                self.assertEqual((done.returncode, done.stderr), (code, b""), language)


class TestEdit(Pages):
    def test_the_form_is_filled_in_and_changes_what_was_changed(self):
        self.add("edited", headers="X-Team: sales\nX-Key: geheim", event=["prd.*", "project.created", "team.member_added"])
        before = self.home.json("show", "edited", "--reveal-secret")
        path = self.page_of("edited") + "/edit"
        self.assertNotIn("geheim", self.browser.get(path).text)
        done = self.browser.fill(path)
        self.assertEqual(place(done), self.page_of("edited"))
        after = self.home.json("show", "edited", "--reveal-secret")
        self.assertEqual({**after, "updatedAt": 0}, {**before, "updatedAt": 0})
        self.assertEqual(len([row for row in self.home.json("audit") if row["subject"] == "edited" and row["action"] == "webhook.edit"]), 0)
        self.browser.fill(path, timeout="7s", headers="X-Team: support\nX-Key", event=["project.created", "ai.*"], more_events="prd.*")
        after = self.home.json("show", "edited", "--reveal-secret")
        self.assertEqual(after["headers"], [{"name": "X-Team", "value": "support"}, {"name": "X-Key", "value": "geheim"}])
        self.assertEqual((after["timeout"], after["events"]), ("7s", ["prd.*", "project.created", "ai.*"]))

    def test_conditions_are_shown_changed_and_removed(self):
        self.add("finals", when="/data/status=FINAL\n/data/note~^<b>")
        self.assertEqual(self.home.json("show", "finals")["when"], ["/data/status=FINAL", "/data/note~^<b>"])
        page = self.browser.get(self.page_of("finals"))
        self.assertIn("Only if /data/status=FINAL Only if /data/note~^<b>", page.words())
        path = self.page_of("finals") + "/edit"
        self.browser.fill(path, timeout="7s")
        self.assertEqual(self.home.json("show", "finals")["when"], ["/data/status=FINAL", "/data/note~^<b>"])
        self.browser.fill(path, when="/data/status!=DRAFT\n")
        self.assertEqual(self.home.json("show", "finals")["when"], ["/data/status!=DRAFT"])
        # One that cannot be typed stays as it is, unless the field is changed.
        self.home.run("edit", "finals", "--when", "/data/note=a\n b", expect=0)
        self.browser.fill(path, timeout="8s")
        self.assertEqual(self.home.json("show", "finals")["when"], ["/data/note=a\n b"])
        self.browser.fill(path, when="")
        self.assertEqual(self.home.json("show", "finals")["when"], [])

    def test_by_its_name_too(self):
        self.add("by name/&", url="https://by.example/")
        page = self.browser.get("/admin/webhooks/outgoing/by%20name%2F%26/edit")
        self.browser.send(self.page_of("by name/&") + "/edit", filled(page.form(self.page_of("by name/&") + "/edit"), name="renamed"))
        self.assertEqual(self.home.json("show", "renamed")["url"], "https://by.example/")

    def test_what_was_changed_meanwhile_is_not_overwritten_unseen(self):
        self.add("raced")
        path = self.page_of("raced") + "/edit"
        fields = self.browser.get(path).form(path)
        self.home.run("edit", "raced", "--timeout", "3s", "--header", "X-A: geheim", expect=0)
        page = self.browser.send(path, filled(fields, timeout="9s"), 412)
        self.assertIn("changed meanwhile", page.words())
        self.assertRegex(page.words(), r"timeout 3s 9s")
        self.assertEqual(self.home.json("show", "raced")["timeout"], "3s")
        self.assertNotIn("geheim", page.text)
        # Seen, and wanted all the same.
        self.browser.send(path, page.form(path))
        self.assertEqual(self.home.json("show", "raced")["timeout"], "9s")

    def test_that_it_was_disabled_meanwhile_is_no_reason_to_refuse(self):
        self.add("off-meanwhile")
        path = self.page_of("off-meanwhile") + "/edit"
        fields = self.browser.get(path).form(path)
        self.home.run("disable", "off-meanwhile", expect=0)
        self.browser.send(path, filled(fields, url="https://better.example/"))
        shown = self.home.json("show", "off-meanwhile")
        self.assertEqual((shown["url"], shown["state"]), ("https://better.example/", "disabled"))

    def test_what_is_wrong_is_told(self):
        self.add("stays")
        path = self.page_of("stays") + "/edit"
        page = self.browser.fill(path, 400, url="http://x", timeout="0s")
        self.assertIn("https", page.error_of("url"))
        self.assertNotEqual(page.error_of("timeout"), "")
        page = self.browser.fill(path, 409, name="first")
        self.assertIn("already", page.error_of("name"))


class TestEventCounts(Pages):
    """What stands beside the types: how many of the last week's events were of each, where these can all be looked at."""

    MOST = 20_000

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.form = "/admin/webhooks/new"

    def beside(self, page):
        rows = re.findall(r'<label class="pick"[^>]*><input type="checkbox" name="event" value="([^"]+)"[^>]*>(.*?)</label>', page.text)
        told = {name: re.search(r"<small>(.*?)</small>", row) for name, row in rows}
        self.assertGreater(len(told), 40)
        # The set-up has raised some of ours.
        return {name: html.unescape(small[1]) for name, small in told.items() if small and not name.startswith("webhook.")}

    def emit(self, event, count):
        lines = (json.dumps({"event": event, "data": {}}) + "\n") * count
        self.home.run("emit", "--batch", "-", stdin=lines, expect=0)

    def test_events_of_the_week_are_counted_by_type(self):
        page = self.browser.get(self.form)
        self.assertEqual(self.beside(page), {})
        self.emit("project.created", 1_204)
        self.emit("prd.approved", 2)
        page = self.browser.get(self.form)
        self.assertEqual(self.beside(page), {"project.created": "1,204", "prd.approved": "2"})
        self.assertIn("its recorded events of the last 7 days, including tests.", page.words())
        edited = self.browser.get(self.page_of("first") + "/edit")
        of_edited = self.beside(edited)
        self.assertEqual((of_edited["project.created"], of_edited["project.archived"], of_edited["prd.approved"]), ("included · 1,204", "included", "2"))
        # A form that comes again with what is wrong has them, too.
        self.assertEqual(self.beside(self.browser.fill(self.form, 400, name="x", url="http://x"))["prd.approved"], "2")
        # More than are looked at: it says of what these are the numbers.
        self.emit("comment.created", self.MOST - 1_000)
        page = self.browser.get(self.form)
        self.assertEqual(self.beside(page), {"project.created": "998", "prd.approved": "2", "comment.created": "19,000"})
        self.assertRegex(page.words(), r"its events among the newest 20,000, including tests\. The oldest of these is from \d+ \w+ \d{4}, ")


class TestSwitches(Pages):
    def test_disable_asks_first_and_enable_does_not(self):
        self.add("switched")
        path = self.page_of("switched")
        self.assertIn("missed", self.browser.get(path + "/disable").words())
        self.assertEqual(self.home.json("show", "switched")["state"], "enabled")
        self.assertEqual(place(self.browser.fill(path + "/disable", reason="moving <house>")), path)
        shown = self.home.json("show", "switched")
        self.assertEqual((shown["state"], shown["reason"]), ("disabled", "moving <house>"))
        self.assertEqual(place(self.browser.send(path + "/enable", {})), path)
        self.assertEqual(self.home.json("show", "switched")["state"], "enabled")
        self.browser.get(path + "/enable", 405)

    def test_remove_names_what_is_lost(self):
        self.add("removed")
        self.home.run("emit", "project.created", expect=0)
        path = self.page_of("removed") + "/remove"
        page = self.browser.get(path)
        self.assertRegex(page.words(), r"Pending 1 never sent")
        self.assertEqual(place(self.browser.fill(path)), "/admin/webhooks")
        self.assertEqual(self.home.run("show", "removed").returncode, self.home.run("show", "no-such").returncode)
        self.browser.get(path, 404)

    def test_rotate_shows_the_new_secret_once_and_until_when_the_old_one_signs(self):
        self.add("rotated")
        path = self.page_of("rotated") + "/rotate"
        page = self.browser.get(path)
        self.assertEqual(dict(page.form(path))["overlap"], "24h")
        done = self.browser.fill(path, 200)
        revealed = self.home.json("show", "rotated", "--reveal-secret")["secrets"]
        self.assertEqual(len(revealed), 2)
        self.assertIn(revealed[0]["secret"], done.text)
        self.assertNotIn(revealed[1]["secret"], done.text)
        self.assertIn("also signs until", done.words())
        self.assertNotIn("content-encoding", done.headers)
        own = "whsec_" + "QUJD" * 10
        self.assertIn("no longer signs", self.browser.fill(path, 200, overlap="0s", secret=own).words())
        self.assertEqual([one["secret"] for one in self.home.json("show", "rotated", "--reveal-secret")["secrets"]], [own])
        page = self.browser.fill(path, 409, secret=own)
        self.assertNotIn(own, page.text)
        self.assertIn("already", page.error_of("secret"))

    def test_a_secret_is_revealed_by_a_button_and_noted(self):
        self.add("shown")
        path = self.page_of("shown") + "/secret"
        secret = self.home.json("show", "shown", "--reveal-secret")["secrets"][0]["secret"]
        reveals = lambda: [row for row in self.home.json("audit") if row["action"] == "webhook.reveal" and row["subject"] == "shown"]
        before = len(reveals())
        page = self.browser.get(path)
        self.assertNotIn(secret, page.text)
        self.assertIn("audit log", page.words())
        self.assertEqual(len(reveals()), before)
        done = self.browser.fill(path, 200)
        self.assertIn(secret, done.text)
        self.assertNotIn("content-encoding", done.headers)
        self.assertEqual(len(reveals()), before + 1)


class TestTests(Pages):
    def to(self, receiver, name, *flags):
        self.home.run("add", "outgoing", name, receiver.url, "--event", "*", "--allow-private", *flags, expect=0)
        return self.page_of(name) + "/test"

    def test_a_test_shows_every_step_and_what_was_sent(self):
        with Receiver(self.home) as receiver:
            path = self.to(receiver, "tested", "--ca-file", receiver.ca, "--header", "X-Key: geheim")
            page = self.browser.get(path + "?event=project.created")
            self.assertEqual(dict(page.form(path))["event"], "project.created")
            self.assertIn("thig-hooks test --event project.created tested", page.words())
            self.assertEqual(receiver.all(), [])
            page = self.browser.fill(path, 200, event="prd.approved")
            got = receiver.next()
        self.assertIn("The endpoint answered 200 in", page.words())
        self.assertEqual(dict(page.form(path))["event"], "prd.approved")
        self.assertEqual(re.findall(r'<span class="state (delivered|off|failed-s)">([^<]*)', page.text),
                         [("delivered", one) for one in ("Name look-up", "Connection", "TLS handshake", "Answer")])
        shown = [html.unescape(one) for one in re.findall(r'<pre class="box">(.*?)</pre>', page.text, re.S)]
        self.assertIn(got["body"].decode(), shown)
        self.assertTrue(any(f'webhook-id: {got["id"]}' in one and "X-Key: (hidden)" in one for one in shown))
        self.assertTrue(any(f'{got["id"]}.{got["timestamp"]}.{got["body"].decode()}' in one for one in shown))
        self.assertNotIn("geheim", page.text)
        self.assertEqual(len(set(re.findall(r'type="radio" name="([^"]*)"', page.text))), 2)

    def test_a_failure_says_where_why_and_what_to_do(self):
        with Receiver(self.home) as receiver:
            path = self.to(receiver, "untrusted")
            page = self.browser.fill(path, 200)
        self.assertIn("Failed at the TLS handshake", page.words())
        self.assertIn("thig-hooks edit --ca-file FILE untrusted", page.words())
        self.assertIn("“CA certificates”", page.words())
        self.assertEqual([kind for kind, _ in re.findall(r'<span class="state (delivered|off|failed-s)">([^<]*)', page.text)],
                         ["delivered", "delivered", "failed-s", "off"])
        self.assertIn("not reached", page.words())
        # The port is free again.
        self.assertIn("Failed at the connection", self.browser.fill(path, 200).words())

    def test_what_the_receiver_says_is_text(self):
        with Receiver(self.home) as receiver:
            receiver.server.RequestHandlerClass = evil(receiver.server.RequestHandlerClass)
            path = self.to(receiver, "evil", "--ca-file", receiver.ca)
            page = self.browser.fill(path, 200)
        self.assertNotIn("<script>alert", page.text)
        self.assertIn("<script>alert(1)</script>", page.words())
        self.assertIn("the answer was 500", page.words())


def evil(handler):
    class Evil(handler):
        def do_POST(self):
            self.rfile.read(int(self.headers["content-length"]))
            self.send_response(500)
            self.send_header("x-evil", "<script>alert(2)</script>")
            body = b"<script>alert(1)</script>\xff\0\x1b[31m</pre></body>"
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    return Evil


class TestRecovery(Pages):
    def missed(self, name, count):
        self.add(name, disabled="yes")
        for _ in range(count):
            self.home.run("emit", "project.created", expect=0)
        return self.page_of(name) + "/recover"

    def test_what_there_is_is_counted_before_it_is_sent_again(self):
        path = self.missed("missing", 3)
        page = self.browser.get(path)
        asked = [form for form in page.forms if form["action"] == path][0]
        self.assertEqual(asked["method"], "get")
        self.assertEqual(dict(asked["fields"])["since"][:19], self.home.json("show", "missing")["stateSince"][:19])
        page = self.browser.get(f"{path}?since=1h&state=dead&state=missed")
        self.assertIn("3 deliveries would be resent", page.words())
        self.assertRegex(page.words(), r"missing project\.created missed project\.created 3")
        self.assertIn("thig-hooks recover --since", page.words())
        self.assertEqual(self.home.json("stats", "missing")["webhooks"][0]["missed"], 3)
        # What was counted is what is sent, whenever the button is pressed.
        self.assertRegex(dict(page.form(path))["since"], r"^2\d\d\d-")
        done = self.browser.send(path, page.form(path), 200)
        self.assertIn("3 deliveries queued", done.words())
        self.assertIn("missing is disabled", done.words())
        self.assertEqual(self.home.json("stats", "missing")["webhooks"][0]["pending"], 3)
        self.assertIn("Nothing to recover", self.browser.get(f"{path}?since=1h").words())

    def test_what_is_wrong_is_told(self):
        path = self.missed("wrongly", 0)
        for query, field in (("since=", "since"), ("since=tomorow", "since"), ("since=1h&until=2h", "until"), ("since=1h&rate=0", "rate"),
                             ("since=1h&rate=x", "rate")):
            with self.subTest(query):
                self.assertNotEqual(self.browser.get(f"{path}?{query}", 400).error_of(field), "")
        self.browser.get(path + "?since=1h&state=pending", 400)

    def test_events_from_before_a_webhook_was_added_are_counted_then_sent(self):
        self.home.run("events", "add", "page.late", expect=0)
        for _ in range(2):
            self.home.run("emit", "page.late", expect=0)
        self.home.run("add", "outgoing", "latecomer", "https://late.example.com/", "--event", "page.late", expect=0)
        path = self.page_of("latecomer") + "/recover"
        self.assertNotIn("backfill", dict(next(form for form in self.browser.get(path).forms if form["action"] == path)["fields"]))
        self.assertIn("Nothing to recover", self.browser.get(f"{path}?since=1h&state=dead&state=missed").words())
        page = self.browser.get(f"{path}?since=1h&state=dead&state=missed&backfill=yes")
        self.assertIn("2 deliveries would be resent", page.words())
        self.assertIn("--backfill", page.words())
        self.assertEqual(self.home.json("stats", "latecomer")["webhooks"][0]["missed"], 0)
        self.assertIn("2 deliveries queued", self.browser.send(path, page.form(path), 200).words())
        self.assertEqual(self.home.json("stats", "latecomer")["webhooks"][0]["pending"], 2)
        self.assertIn("none is lacking", self.browser.get(f"{path}?since=1h&state=missed&backfill=yes").words())
        self.assertIn("missed must be one of the states", self.browser.get(f"{path}?since=1h&state=dead&backfill=yes", 400).words())

    def test_many_are_recovered(self):
        path = self.missed("many", 0)
        lines = '{"event":"project.created","data":{}}\n' * 3_000
        self.home.run("emit", "--batch", "-", stdin=lines, expect=0)
        page = self.browser.get(path + "?since=1h")
        page = self.browser.send(path, page.form(path), 200)
        while "Continue with the rest" in page.words():
            page = self.browser.send(path, page.form(path), 200)
        self.assertEqual(self.home.json("stats", "many")["webhooks"][0]["pending"], 3_000)


class TestBulk(Pages):
    def test_enable_is_done_at_once_and_what_fails_is_named(self):
        for name in ("b1", "b2"):
            self.add(name, disabled="yes")
        ids = [self.id_of(name) for name in ("b1", "b2")]
        self.assertEqual(place(self.browser.send("/admin/webhooks", [("do", "enable"), *(("id", one) for one in ids)])), "/admin/webhooks")
        self.assertEqual({self.home.json("show", name)["state"] for name in ("b1", "b2")}, {"enabled"})
        self.home.run("disable", "b1", expect=0)
        page = self.browser.send("/admin/webhooks", [("do", "enable"), ("id", "wh_00000000"), ("id", ids[0])], 200)
        self.assertIn("1 webhook enabled", page.words())
        self.assertIn("1 webhook could not be enabled", page.words())
        self.assertIn("wh_00000000", page.words())
        self.assertEqual(self.home.json("show", "b1")["state"], "enabled")

    def test_disable_names_them_first(self):
        for name in ("c1", "c2"):
            self.add(name)
        ids = [self.id_of(name) for name in ("c1", "c2")]
        page = self.browser.send("/admin/webhooks", [("do", "disable"), *(("id", one) for one in ids)], 200)
        self.assertIn("Disable 2 webhooks?", page.words())
        self.assertRegex(page.words(), r"c1 +c2")
        self.assertEqual(self.home.json("show", "c1")["state"], "enabled")
        self.browser.send("/admin/webhooks", filled(page.form("/admin/webhooks"), reason="the move"))
        self.assertEqual([(self.home.json("show", name)["state"], self.home.json("show", name)["reason"]) for name in ("c1", "c2")],
                         [("disabled", "the move")] * 2)

    def test_recover_asks_counts_and_does(self):
        for name in ("d1", "d2"):
            self.add(name, disabled="yes")
        self.home.run("emit", "project.created", expect=0)
        ids = [self.id_of(name) for name in ("d1", "d2")]
        page = self.browser.send("/admin/webhooks", [("do", "recover"), *(("id", one) for one in ids)], 200)
        page = self.browser.send("/admin/webhooks", page.form("/admin/webhooks"), 200)
        self.assertIn("2 deliveries would be resent", page.words())
        page = self.browser.send("/admin/webhooks", page.form("/admin/webhooks"), 200)
        self.assertIn("2 deliveries queued", page.words())
        self.assertEqual([self.home.json("stats", name)["webhooks"][0]["pending"] for name in ("d1", "d2")], [1, 1])

    def test_nothing_selected_nothing_known(self):
        self.assertIn("Nothing was selected", self.browser.send("/admin/webhooks", {"do": "enable"}, 400).words())
        self.browser.send("/admin/webhooks", {"do": "explode", "id": self.id_of("first")}, 400)


class TestSamples(Pages):
    PATH = "/admin/events/new"

    def test_a_sample_is_marked_and_its_receipt_says_who_gets_it(self):
        self.add("gets-it", event=["prd.approved"])
        self.add("missed-it", event=["prd.*"], disabled="yes")
        page = self.browser.get(self.PATH + "?event=prd.approved")
        fields = page.form(self.PATH)
        self.assertIn("prdId", dict(fields)["data"])
        done = self.browser.send(self.PATH, fields, 200)
        self.assertIn("1 delivery is queued, and 1 missed", done.words())
        self.assertRegex(done.words(), r"gets-it pending")
        self.assertRegex(done.words(), r"first not sent")
        event = re.search(r'href="(/admin/events/evt_\w+)"', done.text)[1].rsplit("/", 1)[1]
        body = self.home.json("deliveries", "--event", event)
        self.assertEqual(len(body), 2)
        payload = self.api.ask("GET", f"/api/events/{event}", self.key)[2]["body"]
        self.assertTrue(json.loads(payload)["data"]["sample"])
        # Sent twice by a slip.
        self.assertIn("recorded once", self.browser.send(self.PATH, fields, 200).words())
        self.assertEqual(len(self.home.json("deliveries", "--type", "prd.approved")), 2)
        done = self.browser.fill(self.PATH + "?event=prd.approved", 200, data='{"a":1}', marked=None)
        event = re.search(r'href="(/admin/events/evt_\w+)"', done.text)[1].rsplit("/", 1)[1]
        payload = self.api.ask("GET", f"/api/events/{event}", self.key)[2]["body"]
        self.assertEqual(json.loads(payload)["data"], {"a": 1})

    def test_what_is_wrong_is_told(self):
        for data, words in (("{", ""), ("[1]", "Only an object"), ("", "JSON"), ('{"a":1,"a":2', "")):
            page = self.browser.fill(self.PATH, 400, data=data)
            self.assertIn(words, page.error_of("data"))
        self.browser.get(self.PATH + "?event=no.such", 404)

    def test_members_emit_what_is_not_operational(self):
        member = self.as_member("the-member")
        page = member.get(self.PATH)
        self.assertNotIn('value="webhook.failing"', page.text)
        member.send(self.PATH, filled(page.form(self.PATH), event="webhook.failing"), 403)
        member.fill(self.PATH, 200)
        self.as_member("the-viewer").get(self.PATH, 403)


class TestRights(Pages):
    PATHS = ("/edit", "/disable", "/remove", "/rotate", "/secret", "/test", "/recover", "/recover?since=1h")

    def test_those_who_may_not_learn_who_can(self):
        path = self.page_of("first")
        before = self.home.json("list")
        for role in ("member", "viewer"):
            other = self.as_member(f"the-{role}")
            for page in ["/admin/webhooks/new"] + [path + one for one in self.PATHS]:
                with self.subTest(role=role, page=page):
                    self.assertIn("Ask an Owner or Admin", other.get(page, 403).words())
                    other.send(page.split("?")[0], {}, 403)
            other.send(path + "/enable", {}, 403)
            for what in ("enable", "disable", "recover"):
                other.send("/admin/webhooks", {"do": what, "id": self.id_of("first")}, 403)
        self.assertEqual(self.home.json("list"), before)


if __name__ == "__main__":
    unittest.main()
