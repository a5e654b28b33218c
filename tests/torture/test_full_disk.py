"""A full disk in its short form, and that an acknowledgement of what was not recorded is noticed."""

import unittest

from full_disk import full_disk, inside
from report import Torture


class FullDisk(unittest.TestCase):
    def test_it_is_told_and_loses_nothing(self):
        lines = []
        torture = Torture(out=lines.append)
        torture.run({"full_disk": full_disk})
        self.assertEqual((torture.failed, torture.missed), ({}, []), "\n".join(lines))

    def test_what_acknowledges_all_the_same_is_noticed(self):
        figures = inside("full", Torture(out=lambda _: None), "acknowledges")
        seen = {figure["name"]: figure["seen"] for figure in figures}
        self.assertEqual(seen["full: emit that does not exit 75"], 10)
        self.assertEqual(seen["full: acknowledged, and gone"], 10)


if __name__ == "__main__":
    unittest.main()
