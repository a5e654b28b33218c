"""A clock that was wrong for a moment: a machine that boots in 1970, is a day behind or a year ahead, and is right
again. Needs libfaketime; without it there is nothing to run."""

import json
import pathlib
import time
import unittest

from hooks import Home, Receiver

FAKETIME = next(iter(sorted(pathlib.Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))), None)
LONG = ",".join(["1h"] * 11)
YEAR = time.gmtime().tm_year


def at(moment):
    return {"LD_PRELOAD": str(FAKETIME), "FAKETIME": moment, "FAKETIME_DONT_FAKE_MONOTONIC": "1"}


@unittest.skipIf(FAKETIME is None, "faketime is not installed")
class Clock(unittest.TestCase):
    def setUp(self):
        self.home = self.enterContext(Home())
        self.receiver = self.enterContext(Receiver(self.home, lambda request: 500 if request["path"] == "/bad" else 200))

    def add(self, name, event, *args):
        self.home.add(name, self.receiver.url.replace("/hook", "/" + name), *args, events=(event,), ca=self.receiver.ca)

    def received(self, name):
        return sum(request["path"] == "/" + name for request in self.receiver.all())

    def test_retries_wait_although_the_clock_was_behind_for_a_moment(self):
        for moment in ("@1970-01-02 00:00:00", "-1d"):
            with self.subTest(moment):
                self.add("bad", "comment.created", "--retry", LONG)
                self.add("ok", "project.created")
                for _ in range(5):
                    self.home.run("emit", "comment.created", expect=0)
                self.home.run("deliver", "--pause-after", "0", expect=0)
                before = self.received("bad")
                self.home.run("emit", "project.created", env=at(moment), expect=0)
                self.home.run("deliver", "--pause-after", "0", env=at(moment), expect=0)
                self.home.run("emit", "project.created", expect=0)
                self.home.run("deliver", "--pause-after", "0", expect=0)
                self.assertEqual(self.received("bad"), before)
                due = [row["dueAt"] for row in self.home.json("deliveries", "--webhook", "bad")]
                self.assertTrue(all(int(one[:4]) <= YEAR + 1 for one in due), due)
                self.assertGreaterEqual(self.home.stats("ok")["delivered"], 1)
                for name in ("bad", "ok"):
                    self.home.run("remove", name, "--yes", expect=0)

    def test_seconds_of_failing_do_not_span_an_hour(self):
        self.add("bad", "comment.created", "--retry", LONG)
        self.add("ok", "project.created")
        self.home.run("emit", "comment.created", expect=0)
        self.home.run("deliver", expect=0)
        self.home.run("emit", "project.created", env=at("@1970-01-02 00:00:00"), expect=0)
        self.home.run("deliver", env=at("@1970-01-02 00:00:00"), expect=0)
        for _ in range(12):
            self.home.run("emit", "comment.created", expect=0)
        self.home.run("deliver", "--pause-after", "0", expect=0)
        self.assertEqual(self.home.json("show", "bad")["state"], "enabled")

    def test_a_sweep_under_a_clock_a_year_ahead_prunes_nothing(self):
        self.add("bad", "comment.created")
        self.home.run("disable", "bad", expect=0)
        for _ in range(5):
            self.home.run("emit", "comment.created", expect=0)
        done = self.home.run("deliver", env=at("+365d"), expect=0)
        self.assertIn("pruning is paused", done.stderr)
        self.assertEqual(len(self.home.json("deliveries", "--state", "missed")), 5)

    def test_what_comes_after_a_clock_that_was_ahead_is_listed_as_of_now(self):
        self.add("ok", "project.created")
        self.home.run("emit", "project.created", env=at("+3650d"), expect=0)
        event = self.home.json("emit", "project.created")
        self.home.run("deliver", expect=0)
        rows = self.home.json("deliveries", "--webhook", "ok")
        self.assertEqual([row["state"] for row in rows], ["delivered"] * 2)
        self.assertEqual(next(row for row in rows if row["eventId"] == event["id"])["eventAt"][:4], str(YEAR))

    def test_doctor_tells_of_a_future_in_the_database_and_repairs_it(self):
        self.add("bad", "comment.created", "--retry", LONG)
        self.home.run("emit", "comment.created", expect=0)
        self.home.run("deliver", env=at("+365d"), expect=0)
        clock = self.finding()
        self.assertEqual(clock["state"], "fault")
        self.assertIn("--repair-clock", clock["hint"])
        self.home.run("doctor", "--repair-clock")
        self.assertEqual(self.finding()["state"], "ok")
        due = self.home.json("deliveries", "--webhook", "bad")[0]["dueAt"]
        self.assertLess(due, time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 3700)))

    def finding(self):
        done = self.home.run("doctor", "--json")
        return next(one for one in json.loads(done.stdout) if one["check"] == "clock")


if __name__ == "__main__":
    unittest.main()
