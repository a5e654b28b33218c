#!/usr/bin/env python3
"""tidy.py BUILD-FOLDER [COUNT]: runs clang-tidy over the sources that were changed last, COUNT of them at most (16).

What is not committed comes first, then what the newest commits have changed. A source of a whole tree takes seconds,
so that what has stood unchanged is not looked at again."""

import concurrent.futures
import os
import pathlib
import subprocess
import sys

import alone

ROOT = pathlib.Path(__file__).resolve().parent.parent


def git(*words):
    return subprocess.run(["git", *words], cwd=ROOT, check=True, capture_output=True, text=True).stdout.splitlines()


def changed_last(count):
    names = git("diff", "--name-only", "HEAD") + git("ls-files", "-o", "--exclude-standard")
    # A file that was only moved has nothing new in it.
    names += git("log", "-n", "100", "--format=", "--name-only", "--diff-filter=AM", "-M100%")
    sources = dict.fromkeys(name for name in names if name.endswith(".cpp") and (ROOT / name).exists())
    return list(sources)[:count]


def tidy(name, flags):
    kept = [word for word in flags if word[:2] in ("-D", "-I") or word.startswith(("-isystem", "-std="))]
    done = subprocess.run(["clang-tidy-19", "--quiet", name, "--", *kept], cwd=ROOT, capture_output=True, text=True)
    return done.stdout if done.returncode else ""


def main():
    flags = alone.flags_of_sources(pathlib.Path(sys.argv[1]).resolve())
    names = [name for name in changed_last(int(sys.argv[2]) if len(sys.argv) > 2 else 16) if ROOT / name in flags]
    wrong = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for found in pool.map(lambda name: tidy(name, flags[ROOT / name]), names):
            if found:
                wrong += 1
                print(found, file=sys.stderr)
    print(f"{len(names)} files, {wrong} with findings")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
