"""emit --id: one event for one key, however many emit it, whatever kills them."""

import contextlib
import json
import pathlib
import random
import signal
import sqlite3
import subprocess
import threading
import unittest

from hooks import BINARY, HERE, PATIENCE, Home
from json_schema import check_shape

RECEIPT = json.loads((HERE.parent.parent / "core/api/schemas/receipt.json").read_text())


def line(**members):
    return json.dumps({"event": "project.created", **members}) + "\n"


class Idempotency(unittest.TestCase):
    def setUp(self):
        self.home = self.enterContext(Home())
        self.home.run("add", "outgoing", "crm", "https://crm.example/", "--event", "project.*", expect=0)

    def look(self, sql):
        connection = sqlite3.connect(f"file:{self.home.db}?mode=ro", uri=True)
        try:
            return connection.execute(sql).fetchall()
        finally:
            connection.close()

    def has_opened(self, child):
        with contextlib.suppress(OSError):
            return any(entry.resolve() == self.home.db for entry in pathlib.Path(f"/proc/{child.pid}/fd").iterdir())
        return False

    def recorded(self):
        return len(self.home.json("deliveries", "--limit", "1000"))

    def test_the_same_event_again(self):
        call = ("emit", "project.created", "--data", '{"n":1}', "--id", "order-1")
        first = self.home.json(*call)
        check_shape(first, RECEIPT)
        self.assertFalse(first["duplicate"])
        again = self.home.json(*call)
        check_shape(again, RECEIPT)
        self.assertEqual(again, {**first, "duplicate": True})
        plain = self.home.run(*call, expect=0)
        self.assertEqual(plain.stdout, first["id"] + "\n")
        self.assertIn("not recorded again", plain.stderr)
        self.assertEqual(self.home.run(*call, "-q", expect=0).stderr, "")
        self.assertEqual(self.recorded(), 1)
        # Of the event itself nothing is kept with the key.
        self.assertEqual(self.look("SELECT key, length(content) FROM idempotency"), [("order-1", 32)])

    def test_another_event_with_the_same_key(self):
        self.home.run("emit", "project.created", "--data", '{"n":1}', "--id", "order-1", expect=0)
        for type_, data in (("project.created", '{"n":2}'), ("project.created", '{"n": 1}'), ("project.updated", '{"n":1}')):
            with self.subTest(type=type_, data=data):
                refused = self.home.run("emit", type_, "--data", data, "--id", "order-1", "--json")
                self.assertEqual((refused.returncode, refused.stdout), (2, ""))
                error = json.loads(refused.stderr.splitlines()[-1])
                self.assertEqual(error["code"], "IDEMPOTENCY_MISMATCH")
                self.assertIn("order-1", error["error"])
                self.assertTrue(error["hint"])
        self.assertEqual(self.recorded(), 1)

    def test_keys_that_cannot_be(self):
        for key in ("", " ", "é", "a\tb", "k" * 256):
            with self.subTest(key=key):
                refused = self.home.run("emit", "project.created", "--id", key, "--json")
                self.assertEqual((refused.returncode, refused.stdout), (2, ""))
                self.assertEqual(json.loads(refused.stderr.splitlines()[-1])["code"], "INVALID")
        self.home.run("emit", "project.created", "--id", "k" * 255, expect=0)
        self.assertEqual(self.recorded(), 1)

    def test_a_key_outlives_its_event_but_not_its_erasing(self):
        call = ("emit", "prd.approved", "--data", '{"userId":"u_1"}', "--id", "user-1")
        first = self.home.json(*call)
        self.home.run("backup", self.home.dir / "copy.db", expect=0)
        self.assertEqual(self.home.json("prune", "--keep", "off", "--max-size", "1KiB", "--yes")["events"], 2)
        for database in (self.home.db, self.home.dir / "copy.db"):
            self.assertEqual(self.home.json(*call, "--db", database), {**first, "duplicate": True})
        self.assertEqual(self.home.json("erase", "--where", "/data/userId=u_1", "--yes", "--db", self.home.dir / "copy.db")["events"], 1)
        again = self.home.json(*call, "--db", self.home.dir / "copy.db")
        self.assertFalse(again["duplicate"])
        self.assertNotEqual(again["id"], first["id"])

    def test_a_batch_with_ids(self):
        batch = line(id="a") + line(id="b", data=1) + line(id="a") + line(id="b", data=2) + line() + line(id="a")
        results = self.home.json_lines("emit", "--batch", "-", stdin=batch, expect=2)
        self.assertEqual([result.get("code") for result in results], [None, None, None, "IDEMPOTENCY_MISMATCH", None, None])
        self.assertEqual([result.get("duplicate") for result in results], [False, False, True, None, False, True])
        self.assertEqual({results[n]["id"] for n in (0, 2, 5)}, {results[0]["id"]})
        self.assertEqual(self.recorded(), 3)
        # The whole batch again: what has a key is known.
        again = self.home.json_lines("emit", "--batch", "-", stdin=line(id="a") + line(id="b", data=1))
        self.assertEqual([result["id"] for result in again], [results[0]["id"], results[1]["id"]])
        self.assertTrue(all(result["duplicate"] for result in again))
        self.assertEqual(self.recorded(), 3)

    def test_an_atomic_batch_with_ids(self):
        self.home.run("emit", "project.created", "--id", "a", expect=0)
        bad = line(id="new") + line(id="a", data=2) + line()
        results = self.home.json_lines("emit", "--batch", "-", "--atomic", stdin=bad, expect=2)
        self.assertEqual([result["code"] for result in results], ["INVALID", "IDEMPOTENCY_MISMATCH", "INVALID"])
        self.assertEqual(self.recorded(), 1)
        good = line(id="new") + line(id="a") + line()
        results = self.home.json_lines("emit", "--batch", "-", "--atomic", stdin=good)
        self.assertEqual([result["duplicate"] for result in results], [False, True, False])
        self.assertEqual(self.recorded(), 3)

    def test_many_at_once_make_one_event(self):
        call = [BINARY, "emit", "project.created", "--data", '{"n":1}', "--id", "one", "--json"]
        # The first twenty wait for the write lock together: each must look the key up only when it has it.
        lock = sqlite3.connect(self.home.db, isolation_level=None)
        lock.execute("BEGIN IMMEDIATE")

        def start(count):
            return [subprocess.Popen(call, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=self.home.env)
                    for _ in range(count)]

        children = start(25)
        self.home.wait_for("emitters at the lock", lambda: sum(map(self.has_opened, children)) >= 20)
        lock.execute("ROLLBACK")
        lock.close()
        children += start(75)
        receipts = []
        for child in children:
            out, err = child.communicate(timeout=PATIENCE * 5)
            self.assertEqual(child.returncode, 0, err)
            receipts.append(json.loads(out))
        self.assertEqual(len({receipt["id"] for receipt in receipts}), 1)
        self.assertEqual(len({receipt["timestamp"] for receipt in receipts}), 1)
        self.assertEqual([receipt["duplicate"] for receipt in receipts].count(False), 1)
        self.assertEqual(self.recorded(), 1)

    def test_killed_and_tried_again_it_is_one_event(self):
        """Each emits its key until it has a receipt, and is killed at any moment on the way there."""
        keys, ids, failures, dice = 20, {}, [], random.Random(7)
        delays = [[dice.uniform(0, 0.05) for _ in range(4)] for _ in range(keys * 3)]

        def emit(number):
            key = f"key-{number % keys}"
            call = [BINARY, "emit", "project.created", "--data", f'"{key}"', "--id", key, "-q"]
            for delay in (*delays[number], None):
                child = subprocess.Popen(call, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=self.home.env)
                try:
                    out, err = child.communicate(timeout=delay if delay is not None else PATIENCE * 5)
                except subprocess.TimeoutExpired:
                    child.kill()
                    out, err = child.communicate()
                if child.returncode == 0:
                    ids.setdefault(key, set()).add(out.strip())
                elif child.returncode != -signal.SIGKILL:
                    failures.append(err)

        threads = [threading.Thread(target=emit, args=(number,)) for number in range(keys * 3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(failures, [])
        self.assertEqual(len(ids), keys)
        self.assertEqual({key: len(of_key) for key, of_key in ids.items() if len(of_key) != 1}, {})
        self.assertEqual(self.recorded(), keys)
        self.assertEqual(self.look("PRAGMA integrity_check"), [("ok",)])


if __name__ == "__main__":
    unittest.main()
