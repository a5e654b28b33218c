"""Lists and figures that are watched while things happen, and days as people name them."""

import unittest
import urllib.parse

from hooks import Home, Receiver
from test_incoming import Server


class Following(unittest.TestCase):
    def setUp(self):
        self.home = self.enterContext(Home())

    def add(self, name, action, *flags):
        url = self.home.json("add", "incoming", name, "--action", action, *flags)["url"]
        return urllib.parse.urlsplit(url).path

    def test_deliveries_are_followed_as_they_are_made(self):
        with Receiver(self.home) as receiver:
            self.home.add("crm", receiver.url, ca=receiver.ca)
            before = self.home.json("emit", "project.created")["id"]
            follow = self.home.start("deliveries", "--follow", "--json")
            first = follow.next_json()
            self.assertEqual((first["eventId"], first["state"]), (before, "pending"))
            second = self.home.json("emit", "project.created")["id"]
            row = follow.next_json()
            self.assertEqual((row["eventId"], row["state"]), (second, "pending"))
            self.home.run("deliver", expect=0)
            ended = [follow.next_json() for _ in range(2)]
            self.assertEqual([(row["eventId"], row["state"]) for row in ended], [(before, "delivered"), (second, "delivered")])
            self.assertEqual(follow.stop(), 0)
            figures = self.home.start("stats", "--watch", "100ms", "--json")
            for _ in range(2):
                self.assertEqual(figures.next_json()["totals"]["delivered"], 2)
            self.assertEqual(figures.stop(), 0)

    def test_requests_are_followed_as_they_come(self):
        path = self.add("in", "run", "--command", "/bin/true")
        server = Server(self.home)
        follow = self.home.start("requests", "--follow", "--json")
        request = server.post(path, b"{}")[1]["requestId"]
        while (row := follow.next_json())["state"] == "pending":
            self.assertEqual(row["id"], request)
        self.assertEqual((row["id"], row["state"]), (request, "done"))
        self.assertEqual(follow.stop(), 0)

    def test_days_begin_at_midnight_here(self):
        self.home.env["TZ"] = "AAA-2"  # two hours ahead
        self.add("in", "run", "--command", "/bin/true")
        said = self.home.run("requests", "--since", "2026-02-28", "--until", "2026-03-01", expect=0).stderr
        self.assertIn("--since 2026-02-28 is 2026-02-27T22:00:00Z", said)
        self.assertIn("--until 2026-03-01 is 2026-02-28T22:00:00Z", said)
        said = self.home.run("requests", "--since", "2026-02-28 14:30", "--until", "2026-03-01 00:00:05", expect=0).stderr
        self.assertIn("--since 2026-02-28 14:30 is 2026-02-28T12:30:00Z", said)
        self.assertIn("--until 2026-03-01 00:00:05 is 2026-02-28T22:00:05Z", said)
        self.assertRegex(self.home.run("deliveries", "--since", "14:30", expect=0).stderr, r"--since 14:30 is .*T12:30:00Z")
        for wrong in ("2026-02-30", "24:30", "14:3", "2026-02-28 25:00", "2026-02-28 ", "2026-02-28T14:30"):
            self.home.run("requests", "--since", wrong, expect=2)
        self.home.env["TZ"] = "CET-1CEST,M3.5.0,M10.5.0/3"  # on this day no half past two
        self.home.run("requests", "--since", "2026-03-29 02:30", expect=2)
        self.home.env["TZ"] = "AAA-2"
        self.assertRegex(self.home.run("deliveries", "--since", "yesterday", expect=0).stderr, r"--since yesterday is .*T22:00:00Z")


if __name__ == "__main__":
    unittest.main()
