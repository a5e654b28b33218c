"""serve-incoming, durable, beside adnanh/webhook, which records nothing, and beside what the disk allows."""

import contextlib
import json
import socket
import time
import urllib.parse

from hooks import free_port

from installation import installation, wrk
from machine import cpu_seconds, sync_ms


def incoming(bench):
    """`serve-incoming`, every request durable before its answer, beside webhook, which records nothing"""
    duration = bench.size(5, 1)
    with installation() as home:
        url = home.json("add", "incoming", "in", "--action", "create-project", "--set", "name=/text", "--when", "/never=x",
                        "--dedupe", "0s")["url"]
        server = home.start("serve-incoming", "--listen", "127.0.0.1:0", "-q", "--rate-per-address", "0",
                            "--trusted-proxy", "127.0.0.1")
        ours = server.next_line().split()[-1] + urllib.parse.urlsplit(url).path
        webhook, theirs = rival(home)

        def running_true():
            """It answers first and runs the command afterwards; what it owes then counts, and is not left to the next."""
            start = time.perf_counter()
            answered = wrk(home, f"{theirs}/true", connections, duration) * duration
            wait_until_idle(webhook.pid)
            return answered / (time.perf_counter() - start)

        for connections in (64, 256):
            rates = bench.in_turns(ours=lambda: wrk(home, ours, connections, duration),
                                   nothing=lambda: wrk(home, f"{theirs}/nothing", connections, duration),
                                   true=running_true,
                                   allowed=lambda: connections / (2 * sync_ms(home.folder) / 1000))
            far = connections == 256
            title = f"requests/s, {connections} connections"
            bench.compare(title, rates["ours"], "webhook, nothing", rates["nothing"], "/s", **({"aim": 1.2} if far else {}))
            bench.compare(title, rates["ours"], "webhook, /bin/true", rates["true"], "/s", **({"aim": 2} if far else {}))
            bench.compare(title, rates["ours"], f"{connections} ÷ two syncs", rates["allowed"], "/s", **({} if far else {"aim": 0.85}))
        start = time.perf_counter()
        home.wait_for("all actions", lambda: home.json("requests", "--state", "pending", "--limit", "1") == [])
        bench.figure("the last action has ended after", time.perf_counter() - start, "s", better="less")
        server.stop()


def rival(home):
    hooks = home.dir / "hooks.json"
    never = {"match": {"type": "value", "value": "x", "parameter": {"source": "payload", "name": "never"}}}
    hooks.write_text(json.dumps([{"id": "nothing", "execute-command": "/bin/true", "trigger-rule": never},
                                 {"id": "true", "execute-command": "/bin/true"}]))
    port = free_port()
    webhook = home.start_other("webhook", "-hooks", hooks, "-ip", "127.0.0.1", "-port", port)
    home.wait_for("webhook", lambda: listens(port))
    return webhook, f"http://127.0.0.1:{port}/hooks"


def wait_until_idle(pid):
    """Until neither the process nor those it has started have used any time for a tenth of a second."""
    used = None
    while used != (used := cpu_seconds(pid)):
        time.sleep(0.1)


def listens(port):
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False
