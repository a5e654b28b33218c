"""Installations with very many webhooks, all of which have something due: what `run` and a look cost."""

import json
import sqlite3
import subprocess
import time

from scale import ID_EPOCH

DELIVERIES = 200_000
APPLIED_AT_ONCE = 30_000  # a document holds 16 MiB


def add_webhooks(home, folder, count):
    """Copies of the only webhook there is, by `apply`: each has a secret of its own."""
    document = json.loads(home.run("export", expect=0).stdout)
    kind = next(key for key, value in document.items() if isinstance(value, list) and value and value[0].get("name") == "crm")
    model = document[kind][0]
    file = folder / "webhooks.json"
    for first in range(1, count, APPLIED_AT_ONCE):
        names = range(first, min(count, first + APPLIED_AT_ONCE))
        file.write_text(json.dumps(document | {kind: [model | {"name": f"w{number:06}"} for number in names]}))
        home.run("apply", file, expect=0)
    file.unlink()


def add_pending(path, each):
    """So many events for every webhook, due a minute ago."""
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("BEGIN IMMEDIATE")
    ids = [row[0] for row in db.execute("SELECT id FROM endpoint")]
    due = int(time.time() * 1000) - 60_000
    body = '{"id":"x","event":"project.created","timestamp":"2026-01-15T10:30:00Z","data":{"text":"%s"}}' % ("x" * 400)
    for number in range(each):
        event = (due + number - ID_EPOCH) << 22
        db.execute("INSERT INTO event (id, type, body) VALUES (?, 'project.created', ?)", (event, body.encode()))
        db.executemany("INSERT INTO queue (endpoint_id, due_at, event_id, attempt, earlier) VALUES (?, ?, ?, 0, 0)", [(i, due + number, event) for i in ids])
    db.execute("UPDATE endpoint_counter SET pending = pending + ?", (each,))
    db.execute("COMMIT")
    db.close()


def drained(home, total):
    """Seconds to the first recorded delivery and to the last, and the most memory in MiB."""
    db = sqlite3.connect(f"file:{home.db}?mode=ro", uri=True, isolation_level=None)
    run = home.start("run", "-q")
    start, first, most = time.perf_counter(), None, 0
    while True:
        done = db.execute("SELECT coalesce(sum(ok + failed), 0) FROM activity WHERE endpoint_id = 0").fetchone()[0]
        took = time.perf_counter() - start
        if done and first is None:
            first = took
        most = max(most, run.resident_mib())
        if done >= total:
            break
        time.sleep(0.05)
    run.stop()
    db.close()
    return first, took, most


def measure(home, program, folder, nginx, count, report, ten=None):
    """Answers the rate; `ten` is that with ten webhooks."""
    home.add("crm", nginx.url, ca=nginx.ca)
    add_webhooks(home, folder, count)
    each = DELIVERIES // count
    add_pending(home.db, each)
    what = f"{count:,} webhooks with rows"
    if ten:
        for words, most in ((("list",), 0.2), (("emit", "project.created", "--dry-run"), 0.2), (("edit", "w000001", "--description", "x"), 0.2),
                            (("doctor",), 1), (("recover", "--all", "--since", "1d", "--dry-run"), 1)):
            start = time.perf_counter()
            subprocess.run([program, *words], env=home.env, capture_output=True, check=True)
            report(f"{what}: {words[0]}, s", f"{time.perf_counter() - start:.2f}", f"≤ {most}")
    first, took, most = drained(home, each * count)
    rate = each * count / (took - first)
    report(f"{what}: first delivery, s", f"{first:.2f}", "≤ 2")
    report(f"{what}: deliveries/s", f"{rate:,.0f}", "")
    report(f"{what}: memory of run, MiB", f"{most:.0f}", "≤ 200")
    if ten:
        report(f"{what}: rate ÷ with ten", f"{rate / ten:.2f}", "≥ 0.8")
    return rate
