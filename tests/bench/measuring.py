"""The frame of a run of benches: measurements beside their references, in turns; what they must reach; the table on the
terminal, build/bench.json and the exit code. Knows nothing of what is measured."""

import json
import statistics
import time
import traceback
from dataclasses import asdict, dataclass, field

MORE, LESS = "more", "less"  # which is better


@dataclass
class Measurement:
    """A figure, once a turn; with a reference, what counts is how many times that it is."""
    subject: str
    name: str
    unit: str
    values: list
    better: str = MORE
    reference: str = ""                  # what it was measured beside
    beside: list = field(default_factory=list)  # the same figure of the reference, turn by turn
    aim: float | None = None
    least: float | None = None           # where less is better: the most that will do

    @property
    def median(self):
        return statistics.median(self.values)

    @property
    def ratio(self):
        """Of each turn first: what slows the machine down for a turn slows both."""
        return statistics.median(a / b for a, b in zip(self.values, self.beside)) if self.beside else None

    @property
    def counts(self):
        return self.median if self.ratio is None else self.ratio

    def reaches(self, bound):
        return bound is None or (self.counts >= bound if self.better == MORE else self.counts <= bound)

    @property
    def verdict(self):
        if not self.reaches(self.least):
            return "MISSED"
        return "short" if not self.reaches(self.aim) else ""

    def document(self):
        return asdict(self) | {"median": self.median, "ratio": self.ratio, "verdict": self.verdict or "reached",
                               "besideMedian": statistics.median(self.beside) if self.beside else None}

    def row(self):
        sign = "≥" if self.better == MORE else "≤"
        ratio = "" if self.ratio is None else f"{self.ratio:.2f}"
        beside = f"{self.reference} {short(statistics.median(self.beside))}" if self.beside else ""
        aim = "" if self.aim is None else f"{sign} {short(self.aim)}"
        least = "" if self.least is None or self.least == self.aim else f"({short(self.least)})"
        return f"{self.name:<64} {short(self.median) + ' ' + self.unit:>17} {beside:>24} {ratio:>7}  {aim:<8} {least:<8} {self.verdict}".rstrip()


def short(number):
    """With three digits that mean something."""
    if number == 0 or abs(number) >= 100:
        return f"{number:,.0f}"
    return f"{number:.1f}" if abs(number) >= 10 else f"{number:.2f}" if abs(number) >= 0.1 else f"{number:.3f}"


class Bench:
    """One run. Subjects ask it for sizes and give it what they have measured."""

    def __init__(self, quick=False, out=print):
        self.quick, self.out = quick, out
        self.measurements, self.skipped, self.failed = [], {}, {}
        self.subject = ""

    def size(self, full, quick):
        return quick if self.quick else full

    @property
    def turns(self):
        return self.size(3, 1)

    def in_turns(self, **measures):
        """Each once, then each again: {name: its figures, turn by turn}."""
        figures = {name: [] for name in measures}
        for _ in range(self.turns):
            for name, measure in measures.items():
                figures[name].append(measure())
        return figures

    def figure(self, name, values, unit, **bounds):
        """`values`: one figure, or one a turn. `bounds`: better, aim, least."""
        values = list(values) if isinstance(values, (list, tuple)) else [values]
        self._add(Measurement(self.subject, name, unit, values, **bounds))

    def compare(self, name, values, reference, beside, unit, **bounds):
        """The bounds are the ratio's."""
        self._add(Measurement(self.subject, name, unit, list(values), reference=reference, beside=list(beside), **bounds))

    def skip(self, what, why):
        self.skipped[what] = why
        self.out(f"{what}: skipped, {why}")

    def _add(self, measurement):
        if not all(measurement.beside) or len(measurement.values) != len(measurement.beside or measurement.values):
            raise AssertionError(f"{measurement.name}: {measurement.reference} was not measured in each turn: {measurement.beside}")
        self.measurements.append(measurement)
        self.out(measurement.row())

    def run(self, subjects, written=lambda: None):
        """{name: function of this}. What fails does not keep the others from being measured."""
        for name, subject in subjects.items():
            self.subject = name
            self.out(f"\n{name}: {subject.__doc__}")
            start = time.monotonic()
            try:
                subject(self)
            except Exception as error:  # noqa: BLE001: whatever it was, it is told and counts
                self.failed[name] = f"{type(error).__name__}: {error}"
                self.out(traceback.format_exc())
            self.out(f"  {time.monotonic() - start:.0f} s")
            written()

    def with_verdict(self, verdict):
        return [measurement for measurement in self.measurements if measurement.verdict == verdict]

    @property
    def exit_code(self):
        return 1 if self.failed or self.with_verdict("MISSED") else 0

    def document(self, machine):
        return {"machine": machine, "quick": self.quick, "measurements": [one.document() for one in self.measurements],
                "skipped": self.skipped, "failed": self.failed}

    def write(self, file, machine):
        file.parent.mkdir(parents=True, exist_ok=True)
        whole = file.with_suffix(".new")
        whole.write_text(json.dumps(self.document(machine), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        whole.replace(file)

    def conclude(self):
        """What a person wants to know at the end."""
        self.out("")
        for title, found in (("below the least", self.with_verdict("MISSED")), ("short of the aim", self.with_verdict("short"))):
            for one in found:
                self.out(f"{title}: {one.subject}: {one.name.strip()}{' ÷ ' + one.reference if one.reference else ''}: {short(one.counts)}, "
                         f"aim {'-' if one.aim is None else short(one.aim)}, least {'-' if one.least is None else short(one.least)}")
        for what, why in self.skipped.items():
            self.out(f"skipped: {what}: {why}")
        for name, why in self.failed.items():
            self.out(f"failed: {name}: {why}")
        self.out(f"{len(self.measurements)} measurements, {len(self.with_verdict('MISSED'))} below the least, "
                 f"{len(self.with_verdict('short'))} short of the aim")
        return self.exit_code
