#!/usr/bin/env python3
"""due.py BUILD-FOLDER: names the tests that have not passed since what they run was last changed, one a line.
due.py BUILD-FOLDER --note: notes what passed in the run that wrote `began` and `results.xml` there.

A program of tests is changed when it is linked again, so what an edit of the sources can have touched is the linker's
knowledge; what tests read besides is below."""

import json
import os
import pathlib
import subprocess
import sys
import xml.etree.ElementTree

READ_BY = {
    "rules": ["tests/signature_vectors.json"],
    "store": ["tests/databases"],
    "e2e": ["tests/e2e", "tests/signature_vectors.json", "man", "completions", "README.md"],
    "e2e_bench": ["tests/bench"],
    **{f"e2e_browser_{name}": ["tests/browser"] for name in ("pages", "plain_pages", "tasks", "live")},
}

ROOT = pathlib.Path(__file__).resolve().parent.parent


def tests_of(build):
    """Each test's name, and the files that it runs or reads."""
    listed = subprocess.run(["ctest", "--test-dir", build, "--show-only=json-v1"], check=True, capture_output=True,
                            text=True).stdout
    program = build / "bin/thig-hooks"
    shared = [file for file in read_by("e2e") if not file.name.startswith("test_")]
    for test in json.loads(listed)["tests"]:
        command = [pathlib.Path(word) for word in test["command"]]
        if test["name"] in ("layers", "words"):
            yield test["name"], [file for folder in ("core", "cli", "tests") for file in sources(ROOT / folder)]
        elif command[0].parent == build / "bin":
            yield test["name"], [command[0], *read_by(test["name"])]
        else:
            yield test["name"], [command[1], program, *shared, *read_by(test["name"])]


def read_by(name):
    for place in READ_BY.get(name, []):
        path = ROOT / place
        for file in path.rglob("*") if path.is_dir() else [path]:
            if file.is_file() and "node_modules" not in file.parts and "__pycache__" not in file.parts:
                yield file


def sources(folder):
    return [file for file in folder.rglob("*") if file.suffix in (".h", ".cpp", ".py")
            and "node_modules" not in file.parts]


def note_passed(build):
    """A file that was changed while the tests ran counts as changed after them."""
    if not (build / "results.xml").exists():
        return  # no test was run
    began = os.stat(build / "began").st_mtime_ns
    (build / "passed").mkdir(exist_ok=True)
    for case in xml.etree.ElementTree.parse(build / "results.xml").getroot().iter("testcase"):
        stamp = build / "passed" / case.get("name")
        if case.get("status") != "run":
            stamp.unlink(missing_ok=True)
        else:
            stamp.touch()
            os.utime(stamp, ns=(began, began))


def main():
    build = pathlib.Path(sys.argv[1]).resolve()
    if sys.argv[2:] == ["--note"]:
        return note_passed(build)
    for name, inputs in tests_of(build):
        stamp = build / "passed" / name
        passed_at = os.stat(stamp).st_mtime_ns if stamp.exists() else 0
        if any(os.stat(file).st_mtime_ns > passed_at for file in inputs):
            print(name)


if __name__ == "__main__":
    main()
