"""Bringing back very much, while others go on."""

import time

from installation import ID_EPOCH, add_webhooks, filling, installation
from stream import stream

DEAD = 2  # core/store/sqlite: the state of a delivery


def recover(bench):
    """`recover` of 1,000,000 dead deliveries over 10,000 webhooks, while somebody emits"""
    webhooks, each = bench.size(10_000, 500), bench.size(100, 20)
    took, longest = [], []
    for _ in range(bench.turns):
        with installation() as home:
            home.add("w0", "https://example.com/", events=["project.*"])
            add_webhooks(home, "w0", ({"name": f"w{number}"} for number in range(1, webhooks)))
            home.add("other", "https://example.com/", events=["prd.*"])
            add_dead(home.db, each)
            start = time.perf_counter()
            recovery = home.start("recover", "--all", "--since", "1d", "--yes", "-q")
            events = stream(home, 50, kind="prd.approved", until=lambda: recovery.child.poll() is not None)
            took.append(time.perf_counter() - start)
            assert recovery.child.returncode == 0, recovery.rest(errors=True)
            assert sum(row["pending"] for row in home.json("stats")["webhooks"]) == webhooks * each + len(events)
            longest.append(max(receipt - written for written, receipt in events.values()) * 1000)
    bench.figure(f"recover of {webhooks * each:,} over {webhooks:,} webhooks", took, "s", better="less", aim=60)
    bench.figure("the longest wait of one who emits beside it", longest, "ms", better="less", aim=200)


def add_dead(path, each):
    """So many events, each of which died at every webhook but `other`, within the last hour."""
    with filling(path, "delivery", "event") as db:
        ids = [row[0] for row in db.execute("SELECT id FROM endpoint WHERE name <> 'other'")]
        began = int(time.time() * 1000) - 3_600_000
        for number in range(each):
            at = began + number * 1000
            event = (at - ID_EPOCH) << 22
            db.execute("INSERT INTO event (id, type, body) VALUES (?, 'project.created', ?)", (event, b'{"data":{}}'))
            db.executemany("INSERT INTO delivery (event_id, endpoint_id, state, finished_at, attempts, started_at, duration, status, error, answer) "
                           "VALUES (?, ?, ?, ?, 1, ?, 5, 503, 'http: 503', '')", ((event, i, DEAD, at, at) for i in ids))
        db.executemany("UPDATE endpoint_counter SET dead = ?, attempts_failed = ? WHERE endpoint_id = ?", ((each, each, i) for i in ids))
