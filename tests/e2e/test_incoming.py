"""Incoming webhooks: the real server over real sockets, as real senders speak to it."""

import contextlib
import hashlib
import hmac
import http.client
import json
import random
import re
import shutil
import signal
import socket
import sqlite3
import ssl
import threading
import time
import unittest
import urllib.parse

from hooks import PATIENCE, Home, Receiver, certificate

GITHUB_SECRET = "It's a Secret to Everybody"


def github_signature(body, secret=GITHUB_SECRET):
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


class Server:
    """A running `serve-incoming`, on a port that the system gives."""

    def __init__(self, home, *args):
        self.process = home.start("serve-incoming", "--listen", "127.0.0.1:0", "--json", *args)
        url = urllib.parse.urlsplit(self.process.next_json()["url"])
        self.address = (url.hostname, url.port)

    def request(self, method, path, body=None, headers=None):
        connection = http.client.HTTPConnection(*self.address, timeout=PATIENCE)
        connection.request(method, path, body, headers or {})
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        return answer.status, dict(answer.getheaders()), content

    def post(self, path, body, headers=None):
        status, _, content = self.request("POST", path, body, {"content-type": "application/json", **(headers or {})})
        return status, json.loads(content) if content.startswith(b"{") else content.decode()

    def raw(self, data, patience=15):
        """What comes back for these bytes, until the server closes or says nothing more."""
        with socket.create_connection(self.address, timeout=patience) as sock:
            received = b""
            try:
                sock.sendall(data)
                while chunk := sock.recv(65536):
                    received += chunk
            except (TimeoutError, ConnectionError):
                pass
            return received


class Incoming(unittest.TestCase):
    def setUp(self):
        self.home = self.enterContext(Home())

    def secret_file(self, text, name="secret"):
        path = self.home.dir / name
        path.write_text(text)
        return path

    def add(self, name, action, *flags):
        """Adds an incoming webhook; the path of its URL."""
        url = self.home.json("add", "incoming", name, "--action", action, *flags)["url"]
        return urllib.parse.urlsplit(url).path

    def outcome(self, request_id):
        """The request once its action has been run."""
        return self.home.wait_for(f"the end of {request_id}", lambda: next(
            (one for one in [self.home.json("requests", "show", request_id)] if one["state"] != "pending"), None))


class Senders(Incoming):
    def test_a_github_issue_becomes_a_project_and_a_signed_delivery(self):
        receiver = self.enterContext(Receiver(self.home))
        self.home.add("crm", receiver.url, events=("project.created",), ca=receiver.ca)
        path = self.add("issues", "create-project", "--scheme", "github", "--secret-file",
                        self.secret_file(GITHUB_SECRET), "--set", "name=/issue/title", "--set", "source=header:X-GitHub-Event",
                        "--when", "/action=opened", "--when", "header:X-GitHub-Event~^issues$")
        server = Server(self.home)
        self.home.start("run", "--json")
        body = json.dumps({"action": "opened", "issue": {"title": "Zoë's bug 🦊", "number": 7}}).encode()
        headers = {"X-GitHub-Event": "issues", "X-GitHub-Delivery": "72d3162e-cc78-11e3-81ab-4c9367dc0958",
                   "X-Hub-Signature-256": github_signature(body)}
        status, told = server.post(path, body, headers)
        self.assertEqual((status, told["success"]), (200, True))
        delivery = receiver.next()
        data = json.loads(delivery["body"])
        self.assertEqual((data["event"], data["data"]["name"], data["data"]["status"]),
                         ("project.created", "Zoë's bug 🦊", "DRAFT"))
        self.assertTrue(delivery["signature"].startswith("v1,"))
        ended = self.outcome(told["requestId"])
        self.assertEqual((ended["state"], ended["deliveryId"]), ("done", headers["X-GitHub-Delivery"]))
        self.assertEqual([(project["name"], project["source"]) for project in self.home.json("projects")],
                         [("Zoë's bug 🦊", "issues")])

        # The same again, and with another delivery id, which is not signed: nothing more is done.
        for delivery_id in (headers["X-GitHub-Delivery"], "another"):
            status, again = server.post(path, body, {**headers, "X-GitHub-Delivery": delivery_id})
            self.assertEqual((status, again["success"]), (200, True))
            self.assertEqual(self.home.json("requests", "show", again["requestId"])["state"], "duplicate")
        # Not what was asked for: kept, and nothing done.
        other = json.dumps({"action": "closed", "issue": {"title": "x"}}).encode()
        status, told = server.post(path, other, {**headers, "X-Hub-Signature-256": github_signature(other), "X-GitHub-Delivery": "2"})
        self.assertEqual(self.outcome(told["requestId"])["state"], "skipped")
        # As a form with the JSON in payload=.
        third = json.dumps({"action": "opened", "issue": {"title": "from a form"}})
        form = urllib.parse.urlencode({"payload": third}).encode()
        status, told = server.post(path, form, {"X-GitHub-Event": "issues", "X-GitHub-Delivery": "3",
                                                "content-type": "application/x-www-form-urlencoded",
                                                "X-Hub-Signature-256": github_signature(form)})
        self.assertEqual((status, self.outcome(told["requestId"])["state"]), (200, "done"))
        self.assertEqual(len(self.home.json("projects")), 2)
        listed = self.home.json("list", "incoming")[0]
        self.assertEqual((listed["received"], listed["duplicates"], listed["failed"]), (3, 2, 0))

    def test_a_stripe_event_becomes_an_event_of_an_own_type(self):
        self.home.run("events", "add", "invoice.paid", "--description", "An invoice is paid", expect=0)
        receiver = self.enterContext(Receiver(self.home))
        self.home.add("erp", receiver.url, events=("invoice.*",), ca=receiver.ca)
        path = self.add("stripe", "emit", "--event", "invoice.paid", "--scheme", "stripe", "--secret-file",
                        self.secret_file("whsec_test"), "--set", "id=/data/object/id", "--set", "amount=/data/object/total",
                        "--set", "status=literal:PAID", "--when", "/type=invoice.paid")
        server = Server(self.home)
        body = json.dumps({"id": "evt_1", "type": "invoice.paid", "data": {"object": {"id": "in_1", "total": 4200}}}).encode()

        def sign(at):
            code = hmac.new(b"whsec_test", f"{at}.".encode() + body, hashlib.sha256).hexdigest()
            return {"Stripe-Signature": f"t={at},v1={code}"}

        now = int(time.time())
        status, told = server.post(path, body, sign(now))
        self.assertEqual((status, self.outcome(told["requestId"])["state"]), (200, "done"))
        self.home.run("deliver", expect=0)
        self.assertEqual(json.loads(receiver.next()["body"])["data"], {"id": "in_1", "amount": 4200, "status": "PAID"})
        # Sent again by Stripe: another time, the same event.
        status, told = server.post(path, body, sign(now - 1))
        self.assertEqual(self.home.json("requests", "show", told["requestId"])["state"], "duplicate")
        for at in (now - 400, now + 400):
            self.assertEqual(server.post(path, body, sign(at))[0], 401)

    def test_handshakes_are_answered_as_each_sender_expects(self):
        slack = self.add("slack", "create-project", "--set", "name=/event/text", "--scheme", "slack",
                         "--secret-file", self.secret_file("slack-secret"))
        zoom = self.add("zoom", "create-project", "--set", "name=/event", "--scheme", "zoom",
                        "--secret-file", self.secret_file("zoomsecret"))
        meta = self.add("meta", "create-project", "--set", "name=/object", "--scheme", "meta",
                        "--secret-file", self.secret_file("appsecret"), "--verify-token", "tok")
        plain = self.add("plain", "create-project", "--set", "name=/title")
        server = Server(self.home)
        now = str(int(time.time()))

        def v0(secret, body, header, time_header):
            code = hmac.new(secret, b"v0:" + now.encode() + b":" + body, hashlib.sha256).hexdigest()
            return {header: "v0=" + code, time_header: now}

        body = b'{"type":"url_verification","challenge":"3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P"}'
        headers = {"content-type": "application/json", **v0(b"slack-secret", body, "X-Slack-Signature", "X-Slack-Request-Timestamp")}
        status, told, content = server.request("POST", slack, body, headers)
        self.assertEqual((status, told["content-type"], content), (200, "text/plain", b"3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P"))
        self.assertEqual(server.request("POST", slack, body, {**headers, "X-Slack-Signature": "v0=" + "0" * 64})[0], 401)

        body = b'{"event":"endpoint.url_validation","payload":{"plainToken":"qgg8vlvZRS6UYooatFL8Aw"}}'
        status, told = server.post(zoom, body, v0(b"zoomsecret", body, "x-zm-signature", "x-zm-request-timestamp"))
        self.assertEqual((status, told), (200, {"plainToken": "qgg8vlvZRS6UYooatFL8Aw", "encryptedToken":
                                                "83b2a60d4bbe49dc93763ed9e727a9a7690cbe4c1f8bb0adc0ffccd09ecb1384"}))
        for query, status in (("hub.mode=subscribe&hub.verify_token=tok&hub.challenge=1158201444", 200),
                              ("hub.mode=subscribe&hub.verify_token=no&hub.challenge=1", 403)):
            answer = server.request("GET", f"{meta}?{query}")
            self.assertEqual(answer[0], status)
            if status == 200:
                self.assertEqual(answer[2], b"1158201444")
        for method, query in (("GET", "challenge=a%20b"), ("POST", "validationToken=a%20b")):
            status, headers, content = server.request(method, f"{plain}?{query}", headers={"content-length": "0"} if method == "POST" else {})
            self.assertEqual((status, headers["content-type"], content), (200, "text/plain", b"a b"))
            self.assertEqual(headers["x-content-type-options"], "nosniff")
        self.assertEqual(server.request("GET", f"{plain}?challenge=%0d%0aSet-Cookie:x")[0], 400)
        self.assertEqual(server.request("GET", plain)[0], 405)
        self.assertEqual(self.home.json("requests"), [one for one in self.home.json("requests") if one["state"] == "rejected"])

    def test_notes_and_commands(self):
        script = self.home.dir / "deploy"
        script.write_text("#!/bin/sh\necho \"$HOOK_NAME $1 $(env | grep -vc '^HOOK_')\"; cat > \"$2\"; test ! -e \"$2.fail\"\n")
        script.chmod(0o755)
        out = self.home.dir / "out"
        create = self.add("make", "create-project", "--set", "name=query:name")
        note = self.add("note", "add-note", "--set", "project=/project", "--set", "text=/text", "--default", "text=(nothing)")
        run = self.add("deploy", "run", "--command", script, "--command", "now", "--command", out)
        server = Server(self.home)
        self.outcome(server.post(create + "?name=Apollo", b"{}")[1]["requestId"])
        self.assertEqual(self.outcome(server.post(note, b'{"project":"Apollo","text":"first"}')[1]["requestId"])["state"], "done")
        self.outcome(server.post(note, b'{"project":"Apollo"}')[1]["requestId"])
        self.assertEqual([one["text"] for one in self.home.json("projects", "Apollo")["notes"]], ["first", "(nothing)"])
        failed = self.outcome(server.post(note, b'{"project":"Gemini","text":"x"}')[1]["requestId"])
        self.assertEqual(failed["state"], "failed")
        self.assertIn("Gemini", failed["detail"])
        failed = self.outcome(server.post(note, b'{"text":"x"}')[1]["requestId"])
        self.assertIn("/project", failed["detail"])

        body = json.dumps({"n": list(range(5000))}).encode()
        request = server.post(run, body)[1]["requestId"]
        done = self.outcome(request)
        self.assertEqual((done["state"], out.read_bytes()), ("done", body))
        self.assertRegex(done["detail"], r"^exit status 0: deploy now [0-3]\b")  # PWD and the like are the shell's own
        (self.home.dir / "out.fail").touch()
        self.home.run("requests", "replay", request, expect=0)
        again = self.home.wait_for("the replay", lambda: next((one for one in [self.home.json("requests", "show", request)] if one["runs"] == 2), None))
        self.assertEqual(again["state"], "failed")
        self.assertTrue(again["detail"].startswith("exit status 1"))


class Settings(Incoming):
    def test_edit_changes_what_is_given_and_a_running_server_goes_by_it(self):
        path = self.add("issues", "create-project", "--set", "name=/title", "--when", "/kind=bug", "--allow-from", "10.0.0.0/8,127.0.0.1")
        server = Server(self.home)
        self.assertEqual(self.outcome(server.post(path, b'{"title":"a"}')[1]["requestId"])["state"], "skipped")
        edited = self.home.json("edit", "issues", "--when", "", "--name", "tickets", "--max-body", "1", "--default", "name=untitled")
        self.assertEqual((edited["name"], edited["maxBody"], edited["action"]["when"], edited["allowedAddresses"]),
                         ("tickets", 1024, [], ["10.0.0.0/8", "127.0.0.1"]))
        self.home.wait_for("the smaller limit", lambda: server.post(path, b'{"title":"%s"}' % (b"x" * 2000))[0] == 413)
        self.assertEqual(self.outcome(server.post(path, b'{"n":1}')[1]["requestId"])["state"], "done")
        self.assertEqual(self.home.json("projects")[0]["name"], "untitled")
        self.home.run("edit", "tickets", "--scheme", "github", "--secret-file", self.secret_file(GITHUB_SECRET), expect=0)
        self.home.wait_for("signatures to be checked", lambda: server.post(path, b'{"n":2}')[0] == 401)
        self.assertEqual(server.post(path, b'{"n":3}', {"X-Hub-Signature-256": github_signature(b'{"n":3}')})[0], 200)
        self.home.run("edit", "tickets", "--scheme", "none", expect=0)
        self.home.wait_for("the token to suffice", lambda: server.post(path, b'{"n":4}')[0] == 200)
        for flags, code, says in ((("tickets",), 2, "no settings given"), (("ticket", "--rate", "1"), 4, "tickets"),
                                  (("tickets", "--set", "titel=/t"), 2, "its fields are name"), (("tickets", "--scheme", "stripe", "--secret", " "), 2, "secret"),
                                  (("tickets", "--event", "project.created"), 2, "only the action emit")):
            with self.subTest(flags):
                done = self.home.run("edit", *flags, expect=code)
                self.assertEqual(done.stdout, "")
                self.assertIn(says, done.stderr)

    def test_a_message_that_comes_again_is_a_duplicate_unless_that_is_switched_off(self):
        once = self.add("once", "create-project", "--set", "name=/title")
        each = self.add("each", "create-project", "--set", "name=/title", "--dedupe", "0s")
        server = Server(self.home)
        body = b'{"title":"same"}'
        self.assertEqual([server.post(once, body)[1].get("duplicate", False) for _ in range(2)], [False, True])
        # A key of the sender's own says more than the body; so does another query.
        for headers, target, duplicate in (({"Idempotency-Key": "1"}, once, False), ({"Idempotency-Key": "1"}, once, True),
                                           ({"Idempotency-Key": "2"}, once, False), ({}, once + "?a=1", False)):
            self.assertEqual(server.post(target, body, headers)[1].get("duplicate", False), duplicate)
        self.assertEqual([server.post(each, body)[1].get("duplicate", False) for _ in range(2)], [False, False])

    def test_without_a_server_a_replay_runs_the_action_itself(self):
        flag = self.home.dir / "mended"
        path = self.add("deploy", "run", "--command", "/bin/sh", "--command", "-c", "--command", f"cat; test -e {flag}")
        server = Server(self.home)
        request = server.post(path, b'{"n":1}')[1]["requestId"]
        self.assertEqual(self.outcome(request)["state"], "failed")
        self.assertEqual(server.process.stop(), 0)
        self.assertIn("exit status 1", self.home.run("requests", "replay", request, expect=1).stderr)
        flag.touch()
        self.assertEqual(json.loads(self.home.run("requests", "replay", request, "--json", expect=0).stdout)["state"], "done")
        self.assertEqual(self.home.json("requests", "show", request)["runs"], 3)

    def test_several_requests_are_replayed_by_id_or_by_what_became_of_them(self):
        flag = self.home.dir / "fixed"
        path = self.add("deploy", "run", "--command", "/bin/sh", "--command", "-c", "--command", f"cat; test -e {flag}")
        server = Server(self.home)
        requests = [server.post(path, b'{"n":%d}' % n)[1]["requestId"] for n in range(3)]
        for request in requests:
            self.assertEqual(self.outcome(request)["state"], "failed")
        self.assertEqual(server.process.stop(), 0)
        flag.touch()
        failed = ["requests", "replay", "--state", "failed", "--since", "1h"]
        self.assertEqual(len(json.loads(self.home.run(*failed, "--dry-run", "--json", expect=0).stdout)), 3)
        self.assertEqual(json.loads(self.home.run(*failed[:-1], "0s", "--dry-run", "--json", expect=0).stdout), [])
        self.home.run(*failed, expect=2)  # nobody can be asked: --yes
        self.assertEqual(self.home.json("requests", "show", requests[0])["runs"], 1)
        done = json.loads(self.home.run("requests", "replay", "-", "--json", stdin=requests[0] + "\n", expect=0).stdout)
        self.assertEqual([row["state"] for row in done], ["done"])
        done = json.loads(self.home.run(*failed, "--yes", "--json", expect=0).stdout)
        self.assertEqual([row["id"] for row in done], requests[1:])  # the oldest first
        self.assertEqual({row["state"] for row in done}, {"done"})
        self.home.run("requests", "replay", "--webhook", "deploy", expect=2)
        self.home.run("requests", "replay", requests[0], "--state", "failed", expect=2)
        self.home.run("requests", "replay", requests[0], "req_0nvpz4gk204zz", expect=4)
        self.assertEqual(self.home.json("requests", "show", requests[0])["runs"], 2)

    def test_two_servers_run_each_command_once(self):
        out = self.home.dir / "out"
        path = self.add("deploy", "run", "--command", "/bin/sh", "--command", "-c", "--command", f"echo x >> {out}", "--max-parallel", "4",
                        "--dedupe", "0s")
        servers = [Server(self.home), Server(self.home)]
        for i in range(20):
            self.assertEqual(servers[i % 2].post(path, b"{}")[0], 200)
        self.home.wait_for("all commands", lambda: self.home.json("requests", "--state", "pending") == [])
        self.assertEqual(out.read_text().count("x"), 20)

    def test_a_database_that_is_locked_is_said_to_be_busy_and_what_was_answered_is_kept(self):
        path = self.add("plain", "create-project", "--set", "name=/title")
        server = Server(self.home)
        self.assertEqual(server.post(path, b'{"title":"before"}')[0], 200)
        with contextlib.closing(sqlite3.connect(self.home.db, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            status, headers, content = server.request("POST", path, b'{"title":"during"}', {"content-type": "application/json"})
            self.assertEqual((status, json.loads(content)["code"]), (503, "BUSY"))
            self.assertGreaterEqual(int(headers["retry-after"]), 1)
            self.assertEqual(server.request("GET", "/healthz")[0], 200)
            other.execute("ROLLBACK")
        self.assertEqual(server.post(path, b'{"title":"during"}')[1].get("duplicate"), None)
        self.home.wait_for("both projects", lambda: len(self.home.json("projects")) == 2)

    def test_https_with_keys_that_are_read_anew(self):
        first, second = (certificate(self.home.dir / name) for name in ("a", "b") if not (self.home.dir / name).mkdir())
        cert, key = self.home.dir / "cert.pem", self.home.dir / "key.pem"
        for source, target in zip(first, (cert, key)):
            shutil.copy(source, target)
        server = Server(self.home, "--tls-cert", cert, "--tls-key", key)

        def shown():
            return ssl.get_server_certificate(server.address)

        self.assertEqual(shown().split(), first[0].read_text().split())
        for ciphers, good in {"ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES128-GCM-SHA256": True,
                              "ECDHE-RSA-CHACHA20-POLY1305:ECDHE-ECDSA-CHACHA20-POLY1305": True,
                              "ECDHE-RSA-AES128-SHA256:ECDHE-ECDSA-AES128-SHA256": False,
                              "ECDHE-RSA-AES256-SHA:ECDHE-ECDSA-AES256-SHA": False,
                              "AES128-GCM-SHA256:AES256-SHA": False}.items():
            with self.subTest(ciphers):
                context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
                context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
                context.maximum_version = ssl.TLSVersion.TLSv1_2
                context.set_ciphers(ciphers)
                with socket.create_connection(server.address, timeout=PATIENCE) as sock:
                    refused = contextlib.nullcontext() if good else self.assertRaises(ssl.SSLError)
                    with refused, context.wrap_socket(sock) as secured:
                        self.assertEqual(secured.version(), "TLSv1.2")
        for source, target in zip(second, (cert, key)):
            shutil.copy(source, target)
        server.process.child.send_signal(signal.SIGHUP)
        server.process.wait_for_error_line("reloaded")
        self.assertEqual(shown().split(), second[0].read_text().split())
        cert.write_text("broken")
        server.process.child.send_signal(signal.SIGHUP)
        server.process.wait_for_error_line("keeping the old one")
        self.assertEqual(shown().split(), second[0].read_text().split())


class Refusals(Incoming):
    def test_each_refusal_has_its_status_and_code(self):
        path = self.add("issues", "create-project", "--set", "name=/title", "--scheme", "github", "--secret-file",
                        self.secret_file(GITHUB_SECRET), "--max-body", "1")
        plain = self.add("plain", "create-project", "--set", "name=/title")
        nobody = self.add("nobody", "create-project", "--set", "name=/title", "--allow-from", "10.0.0.0/8")
        slow = self.add("slow", "create-project", "--set", "name=/title", "--rate", "1")
        off = self.add("off", "create-project", "--set", "name=/title", "--inactive")
        server = Server(self.home)
        unknown = "/api/webhooks/incoming/" + "A" * 43
        good = b'{"title":"x"}'
        signed = {"X-Hub-Signature-256": github_signature(good)}
        json_type = {"content-type": "application/json"}
        rows = [
            ("POST", unknown, good, json_type, 404, "NOT_FOUND"),
            ("POST", "/api/webhooks/incoming/short", good, json_type, 404, "NOT_FOUND"),
            ("POST", "/elsewhere", good, json_type, 404, "NOT_FOUND"),
            ("POST", off, good, json_type, 404, "NOT_FOUND"),
            ("PUT", plain, good, json_type, 405, "METHOD_NOT_ALLOWED"),
            ("DELETE", plain, None, {}, 405, "METHOD_NOT_ALLOWED"),
            ("POST", path, good, json_type, 401, "INVALID_SIGNATURE"),
            ("POST", path, good, {**json_type, "X-Hub-Signature-256": github_signature(b"other")}, 401, "INVALID_SIGNATURE"),
            ("POST", path, b"x" * 1025, {**json_type, **signed}, 413, "BODY_TOO_LARGE"),
            ("POST", plain, good, {"content-type": "text/xml"}, 415, "UNSUPPORTED_MEDIA_TYPE"),
            ("POST", plain, good, {**json_type, "content-encoding": "gzip"}, 415, "UNSUPPORTED_ENCODING"),
            ("POST", plain, b"{", json_type, 400, "BAD_REQUEST"),
            ("POST", plain, b'{"a":1,"a":2}', json_type, 400, "BAD_REQUEST"),
            ("POST", plain, b"[" * 100_000, json_type, 400, "BAD_REQUEST"),
            ("POST", plain, b'{"title":"\xff"}', json_type, 400, "BAD_REQUEST"),
            ("POST", plain, b'\xef\xbb\xbf{}', json_type, 400, "BAD_REQUEST"),
            ("POST", nobody, good, json_type, 403, "FORBIDDEN"),
        ]
        for method, target, body, headers, status, code in rows:
            with self.subTest(code=code, target=target[:30], body=body and body[:20]):
                got, _, content = server.request(method, target, body, headers)
                self.assertEqual((got, json.loads(content)["code"]), (status, code), content)
        self.assertEqual(server.post(path, good, signed)[0], 200)
        self.assertEqual(server.post(slow, good)[0], 200)
        status, headers, content = server.request("POST", slow, b'{"title":"y"}', json_type)
        self.assertEqual((status, json.loads(content)["code"]), (429, "RATE_LIMITED"))
        self.assertGreaterEqual(int(headers["retry-after"]), 1)
        self.assertEqual(server.request("GET", "/healthz")[0], 200)
        # A pointer that finds nothing: taken, kept, and its outcome says which field.
        told = server.post(plain, b'{"other":1}')[1]
        ended = self.outcome(told["requestId"])
        self.assertEqual(ended["state"], "failed")
        self.assertIn("no value for name: there is nothing at /title", ended["detail"])
        self.assertEqual(json.loads(ended["body"]), {"other": 1})

    def test_what_cannot_be_is_refused_when_it_is_added(self):
        for flags, code, says in (
                (("--action", "explode"), 2, "not one of"),
                (("--action", "create-project"), 2, "name"),
                (("--action", "emit", "--event", "project.craeted"), 4, "project.created"),
                (("--action", "run", "--command", "relative"), 2, "absolute"),
                (("--action", "run", "--command", "/nowhere/deploy"), 2, "there is no command"),
                (("--action", "run", "--command", "/etc/passwd"), 2, "cannot be run"),
                (("--action", "create-project", "--set", "name=title"), 2, "/"),
                (("--action", "create-project", "--set", "name=/t", "--when", "/a~["), 2, ""),
                (("--action", "create-project", "--set", "name=/t", "--scheme", "githib"), 2, "github"),
                (("--action", "create-project", "--set", "name=/t", "--scheme", "github"), 2, "--secret-file"),
                (("--action", "create-project", "--set", "name=/t", "--allow-from", "10.0.0.0/33"), 2, ""),
                (("--action", "create-project", "--set", "name=/t", "--public-url", "ftp://x"), 2, "")):
            with self.subTest(flags):
                done = self.home.run("add", "incoming", "x", *flags, expect=code)
                self.assertEqual(done.stdout, "")
                self.assertIn(says, done.stderr)
        self.assertEqual(self.home.json("list", "incoming"), [])

    def test_urls_are_shown_to_admins_only_rotated_and_switched_off(self):
        path = self.add("issues", "create-project", "--set", "name=/title")
        server = Server(self.home)
        token = path.rsplit("/", 1)[1]
        for command in (("list", "incoming"), ("show", "issues"), ("show", "issues", "--json"), ("requests",)):
            self.assertNotIn(token, self.home.run(*command, expect=0).stdout)
        self.assertIn(token, self.home.run("show", "issues", "--reveal-secret", expect=0).stdout)
        fresh = urllib.parse.urlsplit(self.home.run("rotate", "issues", "--overlap", "1h", "--print-secret", expect=0).stdout.strip()).path
        self.home.wait_for("the new URL", lambda: server.post(fresh, b'{"title":"a"}')[0] == 200)
        self.assertEqual(server.post(path, b'{"title":"b"}')[0], 200)
        self.home.run("rotate", "issues", "--overlap", "0s", expect=0)
        self.home.wait_for("the end of the old URLs", lambda: server.post(path, b'{"title":"c"}')[0] == 404)
        self.assertEqual(server.post(fresh, b'{"title":"c"}')[0], 404)
        last = urllib.parse.urlsplit(json.loads(self.home.run("show", "issues", "--reveal-secret", "--json", expect=0).stdout)["urls"][0]["url"]).path
        self.assertEqual(server.post(last, b'{"title":"d"}')[0], 200)
        self.home.run("disable", "issues", expect=0)
        self.home.wait_for("it to be disabled", lambda: server.post(last, b'{"title":"e"}')[0] == 404)
        self.home.run("enable", "issues", expect=0)
        self.home.wait_for("it to be enabled", lambda: server.post(last, b'{"title":"f"}')[0] == 200)
        self.home.run("remove", "issues", "--yes", expect=0)
        self.home.wait_for("its removal", lambda: server.post(last, b'{"title":"g"}')[0] == 404)
        log = "\n".join(server.process.rest())
        for secret in (token, fresh.rsplit("/", 1)[1], last.rsplit("/", 1)[1]):
            self.assertNotIn(secret, log)
        self.assertEqual(server.process.stop(), 0)


class Hostile(Incoming):
    def test_addresses_are_believed_of_the_proxies_that_the_configuration_trusts(self):
        path = self.add("plain", "create-project", "--set", "name=/title")
        folder = self.home.dir / "config" / "thig-hooks"
        folder.mkdir(parents=True, exist_ok=True)
        for proxies, peer in ((["10.0.0.0/8"], "127.0.0.1"), (["10.0.0.0/8", "127.0.0.1/32"], "203.0.113.9")):
            (folder / "config.json").write_text(json.dumps({"incoming": {"trustedProxies": proxies}}))
            server = Server(self.home)
            status, _ = server.post(path, json.dumps({"title": peer}).encode(), {"X-Forwarded-For": "198.51.100.1, 203.0.113.9"})
            self.assertEqual(status, 200)
            self.assertEqual(self.home.json("requests", "--limit", "1")[0]["peer"], peer)
            server.process.stop()
        page = self.home.run("requests", "--webhook", "plain", "--limit", "1", expect=0)
        self.assertIn("older requests: thig-hooks requests --webhook plain --limit 1 --before req_", page.stderr)
        (folder / "config.json").unlink()

    def test_slow_senders_and_idle_connections_do_not_slow_a_good_one(self):
        path = self.add("plain", "create-project", "--set", "name=/title", "--when", "/never=true")
        server = Server(self.home, "--rate-per-address", "0", "--trusted-proxy", "127.0.0.1/32")
        head = f"POST {path} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n".encode()
        held = [socket.create_connection(server.address) for _ in range(980)]
        slow = [socket.create_connection(server.address) for _ in range(20)]
        try:
            for sock in slow:
                sock.sendall(head + b"{")
            took = []
            for i in range(50):
                began = time.monotonic()
                self.assertEqual(server.post(path, json.dumps({"title": i}).encode())[0], 200)
                took.append(time.monotonic() - began)
                slow[i % 20].sendall(b" ")
            self.assertLess(sorted(took)[25], 0.25)
        finally:
            for sock in held + slow:
                sock.close()

    def test_a_client_that_leaves_before_the_answer_is_stored_once(self):
        path = self.add("plain", "create-project", "--set", "name=/title")
        server = Server(self.home)
        body = b'{"title":"gone"}'
        with socket.create_connection(server.address) as sock:
            sock.sendall(f"POST {path} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
                         f"Content-Length: {len(body)}\r\n\r\n".encode() + body)
        self.home.wait_for("its record", lambda: len(self.home.json("requests")) == 1)
        self.home.wait_for("its project", lambda: len(self.home.json("projects")) == 1)

    def test_requests_with_two_readings_are_refused_and_the_connection_closed(self):
        path = self.add("plain", "create-project", "--set", "name=/title")
        server = Server(self.home)
        start = f"POST {path} HTTP/1.1\r\n"
        json_head = start + "Host: a\r\nContent-Type: application/json\r\n"
        chunked = json_head + "Transfer-Encoding: chunked\r\n\r\n"
        rows = {
            "length and chunked": start + "Host: a\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            "chunked twice": start + "Host: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            "two lengths": start + "Host: a\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
            "no host": start + "Content-Length: 2\r\n\r\n{}",
            "two hosts": start + "Host: a\r\nHost: b\r\nContent-Length: 2\r\n\r\n{}",
            "invalid host": start + "Host: a b\r\nContent-Length: 2\r\n\r\n{}",
            "bare LF": start.replace("\r", "") + "Host: a\n\n",
            "bare CR": start + "Host: a\rX: b\r\n\r\n",
            "folded": start + "Host: a\r\n b: c\r\n\r\n",
            "leading space": " " + start + "Host: a\r\n\r\n",
            "space before colon": start + "Host : a\r\n\r\n",
            "empty name": start + "Host: a\r\n: b\r\n\r\n",
            "name of no ASCII": start + "Host: a\r\nn\xe4me: b\r\n\r\n",
            "absolute form": start.replace("POST /", "POST http://a/") + "Host: a\r\nContent-Length: 2\r\n\r\n{}",
            "asterisk": "POST * HTTP/1.1\r\nHost: a\r\n\r\n",
            "fragment": start.replace(" HTTP", "#x HTTP") + "Host: a\r\nContent-Length: 2\r\n\r\n{}",
            "other expectation": json_head + "Expect: 200-ok\r\nContent-Length: 2\r\n\r\n{}",
            "HTTP/2": "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
            "TLS": "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
            "NUL": start + "Host: a\0b\r\n\r\n",
            "long target": "POST /" + "x" * 70000 + " HTTP/1.1\r\nHost: a\r\n\r\n",
            "many headers": start + "Host: a\r\n" + "a: b\r\n" * 10000 + "\r\n",
            "no line end behind a chunk": chunked + "2\r\n{}0\r\n\r\n",
            "endless chunk extension": chunked + "2;" + "x" * 50_000,
            "chunk extension": chunked + "2;a=b\r\n{}\r\n0\r\n\r\n",
            "LF in a quoted chunk extension": chunked + '3;a="\nxx"\r\n05\r\n0\r\n\r\n\r\n0\r\n\r\n',
            "trailer host": chunked + "2\r\n{}\r\n0\r\nHost: b\r\n\r\n",
            "folded trailer": chunked + "2\r\n{}\r\n0\r\nA: b\r\n c\r\n\r\n",
            "pipelined after an error": start + "Host: a\r\nContent-Length: +2\r\n\r\n" + json_head + "Content-Length: 2\r\n\r\n{}",
            "too large": json_head + "Content-Length: 99999999\r\n\r\n",
        }
        rows |= {f"HTTP/{version}": start.replace("1.1", version) + "Host: a\r\n\r\n" for version in ("9.9", "1.32", "0.9", "2.0")}
        rows |= {f"length {length}": json_head + f"Content-Length: {length}\r\n\r\n{{}}"
                 for length in ("+2", "-1", "1_0", "0x10", "1" + "0" * 40, "", "2 2", "2,2")}
        rows |= {f"coding {coding}": json_head + f"Transfer-Encoding: {coding}\r\n\r\n0\r\n\r\n"
                 for coding in ("pigeons", "", "xchunked", "chunked, identity", "gzip, chunked", "chunked, gzip")}
        rows |= {f"chunk size {size!r}": chunked + f"{size}\r\n{{}}\r\n0\r\n\r\n" for size in ("0_2e", "0x2", "2" * 17, " 2", "")}
        for name, text in rows.items():
            with self.subTest(name):
                answer = server.raw(text.encode("latin-1"))
                self.assertRegex(answer, rb"\AHTTP/1\.1 (4\d\d|50[15]) ", answer[:100])
                self.assertEqual(len(re.findall(rb"HTTP/1\.1 \d", answer)), 1, answer)
        self.assertEqual(server.post(path, b'{"title":"good"}')[0], 200)
        self.assertEqual(self.home.json("list", "incoming")[0]["received"], 1)


class Crash(Incoming):
    def test_kill_9_loses_nothing_that_was_answered(self):
        path = self.add("make", "create-project", "--set", "name=/title")
        accepted, lock = set(), threading.Lock()
        server = Server(self.home, "--rate-per-address", "0")
        current = {"server": server}
        ending = threading.Event()

        def send(worker):
            count = 0
            while not ending.is_set():
                name = f"{worker}-{count}"
                count += 1
                try:
                    status, _ = current["server"].post(path, json.dumps({"title": name}).encode())
                except (OSError, http.client.HTTPException, json.JSONDecodeError):
                    continue
                if status == 200:
                    with lock:
                        accepted.add(name)

        senders = [threading.Thread(target=send, args=(worker,)) for worker in range(6)]
        for sender in senders:
            sender.start()
        seed = random.randrange(1 << 30)
        chance = random.Random(seed)
        try:
            for _ in range(5):
                wanted = len(accepted) + chance.randint(5, 80)
                self.home.wait_for("some requests", lambda: len(accepted) >= wanted)
                current["server"].process.child.send_signal(signal.SIGKILL)
                current["server"].process.child.wait()
                current["server"] = Server(self.home, "--rate-per-address", "0")
        finally:
            ending.set()
            for sender in senders:
                sender.join()
        self.home.wait_for("all actions", lambda: self.home.json("requests", "--state", "pending") == [])
        made = {project["name"] for project in self.home.json("projects", "--limit", "10000")}
        self.assertEqual(accepted - made, set(), f"seed {seed}")


if __name__ == "__main__":
    unittest.main()
