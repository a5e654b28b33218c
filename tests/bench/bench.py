#!/usr/bin/env python3
"""Figures, as ratios in one run: what is measured beside it ran on the same machine a moment ago.
usage: bench.py FOLDER_OF_PROGRAMS [NAME…]"""

import contextlib
import json
import os
import pathlib
import re
import socket
import statistics
import subprocess
import sys
import time
import urllib.parse

BIN = pathlib.Path(sys.argv[1]).resolve()
os.environ["THIG_HOOKS_BIN"] = str(BIN / "thig-hooks")
os.environ["THIG_TEST_PATIENCE"] = "600"
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "e2e"))
from hooks import Home, Nginx, Receiver, free_port  # noqa: E402
import many as webhooks  # noqa: E402
import scale as admin  # noqa: E402

BODY = 500
LINE = '{"event":"project.created","data":{"text":"%s"}}\n' % ("x" * (BODY - 100))


def report(what, figure, target):
    print(f"{what:<66} {figure:>16}   target {target}", flush=True)


def seconds(call):
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def on_disk(home):
    """Durability costs nothing in memory: these measurements want a real disk."""
    folder = pathlib.Path(__file__).resolve().parent.parent.parent / "build" / f"bench-{os.getpid()}"
    folder.mkdir(parents=True, exist_ok=True)
    home.db = folder / "hooks.db"
    home.env["THIG_HOOKS_DB"] = str(home.db)
    return folder


def clear(folder):
    for file in folder.iterdir():
        with contextlib.suppress(OSError):
            file.unlink()
    folder.rmdir()


def wrk_rate(home, url, connections=32):
    """POSTs a second, as wrk counts them; every answer must be 2xx."""
    script = home.dir / "post.lua"
    script.write_text("""wrk.method = "POST"; wrk.body = '{"text":"' .. string.rep("x", %d) .. '"}'; """
                      'wrk.headers["content-type"] = "application/json"' % (BODY - 11))
    out = subprocess.run(["wrk", "-t1", f"-c{connections}", "-d5s", "-s", script, url], capture_output=True, text=True, check=True).stdout
    assert "Non-2xx" not in out, out
    return float(re.search(r"Requests/sec:\s+([\d.]+)", out)[1])


def drain():
    with Home() as home:
        folder = on_disk(home)
        nginx = Nginx(home)
        events = 100_000
        home.add("crm", nginx.url, ca=nginx.ca)
        took = seconds(lambda: home.run("emit", "--batch", "-", "-q", stdin=LINE * events, expect=0))
        bare_file = folder / "bare.db"
        bare = float(subprocess.run([BIN / "bare_inserts", bare_file, str(events), str(BODY)], capture_output=True, text=True, check=True).stdout)
        report(f"emit --batch, {BODY} B, durable: events/s", f"{events / took:,.0f}", "≥ 60,000")
        report("  ÷ bare prepared inserts of the same rows", f"{bare / took:.2f}", "≥ 0.6")
        wrk = wrk_rate(home, nginx.url)
        took = seconds(lambda: home.run("deliver", "-q", expect=0))
        assert home.stats("crm")["delivered"] == events
        report("drain to one HTTPS endpoint, all recorded: deliveries/s", f"{events / took:,.0f}", "")
        report(f"  ÷ wrk POSTs to the same receiver ({wrk:,.0f}/s)", f"{events / took / wrk:.2f}", "≥ 0.35")
        size = sum(file.stat().st_size for file in folder.glob("hooks.db") if file.is_file())
        report("disk per delivered event beyond its body: bytes", f"{size / events - BODY:,.0f}", "≤ 300")
        clear(folder)


def backlog():
    """The cost of a delivery does not grow with what is pending."""
    costs = {}
    for pending in (10_000, 1_000_000):
        with Home() as home:
            folder = on_disk(home)
            nginx = Nginx(home)
            home.add("held", "https://192.168.0.1/", events=["prd.*"])
            home.add("crm", nginx.url, ca=nginx.ca, events=["project.*"])
            held = LINE.replace("project.created", "prd.approved")
            home.run("emit", "--batch", "-", "-q", stdin=held * pending, expect=0)
            home.run("disable", "held", expect=0)
            home.run("emit", "--batch", "-", "-q", stdin=LINE * 30_000, expect=0)
            run = home.start("run", "-q")
            start = time.perf_counter()
            home.wait_for("the drain", lambda: home.stats("crm")["delivered"] == 30_000)
            costs[pending] = time.perf_counter() - start
            if pending == 1_000_000:
                report("memory of run with 1 M pending: MiB", f"{run.resident_mib():.0f}", "≤ 64")
            run.stop()
            clear(folder)
    report("cost of a delivery with 1 M pending ÷ with 10 k", f"{costs[1_000_000] / costs[10_000]:.2f}", "≤ 1.2")


def latency():
    with Home() as home:
        folder = on_disk(home)
        with Receiver(home) as receiver:
            home.add("crm", receiver.url, ca=receiver.ca)
            run = home.start("run", "-q")
            waits = []
            for _ in range(200):
                out = home.run("emit", "project.created", "--json", expect=0)
                emitted = time.time()
                waits.append((receiver.next()["at"] - emitted) * 1000)
                assert out.stdout
            waits.sort()
            report("emit has ended → the receiver has it (< 0: sooner): p50 ms", f"{statistics.median(waits):.1f}", "≤ 3")
            report("  p99 ms", f"{waits[int(len(waits) * 0.99)]:.1f}", "≤ 15")
            run.stop()
        clear(folder)


def small():
    """Whole processes, as a script starts them."""
    with Home() as home:
        folder = on_disk(home)
        home.add("crm", "https://example.com/")
        def median(*argv):
            return statistics.median(seconds(lambda: subprocess.run(argv, env=home.env, capture_output=True, check=True)) for _ in range(60))
        curl = median("curl", "--version")
        for words in (["list"], ["emit", "project.created"]):
            took = median(BIN / "thig-hooks", *words)
            report(f"{words[0]}, whole process ({took * 1000:.1f} ms) ÷ curl --version", f"{took / curl:.2f}", "≤ 1.5")
        run = home.start("run", "-q")
        home.wait_for("run", lambda: "owner" in home.run("deliver").stderr or True)
        time.sleep(1)
        before, start = switches(run.pid), time.time()
        time.sleep(5)
        report("idle run: wake-ups a second", f"{(switches(run.pid) - before) / (time.time() - start):.1f}", "≤ 2")
        run.stop()
        clear(folder)


def incoming():
    """serve-incoming, durable, beside adnanh/webhook, which records nothing. Alternately, as what else the machine
    does changes."""
    with Home() as home:
        folder = on_disk(home)
        url = home.json("add", "incoming", "in", "--action", "create-project", "--set", "name=/text", "--when", "/never=x",
                        "--dedupe", "0s")["url"]
        server = home.start("serve-incoming", "--listen", "127.0.0.1:0", "-q", "--rate-per-address", "0",
                            "--trusted-proxy", "127.0.0.1")
        ours = server.next_line().split()[-1] + urllib.parse.urlsplit(url).path
        hooks = home.dir / "hooks.json"
        never = {"match": {"type": "value", "value": "x", "parameter": {"source": "payload", "name": "never"}}}
        hooks.write_text(json.dumps([{"id": "nothing", "execute-command": "/bin/true", "trigger-rule": never},
                                     {"id": "true", "execute-command": "/bin/true"}]))
        port = free_port()
        home.start_other("webhook", "-hooks", hooks, "-ip", "127.0.0.1", "-port", port)
        home.wait_for("webhook", lambda: listens(port))
        rates = {"ours": [], "nothing": [], "true": []}
        for _ in range(3):
            rates["ours"].append(wrk_rate(home, ours, 64))
            for hook in ("nothing", "true"):
                rates[hook].append(wrk_rate(home, f"http://127.0.0.1:{port}/hooks/{hook}", 64))
        best = {name: statistics.median(each) for name, each in rates.items()}
        report("serve-incoming, durable, 64 connections: requests/s", f"{best['ours']:,.0f}", "")
        report(f"  ÷ webhook running /bin/true ({best['true']:,.0f}/s)", f"{best['ours'] / best['true']:.2f}", "≥ 2")
        report(f"  ÷ webhook running nothing ({best['nothing']:,.0f}/s)", f"{best['ours'] / best['nothing']:.2f}", "≥ 2")
        start = time.perf_counter()
        home.wait_for("all actions", lambda: home.json("requests", "--state", "pending", "--limit", "1") == [])
        report("  the last action has ended after: s", f"{time.perf_counter() - start:.1f}", "")
        server.stop()
        clear(folder)


def scale():
    with Home() as home:
        folder = on_disk(home)
        admin.measure(home, BIN / "thig-hooks", report)
        clear(folder)


def many():
    ten = None
    for count in (10, 10_000, 100_000):
        with Home() as home:
            folder = on_disk(home)
            rate = webhooks.measure(home, BIN / "thig-hooks", folder, Nginx(home), count, report, ten)
            ten = ten or rate
            clear(folder)


def listens(port):
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


def switches(pid):
    total = 0
    for status in pathlib.Path(f"/proc/{pid}/task").glob("*/status"):
        total += int(re.search(r"^voluntary_ctxt_switches:\s+(\d+)", status.read_text(), re.M)[1])
    return total


BENCHES = {"drain": drain, "incoming": incoming, "backlog": backlog, "latency": latency, "small": small, "scale": scale,
           "many": many}

if __name__ == "__main__":
    for name in sys.argv[2:] or BENCHES:
        BENCHES[name]()
