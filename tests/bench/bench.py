#!/usr/bin/env python3
"""Figures, as ratios in one run: what is measured beside ours ran on the same machine a moment ago. The programs are those beside
THIG_HOOKS_BIN. What comes is told line by line; all of it is in build/bench.json. The exit code is 1 if a figure is below its least, or a
subject could not be measured."""

import argparse
import resource
import sys

import installation
from measuring import Bench

import drain
import emitting
import incoming
import instructions
import latency
import machine
import many
import page
import pending
import recover
import resting
import scale

SUBJECTS = {"drain": drain.drain, "endpoints": drain.endpoints, "distance": drain.distance,
            "emit": emitting.emitting, "disk": emitting.disk, "growth": emitting.growth, "pending": pending.pending,
            "latency": latency.latency, "isolation": latency.isolation, "backlog": latency.backlog,
            "steady": resting.steady, "idle": resting.idle, "commands": resting.commands,
            "incoming": incoming.incoming, "recover": recover.recover, "instructions": instructions.instructions,
            "scale": scale.scale, "page": page.page, "streams": page.streams, "many": many.many}
# Of these, a minute's worth would say nothing; who names one gets it, smaller.
NOT_QUICK = {"endpoints": "with few deliveries each, a thousand handshakes would be most of it",
             "instructions": "under callgrind a program takes seconds to start",
             "recover": "few deliveries are brought back in one go, so nobody has to wait",
             "scale": "a small installation is quick anyway",
             "page": "a small installation is quick anyway",
             "many": "a small installation is quick anyway"}


def arguments(words):
    parser = argparse.ArgumentParser(prog="./dev bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="once each and smaller, in about a minute")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"only these: {', '.join(SUBJECTS)}")
    given = parser.parse_args(words)
    unknown = [name for name in given.names if name not in SUBJECTS]
    if unknown:
        parser.error(f"no such subject: {', '.join(unknown)}; there are {', '.join(SUBJECTS)}")
    return given


def main():
    given = arguments(sys.argv[1:])
    # A thousand connections are a thousand files, here and in what is started.
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    installation.BUILD.mkdir(exist_ok=True)
    facts = machine.facts(installation.hooks.BINARY, installation.BUILD)
    bench = Bench(given.quick, lambda text: print(text, flush=True))
    bench.out(", ".join(f"{name} {value}" for name, value in facts.items()))
    if given.quick:
        bench.out("quick: each once, and smaller than the headings say")
    chosen = {name: subject for name, subject in SUBJECTS.items() if not given.names or name in given.names}
    for name in NOT_QUICK if given.quick and not given.names else ():
        del chosen[name]
        bench.skip(name, NOT_QUICK[name])
    try:
        bench.run(chosen, lambda: bench.write(installation.BUILD / "bench.json", facts))
    except KeyboardInterrupt:
        return 130
    return bench.conclude()


if __name__ == "__main__":
    sys.exit(main())
