"""What subjects share: an installation on a real disk, webhooks and events in numbers, and what is measured beside."""

import contextlib
import json
import os
import pathlib
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
BUILD = HERE.parent.parent / "build"
sys.path.insert(0, str(HERE.parent / "e2e"))
os.environ.setdefault("THIG_HOOKS_BIN", str(BUILD / "release/bin/thig-hooks"))
os.environ.setdefault("THIG_TEST_PATIENCE", "1200")  # s; recovering a million may take its time
import hooks  # noqa: E402

PROGRAMS = hooks.BINARY.parent

BODY = 500
DATA = '{"event":"%s","data":{"text":"%s"}}\n'
ID_EPOCH = 1_704_067_200_000  # 2024-01-01, in ms: event ids count from there
APPLIED_AT_ONCE = 20_000  # webhooks: a document holds 16 MiB
# As receivers are many, so are their hosts: libcurl looks a connection up among those to its host.
HOSTS = [f"127.0.1.{number}" for number in range(1, 201)]
SLOW_ANSWERS = ["/usr/lib/nginx/modules/ngx_http_echo_module.so"]


def line(kind="project.created", body=BODY):
    """An event whose body has about so many bytes."""
    return DATA % (kind, "x" * (body - 100))


def seconds(call):
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def percentile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


@contextlib.contextmanager
def installation():
    """A home whose database is on the disk: in memory durability would cost nothing. `.folder` is where."""
    BUILD.mkdir(exist_ok=True)
    folder = pathlib.Path(tempfile.mkdtemp(prefix="bench-", dir=BUILD))
    try:
        with hooks.Home() as home:
            home.folder, home.db = folder, folder / "hooks.db"
            home.env["THIG_HOOKS_DB"] = str(home.db)
            yield home
    finally:
        shutil.rmtree(folder)


def emit(home, count, text=None):
    """Durably, by `emit --batch`; the seconds that took."""
    text = text or line()
    file = home.dir / "events"  # in memory: writing it out would keep the disk busy
    with open(file, "w", encoding="utf-8") as out:
        for done in range(0, count, 1000):
            out.write(text * min(1000, count - done))
    took = seconds(lambda: home.run("emit", "--batch", file, "-q", expect=0))
    file.unlink()
    return took


def deliver(home, watch=None):
    """`deliver` until nothing is due; the seconds that took. `watch(pid)` is called once, what it answers again and again."""
    start = time.perf_counter()
    process = home.start("deliver", "-q")
    look = watch(process.pid) if watch else lambda: None
    while process.child.poll() is None:
        look()
        time.sleep(0.02)
    took = time.perf_counter() - start
    if process.child.returncode != 0:
        raise AssertionError(f"deliver: exit code {process.child.returncode}: {process.rest(errors=True)}")
    return took


def reading(home):
    return contextlib.closing(sqlite3.connect(f"file:{home.db}?mode=ro", uri=True, isolation_level=None))


def delivered(home):
    with reading(home) as db:
        return db.execute("SELECT coalesce(sum(delivered), 0) FROM endpoint_counter").fetchone()[0]


def failures(home):
    """{outcome: attempts}"""
    with reading(home) as db:
        return dict(db.execute("SELECT outcome, sum(attempts) FROM failure WHERE endpoint_id = 0 GROUP BY outcome"))


@contextlib.contextmanager
def filling(path, *tables):
    """A connection in a transaction, for very many rows: the indexes of these tables are made again at the end."""
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("PRAGMA wal_autocheckpoint = 0")
        db.execute("PRAGMA cache_size = -500000")
        db.execute("BEGIN IMMEDIATE")
        indexes = db.execute(f"SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL AND tbl_name IN ({','.join('?' * len(tables))})",
                             tables).fetchall()
        for name, _ in indexes:
            db.execute(f"DROP INDEX {name}")
        yield db
        for _, sql in indexes:
            db.execute(sql)
        db.execute("COMMIT")


def add_webhooks(home, model, changes):
    """Copies of the webhook `model`, each with what a row of `changes` says ({"name": …}), by `apply`."""
    document = json.loads(home.run("export", expect=0).stdout)
    kind, row = next((key, row) for key, rows in document.items() if isinstance(rows, list) for row in rows if row.get("name") == model)
    file = home.folder / "webhooks.json"
    changes = list(changes)
    for first in range(0, len(changes), APPLIED_AT_ONCE):
        file.write_text(json.dumps(document | {kind: [row | change for change in changes[first:first + APPLIED_AT_ONCE]]}))
        home.run("apply", file, expect=0)
    file.unlink(missing_ok=True)


def receivers(home, count):
    """An nginx, and so many URLs at it, on as many hosts of its own."""
    receiver = hooks.Nginx(home, addresses=HOSTS[:count])
    return receiver, [f"https://{HOSTS[number % len(HOSTS)]}:{receiver.port}/hook/{number}" for number in range(count)]


def wrk(home, url, connections=32, duration=5):
    """POSTs a second, as wrk counts them; every answer must be 2xx."""
    script = home.dir / "post.lua"
    script.write_text("""wrk.method = "POST"; wrk.body = '{"text":"' .. string.rep("x", %d) .. '"}'; """
                      'wrk.headers["content-type"] = "application/json"' % (BODY - 11))
    out = subprocess.run(["wrk", "-t1", f"-c{connections}", f"-d{duration}s", "-s", script, url], capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in out:
        raise AssertionError(out)
    return float(re.search(r"Requests/sec:\s+([\d.]+)", out)[1])


def printed_seconds(*argv, env=None):
    done = subprocess.run(list(map(str, argv)), capture_output=True, text=True, env=env)
    if done.returncode != 0:
        raise AssertionError(f"{argv[0]}: exit code {done.returncode}\n{done.stdout}{done.stderr}")
    return float(done.stdout)


def bare_sender(urls, receiver, requests, in_flight):
    """Requests a second. `urls`: a file."""
    return requests / printed_seconds(PROGRAMS / "bare_sender", urls, receiver.ca, requests, in_flight, BODY)


def file_of(home, urls):
    file = home.dir / "urls"
    file.write_text("".join(f"{url}\n" for url in urls))
    return file
