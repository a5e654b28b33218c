"""What a run of harnesses counts as missed, and that it says so."""

import unittest

from report import Torture


class Reports(unittest.TestCase):
    def setUp(self):
        self.lines = []
        self.torture = Torture(out=self.lines.append)

    def test_what_is_within_its_bounds_is_well(self):
        self.torture.run({"one": lambda torture: torture.figure("time", 2.5, "s", most=3, least=1)})
        self.assertEqual(self.torture.conclude(), 0)

    def test_what_is_beyond_is_missed_and_told_with_the_line_that_replays_it(self):
        for bounds in ({"most": 2}, {"least": 4}):
            with self.subTest(bounds):
                torture = Torture(seed=7, out=self.lines.append)
                torture.run({"one": lambda torture: torture.figure("time", 3, "s", **bounds)})
                self.assertEqual(torture.conclude(), 1)
                self.assertIn("./dev torture one --seed 7", self.lines[-1])

    def test_what_must_not_be_is_told_by_example(self):
        self.torture.run({"one": lambda torture: torture.none("lost", ["evt_1", "evt_2"])})
        self.assertEqual(self.torture.conclude(), 1)
        self.assertTrue(any("evt_1" in line for line in self.lines))

    def test_a_harness_that_breaks_keeps_no_other_from_running_and_counts(self):
        ran = []

        def breaks(_):
            raise RuntimeError("no server")

        self.torture.run({"one": breaks, "two": lambda _: ran.append("two")})
        self.assertEqual(ran, ["two"])
        self.assertEqual(self.torture.conclude(), 1)
        self.assertTrue(any("no server" in line for line in self.lines))

    def test_chances_are_those_of_the_seed(self):
        chances = []
        for seed in (3, 3, 4):
            Torture(seed=seed, out=self.lines.append).run({"one": lambda torture: chances.append(torture.random.random())})
        self.assertEqual(chances[0], chances[1])
        self.assertNotEqual(chances[0], chances[2])


if __name__ == "__main__":
    unittest.main()
