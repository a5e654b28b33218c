"""`thig-hooks demo`: the main job, typed by the program itself."""

import json
import os
import re
import unittest

from hooks import Home


class Demo(unittest.TestCase):
    def test_the_tour_works_and_leaves_nothing_behind(self):
        with Home() as home:
            home.env["TMPDIR"] = str(home.dir)
            before = sorted(os.listdir(home.dir))
            done = home.run("demo", expect=0)
            self.assertIn("receiver: project.created, signature valid", done.stdout)
            typed = re.findall(r"^\$ thig-hooks (.*)$", done.stdout, re.M)
            self.assertEqual([words.split()[0] for words in typed],
                             ["listen", "add", "emit", "deliver", "emit", "deliver", "deliveries", "listen", "retry", "deliver", "list"])
            figures = [line for line in done.stdout.splitlines() if line.startswith("crm\t")][-1].split("\t")
            self.assertIn("3", figures)  # attempts: delivered, failed, delivered
            self.assertEqual(sorted(os.listdir(home.dir)), before)

    def test_it_says_what_it_cannot_do(self):
        with Home() as home:
            home.env["TMPDIR"] = str(home.dir / "nowhere")
            done = home.run("demo", expect=3)
            self.assertEqual(done.stdout, "")
            self.assertIn("TMPDIR", done.stderr)
            error = json.loads(home.run("demo", "--json", expect=2).stderr.splitlines()[-1])
            self.assertIn("--json", error["error"])


if __name__ == "__main__":
    unittest.main()
