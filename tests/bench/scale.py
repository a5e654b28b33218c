"""What an admin looks at in an installation of 10,000 webhooks and 1,000,000 past deliveries: each look within 200 ms."""

import json
import random
import re
import subprocess
import time

from hooks import BINARY

from installation import ID_EPOCH, filling, installation, seconds

WEBHOOKS = 10_000
EVENTS = 200_000
FAN_OUT = 5
DAYS = 7
PENDING = 100_000
HOUR = 3_600_000
BUCKETS = [int(2 ** ((i + 1) / 4)) for i in range(64)]  # core/model/stats.cpp
DELIVERED, DEAD, MISSED, CANCELLED = 1, 2, 3, 4
FAILURES = [(503, "http: 503"), (404, "http: 404"), (None, "timeout: no answer within 10s"), (None, "tls: certificate has expired")]
RARE_TYPE = "export.completed"  # of the oldest events alone


def bucket_of(duration):
    return next(i for i, top in enumerate(BUCKETS) if top >= duration)


def outcome_of(status, error):
    return str(status) if status else error.split(":")[0]


class Loader:
    """Fills a database that thig-hooks has made, as if it had lived for a week."""

    def __init__(self, types, webhooks, events):
        self.types = [name for name in types if name != RARE_TYPE]
        self.webhooks, self.events = webhooks, events
        self.dice = random.Random(1)
        self.now = int(time.time() * 1000)
        self.activity, self.failures, self.counters = {}, {}, {}
        self.buckets = {duration: bucket_of(duration) for duration in range(1, 10_001)}

    def load(self, path):
        with filling(path, "delivery") as self.db:
            self.add_webhooks()
            self.add_history()
            self.add_pending()
            self.add_figures()

    def columns(self, table):
        return [row[1] for row in self.db.execute(f"PRAGMA table_info({table})")]

    def add_webhooks(self):
        columns = self.columns("endpoint")
        model = dict(zip(columns, self.db.execute("SELECT * FROM endpoint").fetchone()))
        self.ids = [model["id"]] + self.dice.sample(range(1, 1 << 40), self.webhooks - 1)
        made = self.now - DAYS * 24 * HOUR - 1
        self.db.execute("UPDATE endpoint SET created_at = ?, updated_at = ?, state_since = ?", (made, made, made))
        for number, endpoint in enumerate(self.ids[1:], 1):
            row = model | {"id": endpoint, "name": f"webhook {number:05} 🦔", "url": f"https://hooks-{number}.example.com/in",
                           "created_at": made, "updated_at": made, "state_since": made}
            self.db.execute(f"INSERT INTO endpoint VALUES ({','.join('?' * len(columns))})", list(row.values()))
        health = self.columns("endpoint_health")
        rest = ",".join("NULL" if name.endswith(("since", "until")) else "1" for name in health[1:])
        self.db.executemany(f"INSERT INTO endpoint_health VALUES (?,{rest})", [(i,) for i in self.ids[1:]])
        self.db.executemany("INSERT INTO endpoint_counter (endpoint_id) VALUES (?)", [(i,) for i in self.ids[1:]])
        self.counters = {i: {"ok": 0, "failed": 0, "pending": 0, DELIVERED: 0, DEAD: 0, MISSED: 0, CANCELLED: 0, "last": 0} for i in self.ids}

    def event_id(self, at, number):
        return (at - ID_EPOCH) << 22 | number % 4096

    def add_history(self):
        events, deliveries, attempts = [], [], []
        step = DAYS * 24 * HOUR / self.events
        for number in range(self.events):
            at = int(self.now - DAYS * 24 * HOUR + number * step)
            event = self.event_id(at, number)
            kind = RARE_TYPE if number < self.events // 200 else self.dice.choice(self.types)
            body = '{"id":"x","event":"%s","timestamp":"2026-01-15T10:30:00Z","data":{"projectId":"proj_%d"}}' % (kind, number)
            events.append((event, kind, body.encode()))
            for endpoint in self.dice.sample(self.ids, FAN_OUT):
                deliveries.append(self.delivery(event, endpoint, at, attempts))
            if len(events) == 20_000:
                self.insert(events, deliveries, attempts)
        self.insert(events, deliveries, attempts)
        self.last = event

    def delivery(self, event, endpoint, at, attempts):
        counter = self.counters[endpoint]
        die = self.dice.random()
        if die < 0.009:
            counter[MISSED] += 1
            return (event, endpoint, MISSED, at, 0, None, None, None, None, None, None)
        duration = min(10_000, max(1, int(self.dice.lognormvariate(4, 1))))
        if die < 0.97:
            self.count(endpoint, at, duration, None)
            counter[DELIVERED] += 1
            return (event, endpoint, DELIVERED, at + duration, 1, at, duration, 200, "", "", None)
        status, error = self.dice.choice(FAILURES)
        answer, head = ("try later", "server: nginx\nretry-after: 30") if status else ("", "")
        tries = 1 if die > 0.999 else 4
        for number in range(1, tries + 1):
            self.count(endpoint, at, duration, outcome_of(status, error))
            if number < tries:
                attempts.append((event, endpoint, number, at, duration, status, error, answer, head))
        state = DEAD if tries == 4 else CANCELLED
        counter[state] += 1
        return (event, endpoint, state, at + duration, tries, at, duration, status, error, answer, head or None)

    def count(self, endpoint, at, duration, failure):
        counter = self.counters[endpoint]
        counter["failed" if failure else "ok"] += 1
        counter["last"] = at
        for one in (endpoint, 0):
            slot = self.activity.setdefault((one, at // HOUR, self.buckets[duration]), [0, 0])
            slot[1 if failure else 0] += 1
            if failure:
                key = (one, at // HOUR, failure)
                self.failures[key] = self.failures.get(key, 0) + 1

    def insert(self, events, deliveries, attempts):
        self.db.executemany("INSERT INTO event (id, type, body) VALUES (?,?,?)", events)
        self.db.executemany("INSERT INTO delivery (event_id, endpoint_id, state, finished_at, attempts, started_at, duration, status, error, answer, "
                            "answer_headers) VALUES (?,?,?,?,?,?,?,?,?,?,?)", deliveries)
        self.db.executemany("INSERT INTO attempt (event_id, endpoint_id, number, started_at, duration, status, error, answer, answer_headers) "
                            "VALUES (?,?,?,?,?,?,?,?,?)", attempts)
        for rows in (events, deliveries, attempts):
            rows.clear()

    def add_pending(self):
        """One webhook with a long backlog, newer than all that has ended."""
        events, queue = [], []
        for number in range(PENDING):
            event = self.event_id(self.now - 60_000 + number // 4096, number)
            events.append((event, "prd.approved", b"{}"))
            queue.append((self.ids[0], self.now - 60_000, event))
        self.db.executemany("INSERT INTO event (id, type, body) VALUES (?,?,?)", events)
        self.db.executemany("INSERT INTO queue (endpoint_id, due_at, event_id, attempt) VALUES (?,?,?,0)", queue)
        self.counters[self.ids[0]]["pending"] = PENDING
        self.db.execute("UPDATE meta SET last_event_id = ?", (event,))

    def add_figures(self):
        self.db.executemany("INSERT OR REPLACE INTO activity VALUES (?,?,?,?,?)", ((*key, *value) for key, value in sorted(self.activity.items())))
        self.db.executemany("INSERT INTO failure VALUES (?,?,?,?)", ((*key, value) for key, value in sorted(self.failures.items())))
        self.db.executemany("UPDATE endpoint_counter SET attempts_ok = ?, attempts_failed = ?, pending = ?, delivered = ?, dead = ?, missed = ?, "
                            "cancelled = ?, last_attempt_at = ?, last_outcome = '200' WHERE endpoint_id = ?",
                            [(c["ok"], c["failed"], c["pending"], c[DELIVERED], c[DEAD], c[MISSED], c[CANCELLED], c["last"], i)
                             for i, c in self.counters.items()])


def title(words):
    """Of a look, the same in each run: ids are new ones."""
    return re.sub(r"(dlv|evt)_\w+", "…", " ".join(words).replace("🦔", "…"))[:64]


def scale(bench):
    """what an admin looks at, with 10,000 webhooks and 1,000,000 past deliveries"""
    with installation() as home:
        home.add("crm", "https://example.com/", events=["*"], private=False)
        types = [row["name"] for row in json.loads(home.run("events", "--json", expect=0).stdout)]
        loader = Loader(types, bench.size(WEBHOOKS, WEBHOOKS // 10), bench.size(EVENTS, EVENTS // 10))
        loader.load(home.db)

        def deep(*words):
            """The same list from its middle on."""
            half = loader.now - DAYS * 24 * HOUR // 2
            until = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(half / 1000))
            page = json.loads(home.run("deliveries", *words, "--until", until, "--json", "--limit", "1", expect=0).stdout)
            return ["deliveries", *words, "--before", page[0]["id"]]

        newest = json.loads(home.run("deliveries", "--json", "--state", "delivered", "--limit", "1", expect=0).stdout)[0]
        looks = [["list"], ["list", "--json"], ["stats"], ["stats", "--json"], ["stats", "--since", "7d"], ["stats", "crm"], ["stats", "crm", "--since", "7d", "--json"],
                 ["stats", "--prometheus"], ["show", "crm"], ["deliveries"], deep(), ["deliveries", "--webhook", "crm"],
                 ["deliveries", "--webhook", "webhook 00777 🦔"], deep("--webhook", "webhook 00777 🦔"),
                 ["deliveries", "--state", "dead"], deep("--state", "dead"), ["deliveries", "--state", "dead,missed,cancelled"],
                 ["deliveries", "--state", "delivered", "--since", "2h"],
                 ["deliveries", "--type", "prd.*"], ["deliveries", "--type", "project.created"], deep("--type", "project.created"),
                 ["deliveries", "--type", RARE_TYPE], ["deliveries", "--status", "503"], deep("--status", "503"), ["deliveries", "--status", "tls,timeout"],
                 ["deliveries", "--status", "201"], ["deliveries", "--event", newest["eventId"]], ["deliveries", "show", newest["id"]],
                 ["deliveries", "explain", newest["eventId"]], ["deliveries", "explain", newest["eventId"], "--json"],
                 ["__complete", "bash", "0", "show", ""], ["__complete", "zsh", "0", "show", "webhook 0077"],
                 ["__complete", "fish", "0", "deliveries", "show", ""]]

        def look(words):
            return seconds(lambda: subprocess.run([BINARY, *words], env=home.env, capture_output=True, check=True)) * 1000

        for words in looks:
            bench.figure(title(words), [look(words) for _ in range(bench.size(7, 3))], "ms", better="less", aim=200)
