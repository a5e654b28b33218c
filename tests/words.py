#!/usr/bin/env python3
"""Phrases that docs/words.md has replaced do not come back: in the string literals of core/ and cli/, the hand-written
manual pages, the README files and the completions. What help and generated pages say is read by tests/cli/words_test.cpp.
Prints every breach with what to say instead; exit code 1 if there is one."""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent

# Of string literals: kinds of phrases that no list of phrases can name.
KINDS = [
    (r"(?<!there )\bis no (?!longer\b|more than\b)", "must be …; is not a …; not a valid …: \"{}\""),
    (r"\bor is no UTF-8\b", "must be UTF-8"),
    (r"\bthere (is|are) (a|an|the) [^.;:]*\balready\b", "… already exists"),
    (r"\bis (so|this) already\b|\bhas this (secret|name) already\b|\bis a member already\b|\bwas used already\b",
     "no changes; already has; is already; was already"),
    (r"\bmend(s|ed|ing)?\b", "fix"),
    (r"\bjudg\w+", "check, validate, verdict"),
    (r"\bwhat (came|comes|became|becomes) of\b", "the result, the outcome, the delivery and its attempts"),
    (r"\b(is|are) (not )?sound\b", "intact; damaged"),
    (r"\bin clear(?! text)\b", "in clear text"),
    (r"\btakes? .{1,40} out of the queue\b", "cancel"),
    (r"\bschedule (was|is) used up\b", "retries exhausted"),
    (r"\b(begins|ends) with a blank\b", "begins with a space; ends with a space"),
]

# Strings, and what could be taken for one: comments and characters.
TOKEN = re.compile(r'R"(\w*)\((.*?)\)\1"|"((?:\\.|[^"\\\n])*)"|//[^\n]*|/\*.*?\*/|\'(?:\\.|[^\'\\\n])+\'', re.S)
SQL = re.compile(r"\s*(SELECT|INSERT|UPDATE|DELETE|WITH|CREATE|PRAGMA)\b")


def phrases(text):
    """[(pattern, what to say instead)], from the table under "Instead of"."""
    rows = re.findall(r"^\| (.+?) \| (.+?) \|$", text.partition("\n## Instead of\n")[2], re.M)
    # "there is no member bob" is plain; "bob is no member" is not.
    return [(r"(?<!there )\b" + r"\s+".join(map(re.escape, row[0].split())) + r"\b", row[1])
            for row in rows if row[0] != "not"]


def compiled(patterns):
    return [(re.compile(pattern, re.I), instead) for pattern, instead in patterns]


def literals(source):
    """(line number, text) of each string literal; those that the compiler joins are one."""
    line, end, joined = 0, None, ""
    for token in TOKEN.finditer(source):
        part = token[2] if token[2] is not None else token[3]
        if part is None:
            continue
        if end is not None and not source[end:token.start()].strip():
            joined += part
        else:
            if end is not None:
                yield line, joined
            line, joined = source.count("\n", 0, token.start()) + 1, part
        end = token.end()
    if end is not None:
        yield line, joined


def texts(path):
    """(line number, text) of what people read in it."""
    source = path.read_text(encoding="utf-8")
    if path.suffix not in (".cpp", ".h"):
        # Sentences may go on in the next line; requests of roff have no text of their own but their arguments.
        yield 1, re.sub(r"\\([-%])", lambda escape: escape[1].strip("%"), source)
        return
    for line, text in literals(source):
        if " " in text and not SQL.match(text):  # one word is a name: a key, a code
            yield line, text


def files():
    for pattern in ("core/**/*.cpp", "core/**/*.h", "cli/**/*.cpp", "cli/**/*.h", "man/*.[1-9]", "completions/*",
                    "README.md", "tests/README.md"):
        yield from sorted(ROOT.glob(pattern))


def breaches():
    replaced = phrases((ROOT / "docs/words.md").read_text(encoding="utf-8"))
    if len(replaced) < 20:
        yield "docs/words.md has no table of phrases"
    everywhere, of_literals = compiled(replaced), compiled(KINDS)
    for path in files():
        patterns = everywhere + of_literals if path.suffix in (".cpp", ".h") else everywhere
        for line, text in texts(path):
            for pattern, instead in patterns:
                for found in pattern.finditer(text):
                    at = line + text.count("\n", 0, found.start())
                    yield f"{path.relative_to(ROOT)}:{at}: \"{found[0]}\"; say: {instead}"


def main():
    found = list(breaches())
    print(*found, sep="\n", end="\n" if found else "")
    print(f"words: {len(found)} breaches")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
