"""thig-hooks-senders(7), typed as printed, with its nginx before `serve-incoming`. What the services send is signed here,
with Python's hmac."""

import base64
import hashlib
import hmac
import http.client
import json
import shutil
import socket
import ssl
import time
import unittest
import urllib.parse

from hooks import PATIENCE, certificate, free_port
from installation import Installation
from manual import Guide, ManualPage

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


if __name__ == "__main__":
    unittest.main()
