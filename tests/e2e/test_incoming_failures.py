"""Incoming webhooks when something has failed (an action, the database, the server itself), and under load."""

import contextlib
import json
import pathlib
import signal
import socket
import sqlite3
import threading
import time
import unittest

from hooks import PATIENCE
from test_incoming import GITHUB_SECRET, Incoming, Server, github_signature


class Failures(Incoming):
    def command(self, script):
        file = self.home.dir / "command"
        file.write_text("#!/bin/sh\n" + script)
        file.chmod(0o700)
        return "--command", file

    def send(self, server, path, body, delivery):
        return server.post(path, body, {"x-hub-signature-256": github_signature(body), "x-github-delivery": delivery})

    def test_a_large_request_that_failed_is_kept_whole_and_acted_upon_when_it_is_sent_again(self):
        out, fixed = self.home.dir / "out", self.home.dir / "fixed"
        path = self.add("push", "run", *self.command(f"cat > {out}; echo attempt $HOOK_ATTEMPT; test -e {fixed}"), "--scheme", "github",
                        "--secret-file", self.secret_file(GITHUB_SECRET))
        server = Server(self.home)
        body = json.dumps({"ref": "main", "pad": "x" * 400_000}).encode()
        first = self.send(server, path, body, "one")[1]["requestId"]
        self.assertEqual(self.outcome(first)["state"], "failed")
        again = self.send(server, path, body, "one")[1]
        self.assertNotIn("duplicate", again)
        self.assertEqual(self.outcome(again["requestId"])["state"], "failed")
        self.assertIn("attempt 2", self.outcome(again["requestId"])["detail"])
        fixed.touch()
        self.home.run("requests", "replay", again["requestId"], expect=0)
        self.home.wait_for("success", lambda: self.home.json("requests", "show", again["requestId"])["state"] == "done")
        self.assertIn("attempt 3", self.outcome(again["requestId"])["detail"])
        self.assertEqual(out.read_bytes(), body)
        self.assertTrue(self.send(server, path, body, "one")[1]["duplicate"])
        self.assertTrue(self.send(server, path, body, "two")[1]["duplicate"])
        # It was done, so that its large body is not kept.
        refused = self.home.run("requests", "replay", again["requestId"], expect=2)
        self.assertIn("was done", refused.stderr)

    def test_a_proxy_that_is_not_trusted_is_named_once(self):
        path = self.add("plain", "create-project", "--set", "name=/title")
        server = Server(self.home, "--trusted-proxy", "10.0.0.0/8")
        for title in ("a", "b"):
            server.post(path, json.dumps({"title": title}).encode(), {"X-Forwarded-For": "203.0.113.9"})
        self.assertIn("--trusted-proxy 127.0.0.1", server.process.wait_for_error_line("ignored X-Forwarded-For from 127.0.0.1"))
        server.process.child.send_signal(signal.SIGHUP)
        server.process.wait_for_error_line("reloaded")
        server.post(path, b'{"title":"c"}', {"X-Forwarded-For": "203.0.113.9"})
        server.process.wait_for_error_line("ignored X-Forwarded-For")
        self.assertEqual(server.process.stop(), 0)
        self.assertEqual([line for line in server.process.rest(errors=True) if "X-Forwarded-For" in line], [])
        trusting = Server(self.home, "--trusted-proxy", "127.0.0.0/8")
        trusting.post(path, b'{"title":"d"}', {"X-Forwarded-For": "203.0.113.9"})
        self.assertEqual(trusting.process.stop(), 0)
        self.assertNotIn("X-Forwarded-For", "".join(trusting.process.rest(errors=True)))

    def test_a_webhook_whose_failed_requests_take_too_much_asks_to_come_again(self):
        path = self.add("push", "run", *self.command("exit 1"), "--max-body", "2048")
        other = self.add("other", "run", *self.command("exit 1"), "--max-body", "2048")
        server = Server(self.home, "--max-size", "4MiB")
        for number in range(2):
            self.outcome(server.post(path, json.dumps({"n": number, "pad": "x" * 500_000}).encode())[1]["requestId"])

        def send():
            return server.request("POST", path, json.dumps({"n": time.time(), "pad": "x" * 500_000}), {"content-type": "application/json"})

        status, headers, content = send()
        self.assertEqual((status, json.loads(content)["code"]), (503, "FAILED_REQUESTS"))
        self.assertEqual(headers["retry-after"], "30")
        self.assertEqual(server.post(other, b"{}")[0], 200)
        self.assertEqual(server.request("GET", "/healthz")[0], 200)

    def test_what_is_over_is_not_deleted_by_the_server(self):
        path = self.add("plain", "create-project", "--set", "name=/title")
        server = Server(self.home)
        request = self.outcome(server.post(path, b'{"title":"old"}')[1]["requestId"])["id"]
        server.process.stop()
        with contextlib.closing(sqlite3.connect(self.home.db, isolation_level=None)) as other:
            # Numbers tell the time: this one is from long ago.
            other.execute("UPDATE incoming_request SET id = id - (SELECT id FROM incoming_request) + 1000000")
        server = Server(self.home)
        self.outcome(server.post(path, b'{"title":"new"}')[1]["requestId"])
        self.assertEqual(len(self.home.json("requests")), 2)
        self.assertNotEqual(self.home.json("requests")[1]["id"], request)

    def test_a_broken_database_ends_the_server(self):
        path = self.add("plain", "create-project", "--set", "name=/title")
        server = Server(self.home)
        self.assertEqual(server.post(path, b'{"title":"before"}')[0], 200)
        self.home.wait_for("its project", lambda: self.home.json("projects"))
        with contextlib.closing(sqlite3.connect(self.home.db, isolation_level=None)) as other:
            other.execute("DROP TABLE incoming_seen")
        status, headers, content = server.request("POST", path, b'{"title":"after"}', {"content-type": "application/json"})
        self.assertEqual((status, json.loads(content)["code"]), (503, "UNAVAILABLE"))
        self.assertEqual(headers["retry-after"], "1")
        status, headers, content = server.request("GET", "/healthz")
        self.assertEqual((status, json.loads(content)), (503, {"status": "unavailable", "code": "DATABASE"}))
        self.assertEqual(server.process.child.wait(PATIENCE), 3)
        self.assertIn("incoming_seen", "".join(server.process.rest(errors=True)))

    def test_a_command_of_a_killed_server_never_runs_beside_its_second_start(self):
        log = self.home.dir / "log"
        script = f"echo begin $HOOK_ATTEMPT >> {log}; sh -c 'sleep 600; true'; echo end $HOOK_ATTEMPT >> {log}"
        path = self.add("deploy", "run", *self.command(script))
        server = Server(self.home)
        server.post(path, b"{}")
        self.home.wait_for("its start", lambda: log.exists() and log.read_text() == "begin 1\n")
        request = self.home.json("requests")[0]["id"]

        def processes():
            found = []
            for process in pathlib.Path("/proc").glob("[0-9]*"):
                with contextlib.suppress(OSError):
                    if f"HOOK_REQUEST_ID={request}".encode() in (process / "environ").read_bytes():
                        found.append(int(process.name))
            return found

        before = processes()
        self.assertGreaterEqual(len(before), 3)
        server.process.child.send_signal(signal.SIGKILL)
        server.process.child.wait()
        self.assertEqual(processes(), before)
        server = Server(self.home)
        self.home.wait_for("its second start", lambda: "begin 2" in log.read_text())
        self.assertFalse(set(before) & set(processes()))
        self.assertEqual(log.read_text(), "begin 1\nbegin 2\n")
        server.process.stop()
        self.assertEqual(processes(), [])


class Load(Incoming):
    def test_bodies_that_are_only_announced_take_no_room(self):
        path = self.add("plain", "create-project", "--set", "name=/title")
        server = Server(self.home)
        with contextlib.ExitStack() as stack:
            for number in range(64):
                sock = stack.enter_context(socket.create_connection(server.address, PATIENCE, ("127.0.0.2", 0)))
                sock.sendall(f"POST {path} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
                             "Content-Length: 1048576\r\n\r\n".encode() + b"x" * 1000)
            for number in range(3):
                body = json.dumps({"title": f"good {number}", "pad": "x" * 200_000}).encode()
                self.assertEqual(server.post(path, body)[0], 200)

    def test_small_requests_are_answered_beside_large_ones_with_many_pointers(self):
        fields = [f"--set=f{number}=/last/{number}" for number in range(40)]
        large = self.add("large", "emit", "--event", "project.created", "--max-body", "25600", "--rate", "0", *fields)
        small = self.add("small", "create-project", "--set", "name=/title", "--scheme", "github", "--secret-file",
                         self.secret_file(GITHUB_SECRET))
        server = Server(self.home)
        document = b'{"pad":[' + b",".join([b'{"a":"b","c":[1,2,3]}'] * 400_000) + b'],"last":[' + b",".join([b"1"] * 40) + b"]}"
        statuses, slowest, ending = [], 0.0, threading.Event()

        def send(worker):
            for number in range(2):
                statuses.append(server.post(large, document[:-1] + b',"n":"%d-%d"}' % (worker, number))[0])
            ending.set()

        senders = [threading.Thread(target=send, args=(worker,)) for worker in range(2)]
        for sender in senders:
            sender.start()
        count = 0
        while not ending.wait(0.02):
            body = json.dumps({"title": f"small {count}"}).encode()
            count += 1
            begun = time.monotonic()
            self.assertEqual(server.post(small, body, {"x-hub-signature-256": github_signature(body)})[0], 200)
            slowest = max(slowest, time.monotonic() - begun)
        for sender in senders:
            sender.join()
        self.assertEqual(statuses, [200] * 4)
        self.assertGreater(count, 3)
        # A quarter of a second where nothing else runs; it took eight where one thread did it all.
        self.assertLess(slowest, 2)
        self.home.wait_for("all actions", lambda: self.home.json("requests", "--state", "pending") == [])
        self.assertEqual(len(self.home.json("requests", "--webhook", "large", "--state", "done")), 4)


if __name__ == "__main__":
    unittest.main()
