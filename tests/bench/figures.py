#!/usr/bin/env python3
"""The table of README.md, from what ./dev bench has written. usage: figures.py build/bench.json; of several files, the later wins"""

import json
import sys

from measuring import MORE, short

MARKS = {"reached": "", "short": " ○", "MISSED": " ●"}


def cells(row):
    sign = "≥" if row["better"] == MORE else "≤"
    bound = "" if row["aim"] is None else f"{sign} {row['aim']:g}"
    if row["least"] not in (None, row["aim"]):
        bound += f" ({row['least']:g})"
    beside = f"{row['reference']}: {short(row['besideMedian'])}" if row["reference"] else ""
    ratio = "" if row["ratio"] is None else f"{row['ratio']:.2f}"
    return [row["subject"], row["name"], f"{short(row['median'])} {row['unit']}".strip(), beside, ratio + MARKS[row["verdict"]], bound]


def table(rows):
    """Of the looks of `scale` only the slowest is told."""
    looks = [row for row in rows if row["subject"] == "scale"]
    slowest = max(looks, key=lambda row: row["median"], default=None)
    yield "| subject | figure | here | beside | ratio | aim (least) |"
    yield "|---|---|---|---|---|---|"
    for row in rows:
        if row["subject"] != "scale":
            yield f"| {' | '.join(cells(row))} |"
    if slowest:
        yield f"| {' | '.join(cells(slowest | {'name': f'the slowest of {len(looks)} looks: ' + slowest['name']}))} |"


def main():
    rows = {}
    for file in sys.argv[1:]:
        with open(file, encoding="utf-8") as text:
            document = json.load(text)
        rows |= {(row["subject"], row["name"], row["reference"]): row for row in document["measurements"]}
        print(", ".join(f"{name} {value}" for name, value in document["machine"].items()), file=sys.stderr)
    print(*table(list(rows.values())), sep="\n")


if __name__ == "__main__":
    main()
