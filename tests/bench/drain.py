"""A backlog, delivered as fast as it goes, beside what else posts to the same receiver."""

from hooks import Nginx

from installation import (BODY, HERE, SLOW_ANSWERS, add_webhooks, bare_sender, deliver, delivered, emit, failures, file_of, installation,
                          printed_seconds, receivers, wrk)
from machine import BusyShares, children

IN_FLIGHT = 32  # to one webhook, unless its settings say otherwise
MOST_IN_FLIGHT = 1024  # of all together


class Rival:
    """A BullMQ worker on a Redis that keeps what it is told as its documentation advises."""

    def __init__(self, home, urls, receiver):
        self.socket, self.urls, self.receiver = home.dir / "redis.sock", urls, receiver
        home.start_other("redis-server", "--port", "0", "--unixsocket", self.socket, "--dir", home.folder, "--appendonly", "yes",
                         "--appendfsync", "everysec", "--maxmemory-policy", "noeviction")
        home.wait_for("Redis", self.socket.exists)

    def rate(self, jobs, in_flight):
        return jobs / printed_seconds("node", HERE / "bullmq_worker.mjs", self.socket, self.urls, self.receiver.ca, jobs, in_flight, BODY)


def drain(bench):
    """200,000 deliveries to one HTTPS endpoint, every result recorded"""
    measure(bench, bench.size(200_000, 20_000), 1, IN_FLIGHT)


def endpoints(bench):
    """the same over 1,000 endpoints"""
    measure(bench, bench.size(200_000, 20_000), 1000, MOST_IN_FLIGHT)


def measure(bench, count, webhooks, in_flight):
    with installation() as home:
        receiver, urls = receivers(home, webhooks)
        home.add("w0", urls[0], ca=receiver.ca)
        add_webhooks(home, "w0", ({"name": f"w{number}", "url": urls[number]} for number in range(1, webhooks)))
        file = file_of(home, urls)
        rival = Rival(home, file, receiver)
        connections = min(in_flight, 256)  # more only slow these down: they are busy with handshakes
        shares, cores = [], []

        def ours():
            emit(home, count // webhooks)
            before = delivered(home)
            busy = []

            def watch(pid):
                busy.append(BusyShares(pid, children(receiver.process.pid)))
                return busy[0].look

            took = deliver(home, watch)
            if (now := delivered(home)) - before != count:
                raise AssertionError(f"{now - before:,} of {count:,} were delivered; failures so far: {failures(home)}")
            of_threads, of_cores = busy[0].shares()
            shares.append(of_threads)
            cores.append(of_cores)
            return count / took

        rates = bench.in_turns(ours=ours, wrk=lambda: wrk(home, receiver.url, connections, bench.size(5, 2)),
                               bare=lambda: bare_sender(file, receiver, count, in_flight),
                               BullMQ=lambda: rival.rate(bench.size(20_000, 3_000), connections))
        for reference, aim, least in (("wrk", 0.50, 0.42), ("bare", 0.90, 0.75), ("BullMQ", 8, 6)):
            bench.compare("deliveries/s", rates["ours"], reference, rates[reference], "/s", aim=aim, least=least)
        sending = [share.get("thig-send", 0) for share in shares]
        others = [max((share for name, share in each.items() if name != "thig-send"), default=0) for each in shares]
        bench.figure("busy share of the busiest sending thread", sending, "")
        bench.figure("busy share of the busiest other thread", others, "")
        bench.figure("busy share of a sending thread, or of all cores by run and receiver", [max(pair) for pair in zip(sending, cores)], "", aim=0.95)


def distance(bench):
    """receivers that answer after 5 and after 50 ms, as they would elsewhere"""
    for wait, count in ((5, bench.size(30_000, 3_000)), (50, bench.size(5_000, 1_000))):
        with installation() as home:
            receiver = Nginx(home, answer=f"echo_status 204; echo_sleep {wait / 1000};", modules=SLOW_ANSWERS)
            home.add("crm", receiver.url, ca=receiver.ca)

            def ours():
                emit(home, count)
                return count / deliver(home)

            emit(home, count // 5)
            deliver(home)  # the window opens
            rates = bench.in_turns(ours=ours, bare=lambda: bare_sender(file_of(home, [receiver.url]), receiver, count, IN_FLIGHT))
            bench.compare(f"deliveries/s, answers after {wait} ms", rates["ours"], "bare", rates["bare"], "/s")
