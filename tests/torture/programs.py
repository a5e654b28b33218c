"""Where the programs under torture are, and how a test program among them is run."""

import os
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "e2e"))

import hooks  # noqa: E402: it lies beside the end-to-end tests

BINARY = hooks.BINARY
BUILT = BINARY.parent  # test programs in C++ are built beside the product


def description():
    return subprocess.run([BINARY, "version"], capture_output=True, text=True, check=True).stdout.splitlines()[0]


def run_test_program(name, case, settings, timeout=3600):
    """Runs one test case of a program of doctest. Answers whether it passed, the figures that it printed as lines of
    `figure NAME VALUE`, and all its output."""
    env = {**os.environ, **{key: str(value) for key, value in settings.items()}}
    done = subprocess.run([BUILT / f"test_{name}", f"--test-case={case}"], capture_output=True, text=True,
                          env=env, timeout=timeout)
    output = done.stdout + done.stderr
    figures = {}
    for line in done.stdout.splitlines():
        if line.startswith("figure "):
            _, key, value = line.split()
            figures[key] = float(value)
    return done.returncode == 0, figures, output
