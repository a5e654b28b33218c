"""`thig-hooks doctor` against endpoints whose certificates are in every state."""

import json
import pathlib
import tempfile
import unittest

import faulty_tls as faulty
from hooks import Home, Receiver


class Doctor(unittest.TestCase):
    def findings(self, home, *args, expect):
        found = json.loads(home.run("doctor", "--json", *args, expect=expect).stdout)
        return [(finding["state"], finding["text"]) for finding in found if finding["check"] == "endpoint"]

    def test_doctor_looks_at_certificates_and_sends_nothing(self):
        with Home() as home, tempfile.TemporaryDirectory(prefix="thig-e2e-") as folder:
            authority = faulty.Authority(pathlib.Path(folder) / "ca", "Our Authority")
            cases = {
                "good": (authority.issue("good", first_day=-1, last_day=200), "ok", "TLSv1.3 with 127.0.0.1; its certificate expires in "),
                "soon": (authority.issue("soon", first_day=-10, last_day=5), "warning", "its certificate expires in "),
                "expired": (authority.issue("expired", first_day=-40, last_day=-10), "fault", "expired"),
            }
            for name, (certificate, state, text) in cases.items():
                with self.subTest(name), faulty.FaultyServer(faulty.over_tls(faulty.server_context(certificate), faulty.status(200))) as server:
                    home.add(name, server.url, ca=authority.ca)
                    (told,) = self.findings(home, "--online", expect=1 if state == "fault" else 0)
                    self.assertEqual(told[0], state, told)
                    self.assertIn(text, told[1])
                    self.assertTrue(told[1].startswith(f"{name}: "))
                    self.assertEqual(self.findings(home, expect=0), [])
                    self.assertEqual(server.connections, 1)
                    self.assertEqual(server.requests, [])
                    home.run("remove", name, "--yes", "-q", expect=0)
            home.add("gone", "https://127.0.0.1:1/", ca=authority.ca)
            (told,) = self.findings(home, "--online", expect=1)
            self.assertEqual(told[0], "fault")
            self.assertEqual(home.json("deliveries"), [])

    def test_a_monitoring_system_gets_one_line_and_its_own_exit_codes(self):
        with Home() as home, Receiver(home, lambda request: 503) as receiver:
            def check(*args, expect):
                done = home.run("doctor", "--check", *args, expect=expect)
                self.assertEqual(done.stdout.count("\n"), 1, done.stdout)
                return done.stdout

            self.assertTrue(check(expect=3).startswith("UNKNOWN - "))  # there is no database yet
            home.add("crm", receiver.url, ca=receiver.ca)
            self.assertRegex(check(expect=0), r"^OK - .* \| webhooks=1 failing=0 disabled=0 pending=0 dead=0 backlog_age=0s\n$")
            home.run("emit", "project.created", expect=0)
            home.run("edit", "crm", "--retry", "none", expect=0)
            home.run("deliver", expect=0)
            self.assertTrue(check(expect=1).startswith("WARNING - crm "))
            line = check("--max-dead", "0", expect=2)
            self.assertTrue(line.startswith("CRITICAL - "), line)
            self.assertIn("dead=1;;0", line)
            check("--max-dead", "1", expect=1)
            home.run("doctor", expect=0)
            home.run("doctor", "--fail-on", "warning", expect=1)
            # Whatever keeps it from looking is 3: 2 would be critical.
            for words in (["--bogus"], ["--json"], ["--max-dead", "many"], ["--db", "/nowhere/at/all.db"]):
                self.assertTrue(check(*words, expect=3).startswith("UNKNOWN - "), words)
            self.assertEqual(home.run("--bogus", "doctor", "--check", expect=3).stdout.split()[0], "UNKNOWN")
            home.run("doctor", "--bogus", expect=2)


if __name__ == "__main__":
    unittest.main()
