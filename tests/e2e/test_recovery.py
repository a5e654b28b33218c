"""Deliveries that are brought back and taken out beside a running `run`, over real sockets."""

import collections
import json
import os
import pty
import select
import signal
import subprocess
import threading
import unittest

from hooks import BINARY, PATIENCE, Home, Receiver


class Recovery(unittest.TestCase):
    def setUp(self):
        self.home = self.enterContext(Home())
        self.status = 500
        self.receiver = self.enterContext(Receiver(self.home, lambda request: self.status))

    def states(self, *filters):
        return collections.Counter(row["state"] for row in self.home.json("deliveries", "--limit", "10000", *filters))

    def emit(self, count):
        lines = "".join('{"event":"project.created","data":{"n":%d}}\n' % n for n in range(count))
        self.home.run("emit", "--batch", "-", stdin=lines, expect=0)

    def start_run(self):
        run = self.home.start("run")
        run.wait_for_error_line(str(self.home.db))
        return run

    def test_a_webhook_that_is_added_later_gets_earlier_events(self):
        self.status = 200
        self.emit(5)
        event = self.home.json("emit", "prd.approved")["id"]
        self.home.add("crm", self.receiver.url, ca=self.receiver.ca, events=["project.*"])
        self.home.json("emit", "project.created")
        counts = self.home.json("recover", "crm", "--since", "1h", "--dry-run")
        self.assertEqual(counts["count"], 0)
        backfill = ["recover", "crm", "--since", "1h", "--backfill"]
        self.assertEqual(self.home.json(*backfill, "--dry-run")["count"], 5)
        self.assertEqual(self.home.json(*backfill, "--yes")["queued"], 5)
        self.assertEqual(self.home.json(*backfill, "--dry-run")["count"], 0)
        self.assertEqual(self.states(), {"pending": 6})
        self.home.run("deliver", expect=0)
        self.home.run("retry", "--event", event, "--webhook", "crm", expect=4)  # it does not subscribe to it
        self.home.run("edit", "crm", "--event", "prd.*", expect=0)
        retried = self.home.json("retry", "--event", event, "--webhook", "crm")
        self.assertEqual([row["state"] for row in self.home.json("deliveries", "--event", event)], ["pending"])
        self.assertTrue(retried)
        self.home.run("deliver", expect=0)
        self.assertEqual(self.home.json("deliveries", "--event", event)[0]["state"], "delivered")
        for words in (["--event", event, "dlv_x"], ["--webhook", "crm"], []):
            self.home.run("retry", *words, expect=2)
        self.home.run("recover", "--all", "--since", "1h", "--backfill", expect=2)

    def test_recover_beside_run_sends_the_same_again(self):
        # 404: the endpoint is there, so that it is not paused meanwhile.
        self.status = 404
        self.home.add("crm", self.receiver.url, "--retry", "none", ca=self.receiver.ca, events=["project.*"])
        run = self.start_run()
        self.emit(30)
        self.home.wait_for("the deaths", lambda: self.states()["dead"] == 30)
        first = {request["id"]: request["body"] for request in self.receiver.all()}
        self.receiver.requests.queue.clear()

        dry = self.home.json("recover", "crm", "--since", "1h", "--dry-run")
        self.assertEqual((dry["count"], dry["webhooks"][0]["counts"]),
                         (30, [{"state": "dead", "event": "project.created", "count": 30}]))
        asked = self.home.run("recover", "crm", "--since", "1h", expect=2)
        self.assertEqual(asked.stdout, "")
        self.assertIn("--yes", asked.stderr)
        self.assertEqual(self.states(), {"dead": 30})

        self.status = 200
        done = self.home.run("recover", "crm", "--since", "1h", "--yes", "--json", expect=0)
        self.assertEqual(json.loads(done.stdout)["queued"], 30)
        self.home.wait_for("the deliveries", lambda: self.states()["delivered"] == 30)
        self.assertEqual({request["id"]: request["body"] for request in self.receiver.all()}, first)
        self.assertEqual(len(self.receiver.all()), 30)
        row = self.home.json("deliveries", "--limit", "1")[0]
        attempts = self.home.json("deliveries", "show", row["id"])["attempts"]
        self.assertEqual([(a["number"], a["status"]) for a in attempts], [(1, 404), (2, 200)])
        self.assertIn("nothing to recover", self.home.run("recover", "crm", "--since", "1h", "--yes", expect=0).stderr)
        self.assertEqual(run.stop(), 0)

    def test_retry_brings_forward_and_sends_again(self):
        self.home.add("crm", self.receiver.url, "--retry", "1h", ca=self.receiver.ca, events=["project.*"])
        run = self.start_run()
        self.emit(1)
        row = self.home.wait_for("the failure", lambda: [r for r in self.home.json("deliveries") if r["attempts"] == 1])[0]
        self.status = 200
        done = self.home.run("retry", row["id"], expect=0)
        self.assertEqual(done.stdout, f"{row['id']}\tcrm\tpending\n")
        self.home.wait_for("the delivery", lambda: self.states()["delivered"] == 1)
        self.home.run("retry", "-", stdin=row["id"] + "\n", expect=0)
        self.home.wait_for("the third", lambda: len(self.receiver.all()) == 3)
        self.home.wait_for("its record", lambda: self.home.stats("crm")["delivered"] == 1)
        self.assertEqual({request["id"] for request in self.receiver.all()}, {row["id"]})

        before = self.states()
        missing = self.home.run("retry", row["id"], "dlv_000000000000000000000", expect=4)
        self.assertEqual(missing.stdout, "")
        self.assertIn("dlv_000000000000000000000", missing.stderr)
        self.assertEqual(self.states(), before)
        self.assertEqual(run.stop(), 0)

    def test_cancel_takes_out_what_waits(self):
        self.home.add("crm", self.receiver.url, "--retry", "1h", ca=self.receiver.ca, events=["project.*"])
        run = self.start_run()
        self.emit(2)
        rows = self.home.wait_for("the failures", lambda: [r for r in self.home.json("deliveries") if r["attempts"] == 1][1:] and
                                  self.home.json("deliveries"))
        done = self.home.run("cancel", rows[0]["id"], expect=0)
        self.assertEqual(done.stdout, "")
        self.assertIn(f"process {run.pid} is delivering", done.stderr)
        ended = self.home.run("cancel", rows[0]["id"], rows[1]["id"], expect=2)
        self.assertIn("is cancelled", ended.stderr)
        self.assertEqual(self.states(), {"cancelled": 1, "pending": 1})
        self.assertEqual(self.home.json("cancel", "--webhook", "crm", "--yes")["cancelled"], 1)
        self.assertEqual(self.states(), {"cancelled": 2})
        self.assertEqual(len(self.home.json("deliveries", "show", rows[0]["id"])["attempts"]), 1)
        self.assertEqual(len(self.receiver.all()), 2)
        self.assertEqual(run.stop(), 0)


class Interruption(unittest.TestCase):
    def test_a_recovery_on_a_terminal_shows_a_bar_and_goes_on_after_ctrl_c(self):
        with Home() as home:
            home.add("crm", "https://127.0.0.1:9/", "--inactive", events=["project.*"])
            lines = '{"event":"project.created","data":{}}\n' * 100_000
            home.run("emit", "--batch", "-", stdin=lines, expect=0)
            main, terminal = pty.openpty()
            child = subprocess.Popen([BINARY, "recover", "crm", "--since", "1h", "--yes"], env=home.env,
                                     stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=terminal)
            os.close(terminal)
            shown = bytearray()
            while b"% deliveries queued" not in shown:
                self.assertTrue(select.select([main], [], [], PATIENCE)[0], shown)
                shown += os.read(main, 4096)
            child.send_signal(signal.SIGINT)
            reader = threading.Thread(target=lambda: drain(main, shown))
            reader.start()
            out, _ = child.communicate(timeout=PATIENCE)
            reader.join()
            os.close(main)
            self.assertEqual(child.returncode, 130, shown)
            self.assertEqual(out, b"")
            stats = home.stats("crm")
            self.assertGreater(stats["pending"], 0)
            self.assertGreater(stats["missed"], 0)
            self.assertIn(f"interrupted: {stats['pending']} queued".encode(), shown)
            rest = home.json("recover", "crm", "--since", "1h", "--yes")
            self.assertEqual(rest["queued"], stats["missed"])
            after = home.stats("crm")
            self.assertEqual((after["pending"], after["missed"]), (100_000, 0))


def drain(fd, into):
    try:
        while data := os.read(fd, 4096):
            into += data
    except OSError:
        pass  # the other end of the terminal is closed


if __name__ == "__main__":
    unittest.main()
