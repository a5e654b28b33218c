"""Installations with very many webhooks, all of which have something due: what `run` and a look cost."""

import contextlib
import subprocess
import time

from hooks import BINARY, Nginx

from installation import ID_EPOCH, add_webhooks, filling, installation, reading, seconds

DELIVERIES = 200_000


def many(bench):
    """10, 10,000 and 100,000 webhooks that all have something due"""
    few, *counts = bench.size((10, 10_000, 100_000), (10, 1_000))
    deliveries = bench.size(DELIVERIES, 20_000)
    with contextlib.ExitStack() as stack:
        homes = {count: set_up(stack.enter_context(installation()), count) for count in (few, *counts)}
        for count in counts:
            looks(bench, homes[count], count)
        figures = bench.in_turns(**{str(count): lambda count=count: drained(homes[count], deliveries // count)
                                    for count in (few, *counts)})
        ten = [rate for _, rate, _ in figures[str(few)]]
        for count in counts:
            first, rate, memory = zip(*figures[str(count)])
            what = f"{count:,} webhooks with rows"
            bench.figure(f"{what}: first delivery", first, "s", better="less", aim=2)
            bench.compare(f"{what}: deliveries/s", rate, f"with {few}", ten, "/s", aim=0.8)
            bench.figure(f"{what}: the most memory of run", memory, "MiB", better="less", aim=200)


def set_up(home, count):
    receiver = Nginx(home)
    home.add("crm", receiver.url, ca=receiver.ca)
    add_webhooks(home, "crm", ({"name": f"w{number:06}"} for number in range(1, count)))
    return home


def looks(bench, home, count):
    """What a person does beside it."""
    number = 0

    def command(*words):
        nonlocal number
        number += 1  # nothing is the same twice
        words = [word.format(number) for word in words]
        return seconds(lambda: subprocess.run([BINARY, *words], env=home.env, capture_output=True, check=True))

    add_pending(home.db, 1)
    for words, most in ((("list",), 0.2), (("emit", "project.created", "--dry-run"), 0.2), (("edit", "w000001", "--description", "text {}"), 0.2),
                        (("add", "outgoing", "extra{}", "https://example.com/", "--event", "prd.*"), 0.2),
                        (("doctor",), 1), (("recover", "--all", "--since", "1d", "--dry-run"), 1)):
        bench.figure(f"{count:,} webhooks with rows: {' '.join(words[:2 if words[0] == 'add' else 1])}", [command(*words) for _ in range(bench.turns)],
                     "s", better="less", aim=most)


def add_pending(path, each):
    """So many events for every webhook that wants them, due a minute ago."""
    due = int(time.time() * 1000) - 60_000
    body = '{"id":"x","event":"project.created","timestamp":"2026-01-15T10:30:00Z","data":{"text":"%s"}}' % ("x" * 400)
    with filling(path) as db:
        ids = [row[0] for row in db.execute("SELECT id FROM endpoint WHERE name NOT LIKE 'extra%'")]
        for number in range(each):
            event = (due + number - ID_EPOCH) << 22
            db.execute("INSERT INTO event (id, type, body) VALUES (?, 'project.created', ?)", (event, body.encode()))
            db.executemany("INSERT INTO queue (endpoint_id, due_at, event_id, attempt, earlier) VALUES (?, ?, ?, 0, 0)",
                           [(i, due + number, event) for i in ids])
        db.executemany("UPDATE endpoint_counter SET pending = pending + ? WHERE endpoint_id = ?", [(each, i) for i in ids])


def drained(home, each):
    """Seconds to the first recorded delivery, deliveries a second from there to the last, and the most memory in MiB."""
    add_pending(home.db, each)
    with reading(home) as db:
        def attempts():
            return db.execute("SELECT coalesce(sum(ok + failed), 0) FROM activity WHERE endpoint_id = 0").fetchone()[0]

        total = db.execute("SELECT sum(pending) FROM endpoint_counter").fetchone()[0]
        before, first, most = attempts(), None, 0
        run = home.start("run", "-q")
        start = time.perf_counter()
        while (done := attempts() - before) < total:
            if done and first is None:
                first, early = time.perf_counter() - start, done
            most = max(most, run.resident_mib())
            time.sleep(0.02)
        took = time.perf_counter() - start
        run.stop()
    if first is None:  # all between two looks
        return took, total / took, most
    return first, (total - early) / (took - first), most
