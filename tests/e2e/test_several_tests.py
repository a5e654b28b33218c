"""`thig-hooks test` of several webhooks: a line each, whatever becomes of the others."""

import json
import unittest

from hooks import Home, Receiver, free_port


class SeveralTests(unittest.TestCase):
    def setUp(self):
        self.home = self.enterContext(Home())
        self.receiver = self.enterContext(Receiver(self.home, lambda request: 503 if request["path"] == "/bad" else 204))
        base = self.receiver.url.removesuffix("/hook")
        for name, path in (("shop-a", "/a"), ("shop-b", "/b"), ("worse", "/bad"), ("off", "/off")):
            self.home.add(name, base + path, ca=self.receiver.ca)
        self.home.add("gone", f"https://127.0.0.1:{free_port()}/", ca=self.receiver.ca)
        self.home.run("disable", "off", expect=0)

    def test_all_that_are_enabled(self):
        done = self.home.run("test", "--all", expect=1)
        rows = [line.split("\t") for line in done.stdout.splitlines()]
        self.assertEqual([row[:3] for row in rows], [["gone", "", "connection_refused"], ["shop-a", "204", "ok"], ["shop-b", "204", "ok"],
                                                     ["worse", "503", "server_error"]])
        self.assertTrue(all(float(row[3]) >= 0 for row in rows), rows)
        self.assertIn("2 of 4 failed", done.stderr)
        self.assertIn("thig-hooks test gone", done.stderr)
        told = json.loads(self.home.run("test", "--all", "--json", expect=1).stdout)
        self.assertEqual([(one["webhook"], one["ok"]) for one in told], [("gone", False), ("shop-a", True), ("shop-b", True), ("worse", False)])
        self.assertTrue(all(one["recorded"] for one in told))
        self.assertEqual({request["path"] for request in self.receiver.all()}, {"/a", "/b", "/bad"})

    def test_those_that_are_named(self):
        done = self.home.run("test", "shop-*", "off", "shop-a", expect=0)
        self.assertEqual([line.split("\t")[0] for line in done.stdout.splitlines()], ["shop-a", "shop-b", "off"])
        self.assertIn("all 3 ok", done.stderr)
        told = json.loads(self.home.run("test", "shop-a*", "--json", expect=0).stdout)
        self.assertEqual([one["webhook"] for one in told], ["shop-a"])
        self.assertEqual(self.home.run("test", "shop-*", "--quiet", expect=0).stderr, "")
        table = self.home.run("test", "shop-*", "--output", "table", "--columns", "name,outcome", expect=0).stdout
        self.assertEqual(table.split(), ["NAME", "OUTCOME", "shop-a", "ok", "shop-b", "ok"])

    def test_a_dry_run_sends_nothing(self):
        told = json.loads(self.home.run("test", "--all", "--dry-run", "--json", expect=0).stdout)
        self.assertEqual([one["webhook"] for one in told], ["gone", "shop-a", "shop-b", "worse"])
        self.assertEqual(self.home.run("test", "shop-*", "--dry-run", expect=0).stdout.count("request\t"), 2)
        self.assertEqual(self.receiver.all(), [])

    def test_one_whose_file_is_gone_has_failed(self):
        ca = self.home.dir / "own.pem"
        ca.write_text(self.receiver.ca.read_text())
        self.home.run("edit", "shop-a", "--ca-file", ca, expect=0)
        ca.unlink()
        rows = [line.split("\t") for line in self.home.run("test", "shop-*", expect=1).stdout.splitlines()]
        self.assertEqual([row[2] for row in rows], ["local", "ok"])
        self.assertIn("own.pem", rows[0][4])

    def test_wrong_calls(self):
        self.home.run("add", "incoming", "issues", "--action", "emit", "--event", "project.created", expect=0)
        for args, code, part in ((("crm", "--all"), 2, "cannot be combined"), (("--all", "--url", "https://x.example/"), 2, "cannot be combined"),
                                 (("--all", "--allow-private"), 2, "with its own settings"), (("nothing-*",), 4, "nothing-*"),
                                 (("issues", "shop-a"), 2, "is an incoming webhook"), (("issue*",), 4, "issue*"),
                                 (("--all", "--data", "{"), 2, "JSON"), (("--all", "--event", "no.such"), 4, "no.such")):
            done = self.home.run("test", *args, expect=code)
            self.assertIn(part, done.stderr)
            self.assertEqual(done.stdout, "")
        self.assertEqual(self.receiver.all(), [])


if __name__ == "__main__":
    unittest.main()
