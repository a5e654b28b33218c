"""thig-hooks-moving(7): its recipes, typed as printed, with what the other programs print."""

import json
import unittest

from installation import Installation
from manual import Guide, ManualPage

RECEIVERS = "crm https://crm.example.com/hooks\nbilling https://b.example.com/in\n"
HOOKS = [
    {"id": "deploy", "execute-command": "/usr/local/bin/deploy", "command-working-directory": "/srv",
     "pass-arguments-to-command": [{"source": "string", "name": "--fast"}, {"source": "payload", "name": "head_commit.id"}],
     "trigger-rule": {"and": [
         {"match": {"type": "payload-hmac-sha256", "secret": "octo", "parameter": {"source": "header", "name": "X-Hub-Signature-256"}}},
         {"match": {"type": "value", "value": "refs/heads/main", "parameter": {"source": "payload", "name": "ref"}}}]}},
    {"id": "legacy", "execute-command": "/usr/local/bin/deploy", "trigger-rule":
        {"match": {"type": "payload-hash-sha1", "secret": "old", "parameter": {"source": "header", "name": "X-Signature"}}}},
    {"id": "older", "execute-command": "/usr/local/bin/deploy", "trigger-rule":
        {"match": {"type": "payload-hmac-sha1", "secret": "old", "parameter": {"source": "header", "name": "X-Hub-Signature"}}}},
    {"id": "open", "execute-command": "/usr/local/bin/deploy", "trigger-rule":
        {"match": {"type": "value", "value": "42", "parameter": {"source": "url", "name": "token"}}}},
    {"id": "lab", "execute-command": "/usr/local/bin/deploy", "trigger-rule":
        {"match": {"type": "value", "value": "a-token-of-gitlab", "parameter": {"source": "header", "name": "X-Gitlab-Token"}}}},
    {"id": "inside", "execute-command": "/usr/local/bin/deploy", "trigger-rule": {"match": {"type": "ip-whitelist", "ip-range": "10.0.0.0/8"}}},
    {"id": "either", "execute-command": "/usr/local/bin/deploy", "trigger-rule": {"or": []}},
]
SVIX = {"data": [
    {"id": "ep_1", "uid": "crm", "url": "https://crm.example.com/hooks", "description": "Customers", "filterTypes": ["invoice.paid", "invoice.sent"],
     "disabled": False, "rateLimit": 20, "channels": None, "version": 1, "metadata": {}},
    {"id": "ep_2", "uid": None, "url": "https://b.example.com/in", "description": "", "filterTypes": None, "disabled": True, "rateLimit": None,
     "channels": None, "version": 3, "metadata": {}}], "iterator": None, "done": True}
CONVOY = ({"status": True, "data": {"content": [
    {"uid": "e1", "name": "crm", "url": "https://crm.example.com/hooks", "description": "Customers", "status": "active",
     "secrets": [{"value": "first-secret-of-convoy"}, {"value": "second-secret-of-convoy"}]},
    {"uid": "e2", "name": "billing", "url": "https://b.example.com/in", "description": None, "status": "inactive",
     "secrets": [{"value": "a-secret-of-convoy"}]}]}},
    {"status": True, "data": {"content": [
        {"uid": "s1", "endpoint_metadata": {"uid": "e1"}, "filter_config": {"event_types": ["invoice.paid"]}},
        {"uid": "s2", "endpoint_metadata": {"uid": "e1"}, "filter_config": {"event_types": ["invoice.sent", "invoice.paid"]}},
        {"uid": "s3", "endpoint_metadata": {"uid": "e2"}, "filter_config": {"event_types": ["*"]}}]}})


class Moving(Guide):
    """The recipes, with what the other programs print."""

    def setUp(self):
        self.page = ManualPage("moving")
        self.place = self.enterContext(Installation(used=False))
        self.bash = self.enterContext(self.place.bash())

    def webhooks(self, kind="outgoing"):
        document = json.loads(self.place.home.run("export", "--with-secrets", expect=0).stdout)
        return {row["name"]: row for row in document[kind]}

    def test_from_cron_and_curl(self):
        self.place.file("receivers.txt", RECEIVERS)
        self.place.file("order.json", "{}")
        recipe, emit, crontab = self.page.blocks("FROM CRON AND CURL")
        self.type_all(self.place, self.bash, recipe)
        self.assertEqual({name: row["url"] for name, row in self.webhooks().items()}, dict(line.split() for line in RECEIVERS.splitlines()))
        for name, row in self.webhooks().items():
            self.assertEqual((self.place.work / f"secrets/{name}.secret").read_text().strip(), row["secret"])
        self.type_all(self.place, self.bash, emit)
        self.assertEqual(len(self.place.home.json("deliveries")), 2)
        self.assertEqual(crontab.strip(), "* * * * * thig-hooks deliver -q")

    def test_from_webhook(self):
        hooks = [{name: str(self.place.work) + value if str(value).startswith("/") else value for name, value in hook.items()} for hook in HOOKS]
        self.place.file("hooks.json", json.dumps(hooks))
        (recipe,) = self.page.blocks("FROM WEBHOOK")
        self.type_all(self.place, self.bash, recipe)
        made = self.webhooks("incoming")
        self.assertEqual(set(made), {"deploy", "legacy", "older", "open", "lab"})
        command = str(self.place.work / "usr/local/bin/deploy")
        deploy = made["deploy"]
        self.assertEqual((deploy["scheme"], deploy["secret"], deploy["action"]["command"], deploy["action"]["directory"], deploy["action"]["when"]),
                         ("github", "octo", [command, "--fast"], str(self.place.work / "srv"), ["/ref=refs/heads/main"]))
        self.assertEqual((made["legacy"]["scheme"], made["legacy"]["secret"]), ("generic header=x-signature digest=sha1", "old"))
        self.assertEqual(made["older"]["scheme"], "generic header=x-hub-signature digest=sha1 prefix=sha1=")
        self.assertEqual((made["open"]["scheme"], made["open"]["action"]["when"]), (None, ["query:token=42"]))
        self.assertEqual((made["lab"]["scheme"], made["lab"]["secret"], made["lab"]["action"].get("when", [])), ("gitlab", "a-token-of-gitlab", []))
        self.assertEqual((self.place.work / "setup.json").stat().st_mode & 0o077, 0)
        self.assertIn("/api/webhooks/incoming/", (self.place.work / "urls/deploy.url").read_text())

    def test_from_svix(self):
        secrets = {"crm": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "ep_2": "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="}
        self.place.file("svix.json", json.dumps(SVIX))
        for name, secret in secrets.items():
            self.place.file(f"secrets/{name}.secret", secret)
        (recipe,) = self.page.blocks("FROM SVIX")
        self.type_all(self.place, self.bash, recipe)
        made = self.webhooks()
        self.assertEqual({name: row["secret"] for name, row in made.items()}, secrets)
        self.assertEqual((made["crm"]["events"], made["crm"]["rate"], made["ep_2"]["events"]), (["invoice.paid", "invoice.sent"], 20, ["*"]))
        self.assertEqual({row["name"]: row["isActive"] for row in self.place.home.json("list")}, {"crm": True, "ep_2": False})

    def test_from_convoy(self):
        for name, document in zip(("endpoints", "subscriptions"), CONVOY):
            self.place.file(f"{name}.json", json.dumps(document))
        (recipe,) = self.page.blocks("FROM CONVOY")
        self.type_all(self.place, self.bash, recipe)
        made = self.webhooks()
        self.assertEqual({name: (row["events"], row["secret"], row["signature"]) for name, row in made.items()},
                         {"crm": (["invoice.paid", "invoice.sent"], "second-secret-of-convoy", "thig"),
                          "billing": (["*"], "a-secret-of-convoy", "thig")})
        self.assertEqual({row["name"]: row["isActive"] for row in self.place.home.json("list")}, {"crm": True, "billing": False})

    def test_one_receiver_at_a_time(self):
        self.place.add("crm", "--event", "*")
        (block,) = self.page.blocks("ONE RECEIVER AT A TIME")
        self.type_all(self.place, self.bash, block)


if __name__ == "__main__":
    unittest.main()
