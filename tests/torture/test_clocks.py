"""Clocks that jump, in the short form, and that a storm and what is stuck are noticed. Needs libfaketime."""

import unittest

from clocks import clocks, library
from report import Torture


@unittest.skipIf(library() is None, "faketime is not installed")
class Clocks(unittest.TestCase):
    def missed(self, planted=None):
        lines = []
        torture = Torture(out=lines.append)
        torture.run({"clocks": lambda torture: clocks(torture, planted)})
        self.assertEqual(torture.failed, {}, "\n".join(lines))
        return {figure.name for figure in torture.missed}, "\n".join(lines)

    def test_neither_storm_nor_standstill(self):
        missed, told = self.missed()
        self.assertEqual(missed, set(), told)

    def test_what_is_planted_is_noticed(self):
        for planted, noticed in (("storm", "a year ahead: attempts of what fails"),
                                 ("stuck", "a year ahead: a new event is delivered after")):
            with self.subTest(planted):
                missed, told = self.missed(planted)
                self.assertIn(noticed, missed, told)


if __name__ == "__main__":
    unittest.main()
