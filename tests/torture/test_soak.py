"""The soak in its short form, and that its rules notice what grows."""

import random
import unittest

import programs  # noqa: F401: it says where hooks is
from hooks import Home
from report import Torture
from soak import Soak, slope, soak


class SoakTest(unittest.TestCase):
    def test_what_is_used_for_a_while_does_not_grow(self):
        lines = []
        torture = Torture(out=lines.append)
        torture.run({"soak": soak})
        self.assertEqual((torture.failed, torture.missed), ({}, []), "\n".join(lines))

    def test_what_leaks_is_noticed_among_what_goes_up_and_down(self):
        chance = random.Random(1)
        steady = [(second, 50 + chance.uniform(-1, 1)) for second in range(300)]
        leaking = [(second, memory + second * 0.005) for second, memory in steady]
        self.assertLess(abs(slope(steady)), 0.01)
        self.assertGreater(slope(leaking), 0.02)

    def test_a_file_that_is_never_closed_is_noticed(self):
        lines = []
        torture = Torture(out=lines.append)
        with Home() as home:
            one = Soak(home, torture)
            one.seconds, one.count, one.journal = 0, 0, [1]
            one.looks = {"run": [(second, 50, 20 + second, 5) for second in range(50)]}
            one.tell(0)
        self.assertEqual([figure.name for figure in torture.missed][-1:], ["run: files, more than after a fifth"])


if __name__ == "__main__":
    unittest.main()
