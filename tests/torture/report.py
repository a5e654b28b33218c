"""The frame of all harnesses: how large they run, by which seed, what they have seen, and whether that is as it must be. Knows
nothing of what they do."""

import random
import time
import traceback
from dataclasses import dataclass


@dataclass
class Figure:
    """Something that was counted or measured. Without a bound it is told and no more."""
    harness: str
    name: str
    seen: float
    unit: str = ""
    most: float | None = None
    least: float | None = None
    examples: tuple = ()  # of what should not be

    @property
    def missed(self):
        return (self.most is not None and self.seen > self.most) or (self.least is not None and self.seen < self.least)

    def row(self):
        bounds = [f"≤ {number(self.most)}"] if self.most is not None else []
        bounds += [f"≥ {number(self.least)}"] if self.least is not None else []
        seen = f"{number(self.seen)} {self.unit}".rstrip()
        return f"  {self.name:<72} {seen:>16}  {' '.join(bounds):<12} {'MISSED' if self.missed else ''}".rstrip()


def number(value):
    if isinstance(value, int) or value == int(value):
        return f"{int(value):,}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.3g}"


class Torture:
    """One run. Harnesses ask it for sizes and chances, and give it what they have seen."""

    def __init__(self, long=False, seed=1, out=print):
        self.long, self.seed, self.out = long, seed, out
        self.figures, self.failed = [], {}
        self.harness = ""
        self.random = random.Random(seed)

    def size(self, long, short):
        return long if self.long else short

    def figure(self, name, seen, unit="", most=None, least=None, examples=()):
        figure = Figure(self.harness, name, seen, unit, most, least, tuple(examples))
        self.figures.append(figure)
        self.out(figure.row())
        for example in figure.examples[:5] if figure.missed else ():
            self.out(f"      {example}")

    def none(self, name, found):
        """There must be none; `found` are those there were."""
        found = list(found)
        self.figure(name, len(found), most=0, examples=[str(one) for one in found])

    @property
    def missed(self):
        return [figure for figure in self.figures if figure.missed]

    def run(self, harnesses):
        """{name: function of this}. One that breaks does not keep the others from running."""
        for name, harness in harnesses.items():
            self.harness = name
            self.random = random.Random(f"{name} {self.seed}")
            self.out(f"\n{name}: {(harness.__doc__ or '').strip()}")
            start = time.monotonic()
            try:
                harness(self)
            except Exception as error:  # noqa: BLE001: whatever it was, it is told and counts
                self.failed[name] = f"{type(error).__name__}: {error}"
                self.out(traceback.format_exc())
            self.out(f"  {time.monotonic() - start:.0f} s")

    def conclude(self):
        """Tells what was missed; answers the exit code."""
        for figure in self.missed:
            self.out(f"missed: {figure.harness}: {figure.row().strip()}")
        for name, why in self.failed.items():
            self.out(f"failed: {name}: {why}")
        if not self.missed and not self.failed:
            self.out(f"\nall {len(self.figures)} figures are as they must be (seed {self.seed})")
            return 0
        self.out(f"\nto run it again: ./dev torture {' '.join(sorted({f.harness for f in self.missed} | set(self.failed)))} --seed {self.seed}")
        return 1
