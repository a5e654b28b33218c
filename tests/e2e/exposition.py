"""A strict reader of Prometheus' text exposition format, version 0.0.4, and of the conventions for names: what it takes
any scraper takes."""

import math
import re

NAME = re.compile(r"[a-z][a-z0-9_]*\Z")
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"(,|\Z)')
SAMPLE = re.compile(r"([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)\Z")
SUFFIXES = {"counter": ("",), "gauge": ("",), "summary": ("", "_count", "_sum")}
# Units are base units, in plural, at the end of a name, before _total.
OTHER_UNITS = re.compile(r"_(ms|millis|milliseconds|minutes|hours|days|kb|mb|kib|mib|percent)(_total)?\Z")


class Metric:
    def __init__(self, name, kind):
        self.name, self.kind, self.samples = name, kind, {}

    def value(self, **labels):
        return self.samples[frozenset(labels.items())]


class Faulty(Exception):
    pass


def must(holds, why, line):
    if not holds:
        raise Faulty(f"{why}: {line!r}")


def unescaped(text):
    return re.sub(r"\\(.)", lambda escape: {"n": "\n"}.get(escape[1], escape[1]), text)


def labels_of(text, line):
    labels, at = {}, 0
    while at < len(text):
        found = LABEL.match(text, at)
        must(found, "labels", line)
        must(found[1] not in labels and not found[1].startswith("__"), "a label's name", line)
        labels[found[1]] = unescaped(found[2])
        at = found.end()
        must(found[3] == "" or at < len(text), "a comma at the end", line)
    return labels


def number_of(text, line):
    must(re.fullmatch(r"[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?", text), "a number", line)
    return float(text)


def add_sample(metric, line):
    found = SAMPLE.fullmatch(line)
    must(found, "a sample", line)
    suffix = found[1].removeprefix(metric.name)
    must(found[1].startswith(metric.name) and suffix in SUFFIXES[metric.kind], f"of {metric.name}", line)
    must(found[2] != "", "braces around nothing", line)
    labels = labels_of(found[2] or "", line)
    value = number_of(found[3], line)
    must(math.isfinite(value), "a finite number", line)
    must(metric.kind != "counter" or value >= 0, "a counter", line)
    quantile = labels.get("quantile")
    must((quantile is not None) == (metric.kind == "summary" and not suffix), "a quantile", line)
    must(quantile is None or 0 <= float(quantile) <= 1, "a quantile", line)
    key = frozenset((labels | ({"": suffix} if suffix else {})).items())
    must(key not in metric.samples, "there once", line)
    metric.samples[key] = value


def check_name(name, kind, line):
    must(NAME.match(name), "a name", line)
    must((kind == "counter") == name.endswith("_total"), "counters end in _total, others do not", line)
    must(not OTHER_UNITS.search(name), "a base unit", line)
    must(not name.endswith(("_count", "_sum", "_bucket")), "a name that a summary makes", line)


def parse(text):
    """The metrics by name; Faulty for anything that is not as it should be."""
    must(text.endswith("\n") and "\r" not in text, "lines that end in a line feed", text[-80:])
    metrics, current, helped = {}, None, None
    for line in text[:-1].split("\n"):
        if line.startswith("# HELP "):
            helped, _, about = line[7:].partition(" ")
            must(about and re.fullmatch(r"(?:[^\\]|\\[\\n])*", about), "a help text", line)
            must(helped not in metrics, "help said once, and samples together", line)
        elif line.startswith("# TYPE "):
            name, _, kind = line[7:].partition(" ")
            must(name == helped and kind in SUFFIXES, "a type after its help", line)
            check_name(name, kind, line)
            current = metrics[name] = Metric(name, kind)
            helped = None
        else:
            must(current is not None and helped is None, "a sample after its type", line)
            add_sample(current, line)
    must(helped is None, "a type after its help", text[-80:])
    return metrics
