"""What it costs when little happens: an idle `run`, a quiet one, and whole commands as a script starts them."""

import contextlib
import statistics
import subprocess
import time

from hooks import BINARY

from installation import add_webhooks, installation, seconds
from machine import thread_seconds, voluntary_switches
from stream import NotingReceiver, settled, stream

ACTIVE = 10  # webhooks that get the events; the others wait for theirs


def idle(bench):
    """a `run` that has nothing to do"""
    with installation() as home:
        home.add("crm", "https://example.com/")
        run = home.start("run")
        run.wait_for_error_line("serving")
        time.sleep(2)  # it does its first chores

        def look():
            switches, used, start = voluntary_switches(run.pid), processor(run), time.monotonic()
            time.sleep(bench.size(10, 3))
            took = time.monotonic() - start
            return (voluntary_switches(run.pid) - switches) / took, (processor(run) - used) / took * 1000

        wakes, used = zip(*bench.in_turns(look=look)["look"])
        bench.figure("wake-ups a second", wakes, "/s", better="less", aim=2, least=2)
        bench.figure("processor time a second", used, "ms", better="less")


def processor(process):
    return sum(thread_seconds(process.pid).values())


def steady(bench):
    """processor time of `run` at 100 deliveries a second, with 10,000 webhooks beside 10"""
    few, many = ACTIVE, bench.size(10_000, 1_000)
    with contextlib.ExitStack() as stack:
        homes = {}
        for count in (few, many):
            home = homes[count] = stack.enter_context(installation())
            home.add("w0", "https://127.0.0.1:1/", events=["project.*"])
            add_webhooks(home, "w0", [{"name": f"w{i}"} for i in range(1, ACTIVE)] +
                         [{"name": f"quiet{i}", "events": ["prd.*"]} for i in range(ACTIVE, count)])

        def used(home):
            receiver = NotingReceiver(home)
            for i in range(ACTIVE):
                home.run("edit", f"w{i}", "--url", f"{receiver.url}/{i}", "--ca-file", receiver.ca, "--allow-private", expect=0)
            run = home.start("run", "-q")
            stream(home, 100 / ACTIVE, 2)
            before, start = processor(run), time.monotonic()
            stream(home, 100 / ACTIVE, bench.size(10, 3))
            spent = (processor(run) - before) / (time.monotonic() - start) * 1000
            settled(home, ["w0"])
            run.stop()
            receiver.process.stop()
            return spent

        figures = bench.in_turns(many=lambda: used(homes[many]), few=lambda: used(homes[few]))
        bench.compare(f"processor time a second with {many:,} webhooks", figures["many"], f"with {few}", figures["few"], "ms", better="less",
                      aim=1.2, least=1.2)


def commands(bench):
    """whole processes, as a script starts them, beside `curl --version`"""
    with installation() as home:
        home.add("crm", "https://example.com/")
        argvs = {"curl": ["curl", "--version"], "list": [BINARY, "list"], "emit": [BINARY, "emit", "project.created"],
                 "version": [BINARY, "version"]}
        took = {name: [] for name in argvs}
        for _ in range(bench.turns):
            each = {name: [] for name in argvs}
            for _ in range(bench.size(40, 20)):
                for name, argv in argvs.items():
                    each[name].append(seconds(lambda: subprocess.run(argv, env=home.env, capture_output=True, check=True)) * 1000)
            for name, times in each.items():
                took[name].append(statistics.median(times))
        for name, bounds in (("list", {"aim": 1.5, "least": 1.5}), ("emit", {"aim": 1.5, "least": 1.5}), ("version", {})):
            bench.compare(f"{name}, the whole process", took[name], "curl", took["curl"], "ms", better="less", **bounds)
