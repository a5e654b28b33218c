"""The HTTP API: every route of its own description, by every role (with a key and with a session), scope and state of a
key; its documents against the command line's; and hostile requests. `test_admin_server.py` has the server as a process."""

import contextlib
import json
import threading
import unittest
import urllib.parse
import urllib.request

from admin_api import JSON, SCOPES, Api
from hooks import Home, Receiver
from json_schema import check_shape

ROLES = ("owner", "admin", "member", "viewer")

# What each route is called with, and who may, of those whose key has all scopes. {…} is filled in.
ALL, ADMINS, EMITTERS, OWNERS = ROLES, ROLES[:2], ROLES[:3], ROLES[:1]
CALLS = {
    "addKey": (EMITTERS, {}, {"name": "{fresh}", "scopes": ["emit"]}),
    "addIncomingWebhook": (ADMINS, {}, {"name": "{fresh}", "action": {"kind": "create-project", "set": [{"field": "name", "from": "/title"}]}}),
    "addWebhook": (ADMINS, {}, {"name": "{fresh}", "url": "https://a.example/", "events": ["project.*"]}),
    "cancelDelivery": (ADMINS, {"delivery": "{pending}"}, None),
    "disableIncomingWebhook": (ADMINS, {"webhook": "spare-in"}, None),
    "disableWebhook": (ADMINS, {"webhook": "spare"}, {"reason": "maintenance"}),
    "editIncomingWebhook": (ADMINS, {"webhook": "spare-in"}, {"rate": 5}),
    "editKey": (EMITTERS, {"key": "{own-key}"}, {"rate": 5}),
    "editWebhook": (ADMINS, {"webhook": "spare"}, {"timeout": "5s"}),
    "emitEvent": (EMITTERS, {}, {"event": "project.created", "data": {"n": 1}}),
    "emitEvents": (EMITTERS, {}, '{"event":"project.created"}\n\n{"event":"prd.approved","data":{}}\n'),
    "enableIncomingWebhook": (ADMINS, {"webhook": "spare-in"}, None),
    "enableWebhook": (ADMINS, {"webhook": "spare"}, None),
    "explainEvent": (ALL, {"event": "{event}"}, None),
    "listChanges": (ALL, {}, None),
    "listDeliveries": (ALL, {}, None),
    "listEventTypes": (ALL, {}, None),
    "listIncomingWebhooks": (ALL, {}, None),
    "listKeys": (EMITTERS, {}, None),
    "listRequests": (ALL, {}, None),
    "listWebhooks": (ALL, {}, None),
    "recoverWebhook": (ADMINS, {"webhook": "crm"}, {"since": "1h", "dryRun": True}),
    "removeIncomingWebhook": (ADMINS, {"webhook": "{doomed-in}"}, None),
    "removeKey": (EMITTERS, {"key": "{own-key}"}, None),
    "removeWebhook": (ADMINS, {"webhook": "{doomed}"}, None),
    "replayRequest": (ADMINS, {"request": "{request}"}, None),
    "retryDelivery": (ADMINS, {"delivery": "{dead}"}, None),
    "revealIncomingWebhook": (ADMINS, {"webhook": "issues"}, None),
    "revealWebhook": (ADMINS, {"webhook": "crm"}, None),
    "rotateIncomingWebhook": (ADMINS, {"webhook": "spare-in"}, {"overlap": "0s"}),
    "rotateWebhook": (ADMINS, {"webhook": "spare"}, {"overlap": "0s"}),
    "testWebhook": (ADMINS, {"webhook": "crm"}, {"event": "project.created"}),
    "showDelivery": (ALL, {"delivery": "{dead}"}, None),
    "showHealth": (ALL, {}, None),
    "showIncomingWebhook": (ALL, {"webhook": "issues"}, None),
    "showKey": (EMITTERS, {"key": "{own-key}"}, None),
    "showMetrics": (ALL, {}, None),
    "showOpenapi": (ALL, {}, None),
    "showReadiness": (ALL, {}, None),
    "showRequest": (ALL, {"request": "{request}"}, None),
    "showStats": (ALL, {}, None),
    "showWebhook": (ALL, {"webhook": "crm"}, None),
    "showWebhookStats": (ALL, {"webhook": "crm"}, None),
}


def prepare(home, receiver):
    """An installation in which something of each kind has happened; what the calls are filled in with."""
    home.add("crm", receiver.url, "--retry", "none", ca=receiver.ca, events=["project.*"])
    home.add("waiting", receiver.url, "--retry", "1h", ca=receiver.ca, events=["prd.approved"])
    home.add("spare", "https://spare.example/", events=["export.completed"])
    home.run("add", "incoming", "spare-in", "--action", "create-project", "--set", "name=/title", expect=0)
    home.run("emit", "project.created", "--data", '{"n":1}', expect=0)
    home.run("emit", "prd.approved", expect=0)
    home.run("deliver", expect=0)
    url = home.json("add", "incoming", "issues", "--action", "create-project", "--set", "name=/title")["url"]
    server = home.start("serve-incoming", "--listen", "127.0.0.1:0", "--json")
    place = urllib.parse.urlsplit(server.next_json()["url"]).netloc
    request = urllib.request.Request(f"http://{place}{urllib.parse.urlsplit(url).path}", b'{"title":"t"}',
                                     {"content-type": JSON})
    urllib.request.urlopen(request, timeout=60).close()
    home.wait_for("the action", lambda: [row for row in home.json("requests") if row["state"] == "done"])
    server.stop()
    dead = home.json("deliveries", "--state", "dead")[0]
    return {"dead": dead["id"], "event": dead["eventId"], "request": home.json("requests")[0]["id"],
            "pending": home.json("deliveries", "--webhook", "waiting")[0]["id"]}


class TestAdmin(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.cleanup = contextlib.ExitStack()
        cls.addClassCleanup(cls.cleanup.close)
        cls.home = home = cls.cleanup.enter_context(Home())
        receiver = cls.cleanup.enter_context(Receiver(home, lambda request: 500))
        cls.words = prepare(home, receiver)
        cls.numbers = 0
        cls.keys = {}
        for role in ROLES:
            home.run("members", "add", f"the-{role}", role, expect=0)
            cls.keys[role] = cls.make_key(f"all-{role}", ",".join(SCOPES), "--member", f"the-{role}")
        for scope in SCOPES:
            cls.keys[scope] = cls.make_key(f"only-{scope}", scope, "--member", "the-owner")
        cls.keys["disabled"] = cls.make_key("disabled", ",".join(SCOPES))
        home.run("keys", "disable", "disabled", expect=0)
        cls.keys["expired"] = cls.make_key("expired", ",".join(SCOPES), "--expires", "100ms")
        home.wait_for("its end", lambda: any(row["state"] == "expired" for row in home.json("keys")))
        cls.api = Api(home)
        cls.sessions = {role: cls.api.log_in(f"the-{role}") for role in ROLES}
        cls.description = cls.api.ask("GET", "/api/openapi.json")[2]

    @classmethod
    def make_key(cls, name, scopes, *args):
        return cls.home.json("keys", "add", name, "--scope", scopes, "--rate", "10000", *args)["key"]

    def operations(self):
        for path, methods in self.description["paths"].items():
            for method, operation in methods.items():
                yield path, method.upper(), operation

    @staticmethod
    def by_key(operation):
        return {"key": []} in operation["security"]

    def call(self, path, method, operation, key, headers=None, role="owner"):
        """Calls the route as CALLS says; what it needs to be there is made first, for that role."""
        _, places, body = CALLS[operation["operationId"]]
        type(self).numbers += 1
        words = self.words | {"fresh": f"fresh-{self.numbers}", "doomed": f"doomed-{self.numbers}",
                              "doomed-in": f"doomed-in-{self.numbers}", "own-key": f"own-{self.numbers}"}
        if "{own-key}" in places.values():
            self.make_key(words["own-key"], "read", "--member", f"the-{role}")
        if operation["operationId"] == "removeWebhook":
            self.home.run("add", "outgoing", words["doomed"], "https://d.example/", "--event", "project.*", expect=0)
        if operation["operationId"] == "removeIncomingWebhook":
            self.home.run("add", "incoming", words["doomed-in"], "--action", "create-project", "--set", "name=/title", expect=0)

        def fill(value):
            if isinstance(value, dict):
                return {name: fill(one) for name, one in value.items()}
            if isinstance(value, str) and value[:1] == "{" and value[-1:] == "}" and value[1:-1] in words:
                return words[value[1:-1]]
            return value

        for name, value in places.items():
            path = path.replace(f"{{{name}}}", urllib.parse.quote(fill(value), safe=""))
        content = next(iter(operation.get("requestBody", {}).get("content", {})), None)
        return self.api.ask(method, path, key, fill(body), headers, content_type=content)

    def test_every_route_has_a_call(self):
        names = sorted(operation["operationId"] for _, _, operation in self.operations())
        self.assertEqual(names, sorted(CALLS))

    def test_no_route_opens_to_who_has_no_good_key(self):
        for path, method, operation in self.operations():
            for key in (None, "thig_" + "0" * 40, "x", self.keys["disabled"], self.keys["expired"]):
                with self.subTest(route=f"{method} {path}", key=key and key[:9]):
                    status, headers, document = self.call(path, method, operation, key)
                    if "security" in operation:
                        self.assertEqual(status, 401, document)
                        self.assertIn("Bearer", headers["www-authenticate"])
                        check_shape(document, self.schema("problem"))
                        self.assertEqual(document["code"], "UNAUTHORIZED")
                    else:
                        self.assertIn(status, (200, 503))

    def test_every_route_obeys_scopes_and_roles(self):
        for path, method, operation in self.operations():
            if "security" not in operation or not self.by_key(operation):
                continue
            needed = operation["description"].removeprefix("Needs the scope ").removesuffix(".")
            for scope in SCOPES:
                with self.subTest(route=f"{method} {path}", scope=scope):
                    status, _, document = self.call(path, method, operation, self.keys[scope])
                    if scope == needed:
                        self.assertNotIn(status, (401, 403, 404, 500), document)
                    else:
                        self.assertEqual(status, 403, document)
                        self.assertIn(needed, document["error"])
            for role in ROLES:
                with self.subTest(route=f"{method} {path}", role=role):
                    self.check_role(operation, role, *self.call(path, method, operation, self.keys[role], role=role))

    def check_role(self, operation, role, status, _, document):
        if role in CALLS[operation["operationId"]][0]:
            self.assertNotIn(status, (401, 403, 404, 500), document)
        else:
            self.assertEqual(status, 403, document)
            self.assertEqual(document["code"], "FORBIDDEN")
            self.assertIn(f"the-{role}", document["error"])
            self.assertIn("ask an Owner", document["hint"])

    def test_every_route_obeys_the_role_of_a_session(self):
        for path, method, operation in self.operations():
            if "security" not in operation:
                continue
            self.assertIn({"session": []}, operation["security"])
            for role in ROLES:
                with self.subTest(route=f"{method} {path}", role=role):
                    self.check_role(operation, role, *self.call(path, method, operation, None, self.sessions[role], role))
            if method == "GET":
                continue
            # A browser sends the cookie for any page that has it ask.
            cookie = {"cookie": self.sessions["owner"]["cookie"]}
            for source in ({}, {"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"}, {"origin": "https://evil.example"}):
                with self.subTest(route=f"{method} {path}", source=source):
                    status, _, document = self.call(path, method, operation, None, cookie | source)
                    self.assertEqual((status, document["code"]), (403, "FORBIDDEN"), document)
                    self.assertIn("does not come from a page", document["error"])

    def test_what_is_for_sessions_is_not_for_keys(self):
        refused = [operation["operationId"] for _, _, operation in self.operations() if "security" in operation and not self.by_key(operation)]
        self.assertEqual(sorted(refused), ["addKey", "editKey", "removeKey"])
        before = self.names_of_keys()
        for path, method, operation in self.operations():
            if operation["operationId"] not in refused:
                continue
            for key in (*SCOPES, *ROLES):
                # A session beside the key makes no difference.
                for headers in ({}, self.sessions["owner"]):
                    with self.subTest(route=f"{method} {path}", key=key):
                        status, _, document = self.call(path, method, operation, self.keys[key], headers)
                        self.assertEqual((status, document["code"]), (403, "FORBIDDEN"), document)
                        self.assertIn("log in to the admin page, or use `thig-hooks keys", document["hint"])
                        check_shape(document, self.schema("problem"))
        self.assertEqual(self.names_of_keys(), before)

    def names_of_keys(self):
        """But for those that `call` makes for the routes of one key."""
        return [row["name"] for row in self.home.json("keys") if not row["name"].startswith("own-")]

    def schema(self, name):
        return self.description["components"]["schemas"][name]

    def resolved(self, schema):
        """Without references: what check_shape understands."""
        if isinstance(schema, dict):
            if "$ref" in schema:
                return self.resolved(self.schema(schema["$ref"].rsplit("/", 1)[1]))
            return {name: self.resolved(value) for name, value in schema.items()}
        return [self.resolved(value) for value in schema] if isinstance(schema, list) else schema

    def test_every_route_answers_what_it_says(self):
        for path, method, operation in self.operations():
            with self.subTest(route=f"{method} {path}"):
                by = (self.keys["owner"], None) if "security" not in operation or self.by_key(operation) else (None, self.sessions["owner"])
                status, headers, document = self.call(path, method, operation, *by)
                promised = [code for code in operation["responses"] if code != "default"]
                if operation["operationId"] in ("showReadiness", "recoverWebhook", "cancelDelivery"):
                    self.assertLess(status, 504)  # `run` does not run; it only counts; it may be cancelled already
                else:
                    self.assertEqual([str(status)], promised, document)
                self.assertEqual(headers["cache-control"], "no-store")
                self.assertEqual(headers["x-content-type-options"], "nosniff")
                content = operation["responses"][promised[0]]["content"]
                kind = headers["content-type"]
                if status >= 400:
                    continue
                self.assertIn(kind.split(";")[0], content)
                schema = content[kind.split(";")[0]].get("schema")
                if schema and "ndjson" in kind:
                    for line in document.splitlines():
                        check_shape(json.loads(line), self.resolved(schema))
                elif schema:
                    check_shape(document, self.resolved(schema))

    def get(self, path, key="owner"):
        status, _, document = self.api.ask("GET", path, self.keys[key])
        self.assertEqual(status, 200, document)
        return document

    def test_documents_are_those_of_the_command_line(self):
        dead, event, request = (self.words[name] for name in ("dead", "event", "request"))
        home = self.home
        self.assertEqual(self.get("/api/admin/webhooks/crm"), home.json("show", "crm"))
        self.assertEqual(self.get("/api/admin/incoming-webhooks/issues"), home.json("show", "issues"))
        self.assertEqual(self.get(f"/api/admin/deliveries/{dead}")["body"], home.json("deliveries", "show", dead)["body"])
        self.assertEqual(self.get(f"/api/admin/requests/{request}")["body"], home.json("requests", "show", request)["body"])
        self.assertEqual(self.get(f"/api/events/{event}")["webhooks"], home.json("deliveries", "explain", event))
        self.assertEqual(self.get("/api/admin/event-types")["eventTypes"], home.json("events"))
        for name in ("crm", "waiting"):
            of_api = [row for row in self.get("/api/admin/webhooks?limit=200")["webhooks"] if row["name"] == name]
            self.assertEqual(of_api, [row for row in home.json("list") if row["name"] == name])

    def test_pages_follow_each_other(self):
        for number in range(5):
            self.home.run("add", "outgoing", f"page-{number}", "https://page.example/", "--event", "export.*", expect=0)
        names, after = [], ""
        while True:
            page = self.get(f"/api/admin/webhooks?q=PAGE.example&limit=2{after}")
            self.assertEqual(page["total"], 5)
            names += [row["name"] for row in page["webhooks"]]
            if page["next"] is None:
                break
            after = "&after=" + urllib.parse.quote(page["next"])
        self.assertEqual(names, [f"page-{number}" for number in range(5)])
        self.assertEqual(self.get("/api/admin/webhooks?q=page-&state=disabled")["total"], 0)
        self.assertEqual(self.get("/api/admin/webhooks?q=page-&event=export.completed")["total"], 5)
        rows, after = [], ""
        for _ in range(200):
            page = self.get(f"/api/admin/audit-logs?limit=7{after}")
            rows += [row["number"] for row in page["changes"]]
            if page["next"] is None:
                break
            after = f"&after={page['next']}"
        self.assertEqual(rows, sorted(rows, reverse=True))
        self.assertEqual(rows[-1], 1)

    def test_a_webhook_is_set_up_changed_and_removed(self):
        key = self.keys["admin"]
        status, headers, added = self.api.ask("POST", "/api/admin/webhooks", key, {
            "name": "shop", "url": "https://shop.example/", "events": ["project.*"], "secret": "whsec_mySigningSecret",
            "signature": "thig", "headers": [{"name": "X-Shop", "value": "geheim"}]})
        self.assertEqual(status, 201, added)
        self.assertEqual(added["secret"], "whsec_mySigningSecret")
        self.assertEqual(headers["location"], f"/api/admin/webhooks/{added['id']}")
        shown = self.get(headers["location"])
        self.assertNotIn("mySigningSecret", json.dumps(shown))
        self.assertNotIn("geheim", json.dumps(shown))
        again = self.api.ask("POST", "/api/admin/webhooks", key, {"name": "shop", "url": "https://x.example/", "events": ["*"]})
        self.assertEqual((again[0], again[2]["code"]), (409, "CONFLICT"))
        # What is not named stays, a header's value too.
        status, _, changed = self.api.ask("PATCH", "/api/admin/webhooks/shop", key, {
            "name": "store", "rate": 2.5, "isActive": False, "headers": [{"name": "X-Shop"}, {"name": "X-More", "value": "1"}]})
        self.assertEqual((status, changed["name"], changed["rate"], changed["state"]), (200, "store", 2.5, "disabled"), changed)
        self.assertEqual(changed["url"], "https://shop.example/")
        revealed = self.get("/api/admin/webhooks/store/secret")
        self.assertIn({"name": "X-Shop", "value": "geheim"}, revealed["headers"])
        self.assertEqual(revealed["secrets"][0]["secret"], "whsec_mySigningSecret")
        # Only what one has seen is changed.
        tag = self.api.ask("GET", "/api/admin/webhooks/store", key)[1]["etag"]
        status, headers, _ = self.api.ask("PATCH", "/api/admin/webhooks/store", key, {"rate": 3}, {"if-match": f'"1", {tag}'})
        self.assertEqual(status, 200)
        self.assertNotEqual(headers["etag"], tag)
        status, _, problem = self.api.ask("PATCH", "/api/admin/webhooks/store", key, {"rate": 4}, {"if-match": tag})
        self.assertEqual((status, problem["code"]), (412, "PRECONDITION_FAILED"), problem)
        self.assertEqual(self.get("/api/admin/webhooks/store")["rate"], 3)
        tag = self.api.ask("GET", "/api/admin/incoming-webhooks/spare-in", key)[1]["etag"]
        self.assertEqual(self.api.ask("PATCH", "/api/admin/incoming-webhooks/spare-in", key, {"rate": 7}, {"if-match": tag})[0], 200)
        self.assertEqual(self.api.ask("PATCH", "/api/admin/incoming-webhooks/spare-in", key, {"rate": 8}, {"if-match": '"0"'})[0], 412)
        # What cannot be changed with the rest leaves all as it was.
        before = self.get("/api/admin/webhooks/store")
        for body in ({"rate": 9, "url": "http://shop.example/"}, {"rate": 9, "rates": 1}, {"rate": "9"}, {"secret": "whsec_x"}, {"rate": 9, "events": []}, {"rate": None},
                     {"rate": 9, "caFile": "/etc/shadow"}, {"rate": 9, "caFile": "/nowhere/at/all"}):
            status, _, problem = self.api.ask("PATCH", "/api/admin/webhooks/store", key, body)
            self.assertEqual((status, problem["code"]), (400, "FILE" if "/nowhere/at/all" in body.values() else "VALIDATION_ERROR"), body)
            self.assertNotIn("nowhere", json.dumps(problem))
        self.assertEqual(self.get("/api/admin/webhooks/store"), before)
        status, _, rotated = self.api.ask("POST", "/api/admin/webhooks/store/rotate", key, {"overlap": "1h", "secret": "whsec_another"})
        self.assertEqual((status, rotated["secret"]), (200, "whsec_another"), rotated)
        self.assertIsNotNone(rotated["oldUntil"])
        self.assertEqual(self.api.ask("DELETE", "/api/admin/webhooks/store", key)[0], 200)
        self.assertEqual(self.api.ask("GET", "/api/admin/webhooks/store", key)[0], 404)
        trail = self.get("/api/admin/audit-logs?actor=the-admin&limit=200")["changes"]
        mine = [row for row in trail if row["subject"] in ("shop", "store")]
        self.assertEqual({row["via"] for row in mine}, {"key all-admin"})
        self.assertEqual([row["action"] for row in mine][-1], "webhook.add")
        self.assertNotIn("mySigningSecret", json.dumps(trail))

    def test_what_died_is_recovered(self):
        home = self.home
        counted = self.api.ask("POST", "/api/admin/webhooks/crm/recover", self.keys["admin"], {"since": "1h", "dryRun": True})[2]
        status, _, done = self.api.ask("POST", "/api/admin/webhooks/crm/recover", self.keys["admin"], {"since": "1h", "states": ["dead", "missed"]})
        self.assertEqual((status, done["queued"]), (202, counted["count"]), done)
        home.run("deliver")
        self.assertEqual(self.api.ask("POST", "/api/admin/webhooks/crm/recover", self.keys["admin"], {})[0], 400)

    def test_a_webhook_gets_events_from_before_it_was_added(self):
        key, path = self.keys["admin"], "/api/admin/webhooks/late/recover"
        self.home.run("events", "add", "late.event", expect=0)
        for n in range(3):
            self.home.run("emit", "late.event", "--data", json.dumps({"n": n}), expect=0)
        self.home.run("add", "outgoing", "late", "https://late.example.com/", "--event", "late.*", expect=0)
        self.addCleanup(lambda: self.home.run("remove", "late", "--yes"))
        asked = {"since": "1h", "backfill": True}
        self.assertEqual(self.api.ask("POST", path, key, {"since": "1h", "dryRun": True})[2]["count"], 0)
        status, _, counted = self.api.ask("POST", path, key, {**asked, "dryRun": True})
        self.assertEqual((status, counted["count"]), (200, 3), counted)
        self.assertEqual(self.home.stats("late")["missed"], 0)  # counting changes nothing
        self.assertEqual(self.api.ask("POST", path, self.keys["viewer"], asked)[0], 403)
        status, _, done = self.api.ask("POST", path, key, asked)
        self.assertEqual((status, done["queued"]), (202, 3), done)
        self.assertEqual(self.home.stats("late")["pending"], 3)
        self.assertEqual(self.api.ask("POST", path, key, asked)[2]["queued"], 0)

    def test_what_is_wrong_with_a_request_is_told(self):
        key = self.keys["owner"]
        rows = [
            ("POST", "/api/events", "{", 400), ("POST", "/api/events", '{"event":"project.created","dat":1}', 400),
            ("POST", "/api/events", '{"event":"project.creatd"}', 404), ("POST", "/api/events", "[]", 400), ("POST", "/api/events", "", 400),
            ("POST", "/api/events", '{"event":"project.created","event":"prd.approved"}', 400),
            ("POST", "/api/events", b'{"event":"project.created","data":"\xff"}', 400),
            ("GET", "/api/admin/deliveries?state=ded", None, 400), ("GET", "/api/admin/deliveries?after=x", None, 400),
            ("GET", "/api/admin/deliveries?limit=0", None, 400), ("GET", "/api/admin/deliveries?limit=201", None, 400),
            ("GET", "/api/admin/deliveries?since=tomorow", None, 400), ("GET", "/api/admin/deliveries/dlv_x", None, 404),
            ("GET", "/api/admin/deliveries?webhook=nobody", None, 404), ("GET", "/api/admin/requests/req_x", None, 404),
            ("GET", "/api/events/evt_0000000000000", None, 404), ("GET", "/api/admin/webhooks?state=on", None, 400),
            ("GET", "/api/admin/stats?since=0s", None, 400), ("GET", "/api/admin/audit-logs?after=x", None, 400),
            ("GET", "/api/admin/audit-logs?x=1", None, 400), ("GET", "/api/admin/none", None, 404), ("PUT", "/api/events", "{}", 405),
            ("POST", "/api/admin/webhooks/crm/rotate", '{"overlap":"5x"}', 400), ("GET", "/" + "x" * 9000, None, 431),
        ]
        for method, path, body, expected in rows:
            with self.subTest(request=f"{method} {path[:60]} {body}"):
                status, headers, problem = self.api.ask(method, path, key, body, content_type=JSON if body is not None else None)
                self.assertEqual(status, expected, problem)
                self.assertEqual(headers["cache-control"], "no-store")
                self.assertEqual(headers["content-type"], "application/problem+json")
                self.assertEqual(problem["status"], expected)
                self.assertTrue(problem["error"] and problem["code"])

    def test_a_problem_says_which_member_is_off(self):
        key = self.keys["owner"]
        good = {"name": "details", "url": "https://details.example/", "events": ["*"]}
        rows = [
            ({"url": "http://details.example/"}, "url"), ({"url": None}, "url"), ({"name": ""}, "name"), ({"name": "crm"}, "name"),
            ({"events": []}, "events"), ({"events": ["project.creatd"]}, "events"), ({"timeout": "2m"}, "timeout"), ({"timeout": "5x"}, "timeout"),
            ({"retry": "1s,x"}, "retry"), ({"maxInFlight": 0}, "maxInFlight"), ({"maxInFlight": 257}, "maxInFlight"), ({"rate": -1}, "rate"),
            ({"signature": "none"}, "signature"), ({"signatureHeader": "host"}, "signatureHeader"), ({"secret": " x"}, "secret"), ({"urls": "x"}, "urls"),
            ({"headers": [{"name": "A", "value": "1"}, {"value": "x"}]}, "headers[1].name"), ({"headers": [{"name": "Host", "value": "x"}]}, "headers"),
            ({"caFile": "/nowhere/at/all"}, "caFile"), ({"caFile": "ca.pem"}, "caFile"), ({"clientCert": "/x"}, "clientKey"), ({"description": 1}, "description"),
        ]
        for change, field in rows:
            with self.subTest(change):
                body = {name: value for name, value in {**good, **change}.items() if value is not None}
                _, _, problem = self.api.ask("POST", "/api/admin/webhooks", key, body)
                self.assertEqual([one["field"] for one in problem.get("details", [])], [field], problem)
                self.assertEqual(problem["details"][0]["message"], problem["error"])
                check_shape(problem, self.schema("problem"))

    def test_a_problem_names_members_and_parameters_as_the_description_does(self):
        run, emit = {"kind": "run", "command": ["/bin/true"]}, {"kind": "emit", "event": "project.created"}
        incoming = {"name": "details-in", "action": emit}
        rows = {
            "emitEvent": [({"event": "project.creatd"}, "event"), ({}, "event"), ({"event": 1}, "event"), ({"event": "project.created", "id": ""}, "id"),
                          ({"event": "project.created", "id": 1}, "id"), ({"event": "project.created", "data": "x" * (1 << 20)}, "data")],
            "testWebhook": [({"event": "a.b"}, "event"), ({"data": 1}, "data")],
            "rotateWebhook": [({"overlap": "5x"}, "overlap"), ({"secret": " x"}, "secret")],
            "rotateIncomingWebhook": [({"overlap": "5x"}, "overlap"), ({"secret": " x"}, "secret")],
            "disableWebhook": [({"reason": 1}, "reason")],
            "recoverWebhook": [({}, "since"), ({"since": "x"}, "since"), ({"since": "1h", "until": "x"}, "until"), ({"since": "1h", "until": "2h"}, "until"),
                               ({"since": "1h", "states": ["ded"]}, "states"), ({"since": "1h", "states": ["pending"]}, "states"),
                               ({"since": "1h", "rate": 0}, "rate"), ({"since": "1h", "dryRun": 1}, "dryRun"),
                               ({"since": "1h", "backfill": 1}, "backfill"), ({"since": "1h", "backfill": True, "states": ["dead"]}, "backfill")],
            "addKey": [({"name": "", "scopes": ["emit"]}, "name"), ({"scopes": ["emit"]}, "name"), ({"name": "all-owner", "scopes": ["emit"]}, "name"),
                       ({"name": "k"}, "scopes"), ({"name": "k", "scopes": []}, "scopes"), ({"name": "k", "scopes": ["all"]}, "scopes"),
                       ({"name": "k", "scopes": "emit"}, "scopes"), ({"name": "k", "scopes": ["emit"], "rate": 0}, "rate"),
                       ({"name": "k", "scopes": ["emit"], "rate": 1.5}, "rate"), ({"name": "k", "scopes": ["emit"], "member": "nobody"}, "member"),
                       ({"name": "k", "scopes": ["emit"], "expiresAt": "2020-01-01T00:00:00Z"}, "expiresAt"),
                       ({"name": "k", "scopes": ["emit"], "expiresAt": "90d"}, "expiresAt")],
            "editKey": [({"name": ""}, "name"), ({"scopes": []}, "scopes"), ({"scopes": ["x"]}, "scopes"), ({"rate": 10001}, "rate"), ({"state": "on"}, "state"),
                        ({"expiresAt": "2020-01-01T00:00:00Z"}, "expiresAt"), ({"name": None}, "name")],
            "editWebhook": [({"url": "http://x/"}, "url"), ({"maxInFlight": 0}, "maxInFlight"), ({"name": "crm"}, "name"), ({"events": ["x.y"]}, "events")],
            "addIncomingWebhook": [
                (incoming | change, field) for change, field in (
                    ({"name": ""}, "name"), ({"name": "crm"}, "name"), ({"action": {"kind": "explode"}}, "action.kind"),
                    ({"action": emit | {"event": "a.b"}}, "action.event"), ({"action": {"kind": "emit"}}, "action.event"),
                    ({"action": emit | {"when": ["x"]}}, "action.when"), ({"action": {"kind": "create-project"}}, "action.set"),
                    ({"action": emit | {"set": [{"field": "a", "from": "x y"}]}}, "action.set.from"), ({"action": {"kind": "run"}}, "action.command"),
                    ({"action": {"kind": "run", "command": ["/nowhere/at/all"]}}, "action.command"), ({"action": run | {"directory": "tmp"}}, "action.directory"),
                    ({"action": run | {"directory": "/nowhere/at/all"}}, "action.directory"), ({"action": run | {"timeout": "1h"}}, "action.timeout"),
                    ({"action": run | {"maxParallel": 17}}, "action.maxParallel"), ({"action": emit | {"timeout": "5s"}}, "action"),
                    ({"scheme": "nobody"}, "scheme"), ({"scheme": "github"}, "secret"), ({"secret": "x"}, "scheme"), ({"verifyToken": "x" * 201}, "verifyToken"),
                    ({"allowedAddresses": ["x"]}, "allowedAddresses"), ({"contentTypes": ["x"]}, "contentTypes"), ({"maxBody": 26 << 20}, "maxBody"),
                    ({"dedupe": "31d"}, "dedupe"), ({"rate": -1}, "rate"), ({"description": "a\u0000"}, "description"))],
            "editIncomingWebhook": [({"action": emit}, "action.kind"), ({"action": {"kind": "create-project", "set": [{"field": "x", "from": "/x"}]}}, "action.set"), ({"dedupe": "x"}, "dedupe"), ({"secret": "x"}, "scheme")],
            "listDeliveries": [("until=x", "until"), ("since=x", "since"), ("after=x", "after"), ("limit=0", "limit"), ("state=ded", "state"), ("status=x", "status"), ("event=x", "event")],
            "listRequests": [("after=x", "after"), ("limit=201", "limit"), ("state=x", "state")],
            "listWebhooks": [("limit=x", "limit"), ("state=on", "state")],
            "listIncomingWebhooks": [("limit=x", "limit")],
            "listChanges": [("after=x", "after"), ("since=x", "since"), ("until=x", "until"), ("limit=0", "limit")],
            "showStats": [("since=x", "since"), ("since=0s", "since")],
        }
        for path, method, operation in self.operations():
            known = {one["name"] for one in operation["parameters"] if one["in"] == "query"}
            if "requestBody" in operation:
                schema = next(iter(operation["requestBody"]["content"].values()))["schema"]["$ref"].rsplit("/", 1)[1]
                known |= set(self.schema(schema)["properties"])
            places = {"key": "only-read", "webhook": "spare-in" if "incoming" in path else "spare" if "recover" not in path else "crm"}
            for asked, field in rows.pop(operation["operationId"], []):
                with self.subTest(operation=operation["operationId"], asked=str(asked)[:100]):
                    target = path.format(**places) + (f"?{asked}" if isinstance(asked, str) else "")
                    status, _, problem = self.api.ask(method, target, None, None if isinstance(asked, str) else asked, self.sessions["owner"])
                    self.assertIn(status, (400, 404, 409), problem)
                    self.assertEqual([one["field"] for one in problem.get("details", [])], [field], problem)
                    self.assertIn(field.split(".")[0].split("[")[0], known)
                    self.assertEqual(problem["details"][0]["message"], problem["error"])
        self.assertEqual(rows, {})  # each is of an operation that there is

    def test_bodies_have_their_bounds(self):
        key = self.keys["owner"]
        large = '{"event":"project.created","data":"' + "x" * (1 << 20) + '"}'
        status, _, problem = self.api.ask("POST", "/api/events", key, large, content_type=JSON)
        self.assertEqual(status, 400, problem)  # of a data of one byte too much it can be said
        with contextlib.suppress(OSError):  # it need not be read to its end
            self.assertEqual(self.api.ask("POST", "/api/events", key, "x" * (2 << 20), content_type=JSON)[0], 413)
            self.assertEqual(self.api.ask("POST", "/api/admin/webhooks/crm/enable", key, '{"reason":"because of it"}', content_type=JSON)[0], 413)
        self.assertEqual(self.api.ask("POST", "/api/admin/webhooks/crm/enable", key, '{"a":1}', content_type=JSON)[0], 400)
        self.assertEqual(self.api.ask("POST", "/api/admin/webhooks/crm/enable", key, "{}", content_type=JSON)[0], 200)
        self.assertEqual(self.api.ask("POST", "/api/admin/webhooks/crm/disable", key)[0], 200)
        self.assertEqual(self.api.ask("POST", "/api/admin/webhooks/crm/enable", key)[0], 200)
        whole = '{"event":"project.created","data":"' + "x" * ((1 << 20) - 2) + '"}'
        self.assertEqual(self.api.ask("POST", "/api/events", key, whole, content_type=JSON)[0], 202)

    def test_a_batch_answers_each_line(self):
        body = '{"event":"project.created","data":{"n":1}}\nno\n\n{"event":"nothing.there"}\n{"event":"prd.approved"}'
        status, _, text = self.api.ask("POST", "/api/events/batch", self.keys["emit"], body, content_type="application/x-ndjson")
        self.assertEqual(status, 202)
        lines = [json.loads(line) for line in text.splitlines()]
        self.assertEqual([line["line"] for line in lines], [1, 2, 4, 5])
        self.assertEqual(["id" in line for line in lines], [True, False, False, True])
        self.assertEqual([line.get("code") for line in lines], [None, "VALIDATION_ERROR", "NOT_FOUND", None])
        # The same error has the same code, whether it is of one event or of a line.
        for event, key in (('{"event":1}', "emit"), ('{"event":"webhook.disabled"}', "member"), ('{"event":"a.b"}', "emit")):
            alone = self.api.ask("POST", "/api/events", self.keys[key], event, content_type=JSON)[2]
            batch = self.api.ask("POST", "/api/events/batch", self.keys[key], event + '\n{"event":"prd.approved"}', content_type="application/x-ndjson")[2]
            line = json.loads(batch.splitlines()[0])
            self.assertEqual({name: line[name] for name in ("code", "error", "hint")}, {name: alone[name] for name in ("code", "error", "hint")})
        for line in lines:
            if "id" in line:
                self.assertEqual(self.get(f"/api/events/{line['id']}")["id"], line["id"])

    def test_a_test_explains_what_happens(self):
        key = self.keys["admin"]
        status, _, report = self.api.ask("POST", "/api/admin/webhooks/crm/test", key)
        self.assertEqual((status, report["ok"], report["answer"]["status"], report["event"]), (200, False, 500, "webhook.test"), report)
        status, _, report = self.api.ask("POST", "/api/admin/webhooks/spare/test", key, {"event": "project.created", "data": {"n": 7}})
        self.assertEqual((status, report["ok"], report["answer"]), (200, False, None), report)
        self.assertIn('"n":7', report["request"]["body"].replace(" ", ""))
        self.assertTrue(report["failure"]["hint"])
        self.assertEqual(self.api.ask("POST", "/api/admin/webhooks/crm/test", key, {"event": "no.such"})[0], 404)

    def test_a_key_makes_an_event_once(self):
        key, numbers = self.keys["emit"], []

        def emit(body, idempotency_key, in_body=None):
            return self.api.ask("POST", "/api/events", key, body | ({"id": in_body} if in_body else {}),
                                {"idempotency-key": idempotency_key} if idempotency_key else None)

        body = {"event": "project.created", "data": {"order": 8812}}
        status, headers, first = emit(body, "ord-8812")
        self.assertEqual((status, first["duplicate"], headers["idempotent-replayed"]), (202, False, None))
        status, headers, again = emit(body, "ord-8812")
        self.assertEqual((status, again, headers["idempotent-replayed"]), (202, first | {"duplicate": True}, "true"))
        self.assertEqual(emit(body, None, "ord-8812")[2]["id"], first["id"])
        self.assertEqual(self.home.json("emit", "project.created", "--id", "ord-8812", "--data", '{"order": 8812}')["id"], first["id"])
        status, _, problem = emit({"event": "project.created", "data": {"order": 1}}, "ord-8812")
        self.assertEqual((status, problem["code"]), (422, "IDEMPOTENCY_MISMATCH"), problem)
        self.assertEqual(emit(body, "one", "another")[0], 400)
        self.assertEqual(emit(body, "x" * 256)[0], 400)
        # A storm of retries, from many clients at once.
        body = {"event": "project.created", "data": {"storm": 1}}
        threads = [threading.Thread(target=lambda: numbers.append(emit(body, "storm")[2]["id"])) for _ in range(100)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual((len(numbers), len(set(numbers))), (100, 1))

    def test_another_name_is_refused(self):
        for host in ("evil.example", "127.0.0.1:1", "localhost.evil.example"):
            self.assertEqual(self.api.ask("GET", "/healthz", headers={"host": host})[0], 421, host)
        self.assertEqual(self.api.ask("GET", "/healthz", headers={"host": f"localhost:{self.api.place.port}"})[0], 200)


if __name__ == "__main__":
    unittest.main()
