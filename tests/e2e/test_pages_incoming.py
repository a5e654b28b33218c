"""Pages of incoming webhooks, their requests, the audit log, members and keys: as each role sees them, with hostile
text wherever somebody outside or a member can put any."""

import contextlib
import csv
import html.parser
import io
import json
import re
import unittest
import urllib.error
import urllib.parse
import urllib.request

from admin_pages import FORM, HOSTILE, HOSTILE_NAME, Pages
from hooks import Home

JSON = "application/json"
ROLES = ("owner", "admin", "member", "viewer")
# Beginnings that a spreadsheet takes for a formula, as far as a name may have them.
FORMULAS = ("=1+1", "+1", "-1", "@SUM(A1)", '=HYPERLINK("http://x","y")')
NEW = "/admin/webhooks/incoming/new"
EMPTY_FORM = {"action": "create-project", "name": "", "description": "", "set": "", "default": "", "when": "", "event": "",
              "command": "", "directory": "", "timeout": "30s", "max-parallel": "1", "scheme": "", "secret": "", "generic": "",
              "verify-token": "", "allowed-addresses": "", "content-types": "", "max-body": "1MiB", "dedupe": "1d", "rate": "0"}


class Fields(html.parser.HTMLParser):
    """What a browser would send of a page's forms if its reader changed nothing."""

    def __init__(self, text):
        super().__init__()
        self.fields, self.area, self.choice = [], None, None
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        if tag == "input" and given.get("type") not in ("checkbox", "radio"):
            self.fields.append((given["name"], given.get("value", "")))
        elif tag == "input" and "checked" in given:
            self.fields.append((given["name"], given["value"]))
        elif tag == "textarea":
            self.area = [given["name"], ""]
        elif tag == "select":
            self.choice = [given["name"], None]
        elif tag == "option" and self.choice and (self.choice[1] is None or "selected" in given):
            self.choice[1] = given["value"]

    def handle_data(self, data):
        if self.area:
            self.area[1] += data

    def handle_endtag(self, tag):
        if tag == "textarea":
            self.fields.append((self.area[0], self.area[1].removeprefix("\n").replace("\n", "\r\n")))
            self.area = None
        elif tag == "select":
            self.fields.append((self.choice[0], self.choice[1]))
            self.choice = None


class Case(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.cleanup = contextlib.ExitStack()
        cls.addClassCleanup(cls.cleanup.close)
        cls.home = cls.cleanup.enter_context(Home())
        cls.prepare()
        cls.pages = Pages(cls.home)
        for role in ROLES:
            cls.pages.sign_in(role)

    @classmethod
    def prepare(cls):
        pass

    def get(self, path, role="admin", status=200):
        page = self.pages.get(path, role)
        self.assertEqual(page.status, status, page.shown)
        return page

    def post(self, path, fields=(), role="admin", status=303):
        page = self.pages.post(path, fields, role)
        self.assertEqual(page.status, status, page.shown)
        return page

    def link(self, page, beginning):
        return next(link for link in page.links if link.startswith(beginning))


class TestRequests(Case):
    @classmethod
    def prepare(cls):
        home = cls.home
        (home.dir / "hub.secret").write_text("it's a secret of GitHub")
        cls.urls = {}
        for name, *args in (
                ("issues", "--action", "create-project", "--set", "name=/title", "--when", "/action=opened"),
                (HOSTILE_NAME, "--action", "emit", "--event", "billing.payment_failed", "--description", HOSTILE_NAME),
                ("hub", "--action", "create-project", "--set", "name=/title", "--scheme", "github", "--secret-file", home.dir / "hub.secret"),
                ("broken", "--action", "run", "--command", "/bin/false"),
                ("nowhere", "--action", "create-project", "--set", "name=/title", "--allow-from", "192.0.2.0/24")):
            cls.urls[name] = home.json("add", "incoming", name, *args)["url"]
        cls.server = home.start("serve-incoming", "--listen", "127.0.0.1:0", "--json")
        cls.place = urllib.parse.urlsplit(cls.server.next_json()["url"]).netloc
        opened = json.dumps({"title": HOSTILE, "action": "opened", "n": 9007199254740993}).encode()
        cls.send("issues", opened, {"x-evil": "<script>x</script>", "authorization": "Bearer canary-1"},
                 "?token=canary-2&page=<b>'\"")
        cls.send("issues", b'{"title":"t","action":"closed"}')
        cls.send("issues", b'{"title":"t","action":"closed"}')
        cls.send(HOSTILE_NAME, b"a=%3Cscript%3E&b=1&b=2", {"content-type": FORM})
        cls.send(HOSTILE_NAME, b"[" + b'"<&>",' * 30_000 + b"1]")
        cls.send("broken", b"\n\x00\xff<\r\n\x1b[2J" + HOSTILE.encode())
        cls.send("hub", b"{}", {"x-hub-signature-256": "sha256=" + "0" * 64})
        cls.send("nowhere", b"{}")
        home.wait_for("actions", lambda: len(home.json("requests")) == 8 and not home.json("requests", "--state", "pending"))

    @classmethod
    def send(cls, name, body, headers=None, query=""):
        target = f"http://{cls.place}{urllib.parse.urlsplit(cls.urls[name]).path}{query.replace(' ', '+')}"
        with contextlib.suppress(urllib.error.HTTPError):
            urllib.request.urlopen(urllib.request.Request(target, body, {"content-type": JSON} | (headers or {})), timeout=60).close()

    def request(self, state, webhook, role="admin"):
        rows = self.home.json("requests", "--webhook", webhook, "--state", state)
        return self.get(f"/admin/requests/{rows[0]['id']}", role), rows[0]["id"]

    def test_the_list_has_all_newest_first_and_its_filters_in_the_url(self):
        page = self.get("/admin/requests")
        expected = [f"/admin/requests/{row['id']}" for row in self.home.json("requests")]
        self.assertEqual([link for link in page.links if link.startswith("/admin/requests/")], expected)
        for state in ("done", "skipped", "failed", "duplicate", "rejected"):
            rows = self.home.json("requests", "--state", state)
            page = self.get(f"/admin/requests?state={state}")
            self.assertEqual(sum(link.startswith("/admin/requests/") for link in page.links), len(rows))
            self.assertIn(f"thig-hooks requests --state {state}", page.shown)
        page = self.get("/admin/requests?" + urllib.parse.urlencode({"webhook": HOSTILE_NAME}))
        self.assertEqual(sum(link.startswith("/admin/requests/") for link in page.links), 2)
        page = self.get(f"/admin/requests?after={self.home.json('requests')[5]['id']}")
        self.assertEqual(sum(link.startswith("/admin/requests/") for link in page.links), 2)
        self.assertIn("Newest", page.shown)

    def test_wrong_filters_stay_to_be_put_right(self):
        page = self.get("/admin/requests?webhook=isues&state=failed", status=404)
        self.assertIn("Did you mean 'issues'?", page.shown)
        self.assertIn(("webhook", "isues", None), page.forms[-1][1])
        page = self.get("/admin/requests?state=" + urllib.parse.quote(HOSTILE), status=400)
        self.assertIn("is not one of pending", page.shown)
        self.get("/admin/requests?after=" + urllib.parse.quote(HOSTILE), status=400)

    def test_a_request_shows_what_came_and_hides_what_is_secret(self):
        page, _ = self.request("done", "issues")
        self.assertIn("Done: project proj_", page.shown)
        self.assertIn('"n": 9007199254740993', page.shown)
        self.assertIn("x-evil: <script>x</script>", page.shown)
        self.assertIn("authorization: (sealed)", page.shown)
        self.assertIn("token=(sealed)", page.shown)
        self.assertNotIn("canary", page.text)

    def test_bodies_are_text_whatever_is_in_them(self):
        page, _ = self.request("failed", "broken")
        self.assertIn(r"\x00\xff<\x0d", page.shown)
        self.assertIn(r"\x1b[2J<script>alert(1)</script>", page.shown)
        self.assertNotIn("\u202e", page.text)
        listed = self.home.json("requests", "--webhook", HOSTILE_NAME)
        form = self.get(f"/admin/requests/{listed[1]['id']}")
        self.assertIn('"a": "<script>"', form.shown)
        self.assertIn("a=%3Cscript%3E&b=1&b=2", form.shown)
        long = self.get(f"/admin/requests/{listed[0]['id']}")
        self.assertIn("the first 64.0 KiB of 175.8 KiB", long.shown[:2000])
        self.assertLess(len(long.text), 800_000)

    def test_each_state_says_why_and_what_to_do(self):
        for state, webhook, words in (
                ("skipped", "issues", "Condition not met: /action=opened. The action did not run"),
                ("duplicate", "issues", "Duplicate: not processed."),
                ("failed", "broken", "The action failed: exit status 1."),
                ("rejected", "hub", "thig-hooks verify --scheme github"),
                ("rejected", "nowhere", "127.0.0.1 is not one of the addresses")):
            with self.subTest(state=state, webhook=webhook):
                page, id = self.request(state, webhook)
                self.assertIn(words, page.shown)
                self.assertIn(f"thig-hooks requests show {id}", page.shown)

    def test_who_may_replays_what_can_be(self):
        for state, webhook in (("failed", "broken"), ("skipped", "issues"), ("done", "issues")):
            for role in ROLES:
                page, id = self.request(state, webhook, role)
                self.assertEqual(f"/admin/requests/{id}/replay" in page.acts(), role in ("owner", "admin"), (state, role))
        for state, webhook in (("duplicate", "issues"), ("rejected", "hub")):
            page, id = self.request(state, webhook, "owner")
            self.assertNotIn(f"/admin/requests/{id}/replay", page.acts())
            self.post(f"/admin/requests/{id}/replay", status=400)
        page, id = self.request("failed", "broken")
        for role in ("member", "viewer"):
            self.assertIn("Ask an Owner or Admin", self.post(f"/admin/requests/{id}/replay", role=role, status=403).shown)
        self.assertEqual(self.post(f"/admin/requests/{id}/replay").headers["location"], f"/admin/requests/{id}")
        self.home.wait_for("its second run", lambda: self.home.json("requests", "show", id)["runs"] == 2)
        self.get("/admin/requests/req_none", status=404)

    def test_the_list_of_webhooks_counts_what_came(self):
        page = self.get("/admin/webhooks?tab=incoming")
        self.assertRegex(page.shown, r"broken\s?Run /bin/false")
        self.assertIn(HOSTILE_NAME, page.shown)
        self.assertIn("GitHub", page.shown)
        page = self.get("/admin/webhooks?tab=incoming&q=HUB")
        self.assertEqual(len([link for link in page.links if link.startswith("/admin/webhooks/incoming/in_")]), 1)
        self.assertIn("No webhook matches", self.get("/admin/webhooks?tab=incoming&state=disabled").shown)

    def test_a_webhook_has_its_figures_and_its_latest_requests(self):
        id = self.home.json("show", "issues")["id"]
        page = self.get(f"/admin/webhooks/incoming/{id}", "viewer")
        self.assertIn("/action=opened", page.shown)
        self.assertIn("""-d '{"title":"test","action":"opened"}'""", page.shown)
        self.assertEqual(len([link for link in page.links if link.startswith("/admin/requests/req_")]), 3)
        self.assertEqual([act for act in page.acts() if "incoming" in act], [])
        self.assertNotIn(self.urls["issues"][-43:], page.text)


class TestSettingUp(Case):
    def add(self, role="admin", status=201, **fields):
        given = {name.replace("_", "-"): value for name, value in fields.items()}
        return self.post(NEW, EMPTY_FORM | given, role, status)

    def place(self, name):
        return f"/admin/webhooks/incoming/{self.home.json('show', name)['id']}"

    def test_a_webhook_is_added_with_all_of_its_settings(self):
        page = self.add(name=HOSTILE_NAME, description=HOSTILE_NAME, set="name=/issue/title\r\n status=/s \r\n\r\n", default="status=open",
                        when="/action=opened\r\nheader:X-GitHub-Event=issues", scheme="github", secret="a secret of GitHub",
                        allowed_addresses="192.0.2.0/24\r\n198.51.100.7", max_body="2MiB", dedupe="0s", rate="2.5", disabled="yes")
        token = re.search(r"/api/webhooks/incoming/([A-Za-z0-9_-]{43})", page.shown)[1]
        shown = self.home.json("show", HOSTILE_NAME, "--reveal-secret")
        self.assertTrue(shown["url"].endswith(token))
        self.assertEqual(shown["secrets"][0]["secret"], "a secret of GitHub")
        self.assertEqual(shown["action"], {"kind": "create-project", "when": ["/action=opened", "header:x-github-event=issues"],
                                           "set": [{"field": "name", "from": "/issue/title", "default": None},
                                                   {"field": "status", "from": "/s", "default": "open"}]})
        self.assertEqual((shown["allowedAddresses"], shown["maxBody"], shown["dedupe"], shown["rate"], shown["isActive"]),
                         (["192.0.2.0/24", "198.51.100.7"], 2 << 20, "0s", 2.5, False))
        place = self.link(page, "/admin/webhooks/incoming/in_")
        self.assertIn(HOSTILE_NAME, self.get(place).shown)
        self.assertNotIn(token, self.get(place).text)

    def test_each_kind_of_action_can_be_added(self):
        self.add(name="a-note", action="add-note", set="project=/p\r\ntext=/t")
        self.add(name="an-event", action="emit", event="prd.approved")
        self.add(name="generic", set="name=/n", scheme="generic", generic="header=x-sig encoding=base64", secret="0123456789abcdef")
        self.assertEqual(self.home.json("show", "generic")["scheme"], "generic header=x-sig encoding=base64")
        command = {"action": "run", "command": "/bin/echo\r\n-n\r\n<b>", "name": "a-command"}
        self.assertIn("Ask an Owner", self.add(status=403, **command).shown)
        self.add(role="owner", **command)
        self.assertEqual(self.home.json("show", "a-command")["action"]["command"], ["/bin/echo", "-n", "<b>"])

    def test_what_is_off_stands_beside_its_field(self):
        page = self.add(status=400, name=HOSTILE, set="name=nothing:x", default="other=1", when="a", max_body="2XB", dedupe="q", rate="x",
                        scheme="github")
        for field in ("set", "default", "when", "max-body", "dedupe", "rate", "secret"):
            with self.subTest(field=field):
                self.assertIn(f"#{field}", page.links)
                self.assertIn(f"{field}-e", page.ids)
        for field, given in (("name", {"name": ""}), ("set", {"set": ""}), ("allowed-addresses", {"allowed_addresses": "192.0.2.0/99"}),
                             ("content-types", {"content_types": "image/png"}), ("dedupe", {"dedupe": "31d"}), ("rate", {"rate": "-1"}),
                             ("event", {"action": "emit", "event": HOSTILE}), ("secret", {"scheme": "standard", "secret": "\u202e"}),
                             ("generic", {"scheme": "generic", "generic": HOSTILE, "secret": "0123456789abcdef"})):
            with self.subTest(field=field):
                fields = {"name": "off", "set": "name=/n"} | given
                page = self.add(status=404 if field == "event" else 400, **fields)
                self.assertIn(f"#{field}", page.links)
                self.assertIn(f"{field}-e", page.ids)
        self.add(name="taken", set="name=/n")
        self.assertIn("#name", self.add(status=409, name="taken", set="name=/n").links)

    def test_secrets_are_not_written_into_the_page_again(self):
        page = self.add(status=400, name="", set="name=/n", scheme="github", secret="canary-secret", verify_token="canary-token")
        self.assertNotIn("canary", page.text)
        self.assertIn("Enter it again", page.shown)

    def test_saving_a_form_as_it_is_changes_nothing(self):
        self.home.run("add", "incoming", "as-is", "--action", "create-project", "--set", "name=/n", "--set", "status=literal: a ", "--default",
                      "name=x y", "--when", "/a~^<b>$", "--max-body", "7", "--dedupe", "90m", "--rate", "3", "--description", HOSTILE_NAME,
                      "--allow-from", "192.0.2.0/24", "--accept", "application/json", expect=0)
        self.home.run("add", "incoming", "as-is-too", "--action", "run", "--command", "/bin/echo", "--command", " two\nlines ", expect=0)
        for name in ("as-is", "as-is-too"):
            before, place = self.home.json("show", name), self.place(name)
            page = self.get(f"{place}/edit", "owner")
            self.assertEqual(self.post(f"{place}/edit", Fields(page.text).fields, "owner").headers["location"], place)
            self.assertEqual(self.home.json("show", name), before)

    def test_a_webhook_is_edited(self):
        self.add(name="to-edit", set="name=/n")
        place = self.place("to-edit")
        fields = dict(Fields(self.get(f"{place}/edit").text).fields)
        page = self.post(f"{place}/edit", fields | {"scheme": "github"}, status=400)
        self.assertIn("#secret", page.links)
        self.post(f"{place}/edit", fields | {"name": "edited", "scheme": "github", "secret": "0123456789abcdef", "when": "/a=<b>"})
        self.assertEqual(self.home.json("show", "edited")["action"]["when"], ["/a=<b>"])
        late = self.post(f"{place}/edit", fields | {"rate": "9"}, status=409)
        self.assertIn("It was changed meanwhile", late.shown)
        self.assertIn(("rate", "9"), Fields(late.text).fields)
        self.post(f"{place}/edit", Fields(late.text).fields)  # now it is meant
        for role in ("member", "viewer"):
            self.get(f"{place}/edit", role, status=403)
            self.post(f"{place}/edit", fields, role, status=403)
            self.get(NEW, role, status=403)
            self.post(NEW, EMPTY_FORM | {"name": "x", "set": "name=/n"}, role, status=403)

    def test_only_an_owner_changes_what_runs_a_command(self):
        self.add(role="owner", name="of-owner", action="run", command="/bin/true")
        place = self.place("of-owner")
        page = self.get(place)
        self.assertNotIn(f"{place}/disable", page.acts())
        self.assertNotIn(f"{place}/edit", page.links)
        for role, status in (("admin", 403), ("owner", 200)):
            for below in ("edit", "rotate-url"):
                self.get(f"{place}/{below}", role, status)
        self.post(f"{place}/disable", status=403)
        self.post(f"{place}/disable", role="owner")

    def test_it_is_disabled_enabled_and_removed(self):
        self.add(name="to-switch", set="name=/n")
        place = self.place("to-switch")
        self.assertEqual(self.post(f"{place}/disable").headers["location"], place)
        self.assertIn("disabled", self.get(place).shown)
        self.post(f"{place}/enable")
        for role in ("member", "viewer"):
            for act in ("disable", "remove", "rotate-url", "rotate-secret"):
                self.post(f"{place}/{act}", role=role, status=403)
            self.get(f"{place}/remove", role, status=403)
        self.assertIn("checks no signatures", self.get(f"{place}/rotate-secret", status=400).shown)
        self.assertIn("Its URL stops working immediately", self.get(f"{place}/remove").shown)
        self.post(f"{place}/remove")
        self.get(place, status=404)

    def test_urls_and_secrets_are_shown_to_who_may_and_that_is_recorded(self):
        (self.home.dir / "s").write_text("the-old-secret-1")
        self.home.run("add", "incoming", "secretive", "--action", "create-project", "--set", "name=/n", "--scheme", "github", "--secret-file",
                      self.home.dir / "s", expect=0)
        place = self.place("secretive")
        for role in ("member", "viewer"):
            self.post(f"{place}/url", role=role, status=403)
        old = re.search(r"incoming/([A-Za-z0-9_-]{43})", self.post(f"{place}/url", status=200).shown)[1]
        newest = self.home.json("audit", "--limit", "1")[0]
        self.assertEqual((newest["action"], newest["member"], newest["subject"], newest["via"]),
                         ("incoming.reveal", "the-admin", "secretive", "session"))
        page = self.post(f"{place}/rotate-url", {"overlap": "1h"}, status=200)
        self.assertNotIn(old, page.text)
        self.assertIn("#secret", self.post(f"{place}/rotate-secret", {"secret": "", "overlap": "1h"}, status=400).links)
        self.assertIn("#overlap", self.post(f"{place}/rotate-secret", {"secret": "x" * 16, "overlap": HOSTILE}, status=400).links)
        self.post(f"{place}/rotate-secret", {"secret": "the-new-secret-2", "overlap": "1h"})
        page = self.post(f"{place}/url", status=200)
        for word in (old, "the-old-secret-1", "the-new-secret-2"):
            self.assertIn(word, page.text)


class TestAuditLog(Case):
    @classmethod
    def prepare(cls):
        for name in (*FORMULAS, HOSTILE_NAME, "{curly", "x" * 99):
            cls.home.run("add", "incoming", "--action", "create-project", "--set", "name=/n", "--description", name, "--", name, expect=0)
            cls.home.run("edit", "--description", "another", "--", name, expect=0)

    def test_the_log_says_who_changed_what(self):
        page = self.get("/admin/audit-logs", "viewer")
        self.assertIn(HOSTILE_NAME + " → another", page.shown)
        self.assertIn("{curly → another", page.shown)
        self.assertIn("x" * 40 + "…", page.shown)
        self.assertIn("action.set", page.shown)
        self.assertIn("name /n", page.shown)
        subject = urllib.parse.quote(HOSTILE_NAME)
        page = self.get(f"/admin/audit-logs?subject={subject}")
        self.assertIn("2 changes, newest first", page.shown)
        self.assertIn("thig-hooks audit '<img", page.shown)
        self.assertIn("No change matches", self.get("/admin/audit-logs?actor=nobody").shown)
        self.assertIn("No change matches", self.get("/admin/audit-logs?until=2001-01-01T00:00:00Z").shown)
        for name in ("since", "until"):
            page = self.get(f"/admin/audit-logs?{name}={urllib.parse.quote(HOSTILE)}", status=400)
            self.assertIn("Write it as 2h", page.shown)
        self.get(f"/admin/audit-logs?actor={urllib.parse.quote(HOSTILE)}")

    def test_pages_follow_each_other(self):
        numbers = [row["number"] for row in self.home.json("audit", "--limit", "1000")]
        page = self.get(f"/admin/audit-logs?after={numbers[2]}")
        self.assertIn(f"{len(numbers) - 3} changes, newest first", page.shown)

    def test_the_csv_has_the_same_rows_and_no_formula(self):
        page = self.get("/admin/audit-logs")
        link = self.link(page, "/admin/audit-logs.csv")
        status, headers, text = self.pages.api.ask("GET", link, headers=self.pages.sign_in("viewer"))
        self.assertEqual(status, 200)
        self.assertEqual(headers["content-type"], "text/csv; charset=utf-8")
        self.assertIn("attachment", headers["content-disposition"])
        rows = list(csv.DictReader(io.StringIO(text, newline="")))
        expected = self.home.json("audit", "--limit", "1000")
        self.assertEqual([int(row["number"]) for row in rows], [row["number"] for row in expected])
        for row, entry in zip(rows, expected):
            guarded = "'" + entry["subject"] if entry["subject"][0] in "=+-@\t\r" else entry["subject"]
            self.assertEqual(row["subject"], guarded)
            for side in ("before", "after"):
                self.assertEqual(json.loads(row[side] or "null"), entry[side])
            for cell in row.values():
                self.assertNotRegex(cell, r"\A[=+\-@\t\r]")
        for name in FORMULAS:
            self.assertIn("'" + name, [row["subject"] for row in rows])
        narrowed = self.link(self.get("/admin/audit-logs?subject=%3D1%2B1&actor=root"), "/admin/audit-logs.csv")
        text = self.pages.api.ask("GET", narrowed, headers=self.pages.sign_in("viewer"))[2]
        self.assertEqual(len(text.splitlines()), 3 if "root" in text else 1)
        self.assertEqual(self.pages.api.ask("GET", "/admin/audit-logs.csv?since=x", headers=self.pages.sign_in("viewer"))[0], 400)


class TestDeveloper(Case):
    keys = "/admin/settings/developer/keys"
    draft = {"name": "x", "scope": "emit", "expires": "30", "rate": "60"}

    @classmethod
    def prepare(cls):
        cls.home.run("keys", "add", "first", "--scope", "read", expect=0)  # makes the database
        for role in ROLES:
            cls.home.run("members", "add", f"a-{role}", role, expect=0)
        cls.key = {role: cls.home.json("keys", "add", f"key-{role}", "--scope", "emit,read,manage,secrets", "--member", f"a-{role}")["key"]
                   for role in ROLES}

    def find(self, name):
        return next((row for row in self.home.json("keys") if row["name"] == name), None)

    def create(self, role="admin", status=201, **fields):
        return self.post(f"{self.keys}/new", self.draft | fields, role, status)

    def test_members_see_their_own_keys_and_owners_all(self):
        self.create(role="member", name="of-member")
        page = self.get("/admin/settings/developer", "member")
        self.assertIn("of-member", page.shown)
        self.assertNotIn("key-owner", page.shown)
        page = self.get("/admin/settings/developer", "owner")
        for name in ("of-member", *(f"key-{role}" for role in ROLES)):
            self.assertIn(name, page.shown)
        for text in self.key.values():
            self.assertNotIn(text, page.text)
        page = self.get("/admin/settings/developer", "viewer")
        self.assertIn("may not make API keys", page.shown)
        self.assertNotIn("key-", page.shown)
        self.assertNotIn(f"{self.keys}/new", page.links)
        self.get(f"{self.keys}/new", "viewer", status=403)
        self.assertIn("Ask an Owner", self.create(role="viewer", status=403).shown)

    def test_a_key_is_shown_once_with_a_first_event_that_works(self):
        page = self.create(name=HOSTILE_NAME, scope="emit")
        text = re.search(r"thig_[0-9a-f]{40}", page.text)[0]
        made = self.find(HOSTILE_NAME)
        self.assertEqual((made["member"], made["scopes"], made["rate"]), ("the-admin", ["emit"], 60))
        self.assertIsNotNone(made["expiresAt"])
        self.assertIn(f"http://{self.pages.api.place.netloc}/api/events -H", page.shown)
        data = re.search(r"-d '(\{.*?\})'", page.shown)[1]
        self.assertEqual(self.pages.api.ask("POST", "/api/events", text, json.loads(data))[0], 202)
        self.assertNotIn(text, self.get("/admin/settings/developer").text)

    def test_what_is_off_stands_beside_its_field(self):
        for field, fields in (("name", {"name": ""}), ("name", {"name": "key_00000000"}), ("scope", {"scope": ""}), ("scope", {"scope": HOSTILE}),
                              ("expires", {"expires": HOSTILE}), ("rate", {"rate": "0"}), ("rate", {"rate": HOSTILE})):
            with self.subTest(field=field, fields=fields):
                self.assertIn(f"#{field}", self.create(status=400, **fields).links)
        self.assertIn("#name", self.create(status=409, name="key-owner").links)
        self.assertIn("#member", self.create(role="owner", status=400, name="y", member="nobody").links)
        self.create(status=403, name="y", member="a-owner")  # only an Owner makes keys for others
        self.create(role="owner", name="of-other", member="a-member", expires="never")
        self.assertEqual((self.find("of-other")["member"], self.find("of-other")["expiresAt"]), ("a-member", None))

    def test_keys_are_disabled_enabled_and_removed_by_whose_they_are(self):
        self.create(name="to-switch")
        id = self.find("to-switch")["id"]
        for act, state in (("disable", "disabled"), ("enable", "enabled")):
            self.post(f"{self.keys}/{id}/{act}", role="member", status=403)
            self.assertEqual(self.post(f"{self.keys}/{id}/{act}").headers["location"], "/admin/settings/developer")
            self.assertEqual(self.find("to-switch")["state"], state)
        self.assertIn("Remove the key to-switch?", self.get(f"{self.keys}/{id}/remove").shown)
        self.post(f"{self.keys}/{id}/remove", role="member", status=403)
        self.post(f"{self.keys}/{id}/remove", role="owner")
        self.assertIsNone(self.find("to-switch"))

    def test_a_key_makes_and_changes_no_key(self):
        id = self.find("key-owner")["id"]
        for path in ("new", f"{id}/disable", f"{id}/enable", f"{id}/remove"):
            status, _, text = self.pages.api.ask("POST", f"{self.keys}/{path}", self.key["owner"], urllib.parse.urlencode(self.draft),
                                                 content_type=FORM)
            self.assertEqual(status, 401)
            self.assertIn("API keys work for the HTTP API only", text)

    def test_sessions_are_listed_and_ended(self):
        page = self.get("/admin/settings/developer", "viewer")
        self.assertIn("this one", page.shown)
        mine, other = self.pages.log_in("a-viewer"), self.pages.log_in("a-viewer")

        def ask(method, path, headers):
            return self.pages.api.ask(method, f"/admin/settings/developer{path}", body="" if method == "POST" else None, headers=headers,
                                      content_type=FORM if method == "POST" else None)

        ids = re.findall(r"sessions/(ses_\w+)/end", ask("GET", "", mine)[2])
        self.assertEqual(len(ids), 2)  # of one's own alone
        of_owner = self.home.json("sessions", "--member", "the-owner")
        foreign = of_owner[0]["id"] if of_owner else re.findall(r"sessions/(ses_\w+)/end", self.get("/admin/settings/developer", "owner").text)[0]
        self.assertEqual(ask("POST", f"/sessions/{foreign}/end", mine)[0], 403)
        self.assertEqual(ask("POST", f"/sessions/{ids[0]}/end", mine)[0], 303)  # the newer one
        self.assertEqual(ask("GET", "", other)[0], 303)
        self.assertEqual(ask("GET", "", mine)[0], 200)
        self.assertIn("End all sessions?", ask("GET", "/sessions/end", mine)[2])
        self.assertEqual(ask("POST", "/sessions/end", mine)[0], 303)
        status, headers, _ = ask("GET", "", mine)
        self.assertEqual((status, headers["location"].split("?")[0]), (303, "/admin/login"))
        self.get("/admin/settings/developer", "viewer")  # another's goes on

    def test_members_and_what_they_may(self):
        for role in ROLES:
            page = self.get("/admin/members", role)
            for other in ROLES:
                self.assertIn(f"the-{other}", page.shown)
            self.assertIn("Configure webhooks", page.shown)
            self.assertIn("thig-hooks members add", page.shown)


if __name__ == "__main__":
    unittest.main()
