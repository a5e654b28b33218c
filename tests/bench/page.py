"""What a browser looks at, with 10,000 webhooks and 1,000,000 past deliveries; and pages that listen for changes, beside applications that
emit and beside `run`."""

import contextlib
import http.client
import json
import socket
import time
import urllib.parse

from hooks import Nginx
from installation import add_webhooks, installation, percentile
from many import drained
from scale import Loader, EVENTS, WEBHOOKS

STREAMS = 64  # that are open at once (HttpServerOptions::max_streams)
MORE = 936    # that are refused
DRAINED = 50  # webhooks that `run` delivers to


class Browser:
    """Signed in, on one connection."""

    def __init__(self, home, server):
        self.place = urllib.parse.urlsplit(server.next_line().split()[-1])
        home.run("members", "add", "ada", "admin", expect=0)
        self.code = json.loads(home.run("login-link", "--member", "ada", "--json", expect=0).stdout)["url"].rpartition("#")[2]
        self.connection = http.client.HTTPConnection(self.place.hostname, self.place.port, timeout=60)
        form = urllib.parse.urlencode({"code": self.code})
        status, headers, _ = self.ask("POST", "/admin/login", form, {"sec-fetch-site": "same-origin",
                                                                    "content-type": "application/x-www-form-urlencoded"})
        if status != 303:
            raise AssertionError(f"not signed in: {status}")
        self.cookie = headers["set-cookie"].partition(";")[0]

    def ask(self, method, target, body=None, headers=None):
        self.connection.request(method, target, body, headers or {})
        answer = self.connection.getresponse()
        return answer.status, answer.headers, answer.read()

    def look(self, target):
        """How long it takes, in ms, and how many bytes come."""
        start = time.perf_counter()
        status, _, body = self.ask("GET", target, headers={"cookie": self.cookie, "accept-encoding": "gzip"})
        if status != 200:
            raise AssertionError(f"{target}: {status}")
        return (time.perf_counter() - start) * 1000, len(body)


def page(bench):
    """pages of 10,000 webhooks and 1,000,000 past deliveries: time of the server, and size on the wire"""
    with installation() as home:
        home.add("crm", "https://example.com/", events=["*"], private=False)
        types = [row["name"] for row in json.loads(home.run("events", "--json", expect=0).stdout)]
        Loader(types, bench.size(WEBHOOKS, WEBHOOKS // 10), bench.size(EVENTS, EVENTS // 10)).load(home.db)
        crm = home.json("show", "crm")["id"]
        newest = json.loads(home.run("deliveries", "--json", "--state", "dead", "--limit", "1", expect=0).stdout)[0]
        server = home.start("serve-admin", "--listen", "127.0.0.1:0", "-q")
        browser = Browser(home, server)
        pages = {"webhooks": "/admin/webhooks", "webhooks, searched": "/admin/webhooks?q=webhook+0077", "webhooks, disabled": "/admin/webhooks?state=disabled",
                 "a webhook": f"/admin/webhooks/outgoing/{crm}", "edit a webhook": f"/admin/webhooks/outgoing/{crm}/edit",
                 "deliveries": "/admin/deliveries", "deliveries, dead": "/admin/deliveries?state=dead",
                 "deliveries, 503": "/admin/deliveries?status=503", "deliveries, of a type": "/admin/deliveries?type=prd.*",
                 "a delivery": f"/admin/deliveries/{newest['id']}", "an event": f"/admin/events/{newest['eventId']}",
                 "audit log": "/admin/audit-logs", "developer": "/admin/settings/developer"}
        for name, target in pages.items():
            browser.look(target)
            looks = [browser.look(target) for _ in range(bench.size(40, 5))]
            bench.figure(f"{name}: p95", percentile([took for took, _ in looks], 0.95), "ms", better="less", aim=200)
            bench.figure(f"{name}: gzip", max(size for _, size in looks) / 1000, "kB", better="less", aim=30)
        bench.figure("memory of serve-admin", server.resident_mib(), "MiB", better="less", aim=48)
        server.stop()


def emitted(place, keys, seconds):
    """Durable events a second, one after the other on a connection; by keys in turn, for each may make 10,000 requests a minute."""
    connection = http.client.HTTPConnection(place.hostname, place.port, timeout=60)
    end, count = time.perf_counter() + seconds, 0
    while time.perf_counter() < end:
        head = {"authorization": f"Bearer {keys[count % len(keys)]}", "content-type": "application/json"}
        connection.request("POST", "/api/events", b'{"event":"project.created","data":{}}', head)
        answer = connection.getresponse()
        answer.read()
        if answer.status != 202:
            raise AssertionError(f"not accepted: {answer.status}")
        count += 1
    return count / seconds


def listen(browser, number):
    """A connection on which changes are told, or that is refused: the status, and the socket. From several addresses, for one may have
    256 connections."""
    sock = socket.create_connection((browser.place.hostname, browser.place.port), timeout=60, source_address=(f"127.0.0.{2 + number % 8}", 0))
    sock.sendall(f"GET /admin/live HTTP/1.1\r\nhost: {browser.place.netloc}\r\ncookie: {browser.cookie}\r\n\r\n".encode())
    head = sock.recv(4096)
    return int(head.split()[1]), b"retry-after" in head.lower(), sock


@contextlib.contextmanager
def listening(browser):
    """As many as may listen, none of which reads what it is told, and all those that are refused."""
    with contextlib.ExitStack() as stack:
        answers = []
        for number in range(STREAMS + MORE):
            answers.append(listen(browser, number))
            stack.callback(answers[-1][2].close)
        told = sum(status == 200 for status, _, _ in answers)
        refused = sum(status == 503 and again for status, again, _ in answers)
        if (told, refused) != (STREAMS, MORE):
            raise AssertionError(f"{told} listen, {refused} were refused")
        yield


def streams(bench):
    """64 pages that listen and read nothing, and 936 that are refused, beside an application that emits, and beside `run`"""
    duration, each = bench.size(5, 1), bench.size(2_000, 200)
    with installation() as home:
        receiver = Nginx(home)
        home.add("crm", receiver.url, ca=receiver.ca, events=["prd.approved"])
        add_webhooks(home, "crm", ({"name": f"w{number}"} for number in range(1, DRAINED)))
        keys = [home.json("keys", "add", f"k{number}", "--scope", "emit", "--rate", "10000")["key"] for number in range(12)]
        server = home.start("serve-admin", "--listen", "127.0.0.1:0", "-q")
        browser = Browser(home, server)

        def beside(measure):
            with listening(browser):
                return measure()

        subjects = {"events/s": lambda: emitted(browser.place, keys, duration), "deliveries/s": lambda: drained(home, each)[1]}
        for what, measure in subjects.items():
            rates = bench.in_turns(beside=lambda: beside(measure), alone=measure)
            bench.compare(f"{what} beside {STREAMS} streams and {MORE} refused", rates["beside"], "alone", rates["alone"], "/s", aim=0.9)
        server.stop()
