"""`thig-hooks doctor` against endpoints whose certificates are in every state."""

import json
import pathlib
import tempfile
import unittest

import faulty_tls as faulty
from hooks import Home


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


if __name__ == "__main__":
    unittest.main()
