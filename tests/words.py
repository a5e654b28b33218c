#!/usr/bin/env python3
"""Phrases that docs/words.md has replaced do not come back: in the texts of cli/ (string literals), the hand-written
manual pages, the README files and the completions. What help and generated pages say is read by tests/cli/words_test.cpp."""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
LITERALS = re.compile(r'"(?:[^"\\\n]|\\.)*"(?:\s*"(?:[^"\\\n]|\\.)*")*')
COMMENT = re.compile(r"^\s*//.*$|^#include.*$", re.M)


def phrases(text):
    """{phrase: what to say instead}, from the table under "Instead of"."""
    rows = re.findall(r"^\| (.+?) \| (.+?) \|$", text.partition("\n## Instead of\n")[2], re.M)
    return {row[0]: row[1] for row in rows if row[0] != "not"}


def texts(path):
    """(line number, text) of what people read in it."""
    source = path.read_text(encoding="utf-8")
    if path.suffix not in (".cpp", ".h"):
        # Sentences may go on in the next line; requests of roff have no text of their own but their arguments.
        yield 1, re.sub(r"\\([-%])", lambda escape: escape[1].strip("%"), source)
        return
    source = COMMENT.sub(lambda comment: "", source)
    for found in LITERALS.finditer(source):
        yield source.count("\n", 0, found.start()) + 1, re.sub(r'"\s*"', "", found[0])


def files():
    for pattern in ("cli/**/*.cpp", "cli/**/*.h", "man/*.[1-9]", "completions/*", "README.md", "tests/README.md"):
        yield from sorted(ROOT.glob(pattern))


def main():
    wrong = []
    banned = phrases((ROOT / "docs/words.md").read_text(encoding="utf-8"))
    if len(banned) < 20:
        wrong.append("docs/words.md has no table of phrases")
    patterns = {
        phrase: re.compile(r"\b" + r"\s+".join(map(re.escape, phrase.split())) + r"\b", re.I) for phrase in banned
    }
    for path in files():
        for line, text in texts(path):
            for phrase, pattern in patterns.items():
                for found in pattern.finditer(text):
                    at = line + text.count("\n", 0, found.start())
                    wrong.append(f"{path.relative_to(ROOT)}:{at}: \"{phrase}\"; say: {banned[phrase]}")
    print("\n".join(wrong), file=sys.stderr, end="\n" if wrong else "")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
