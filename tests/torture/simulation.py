"""Random lives of a whole installation in one process, see tests/simulation."""

import re
import time

import programs


def simulation(torture):
    """random lives of an installation whose processes are killed, whose clock jumps, whose members change everything"""
    lives = torture.size(10000, 60)
    first = 1 if torture.seed == 1 else torture.seed
    start = time.monotonic()
    passed, _, output = programs.run_test_program("simulation", "whatever happens*", {
        "THIG_SIMULATION_SEEDS": lives, "THIG_SIMULATION_FIRST": first})
    torture.figure("lives", lives)
    torture.figure("time", time.monotonic() - start, "s", most=120 if torture.long else None)
    torture.none("lives that broke a promise", [] if passed else re.findall(r"seed := (\d+)", output) or [output[-2000:]])
