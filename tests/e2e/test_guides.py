"""The guides of the manual, typed as printed (see typed.py). What other services send is signed here, with Python's hmac."""

import base64
import hashlib
import hmac
import http.client
import json
import re
import shutil
import socket
import ssl
import time
import unittest
import urllib.parse

from hooks import PATIENCE, certificate, free_port
from manual import ManualPage
from typed import Installation, statements

GUIDES = ("compatibility", "machines", "moving", "outage", "senders")
SECRETS = {"gh.secret": "octo", "gl.secret": "a token", "shop.secret": "hush", "slack.secret": "8f742231b10e8888abcd99yyyzzz85a5",
           "stripe.secret": "whsec_of_stripe"}


def mac(secret, text):
    return hmac.new(secret.encode(), text, hashlib.sha256)


def signed(sender, body, now):
    """The headers that the sender adds to a body."""
    text = json.dumps(body).encode()
    secret = SECRETS[{"github": "gh", "gitlab": "gl", "shopify": "shop"}.get(sender, sender) + ".secret"]
    if sender == "github":
        headers = {"X-Hub-Signature-256": "sha256=" + mac(secret, text).hexdigest(), "X-GitHub-Event": "issues", "X-GitHub-Delivery": "d1"}
    elif sender == "gitlab":
        headers = {"X-Gitlab-Token": secret, "X-Gitlab-Event": "Issue Hook", "X-Gitlab-Event-UUID": "u1"}
    elif sender == "shopify":
        headers = {"X-Shopify-Hmac-Sha256": base64.b64encode(mac(secret, text).digest()).decode(), "X-Shopify-Topic": "orders/create",
                   "X-Shopify-Shop-Domain": "shop.example", "X-Shopify-Webhook-Id": "w1"}
    elif sender == "slack":
        headers = {"X-Slack-Request-Timestamp": now, "X-Slack-Signature": "v0=" + mac(secret, f"v0:{now}:".encode() + text).hexdigest()}
    else:
        headers = {"Stripe-Signature": f"t={now},v1=" + mac(secret, f"{now}.".encode() + text).hexdigest()}
    return text, {"Content-Type": "application/json", **headers}


REQUESTS = {
    "github": {"action": "opened", "issue": {"title": "From GitHub"}},
    "gitlab": {"object_kind": "issue", "object_attributes": {"title": "From GitLab", "action": "open"}},
    "shopify": {"name": "#1001"},
    "slack": {"type": "event_callback", "event_id": "Ev1", "event": {"type": "app_mention", "text": "hello", "user": "U1"}},
    "stripe": {"id": "evt_1", "type": "invoice.paid", "data": {"object": {"id": "in_1", "total": 1999}}},
}


class Guide(unittest.TestCase):
    def type_all(self, place, bash, block):
        """Each command of a block ends with 0; what they showed."""
        shown = ""
        for command in statements(block):
            code, seen = bash.type(place.as_here(command))
            self.assertEqual(code, 0, f"{command}\n{seen}")
            shown += seen
        return shown


class Senders(Guide):
    """The commands of the page, its nginx before `serve-incoming`, and each service as it signs."""

    @classmethod
    def setUpClass(cls):
        cls.page = ManualPage("senders")
        cls.place = cls.enterClassContext(Installation(used=False))
        cls.home = cls.place.home
        for name, secret in SECRETS.items():
            cls.place.file(name, secret)
        cls.bash = cls.enterClassContext(cls.place.bash())

    def start_nginx(self, server_port):
        """With the configuration of the page; its certificate and its port."""
        folder = self.place.work / "etc/ssl/hooks"
        folder.mkdir(parents=True)
        cert, key = certificate(folder, names=["hooks.example.com"])
        shutil.copy(cert, folder / "fullchain.pem"), shutil.copy(key, folder / "privkey.pem")
        (text,) = self.page.blocks("nginx")
        port = free_port()
        for shown, here in (("listen 443 ssl;", f"listen 127.0.0.1:{port} ssl;"), ("/etc/ssl/hooks", str(folder)),
                            ("http://127.0.0.1:8080", f"http://127.0.0.1:{server_port}")):
            self.assertIn(shown, text)
            text = text.replace(shown, here)
        temporary = "".join(f"{name}_temp_path {folder}/{name}; " for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        (folder / "nginx.conf").write_text(f"daemon off; pid {folder}/pid; error_log {folder}/error.log; events {{}}\n"
                                           f"http {{ access_log {folder}/access.log; {temporary}\n{text}\n}}\n")
        nginx = shutil.which("nginx") or "/usr/sbin/nginx"
        process = self.home.start_other(nginx, "-p", folder, "-c", folder / "nginx.conf", "-e", folder / "error.log")

        def answers():
            self.assertIsNone(process.child.poll(), process.rest(errors=True))
            with socket.socket() as sock:
                return sock.connect_ex(("127.0.0.1", port)) == 0
        self.home.wait_for("nginx", answers)
        return folder, port

    def post(self, folder, port, path, body, headers):
        """As somebody at 127.0.0.9 does, by the public name."""
        context = ssl.create_default_context(cafile=folder / "fullchain.pem")
        raw = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE, source_address=("127.0.0.9", 0))
        connection = http.client.HTTPSConnection("hooks.example.com")
        connection.sock = context.wrap_socket(raw, server_hostname="hooks.example.com")
        connection.request("POST", path, body, headers)
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        return answer.status, content

    def test_each_service_gets_through_the_proxy(self):
        for block in self.page.blocks("GitHub", "GitLab", "Shopify", "Slack", "Stripe"):
            self.type_all(self.place, self.bash, block)
        command, configuration = self.page.blocks("BEHIND A PROXY")
        (self.place.work / "proxy.json").write_text(configuration)
        self.home.run("config", "show", "--config", self.place.work / "proxy.json", expect=0)
        server = self.home.start(*command.split()[1:], "--json")
        folder, port = self.start_nginx(urllib.parse.urlsplit(server.next_json()["url"]).port)
        now = str(int(time.time()))
        for sender, document in REQUESTS.items():
            with self.subTest(sender):
                url = (self.place.work / f"{sender}.url").read_text().strip()
                self.assertTrue(url.startswith("https://hooks.example.com/api/webhooks/incoming/"), url)
                path = urllib.parse.urlsplit(url).path
                body, headers = signed(sender, document, now)
                status, content = self.post(folder, port, path, body, headers)
                self.assertEqual(status, 200, content)
                last = self.home.wait_for("its end", lambda: [row for row in self.home.json("requests", "--webhook", sender) if row["state"] == "done"])
                self.assertEqual(last[0]["peer"], "127.0.0.9")
                forged = {name: value.replace(value[-1], "0" if value[-1] != "0" else "1") for name, value in headers.items() if "ignature" in name or
                          "Hmac" in name or "Token" in name}
                self.assertEqual(self.post(folder, port, path, body + b" ", headers | forged)[0], 401)
        self.assertEqual({row["name"] for row in self.home.json("projects")}, {"From GitHub", "From GitLab", "#1001"})
        challenge, headers = signed("slack", {"type": "url_verification", "challenge": "c1"}, now)
        path = urllib.parse.urlsplit((self.place.work / "slack.url").read_text().strip()).path
        self.assertEqual(self.post(folder, port, path, challenge, headers), (200, b"c1"))
        self.assertEqual(self.post(folder, port, "/healthz", b"", {})[0], 404)
        self.assertNotIn("incoming", (folder / "access.log").read_text())
        self.try_it(folder, port)
        self.assertNotIn("X-Forwarded-For", "".join(server.rest(errors=True)))

    def try_it(self, folder, port):
        self.place.file(".curlrc", f'connect-to = "hooks.example.com:443:127.0.0.1:{port}"\ncacert = "{folder}/fullchain.pem"\n')
        sample, verify = self.page.blocks("TRY IT")
        with self.place.bash(CURL_CA_BUNDLE="") as bash:
            seen = self.type_all(self.place, bash, sample)
            self.assertIn('"success":true', seen)
            self.assertRegex(seen, r"(?s)github.*done.*It works")
            self.assertIn("valid", self.type_all(self.place, bash, verify))


class Outage(Guide):
    """A receiver that was down for a while, and is not any more."""

    def test_everything_arrives_in_the_end(self):
        page = ManualPage("outage")
        with Installation() as place, place.bash() as bash:
            home = place.home
            home.run("disable", "crm", expect=0)
            home.run("emit", "project.created", "--data", '{"n":2}', expect=0)
            delivered = {request["id"] for request in place.receiver.all() if request["id"]}
            what, one = page.blocks("WHAT HAPPENED")
            seen = self.type_all(place, bash, what)
            self.assertIn("disabled", seen)
            self.assertIn("dead", seen)
            self.assertIn("missed", seen)
            self.assertIn("retries exhausted", self.type_all(place, bash, one))
            place.receiver.requests.queue.clear()
            (test,) = page.blocks("IS IT BACK?")
            self.assertIn("200", self.type_all(place, bash, test))
            enable, plan, recover, cancel = page.blocks("BRING IT BACK")
            self.assertIn("thig-hooks recover --since", self.type_all(place, bash, enable))
            self.assertIn("2", self.type_all(place, bash, plan))
            self.assertIn("[y/N] y", self.type_all(place, bash, recover))
            home.wait_for("the rest", lambda: home.run("deliver", expect=0) and not home.json("deliveries", "--state", "pending", "--webhook", "crm"))
            self.type_all(place, bash, cancel)
            check = list(statements(next(page.blocks("CHECK"))))
            self.assertIn("no deliveries found", self.type_all(place, bash, check[0]))
            self.type_all(place, bash, check[1])
            sent = [request["id"] for request in place.receiver.all()]
            self.assertEqual(len([id for id in sent if id in delivered]), 1)  # the dead one, as it was
            self.assertEqual(home.json("deliveries", "--webhook", "crm", "--state", "dead,missed,pending"), [])


RECEIVERS = "crm https://crm.example.com/hooks\nbilling https://b.example.com/in\n"
HOOKS = [
    {"id": "deploy", "execute-command": "/usr/local/bin/deploy", "command-working-directory": "/srv",
     "pass-arguments-to-command": [{"source": "string", "name": "--fast"}, {"source": "payload", "name": "head_commit.id"}],
     "trigger-rule": {"and": [
         {"match": {"type": "payload-hmac-sha256", "secret": "octo", "parameter": {"source": "header", "name": "X-Hub-Signature-256"}}},
         {"match": {"type": "value", "value": "refs/heads/main", "parameter": {"source": "payload", "name": "ref"}}}]}},
    {"id": "legacy", "execute-command": "/usr/local/bin/deploy", "trigger-rule":
        {"match": {"type": "payload-hash-sha1", "secret": "old", "parameter": {"source": "header", "name": "X-Signature"}}}},
    {"id": "open", "execute-command": "/usr/local/bin/deploy", "trigger-rule":
        {"match": {"type": "value", "value": "42", "parameter": {"source": "url", "name": "token"}}}},
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
        self.assertEqual(set(made), {"deploy", "legacy", "open"})
        command = str(self.place.work / "usr/local/bin/deploy")
        deploy = made["deploy"]
        self.assertEqual((deploy["scheme"], deploy["secret"], deploy["action"]["command"], deploy["action"]["directory"], deploy["action"]["when"]),
                         ("github", "octo", [command, "--fast"], str(self.place.work / "srv"), ["/ref=refs/heads/main"]))
        self.assertEqual((made["legacy"]["scheme"], made["legacy"]["secret"]), ("generic header=x-signature digest=sha1", "old"))
        self.assertEqual((made["open"]["scheme"], made["open"]["action"]["when"]), (None, ["query:token=42"]))
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


class Machines(Guide):
    """A standby that takes over: two installations, and an scp that copies between them."""

    # Not typed: it starts units of the system.
    UNITS = "systemctl start thig-hooks thig-hooks-incoming\n"

    def test_a_standby_takes_over(self):
        copy, key, takeover = ManualPage("machines").blocks("A STANDBY FROM COPIES")
        with Installation(used=False) as active, Installation(used=False) as standby:
            for place in (active, standby):
                for folder in ("var/lib/thig-hooks", "etc/thig-hooks"):
                    (place.work / folder).mkdir(parents=True, exist_ok=True)
                place.file("etc/thig-hooks/config.json", json.dumps({"database": f"{place.work}/var/lib/thig-hooks/hooks.db",
                                                                     "keyFile": f"{place.work}/etc/thig-hooks/key"}), 0o644)
            active.file("bin/scp", f'#!/bin/sh\ncp -p "$2" "{standby.work}/${{3#standby:{active.work}/}}"\n', 0o700)
            active.add("crm", "--event", "project.*")
            event = active.home.json("emit", "project.created", "--id", "before")["id"]
            with active.bash() as bash:
                self.type_all(active, bash, copy)
                self.type_all(active, bash, key)
            active.home.run("deliver", expect=0)
            active.home.run("emit", "project.created", "--id", "after", expect=0)
            self.assertTrue(takeover.endswith(self.UNITS), takeover)
            takeover = takeover.removesuffix(self.UNITS).replace("-m 660 -o thig-hooks -g thig-hooks", "-m 600")  # no such user here
            with standby.bash() as bash:
                self.type_all(standby, bash, takeover)
            standby.home.run("deliver", expect=0)
            first, again = active.receiver.next(), active.receiver.next()
            self.assertEqual((first["id"], first["body"]), (again["id"], again["body"]))
            self.assertTrue(standby.home.json("emit", "project.created", "--id", "before")["duplicate"])
            self.assertFalse(standby.home.json("emit", "project.created", "--id", "after")["duplicate"])
            self.assertEqual({row["eventId"] for row in standby.home.json("deliveries", "--state", "delivered")}, {event})


class Compatibility(Guide):
    def test_its_script_works(self):
        (block,) = ManualPage("compatibility").blocks("EXAMPLES")
        with Installation() as place, place.bash() as bash:
            seen = self.type_all(place, bash, block)
            self.assertIn("crm is enabled", seen)
            self.assertIn(place.ids["dead"], seen)
            self.assertIn("there is one", seen)


class EveryPage(unittest.TestCase):
    def test_code_is_shown_as_it_is_typed_here(self):
        for name in GUIDES:
            page = ManualPage(name)
            shown = {line.strip() for line in page.shown().splitlines()}
            blocks = list(page.blocks())
            self.assertTrue(blocks, name)
            for line in "".join(blocks).splitlines():
                with self.subTest(page=name, line=line):
                    self.assertIn(line.strip(), shown)
                    self.assertTrue(line.isascii())


if __name__ == "__main__":
    unittest.main()
