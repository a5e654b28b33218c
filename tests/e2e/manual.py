"""The code in the pages of man/, as a reader copies it."""

import re
import subprocess
import unittest

from hooks import PATIENCE
from installation import ROOT
from typed import statements

ESCAPES = {r"\-": "-", r"\(aq": "'", r"\(ga": "`", r"\(ti": "~", r"\(ha": "^", r"\(dq": '"', r"\e": "\\", r"\&": ""}


class ManualPage:
    def __init__(self, name):
        self.path = ROOT / f"man/thig-hooks-{name}.7"
        self.source = self.path.read_text()

    def blocks(self, *headings):
        """Those below these headings, or all."""
        heading = ""
        for found, block in re.findall(r"^\.S[HS] ([^\n]*)$|^\.EX\n(.*?)^\.EE$", self.source, re.M | re.S):
            heading = plain(found) if found else heading
            if block and (not headings or heading in headings):
                yield plain(block)

    def shown(self):
        """The page as groff sets it, wide enough for every line."""
        return subprocess.run(["groff", "-man", "-Tutf8", "-P-cbou", "-rLL=250n", self.path], capture_output=True, text=True,
                              timeout=PATIENCE).stdout


def plain(roff):
    return re.sub(r"\\(?:\(..|.)", lambda escape: ESCAPES[escape[0]], roff)


class Guide(unittest.TestCase):
    def type_all(self, place, bash, block):
        """Each command of a block ends with 0; what they showed."""
        shown = ""
        for command in statements(block):
            code, seen = bash.type(place.as_here(command))
            self.assertEqual(code, 0, f"{command}\n{seen}")
            shown += seen
        return shown
