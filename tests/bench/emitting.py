"""Events that are accepted durably, the space they take, and how the cost of both ways grows with payload and fan-out."""

from hooks import Nginx

from installation import BODY, PROGRAMS, add_webhooks, deliver, emit, installation, line, printed_seconds, reading, receivers


def emitting(bench):
    """`emit --batch` of 500,000, durable, beside bare inserts of the same rows"""
    count = bench.size(500_000, 50_000)

    def ours():
        with installation() as home:
            home.add("crm", "https://example.com/")
            return count / emit(home, count)

    def bare():
        with installation() as home:
            return count / printed_seconds(PROGRAMS / "bare_inserts", home.folder / "bare.db", count, BODY)

    rates = bench.in_turns(ours=ours, bare=bare)
    bench.compare("events/s", rates["ours"], "bare inserts", rates["bare"], "/s", aim=0.65, least=0.6)


def disk(bench):
    """bytes on disk of an event that was delivered, beyond its body"""
    count = bench.size(100_000, 20_000)
    with installation() as home:
        receiver = Nginx(home)
        home.add("crm", receiver.url, ca=receiver.ca)
        empty = used_bytes(home)
        emit(home, count)
        bench.figure("bytes of an event beyond its body, pending", (used_bytes(home) - empty) / count - BODY, "B", better="less")
        deliver(home)
        bench.figure("bytes of an event beyond its body, delivered", (used_bytes(home) - empty) / count - BODY, "B", better="less", aim=300, least=300)


def used_bytes(home):
    """Of the database, wherever its pages are by now, in the file or in the log."""
    with reading(home) as db:
        pages, free, size = (db.execute(f"PRAGMA {what}").fetchone()[0] for what in ("page_count", "freelist_count", "page_size"))
        return (pages - free) * size


def growth(bench):
    """what a delivery costs by the size of its payload and by the webhooks an event goes to"""
    by_payload(bench)
    by_fan_out(bench)


def by_payload(bench):
    sizes = {f"{kib:g} KiB": int(kib * 1024) for kib in (0.5, 5, 50)}
    costs = {"emit": {}, "deliver": {}}
    with installation() as home:
        receiver = Nginx(home)
        home.add("crm", receiver.url, ca=receiver.ca)

        def both(size):
            count = bench.size(20_000, 2_000) if size > 10_000 else bench.size(50_000, 5_000)
            return emit(home, count, line(body=size)) / count * 1e6, deliver(home) / count * 1e6

        figures = bench.in_turns(**{name: lambda size=size: both(size) for name, size in sizes.items()})
    for name, pairs in figures.items():
        costs["emit"][name], costs["deliver"][name] = zip(*pairs)
    tell(bench, "payload of", costs)


def by_fan_out(bench):
    """As many deliveries each time; only how many events they stem from differs."""
    count = bench.size(100_000, 10_000)
    costs = {"emit": {}, "deliver": {}}
    with installation() as home:
        receiver, urls = receivers(home, 100)
        home.add("crm", urls[0], ca=receiver.ca, events=["project.created"])
        for kind, webhooks in (("project.created", 1), ("project.updated", 10), ("project.archived", 100)):
            add_webhooks(home, "crm", [{"name": f"{kind}-{i}", "url": urls[i], "events": [kind]} for i in range(webhooks)])
        home.run("disable", "crm", expect=0)
        home.run("remove", "crm", "--yes", expect=0)

        def both(kind, webhooks):
            return emit(home, count // webhooks, line(kind)) / count * 1e6, deliver(home) / count * 1e6

        figures = bench.in_turns(**{"1 webhook": lambda: both("project.created", 1), "10 webhooks": lambda: both("project.updated", 10),
                                    "100 webhooks": lambda: both("project.archived", 100)})
    for name, pairs in figures.items():
        costs["emit"][name], costs["deliver"][name] = zip(*pairs)
    tell(bench, "event to", costs)


def tell(bench, what, costs):
    """The first size is what the others are measured beside."""
    for command, by_size in costs.items():
        base_name, base = next(iter(by_size.items()))
        for name, values in by_size.items():
            title = f"{what} {name}: {command}, a delivery"
            if name == base_name:
                bench.figure(title, values, "µs", better="less")
            else:
                bench.compare(title, values, base_name, base, "µs", better="less")
