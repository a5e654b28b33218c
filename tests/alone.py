#!/usr/bin/env python3
"""alone.py BUILD-FOLDER: compiles every source, and every header, by itself, without making anything of it.

Sources are built in batches of a room, which hides what one of them forgets to include or takes from its neighbour.
A header that its own source includes first is checked with that.
"""

import concurrent.futures
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
INCLUDE = re.compile(r'#include "([^"]+)"')


def flags_of_sources(build):
    """What each source is compiled with, whether in a batch or not."""
    flags = {}
    for entry in json.loads((build / "compile_commands.json").read_text()):
        words = shlex.split(entry["command"])
        kept = [word for word in words if re.match(r"-(D|I|isystem|std=|W|f(?!sanitize|no-omit))", word)]
        file = pathlib.Path(entry["file"])
        batch = "/Unity/" in str(file)
        for source in INCLUDE.findall(file.read_text()) if batch else [str(file)]:
            flags[pathlib.Path(source)] = kept
    return flags


def compile_alone(text, flags):
    done = subprocess.run(["g++", *flags, "-x", "c++", "-fsyntax-only", "-"], input=text, capture_output=True,
                          text=True, cwd=ROOT)
    return done.stderr if done.returncode else ""


def main():
    flags = flags_of_sources(pathlib.Path(sys.argv[1]).resolve())
    ours = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "*.cpp", "*.h"], cwd=ROOT, check=True,
                          capture_output=True, text=True).stdout.split()
    by_folder = {path.parent: found for path, found in flags.items()}
    fallback = next(iter(flags.values()))
    jobs = {}
    for name in ours:
        path = ROOT / name
        if path.suffix == ".cpp" and path not in flags:
            print(f"{name}: not built at all", file=sys.stderr)
        if path.suffix == ".h" and path.with_suffix(".cpp").exists():
            continue
        jobs[name] = flags.get(path) or by_folder.get(path.parent) or fallback
    wrong = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        results = {name: pool.submit(compile_alone, f'#include "{name}"\n', found) for name, found in jobs.items()}
        for name, result in results.items():
            if result.result():
                wrong += 1
                print(f"{name} does not compile by itself:\n{result.result()}", file=sys.stderr)
    print(f"{len(jobs)} files, {wrong} do not compile by themselves")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
