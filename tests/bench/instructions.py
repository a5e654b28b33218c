"""Instructions, counted by callgrind: a change of the code shows on any machine, also on one that has other things to do. What is told is
the difference of two sizes, so what starting costs cancels out. What is done by the clock does not: under callgrind fewer results are ready
when they are recorded, every 20 ms, so a delivery counts for more than in a drain, and its count varies by some hundredths."""

import re
import subprocess

from hooks import BINARY, Nginx

from installation import BODY, PROGRAMS, emit, file_of, installation, line


def instructions(bench):
    """of a delivery and of an accepted event, by callgrind, beside the bare loops"""
    figures = bench.in_turns(ours=lambda: per_delivery(bench), bare=lambda: per_request(bench))
    bench.compare("instructions of a delivery", figures["ours"], "bare", figures["bare"], "", better="less")
    figures = bench.in_turns(ours=lambda: per_event(bench), bare=lambda: per_insert(bench))
    bench.compare("instructions of an accepted event", figures["ours"], "bare inserts", figures["bare"], "", better="less")


def counted(home, *argv):
    done = subprocess.run(["valgrind", "--tool=callgrind", f"--callgrind-out-file={home.dir}/callgrind.out", *map(str, argv)],
                          env=home.env, capture_output=True, text=True)
    if done.returncode != 0:
        raise AssertionError(f"{argv[0]} under callgrind: exit code {done.returncode}\n{done.stdout}{done.stderr}")
    return int(re.search(r"Collected : (\d+)", done.stderr)[1])


def slope(count, few, many):
    """Of one more."""
    return (count(many) - count(few)) / (many - few)


def per_delivery(bench):
    with installation() as home:
        receiver = Nginx(home)
        # A time limit that holds under callgrind, too.
        home.add("crm", receiver.url, "--timeout", "60s", ca=receiver.ca)

        def deliver(count):
            emit(home, count)
            before = home.stats("crm")["delivered"]
            total = counted(home, BINARY, "deliver", "-q")
            assert home.stats("crm")["delivered"] - before == count
            return total

        return slope(deliver, 300, bench.size(2_000, 900))


def per_request(bench):
    with installation() as home:
        receiver = Nginx(home)
        return slope(lambda count: counted(home, PROGRAMS / "bare_sender", file_of(home, [receiver.url]), receiver.ca, count, 32, BODY),
                     300, bench.size(2_000, 900))


def per_event(bench):
    with installation() as home:
        home.add("crm", "https://example.com/")

        def accept(count):
            file = home.dir / "events"
            file.write_text(line() * count)
            return counted(home, BINARY, "emit", "--batch", file, "-q")

        return slope(accept, 2_000, bench.size(20_000, 6_000))


def per_insert(bench):
    with installation() as home:
        def insert(count):
            return counted(home, PROGRAMS / "bare_inserts", home.folder / f"{count}.db", count, BODY)

        return slope(insert, 2_000, bench.size(20_000, 6_000))
