"""Webhooks that get some events of a type only (`add outgoing --when`), by every way that events come in by."""

import contextlib
import http.client
import json
import os
import pathlib
import pwd
import shutil
import sqlite3
import unittest
import urllib.parse

from admin_api import Api
from hooks import PATIENCE, Home, Receiver

DATABASES = pathlib.Path(__file__).resolve().parent.parent / "databases"
FINAL, DRAFT = {"status": "FINAL"}, {"status": "DRAFT"}


class Conditions(unittest.TestCase):
    def setUp(self):
        self.home = self.enterContext(Home())
        self.receiver = self.enterContext(Receiver(self.home))

    def add(self, name, *args, events=("prd.*",)):
        return self.home.add(name, self.receiver.url, *args, ca=self.receiver.ca, events=events)

    def emit(self, data, event="prd.approved"):
        return self.home.json("emit", event, "--data", json.dumps(data))

    def got(self):
        """What has been sent by `deliver`, as the data of each body; the oldest event first."""
        self.home.run("deliver", expect=0)
        bodies = [json.loads(request["body"]) for request in self.receiver.all()]
        self.receiver.requests.queue.clear()
        return [body["data"] for body in sorted(bodies, key=lambda body: body["id"])]

    def outcomes(self, event):
        return {row["webhook"]: row["outcome"] for row in self.home.json("deliveries", "explain", event)}

    def test_what_is_emitted_alone_and_in_batches(self):
        self.add("finals", "--when", "/data/status=FINAL")
        self.assertEqual(self.emit(DRAFT)["queued"], 0)
        self.assertEqual(self.emit(FINAL)["queued"], 1)
        self.assertEqual(self.emit({})["queued"], 0)
        lines = "".join(json.dumps({"event": "prd.approved", "data": {**data, "n": n}}) + "\n"
                        for n, data in enumerate([DRAFT, FINAL, {}, FINAL]))
        receipts = self.home.json_lines("emit", "--batch", "-", stdin=lines)
        self.assertEqual([receipt["queued"] for receipt in receipts], [0, 1, 0, 1])
        self.assertEqual(self.got(), [FINAL, {**FINAL, "n": 1}, {**FINAL, "n": 3}])

    def test_the_pointer_is_into_the_body_as_it_is_sent(self):
        """Each place of a body that was received, used as a condition, holds of the next such event."""
        self.add("all")
        self.emit({"status": "FINAL", "list": [1, {"a/b": None}], "yes": True})
        self.home.run("deliver", expect=0)
        body = json.loads(self.receiver.all()[0]["body"])
        self.assertEqual(set(body), {"id", "event", "timestamp", "data"})
        for condition in ("/event=prd.approved", "/data/status=FINAL", "/data/list/0=1", "/data/list/1/a~1b=null", "/data/yes=true"):
            self.home.run("edit", "all", "--when", condition, expect=0)
            self.assertEqual(self.emit(body["data"])["queued"], 1, condition)
        for condition in ("/id=" + body["id"], "/timestamp=" + body["timestamp"], "/status=FINAL"):
            refused = self.home.run("edit", "all", "--when", condition, expect=2)
            self.assertEqual(refused.stdout, "")
            self.assertIn("--when", refused.stderr)

    def test_explained_and_shown_before(self):
        self.add("finals", "--when", "/event~^prd", "--when", "/data/status=FINAL")
        self.add("all")
        shown = self.home.json("emit", "prd.approved", "--data", json.dumps(DRAFT), "--dry-run")
        self.assertEqual([row["name"] for row in shown["queued"]], ["all"])
        self.assertEqual([(row["name"], row["condition"]) for row in shown["conditionNotMet"]], [("finals", "/data/status=FINAL")])
        event = self.emit(DRAFT)["id"]
        self.assertEqual(self.outcomes(event), {"finals": "condition_not_met", "all": "pending"})
        told = self.home.run("deliveries", "explain", event, expect=0)
        self.assertIn("condition not met: /data/status=FINAL", told.stdout)

    def test_backfill_and_retry_send_what_meets_them(self):
        events = [self.emit({**data, "n": n})["id"] for n, data in enumerate([FINAL, DRAFT, FINAL, {}])]
        self.add("finals", "--when", "/data/status=FINAL")
        backfill = ["recover", "finals", "--since", "1h", "--backfill"]
        self.assertEqual(self.home.json(*backfill, "--dry-run")["count"], 2)
        refused = self.home.run("retry", "--event", events[1], "--webhook", "finals", expect=4)
        self.assertIn("conditions", refused.stderr)
        self.home.run("retry", "--event", events[0], "--webhook", "finals", expect=0)
        self.assertEqual(self.home.json(*backfill, "--dry-run")["count"], 1)
        self.assertEqual(self.home.json(*backfill, "--yes")["queued"], 1)
        self.assertEqual(self.got(), [{**FINAL, "n": 0}, {**FINAL, "n": 2}])

    def test_events_that_incoming_webhooks_raise(self):
        self.add("finals", "--when", "/data/status=FINAL")
        url = self.home.json("add", "incoming", "prds", "--action", "emit", "--event", "prd.approved")["url"]
        server = self.home.start("serve-incoming", "--listen", "127.0.0.1:0", "--json")
        place = urllib.parse.urlsplit(server.next_json()["url"])
        for n, data in enumerate([DRAFT, FINAL]):
            connection = http.client.HTTPConnection(place.netloc, timeout=PATIENCE)
            connection.request("POST", urllib.parse.urlsplit(url).path, json.dumps({**data, "n": n}), {"content-type": "application/json"})
            self.assertEqual(connection.getresponse().status, 200)
            connection.close()
        self.home.wait_for("both requests", lambda: [row["state"] for row in self.home.json("requests")] == ["done", "done"])
        self.assertEqual(self.got(), [{**FINAL, "n": 1}])

    def test_over_the_api(self):
        key = self.home.json("keys", "add", "ci", "--scope", "emit,read,manage")["key"]
        api = Api(self.home)

        def ask(method, path, body, expect):
            status, _, answer = api.ask(method, path, key, body)
            self.assertEqual(status, expect, answer)
            return answer

        draft = {"name": "finals", "url": self.receiver.url, "events": ["prd.*"], "allowPrivate": True, "caFile": str(self.receiver.ca)}
        problem = ask("POST", "/api/admin/webhooks", {**draft, "when": ["/status=FINAL"]}, 400)
        self.assertIn("/data/status=FINAL", json.dumps(problem))
        self.assertIn("when", json.dumps(problem))
        added = ask("POST", "/api/admin/webhooks", {**draft, "when": ["/data/status=FINAL"]}, 201)
        self.assertEqual(added["when"], ["/data/status=FINAL"])
        webhook = "/api/admin/webhooks/" + added["id"]
        for data, queued in ((FINAL, 1), (DRAFT, 0)):
            self.assertEqual(ask("POST", "/api/events", {"event": "prd.approved", "data": data}, 202)["queued"], queued)
        self.assertEqual(ask("PATCH", webhook, {"timeout": "5s"}, 200)["when"], ["/data/status=FINAL"])
        self.assertEqual(ask("PATCH", webhook, {"when": ["/data/status=DRAFT", "/event=prd.approved"]}, 200)["when"],
                         ["/data/status=DRAFT", "/event=prd.approved"])
        self.assertEqual(ask("POST", "/api/events", {"event": "prd.approved", "data": DRAFT}, 202)["queued"], 1)
        ask("PATCH", webhook, {"when": ["/data/a=1"] * 21}, 400)
        ask("PATCH", webhook, {"when": "/data/a=1"}, 400)
        self.assertEqual(ask("PATCH", webhook, {"when": []}, 200)["when"], [])
        self.assertEqual(ask("GET", webhook, None, 200)["when"], [])
        changes = [row for row in self.home.json("audit") if row["action"] == "webhook.edit"]
        self.assertIn("/data/status=DRAFT", json.dumps(changes))

    def test_exported_and_applied(self):
        self.add("finals", "--when", "/data/status=FINAL")
        document = json.loads(self.home.run("export", expect=0).stdout)
        self.assertEqual(document["outgoing"][0]["when"], ["/data/status=FINAL"])
        path = self.home.dir / "webhooks.json"

        def apply(when):
            document["outgoing"][0].update(when=when)
            if when is None:
                del document["outgoing"][0]["when"]
            path.write_text(json.dumps(document))
            self.home.run("apply", path, "--yes", expect=0)
            return self.home.json("show", "finals")["when"]

        self.home.run("apply", self.write(path, document), "--dry-run", "--exit-code", expect=0)
        self.assertEqual(apply(["/data/status!=DRAFT"]), ["/data/status!=DRAFT"])
        self.assertEqual(apply(None), [])
        path.write_text(json.dumps(document | {"outgoing": [document["outgoing"][0] | {"when": ["/id=1"]}]}))
        refused = self.home.run("apply", path, "--yes", expect=2)
        self.assertIn("outgoing[0] finals, when", refused.stderr)

    def write(self, path, document):
        path.write_text(json.dumps(document))
        return path

    def test_a_database_of_the_schema_before_gets_conditions(self):
        key = self.home.dir / "kept.key"
        shutil.copy(DATABASES / "schema-6.db", self.home.db)
        shutil.copy(DATABASES / "schema-6.key", key)
        for file in (self.home.db, key):
            file.chmod(0o600)
        with contextlib.closing(sqlite3.connect(self.home.db)) as kept, kept:
            kept.execute("UPDATE endpoint SET ca_file = ''")  # that of its maker is not here
            kept.execute("INSERT OR REPLACE INTO member VALUES (?, 0)", (pwd.getpwuid(os.getuid()).pw_name,))
        self.home.env["THIG_HOOKS_KEY_FILE"] = str(key)
        before = self.home.run("edit", "crm", "--when", "/data/status=FINAL", expect=0)
        self.assertIn("schema", before.stderr)
        self.assertEqual(self.home.json("show", "crm")["when"], ["/data/status=FINAL"])
        self.assertEqual(self.home.json("show", "everything")["when"], [])
        self.assertTrue(pathlib.Path(f"{self.home.db}.schema-6").exists())
        names = {row["webhook"]: row["outcome"] for row in self.home.json("deliveries", "explain", self.emit(DRAFT, "project.created")["id"])}
        self.assertEqual((names["crm"], names["everything"]), ("condition_not_met", "pending"))


if __name__ == "__main__":
    unittest.main()
