#!/usr/bin/env python3
"""Harnesses that try to lose something, in their long form; `./dev test` runs each in its short one. What was seen is printed beside what
must be; the exit code is 1 if something is not as it must be."""

import argparse
import sys

from report import Torture

import clocks
import full_disk
import kill_storm
import programs
import simulation
import soak

HARNESSES = {"simulation": simulation.simulation, "kill_storm": kill_storm.kill_storm,
             "full_disk": full_disk.full_disk, "soak": soak.soak, "clocks": clocks.clocks}


def arguments(words):
    parser = argparse.ArgumentParser(prog="./dev torture", description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="replays a run: its seed is printed at the end")
    parser.add_argument("--short", action="store_true", help="as in ./dev test")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"only these: {', '.join(HARNESSES)}")
    given = parser.parse_args(words)
    unknown = [name for name in given.names if name not in HARNESSES]
    if unknown:
        parser.error(f"no such harness: {', '.join(unknown)}; there are {', '.join(HARNESSES)}")
    return given


def main():
    given = arguments(sys.argv[1:])
    torture = Torture(not given.short, given.seed, lambda text: print(text, flush=True))
    torture.out(f"{programs.description()}, seed {given.seed}")
    try:
        torture.run({name: run for name, run in HARNESSES.items() if not given.names or name in given.names})
    except KeyboardInterrupt:
        return 130
    return torture.conclude()


if __name__ == "__main__":
    sys.exit(main())
