#!/usr/bin/env python3
"""Checks that what people read is plain, current English: no string literal of core/ and cli/ holds a phrase that this
project has replaced. Prints every breach with what to say instead; exit code 1 if there is one."""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent

# What must not return, and what is said instead. Parts of a message that are filled in stand as {}.
REPLACED = [
    (r"(?<!there )\bis no (?!longer\b|more than\b)", "must be …, or: is not a …, or: not a valid …: \"{}\""),
    (r"\bor is no UTF-8", "must be UTF-8"),
    (r"\bis none of\b", "is not one of"),
    (r"\bis no later than\b", "must be later than"),
    (r"\bthere (is|are) (a|an|the) [^.;:]*\balready\b", "… already exists"),
    (r"\bthere are none\b", "no … found"),
    (r"\bis there twice\b", "duplicate …"),
    (r"\bis (so|this) already\b|\bhas this (secret|name) already\b|\bis a member already\b|\bwas used already\b",
     "no changes; already has; is already; was already"),
    (r"\bis as the (document|file) says\b", "no changes: everything matches the file"),
    (r"\banew\b", "again; resets; restart"),
    (r"\bfor ever\b", "forever"),
    (r"\bmend(s|ed|ing)?\b", "fix"),
    (r"\b[Jj]udg\w+", "check, validate, verdict"),
    (r"\b[Ww]hat (came|comes|became|becomes) of\b", "the result, the outcome, the delivery and its attempts"),
    (r"\bparked\b", "paused"),
    (r"\bleft alone until\b|\bdoes not respond well\b", "paused until …, after … failures in a row"),
    (r"\bgiven up\b", "dead; stopped"),
    (r"\bswitched off\b", "disabled"),
    (r"\bsound copy\b|\b(is|are) (not )?sound\b", "consistent copy; intact; damaged"),
    (r"\bby the way\b", "leave it out"),
    (r"\bis of no use\b", "has no effect"),
    (r"\bhas been (enabled|disabled|paused) for a moment\b", "was … just now"),
    (r"\brightly\b", "correctly; valid"),
    (r"\btakes? .{1,40} out of the queue\b|\btook it out\b", "cancel"),
    (r"\bschedule (was|is) used up\b", "retries exhausted"),
    (r"\bknows? nobody\b|\bnobody knows\b", "unknown; random"),
    (r"\basks as we do\b", "check DNS with: getent hosts NAME"),
    (r"\bwants fewer requests\b", "rate limited by the receiver"),
    (r"\b[Bb]elieve X-Forwarded", "Trust X-Forwarded-For from these proxies"),
    (r"\bkept out here\b", "thig-hooks works around it"),
    (r"\b[Ww]ho is no member\b", "anyone not listed"),
    (r"\bin clear(?! text)\b", "in clear text"),
    (r"\bwhat shall\b", "… needs …: one of …"),
    (r"\b(begins|ends) with a blank\b", "begins with a space; ends with a space"),
    (r"\b(list|text) of texts\b|\bis no text\b", "an array of strings; must be a string"),
]
REPLACED = [(re.compile(pattern), instead) for pattern, instead in REPLACED]

# Strings, and what could be taken for one: comments and characters.
TOKEN = re.compile(r'R"(\w*)\((.*?)\)\1"|"((?:\\.|[^"\\\n])*)"|//[^\n]*|/\*.*?\*/|\'(?:\\.|[^\'\\\n])+\'', re.S)


def literals(text):
    """(line, text) of each string literal; those that the compiler joins are one."""
    start, end, joined = 0, None, ""
    for token in TOKEN.finditer(text):
        part = token[2] if token[2] is not None else token[3]
        if part is None:
            continue
        if end is not None and not text[end:token.start()].strip():
            joined += part
        else:
            if end is not None:
                yield start, joined
            start, joined = text.count("\n", 0, token.start()) + 1, part
        end = token.end()
    if end is not None:
        yield start, joined


def is_sql(text):
    return re.match(r"\s*(SELECT|INSERT|UPDATE|DELETE|WITH|CREATE|PRAGMA)\b", text) is not None


def breaches():
    for folder in ("core", "cli"):
        for file in sorted((ROOT / folder).rglob("*")):
            if file.suffix not in (".h", ".cpp"):
                continue
            path = file.relative_to(ROOT).as_posix()
            for line, text in literals(file.read_text(encoding="utf-8")):
                if " " not in text or is_sql(text):  # one word is a name: a key, a code
                    continue
                for pattern, instead in REPLACED:
                    if found := pattern.search(re.sub(r"\s+", " ", text)):
                        yield f"{path}:{line}: \"{found[0]}\" is not said any more; say: {instead}"


def main():
    found = list(breaches())
    print(*found, sep="\n", end="\n" if found else "")
    print(f"words: {len(found)} breaches")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
