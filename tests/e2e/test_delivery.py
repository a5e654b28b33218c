"""The main job over real sockets and real TLS, checked by verifiers that are not ours."""

import base64
import collections
import hashlib
import hmac
import http.server
import json
import shlex
import signal
import ssl
import subprocess
import threading
import unittest
import urllib.error
import urllib.request

from hooks import HERE, Home, Nginx, Receiver, certificate


def t1_is_valid(secret, request):
    """The recipe of the product page, in the words of the Python manual."""
    signed = request["timestamp"].encode() + b"." + request["body"]
    expected = hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
    tokens = dict(token.split(",") for token in request["signature"].split(" "))
    return hmac.compare_digest(tokens["t1"], expected)


class Delivery(unittest.TestCase):
    def setUp(self):
        self.home = self.enterContext(Home())

    def test_run_delivers_at_once_and_standardwebhooks_verifies(self):
        cert, key = certificate(self.home.dir)
        secret = "whsec_" + base64.b64encode(bytes(range(32))).decode()
        secret_file = self.home.dir / "secret"
        secret_file.write_text(secret)
        receiver = self.home.start_other("node", HERE / "receivers/verifiers.mjs", "standardwebhooks", cert, key, secret_file)
        url = f"https://127.0.0.1:{receiver.next_json()['port']}/hook"
        self.home.env["THIG_HOOKS_SECRET"] = secret
        self.home.add("crm", url, "--signature", "both", ca=cert, events=["project.*"])
        run = self.home.start("run")
        run.wait_for_error_line(str(self.home.db))

        data = json.dumps({"name": "Zoë 🦊", "n": 1.0})
        event = self.home.json("emit", "project.created", "--data", data)
        got = receiver.next_json()
        self.assertEqual(got["verdict"], "valid")
        body = json.loads(got["body"])
        self.assertEqual(body["id"], event["id"])
        self.assertEqual(body["data"], {"name": "Zoë 🦊", "n": 1.0})
        self.assertIn('"n": 1.0', got["body"])  # the bytes as they were given
        row = self.home.wait_for("the record", lambda: self.home.json("deliveries", "--state", "delivered"))[0]
        self.assertEqual(row["id"], got["id"])
        self.assertEqual(run.stop(), 0)

    def test_show_tells_what_was_sent_and_what_was_answered(self):
        with Receiver(self.home, lambda request: 503) as receiver:
            self.home.add("crm", receiver.url, "--header", "X-Token: t0p", ca=receiver.ca)
            event = self.home.json("emit", "prd.exported")["id"]
            self.home.run("deliver", expect=0)
            request = receiver.next()
        shown = self.home.json("deliveries", "show", request["id"])
        attempt, = shown["attempts"]
        answered = {header["name"].lower(): header["value"] for header in attempt["answerHeaders"]}
        self.assertEqual(answered["content-length"], "0")
        self.assertIn("BaseHTTP", answered["server"])
        sent = {header["name"]: header["value"] for header in attempt["requestHeaders"]}
        self.assertIsNone(sent.pop("X-Token"))
        for name, value in sent.items():
            self.assertEqual(request["headers"][name], value)
        self.assertEqual(shown["body"].encode(), request["body"])
        self.assertEqual(self.home.json("stats", "crm")["failures"], [{"outcome": "503", "attempts": 1}])
        explained, = self.home.json("deliveries", "explain", event)
        self.assertEqual((explained["outcome"], explained["deliveryId"]), ("pending", request["id"]))

    def test_t1_is_verified_by_python_and_by_openssl(self):
        with Receiver(self.home) as receiver:
            secret = self.home.add("crm", receiver.url, ca=receiver.ca)["secret"]
            self.home.run("emit", "prd.exported", "--data", '{"format":"pdf"}', expect=0)
            self.home.run("deliver", expect=0)
            request = receiver.next()
        self.assertTrue(t1_is_valid(secret, request))
        self.assertFalse(t1_is_valid(secret + "x", request))
        signed = request["timestamp"].encode() + b"." + request["body"]
        openssl = subprocess.run(["openssl", "dgst", "-sha256", "-hmac", secret], input=signed,
                                 capture_output=True, check=True).stdout.decode().split()[-1]
        self.assertIn("t1," + openssl, request["signature"].split(" "))

    def test_listen_verifies_and_counts(self):
        listen = self.home.listen("--count", "2", secret="whsec_" + base64.b64encode(b"k" * 32).decode())
        self.home.env["THIG_HOOKS_SECRET"] = "whsec_" + base64.b64encode(b"k" * 32).decode()
        self.home.add("crm", listen.url, ca=listen.ca)
        for event in ("project.created", "comment.created"):
            self.home.run("emit", event, expect=0)
        self.home.run("deliver", "--fail-on-failure", expect=0)
        got = [listen.next_json(), listen.next_json()]
        self.assertEqual({row["event"] for row in got}, {"project.created", "comment.created"})
        self.assertEqual({row["verdict"] for row in got}, {"valid"})
        self.assertEqual(listen.child.wait(timeout=60), 0)

    def test_the_line_that_listen_prints_works_as_printed(self):
        for _ in range(2):  # the second time with the certificate and the secret of the first
            listen = self.home.start("listen", "--count", "1", "--json")
            listen.next_json()
            listen.wait_for_error_line("to send deliveries here:")
            line = listen.wait_for_error_line("thig-hooks add outgoing local")
            words = shlex.split(line[line.index("thig-hooks add"):])[1:]
            self.home.run(*words, expect=0)
            self.home.run("emit", "project.created", expect=0)
            self.home.run("deliver", "--fail-on-failure", expect=0)
            got = listen.next_json()
            self.assertEqual((got["verdict"], got["status"]), ("valid", 200))
            self.assertIn({"name": "content-type", "value": "application/json"}, got["headers"])
            self.assertEqual(listen.child.wait(timeout=60), 0)
            self.home.run("remove", "local", "--yes", expect=0)

    def test_listen_answers_what_it_is_told(self):
        listen = self.home.listen("--answer-header", "X-Test: yes", "--answer-body", "thanks", "--redirect-to", "https://127.0.0.1:1/")
        self.home.add("crm", listen.url, ca=listen.ca)
        self.home.run("emit", "project.created", expect=0)
        self.home.run("deliver", expect=0)
        self.assertEqual(listen.next_json()["status"], 302)
        row = self.home.json("deliveries")[0]
        attempt = self.home.json("deliveries", "show", row["id"])["attempts"][0]
        self.assertEqual(attempt["status"], 302)

    def test_listen_passes_on_what_is_valid(self):
        got = []

        class App(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                got.append((self.path, dict(self.headers), self.rfile.read(int(self.headers["content-length"]))))
                self.send_response(202)
                self.send_header("x-app", "mine")
                self.end_headers()
                self.wfile.write(b"ok")

            def log_message(self, *args):
                pass

        app = http.server.HTTPServer(("127.0.0.1", 0), App)
        threading.Thread(target=app.serve_forever, daemon=True).start()
        try:
            listen = self.home.start("listen", "--json", "--forward-to", f"http://127.0.0.1:{app.server_port}/hook?a=1")
            first = listen.next_json()
            self.home.add("crm", first["url"] + "/in?b=2", "--secret-file", first["secretFile"], ca=first["caFile"])
            self.home.add("stranger", first["url"], ca=first["caFile"])
            self.home.run("emit", "project.created", expect=0)
            self.home.run("deliver", expect=0)
            lines = sorted((listen.next_json() for _ in range(2)), key=lambda line: line["status"])
            self.assertEqual([line["status"] for line in lines], [202, 401])
            self.assertEqual(lines[0]["forwarded"]["status"], 202)
            self.assertIsNone(lines[1]["forwarded"])
            self.assertEqual(len(got), 1)
            path, headers, body = got[0]
            self.assertEqual(path, "/hook?a=1&b=2")
            self.assertEqual(headers["webhook-id"], lines[0]["id"])
            self.assertEqual(body.decode(), lines[0]["body"])
        finally:
            app.shutdown()
            app.server_close()
        self.home.run("emit", "project.created", expect=0)
        self.home.run("deliver", expect=0)
        lines = [listen.next_json() for _ in range(2)]
        self.assertEqual(sorted(line["status"] for line in lines), [401, 502])
        self.assertEqual(listen.stop(), 0)

    def test_listen_verifies_other_senders(self):
        secret = self.home.dir / "github.secret"
        secret.write_text("it's a secret\n")
        secret.chmod(0o600)
        listen = self.home.listen("--scheme", "github", "--secret-file", str(secret))
        body = b'{"action":"opened"}'
        signature = "sha256=" + hmac.new(b"it's a secret", body, "sha256").hexdigest()
        context = ssl.create_default_context(cafile=listen.ca)
        for value, status in ((signature, 200), ("sha256=" + "0" * 64, 401)):
            request = urllib.request.Request(listen.url, data=body, headers={"X-Hub-Signature-256": value})
            try:
                answered = urllib.request.urlopen(request, context=context).status
            except urllib.error.HTTPError as error:
                answered = error.code
            self.assertEqual(answered, status)
        self.home.run("listen", "--scheme", "github", expect=2)

    def test_a_wrong_secret_is_noticed(self):
        listen = self.home.listen(secret="whsec_" + base64.b64encode(b"x" * 32).decode())
        self.home.add("crm", listen.url, ca=listen.ca)
        self.home.run("emit", "project.created", expect=0)
        self.home.run("deliver", "--fail-on-failure", expect=1)
        self.assertEqual(listen.next_json()["verdict"], "no_match")

    def test_two_sweeps_at_the_same_moment_never_send_an_attempt_twice(self):
        with Receiver(self.home) as receiver:
            self.home.add("crm", receiver.url, ca=receiver.ca)
            lines = "".join('{"event":"project.created","data":{}}\n' for _ in range(300))
            self.home.run("emit", "--batch", "-", stdin=lines, expect=0)
            sweeps = [threading.Thread(target=self.home.run, args=("deliver",), kwargs={"expect": 0}) for _ in range(4)]
            for sweep in sweeps:
                sweep.start()
            for sweep in sweeps:
                sweep.join()
            self.home.run("deliver", expect=0)
            counts = collections.Counter(request["id"] for request in receiver.all())
        self.assertEqual(len(counts), 300)
        self.assertEqual(set(counts.values()), {1})

    def test_kill_9_in_mid_flight_loses_nothing(self):
        release = threading.Event()

        def answer(request):
            release.wait(60)
            return 200

        with Receiver(self.home, answer) as receiver:
            self.home.add("crm", receiver.url, ca=receiver.ca)
            lines = "".join('{"event":"project.created","data":{"n":%d}}\n' % n for n in range(50))
            self.home.run("emit", "--batch", "-", stdin=lines, expect=0)
            run = self.home.start("run")
            first = receiver.next()  # it is under way now
            run.stop(signal.SIGKILL)
            release.set()
            again = self.home.start("run")
            self.home.wait_for("the deliveries", lambda: self.home.stats("crm")["delivered"] == 50)
            self.assertEqual(again.stop(), 0)
            requests = [first, *receiver.all()]
        bodies = collections.defaultdict(set)
        for request in requests:
            bodies[request["id"]].add(request["body"])
        self.assertEqual(len(bodies), 50)
        self.assertTrue(all(len(same) == 1 for same in bodies.values()))
        self.assertEqual(self.home.stats("crm")["attempts"], 50)

    def test_sigterm_lets_what_is_under_way_end(self):
        release = threading.Event()

        def answer(request):
            release.wait(60)
            return 200

        with Receiver(self.home, answer) as receiver:
            self.home.add("crm", receiver.url, ca=receiver.ca)
            self.home.run("emit", "project.created", expect=0)
            run = self.home.start("run")
            receiver.next()
            run.child.send_signal(signal.SIGTERM)
            release.set()
            self.assertEqual(run.child.wait(timeout=60), 0)
            self.assertEqual(self.home.stats("crm")["delivered"], 1)

    def test_a_failure_is_retried_and_its_timeline_says_why(self):
        listen = self.home.listen("--status", "503", "--retry-after", "90s")
        self.home.add("crm", listen.url, ca=listen.ca)
        event = self.home.json("emit", "project.created")
        self.home.run("deliver", "--fail-on-failure", expect=1)
        row = self.home.json("deliveries", "--event", event["id"])[0]
        self.assertEqual(row["state"], "pending")
        timeline = self.home.json("deliveries", "show", row["id"])
        self.assertEqual(timeline["attempts"][0]["status"], 503)
        self.assertIn("503", timeline["attempts"][0]["error"])
        self.assertIsNotNone(timeline["dueAt"])
        self.home.run("deliver", "--fail-on-failure", expect=0)  # nothing is due

    def test_a_quiet_sweep_says_in_one_line_what_was_lost(self):
        with Receiver(self.home, lambda request: 500) as receiver:
            self.home.add("crm", receiver.url, events=("project.*",), ca=receiver.ca)
            self.home.run("edit", "crm", "--retry", "none", expect=0)
            self.assertEqual(self.home.run("deliver", "-q", expect=0).stderr, "")
            self.home.run("emit", "--batch", "-", stdin='{"event":"project.created","data":{}}\n' * 12, expect=0)
            done = self.home.run("deliver", "-q", "--disable-span", "0s", "--pause-after", "0", "--fail-on-dead", expect=1)
            self.assertEqual(done.stdout, "")
            self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
            self.assertRegex(done.stderr, r"\d+ deliveries died \(crm\); failing: crm; disabled: crm")
            self.assertEqual(self.home.run("deliver", "-q", "--fail-on-dead", expect=0).stderr, "")

    def test_a_program_of_ones_own_is_told_when_a_webhook_fails(self):
        told = self.home.dir / "told"
        program = self.home.dir / "notify"
        program.write_text(f"#!/bin/sh\necho \"$THIG_HOOKS_EVENT $THIG_HOOKS_WEBHOOK $(cat)\" >> {told}\nexit 7\n")
        program.chmod(0o755)
        config = self.home.dir / "config.json"
        config.write_text(json.dumps({"run": {"onEvent": str(program)}}))
        with Receiver(self.home, lambda request: 500) as receiver:
            self.home.add("crm", receiver.url, events=("project.*",), ca=receiver.ca)
            self.home.run("edit", "crm", "--retry", "none", expect=0)
            run = self.home.start("run", "--config", str(config))
            self.home.run("emit", "--batch", "-", stdin='{"event":"project.created","data":{}}\n' * 12, expect=0)
            run.wait_for_error_line("failed: exit status 7")
            lines = told.read_text().splitlines()
            self.assertEqual(len(lines), 1, lines)  # of one webhook once a minute
            kind, webhook, document = lines[0].split(" ", 2)
            self.assertEqual(webhook, "crm")
            document = json.loads(document)
            self.assertEqual((document["kind"], document["webhook"]), (kind, "crm"))
            self.assertEqual(run.stop(), 0)
        config.write_text(json.dumps({"run": {"onEvent": "/nowhere/notify"}}))
        done = self.home.run("run", "--config", str(config), expect=2)
        self.assertIn("/nowhere/notify", done.stderr)

    def test_where_zero_says_so_a_webhook_is_never_paused_nor_disabled(self):
        with Receiver(self.home, lambda request: 500) as receiver:
            self.home.add("crm", receiver.url, events=("project.*",), ca=receiver.ca)
            self.home.run("emit", "--batch", "-", stdin='{"event":"project.created","data":{}}\n' * 12, expect=0)
            self.home.run("deliver", "--disable-after", "0", "--disable-span", "0s", "--pause-after", "0", expect=0)
            self.assertEqual(self.home.stats("crm")["attempts"], 12)
            self.assertEqual(self.home.json("show", "crm")["state"], "enabled")

    def test_a_sweep_says_what_waits_for_a_paused_webhook(self):
        with Receiver(self.home, lambda request: 500) as receiver:
            self.home.add("crm", receiver.url, events=("project.*",), ca=receiver.ca)
            self.home.run("edit", "crm", "--max-in-flight", "1", expect=0)
            self.home.run("emit", "--batch", "-", stdin='{"event":"project.created","data":{}}\n' * 3, expect=0)
            waits = "crm is paused after repeated failures; its deliveries continue in"
            first = self.home.run("deliver", "--pause-after", "1", expect=0)
            self.assertIn("1 attempt", first.stderr)
            self.assertIn(waits, first.stderr)
            second = self.home.run("deliver", expect=0)
            self.assertIn("nothing was sent", second.stderr)
            self.assertIn(waits, second.stderr)
            self.assertNotIn("no deliveries due", second.stderr)
            self.assertEqual(self.home.run("deliver", "-q", expect=0).stderr, "")

    def test_a_second_run_says_who_owns_the_queue(self):
        self.home.add("crm", "https://127.0.0.1:9/")
        run = self.home.start("run")
        run.wait_for_error_line(str(self.home.db))
        second = self.home.run("run", expect=75)
        self.assertIn(str(run.pid), second.stderr)
        self.assertEqual(second.stdout, "")
        sweep = self.home.run("deliver", expect=0)
        self.assertIn(str(run.pid), sweep.stderr)
        self.assertEqual(run.stop(), 0)

    def test_receivers_that_fail_are_told_apart(self):
        with Receiver(self.home) as receiver:
            cases = {
                "unknown-issuer": (receiver.url, None, "tls:"),
                "closed-port": ("https://127.0.0.1:1/", receiver.ca, "connect:"),
            }
            for name, (url, ca, _) in cases.items():
                self.home.add(name, url, ca=ca)
            self.home.run("emit", "project.created", expect=0)
            self.home.run("deliver", expect=0)
            rows = {row["webhook"]: row for row in self.home.json("deliveries", "--limit", "100")}
            for name, (_, _, kind) in cases.items():
                with self.subTest(name):
                    self.assertTrue(rows[name]["lastAttempt"]["error"].startswith(kind), rows[name])
            self.assertEqual(receiver.all(), [])


class Volume(unittest.TestCase):
    def test_100_000_events_to_nginx_all_recorded_memory_flat(self):
        with Home() as home:
            nginx = Nginx(home)
            home.add("crm", nginx.url, ca=nginx.ca)
            run = home.start("run", "-q")
            line = '{"event":"project.created","data":{"text":"%s"}}\n' % ("x" * 450)
            done = home.run("emit", "--batch", "-", stdin=line * 100_000, expect=0)
            self.assertEqual(len(done.stdout.splitlines()), 100_000)
            early = run.resident_mib()
            home.wait_for("a part", lambda: home.stats("crm")["delivered"] >= 20_000)
            first = run.resident_mib()
            home.wait_for("all", lambda: home.stats("crm")["delivered"] == 100_000)
            last = run.resident_mib()
            print(f"resident MiB: {early:.0f} at the start, {first:.0f} after 20,000, {last:.0f} after 100,000")
            self.assertLess(last, first * 1.5 + 8)
            stats = home.stats("crm")
            self.assertEqual((stats["attempts"], stats["pending"], stats["dead"]), (100_000, 0, 0))
            self.assertEqual(run.stop(), 0)


if __name__ == "__main__":
    unittest.main()
