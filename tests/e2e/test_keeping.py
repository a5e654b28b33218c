"""prune, backup and erase beside processes that deliver and emit."""

import json
import sqlite3
import stat
import threading
import unittest

from hooks import Home, Receiver


def look(file, sql):
    """What a plain reader sees."""
    connection = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
    try:
        return connection.execute(sql).fetchone()[0]
    finally:
        connection.close()


def batch(count, **data):
    return "".join(json.dumps({"event": "project.created", "data": {"n": n, **data}}) + "\n" for n in range(count))


class Keeping(unittest.TestCase):
    def test_a_copy_is_sound_while_others_emit_and_deliver(self):
        with Home() as home, Receiver(home) as receiver:
            home.add("crm", receiver.url, ca=receiver.ca)
            home.run("emit", "--batch", "-", "-q", stdin=batch(2000, pad="x" * 2000), expect=0)
            run = home.start("run", "-q")
            stop = threading.Event()

            def emit():
                while not stop.is_set():
                    home.run("emit", "--batch", "-", "-q", stdin=batch(50), expect=0)

            emitting = threading.Thread(target=emit)
            emitting.start()
            try:
                for number in range(4):
                    copy = home.dir / f"copy-{number}.db"
                    told = home.json("backup", copy)
                    self.assertEqual(stat.S_IMODE(copy.stat().st_mode), 0o600)
                    self.assertEqual(look(copy, "PRAGMA integrity_check"), "ok")
                    self.assertEqual(look(copy, "SELECT count(*) FROM event"), told["events"])
                    pending, ended = look(copy, "SELECT count(*) FROM queue"), look(copy, "SELECT count(*) FROM delivery")
                    self.assertEqual((pending, ended), (told["pending"], told["deliveries"]))
                    self.assertEqual(look(copy, "SELECT pending FROM endpoint_counter"), pending)
                    # One moment: each event but the webhook's own making is for it, pending or ended.
                    self.assertEqual(pending + ended, told["events"] - 1)
                    stats = home.json("stats", "crm", "--db", copy)["webhooks"][0]
                    self.assertEqual(stats["pending"], pending)
            finally:
                stop.set()
                emitting.join()
            self.assertEqual(run.stop(), 0)
            self.assertEqual(list(home.dir.glob("*.tmp*")), [])

    def test_pruning_does_not_hold_up_who_delivers(self):
        with Home() as home, Receiver(home) as receiver:
            home.add("crm", receiver.url, ca=receiver.ca)
            home.run("emit", "--batch", "-", "-q", stdin=batch(3000, pad="x" * 500), expect=0)
            home.run("deliver", "-q", expect=0)
            run = home.start("run", "--json", "--keep", "off", "--max-size", "off")
            self.assertEqual(run.next_json()["kind"], "started")
            pruning = home.start("prune", "--keep", "1ms", "--yes", "--json")
            for _ in range(20):
                home.run("emit", "project.created", "-q", expect=0)
                while run.next_json().get("kind") != "attempt":
                    pass
            told = pruning.next_json()
            self.assertEqual(pruning.child.wait(), 0)
            self.assertGreaterEqual(told["events"], 3000)
            self.assertEqual(run.stop(), 0)
            self.assertLess(told["usedBytes"], told["usedBytesBefore"] / 3)
            stats = home.stats("crm")
            self.assertEqual(stats["pending"], 0)
            self.assertEqual(look(home.db, "PRAGMA integrity_check"), "ok")

    def test_run_prunes_by_itself(self):
        with Home() as home:
            home.run("add", "outgoing", "crm", "https://crm.example.com/", "--event", "comment.*", "-q", expect=0)
            home.run("emit", "--batch", "-", "-q", stdin=batch(500), expect=0)
            home.start("run", "-q", "--keep", "1ms")
            home.wait_for("the history to go", lambda: look(home.db, "SELECT count(*) FROM event") == 0)

    def test_what_is_erased_is_not_sent_and_not_in_the_files(self):
        with Home() as home, Receiver(home) as receiver:
            home.add("crm", receiver.url, ca=receiver.ca)
            home.run("emit", "--batch", "-", "-q", stdin=batch(300, userId="u_needle_1"), expect=0)
            home.run("emit", "--batch", "-", "-q", stdin=batch(300, userId="u_2"), expect=0)
            told = home.json("erase", "--where", "/data/userId=u_needle_1", "--yes")
            self.assertEqual((told["events"], told["pending"], told["journalCleared"]), (300, 300, True))
            for file in home.dir.glob("hooks.db*"):
                if file.is_file():
                    self.assertNotIn(b"u_needle_1", file.read_bytes(), file)
            home.run("deliver", "-q", expect=0)
            bodies = [request["body"] for request in receiver.all()]
            self.assertEqual(sum(b"u_2" in body for body in bodies), 300)
            self.assertEqual(sum(b"u_needle_1" in body for body in bodies), 0)


if __name__ == "__main__":
    unittest.main()
