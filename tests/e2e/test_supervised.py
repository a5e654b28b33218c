"""What a service manager hears (sd_notify): ready once the work is done, reloads, stops, and a beat of the loop itself."""

import json
import signal
import socket
import unittest

from hooks import PATIENCE, Home


class Supervised(unittest.TestCase):
    def setUp(self):
        self.home = self.enterContext(Home())
        self.socket = self.enterContext(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM))
        path = self.home.dir / "notify"
        self.socket.bind(str(path))
        self.socket.settimeout(PATIENCE)
        self.env = {"NOTIFY_SOCKET": str(path)}
        self.config = self.home.dir / "config.json"
        self.config.write_text(json.dumps({"incoming": {"listen": "127.0.0.1:0"}, "admin": {"listen": "127.0.0.1:0"}}))

    def start(self, *args, **env):
        return self.home.start(*args, "--config", self.config, env={**self.env, **env})

    def next(self):
        return self.socket.recv(4096).decode().split("\n")[0]

    def hear(self, *expected):
        """What comes next, beats left out."""
        for message in expected:
            while (heard := self.next()) == "WATCHDOG=1":
                pass
            self.assertEqual(heard, message)

    def test_each_is_ready_reloads_and_stops(self):
        for command in ("run", "serve-incoming", "serve-admin"):
            with self.subTest(command):
                process = self.start(command)
                self.hear("READY=1")
                process.child.send_signal(signal.SIGHUP)
                self.hear("RELOADING=1", "READY=1")
                self.assertEqual(process.stop(), 0)
                self.hear("STOPPING=1")

    def test_the_loops_beat_while_they_come_round(self):
        for command in ("run", "serve-incoming", "serve-admin", "serve"):
            with self.subTest(command):
                process = self.start(command, WATCHDOG_USEC="600000")
                self.hear("READY=1")
                beats = 0
                while beats < 3:
                    beats += self.next() == "WATCHDOG=1"
                self.assertEqual(process.stop(), 0)
                while self.next() != "STOPPING=1":
                    pass

    def test_nobody_is_watched_who_is_not_meant(self):
        process = self.start("run", WATCHDOG_USEC="300000", WATCHDOG_PID="1")
        self.assertEqual(self.next(), "READY=1")
        process.child.send_signal(signal.SIGHUP)
        self.assertEqual([self.next(), self.next()], ["RELOADING=1", "READY=1"])
        self.assertEqual(process.stop(), 0)

    def test_serve_is_ready_when_all_of_it_is(self):
        process = self.start("serve")
        self.hear("READY=1")
        for _ in range(2):
            self.assertIn("listening on", process.next_line())
        process.wait_for_error_line("run: delivering for ")
        self.assertEqual(process.stop(), 0)
        self.hear("STOPPING=1")

    def test_one_that_cannot_start_is_never_ready(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            self.config.write_text(json.dumps({"incoming": {"listen": f"127.0.0.1:{taken.getsockname()[1]}"}}))
            self.assertEqual(self.start("serve-incoming").child.wait(PATIENCE), 3)
        self.socket.setblocking(False)
        with self.assertRaises(BlockingIOError):
            self.next()

    def test_standing_by_is_ready_and_beats(self):
        first = self.home.start("run")
        first.wait_for_error_line(str(self.home.db))
        second = self.start("run", "--standby", WATCHDOG_USEC="600000")
        self.assertEqual(self.next(), "READY=1")
        self.assertEqual([self.next(), self.next()], ["WATCHDOG=1"] * 2)
        self.assertEqual(second.stop(), 0)


if __name__ == "__main__":
    unittest.main()
