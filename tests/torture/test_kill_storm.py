"""The kill storm in its short form, and that it notices what it is there for."""

import unittest

from kill_storm import kill_storm, storm
from report import Torture


class KillStorm(unittest.TestCase):
    def run_storm(self, harness):
        lines = []
        torture = Torture(out=lines.append)
        torture.run({"kill_storm": harness})
        self.assertEqual(torture.failed, {}, "\n".join(lines))
        return {figure.name for figure in torture.missed}, "\n".join(lines)

    def test_what_is_killed_loses_nothing(self):
        missed, told = self.run_storm(kill_storm)
        self.assertEqual(missed, set(), told)

    def test_what_is_planted_is_noticed(self):
        for planted, noticed in (("drops", "lost"), ("alters", "unexpected"), ("row deleted", "lost"),
                                 ("counter changed", "counters that differ from the history")):
            with self.subTest(planted):
                missed, told = self.run_storm(lambda torture: storm(torture, kills=0, events=100, planted=planted))
                self.assertIn(noticed, missed, told)


if __name__ == "__main__":
    unittest.main()
