"""What is pending must not make a delivery dearer, nor `run` larger."""

import contextlib
import time

from hooks import Nginx

from installation import deliver, emit, installation, line


def pending(bench):
    """the cost of a delivery and the memory of `run` with 1,000,000 pending, beside 10,000"""
    few, many = bench.size(10_000, 1_000), bench.size(1_000_000, 100_000)
    count = bench.size(60_000, 10_000)
    with contextlib.ExitStack() as stack:
        homes = {held: set_up(stack.enter_context(installation()), held) for held in (few, many)}

        def cost(home):
            emit(home, count)
            return deliver(home) / count * 1e6

        costs = bench.in_turns(many=lambda: cost(homes[many]), few=lambda: cost(homes[few]))
        bench.compare(f"a delivery with {many:,} pending", costs["many"], f"{few:,}", costs["few"], "µs", better="less", aim=1.1, least=1.1)
        homes[many].run("enable", "held", expect=0)
        bench.figure(f"the most memory of run as it works off {many:,}", most_memory(homes[many], bench.size(15, 3)), "MiB", better="less",
                     aim=64, least=64)


def set_up(home, held):
    receiver = Nginx(home)
    home.add("held", receiver.url, ca=receiver.ca, events=["prd.*"])
    home.add("crm", receiver.url, ca=receiver.ca, events=["project.*"])
    emit(home, held, line("prd.approved"))
    home.run("disable", "held", expect=0)  # what is pending stays so
    return home


def most_memory(home, duration):
    run, most = home.start("run", "-q"), 0
    end = time.monotonic() + duration
    while time.monotonic() < end:
        most = max(most, run.resident_mib())
        time.sleep(0.02)
    run.stop()
    assert home.stats("crm")["delivered"] > 0
    return most
