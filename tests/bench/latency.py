"""From an event's commit to its receiver (stream.py says what exactly), alone and beside others that are slow, broken or busy."""

import socket
import statistics

from hooks import Nginx

from installation import add_webhooks, emit, installation, line, percentile
from stream import NotingReceiver, settled, stream, waits

HEALTHY = BAD = 50


def latency(bench):
    """from the commit of an event to the first byte at the receiver, at constant rates"""
    for rate in (200, 1000):
        alone = [at_rate(rate, bench.size(10, 2)) for _ in range(bench.turns)]
        bench.figure(f"at {rate}/s: commit → first byte: p50", [one.p50() for one in alone], "ms", better="less", aim=3)
        bench.figure(f"at {rate}/s: commit → first byte: p99", [one.p99() for one in alone], "ms", better="less", aim=15)
        bench.figure(f"at {rate}/s: line → first byte (with the durable commit): p50",
                     [statistics.median(one.from_line) for one in alone], "ms", better="less")
        bench.figure(f"at {rate}/s: line → first byte: p99", [percentile(one.from_line, 0.99) for one in alone], "ms", better="less")


def at_rate(rate, duration):
    with installation() as home:
        receiver = NotingReceiver(home)
        home.add("crm", f"{receiver.url}/hook", ca=receiver.ca)
        home.start("run", "-q")
        stream(home, rate, 0.5)  # connections open, the window grows
        events = stream(home, rate, duration)
        settled(home, ["crm"])
        return waits(events, receiver.notes())


def isolation(bench):
    """50 healthy webhooks alone, then beside 50 that hang, refuse or answer 500"""
    duration = bench.size(20, 2)
    figures = bench.in_turns(alone=lambda: healthy_waits(duration, 0), beside=lambda: healthy_waits(duration, BAD))
    compare(bench, "healthy webhooks beside bad ones", figures, aim=2)


def compare(bench, what, figures, **bounds):
    beside, alone = figures["beside"], figures["alone"]
    bench.compare(f"{what}: p50", [one.p50() for one in beside], "alone", [one.p50() for one in alone], "ms", better="less")
    bench.compare(f"{what}: p99", [one.p99() for one in beside], "alone", [one.p99() for one in alone], "ms", better="less", **bounds)


def healthy_waits(duration, bad):
    """Each event goes to all: 8 events a second are 400 deliveries a second to healthy ones."""
    with installation() as home, socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))  # and does not listen: who connects is refused
        receiver = NotingReceiver(home)
        refusing = f"https://127.0.0.1:{closed.getsockname()[1]}/hook"
        home.add("w0", f"{receiver.url}/healthy/0", ca=receiver.ca)
        wrong = (f"{receiver.url}/hang", refusing, f"{receiver.url}/500")
        add_webhooks(home, "w0", [{"name": f"w{i}", "url": f"{receiver.url}/healthy/{i}"} for i in range(1, HEALTHY)] +
                     [{"name": f"bad{i}", "url": wrong[i % 3]} for i in range(bad)])
        home.start("run", "-q")
        stream(home, 8, 1)
        events = stream(home, 8, duration)
        settled(home, [f"w{i}" for i in range(HEALTHY)])
        return waits(events, receiver.notes(), lambda path: path.startswith("/healthy/"))


def backlog(bench):
    """ten webhooks alone, then beside one that works off 1,000,000 deliveries"""
    pending = bench.size(1_000_000, 100_000)
    with installation() as home:
        busy, figures = Nginx(home), {"alone": [], "beside": []}
        home.add("busy", busy.url, ca=busy.ca, events=["prd.*"])
        emit(home, pending, line("prd.approved"))
        for _ in range(bench.turns):
            for which, command in (("alone", "disable"), ("beside", "enable")):
                home.run(command, "busy", expect=0)
                figures[which].append(others_waits(home, bench.size(15, 2)))
        assert home.stats("busy")["pending"] > 0, "the backlog has ended before the measurement"
        compare(bench, "ten webhooks beside a backlog of another", figures)


def others_waits(home, duration):
    receiver = NotingReceiver(home)
    names = [f"other{i}" for i in range(10)]
    for name in names:
        home.add(name, f"{receiver.url}/{name}", ca=receiver.ca, events=["project.*"])
    run = home.start("run", "-q")
    stream(home, 20, 1)
    events = stream(home, 20, duration)
    settled(home, names)
    run.stop()
    for name in names:
        home.run("remove", name, "--yes", expect=0)
    return waits(events, receiver.notes())
