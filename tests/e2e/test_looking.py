"""What a person at a terminal sees: progress, local times, and nothing of it where nobody looks."""

import os
import pty
import select
import subprocess
import threading
import unittest

from hooks import BINARY, PATIENCE, Home, Receiver

BERLIN = "CET-1CEST,M3.5.0,M10.5.0/3"


def on_terminal(home, *args, both=True, env=None):
    """Runs a command whose stderr is a terminal, and with `both` stdout, too; answers its exit code, what the
    terminal was sent, and what was not sent there."""
    main, terminal = pty.openpty()
    child = subprocess.Popen([BINARY, *map(str, args)], env={**home.env, **(env or {})}, stdin=subprocess.DEVNULL,
                             stdout=terminal if both else subprocess.PIPE, stderr=terminal)
    os.close(terminal)
    shown = bytearray()
    reader = threading.Thread(target=drain, args=(main, shown))
    reader.start()
    out, _ = child.communicate(timeout=PATIENCE)
    reader.join(timeout=PATIENCE)
    os.close(main)
    return child.returncode, shown.decode(), (out or b"").decode()


def drain(fd, into):
    try:
        while select.select([fd], [], [], PATIENCE)[0] and (data := os.read(fd, 4096)):
            into += data
    except OSError:
        pass  # the other end of the terminal is closed


class Progress(unittest.TestCase):
    """Eight deliveries at ten a second, one of which fails: long enough for a bar."""

    def setUp(self):
        self.home = self.enterContext(Home())
        seen = []
        self.receiver = self.enterContext(Receiver(self.home, lambda request: 500 if seen.append(1) or len(seen) == 1 else 200))
        self.home.add("crm", self.receiver.url, "--rate", 10, ca=self.receiver.ca, events=("project.*",))
        lines = '{"event":"project.created","data":{}}\n' * 20
        self.home.run("emit", "--batch", "-", stdin=lines, expect=0)

    def test_a_sweep_shows_how_far_it_is_below_its_lines(self):
        code, shown, _ = on_terminal(self.home, "deliver", "-v")
        self.assertEqual(code, 0, shown)
        self.assertRegex(shown, r"\[#*\.*\] +\d+% \d+/20, [\d.]+/s, \d+ s left, 1 failed")
        # Each line of an attempt begins where the bar was wiped, and stays.
        lines = [line.rsplit("\x1b[K", 1)[-1] for line in shown.split("\r\n")]
        self.assertEqual(sum("delivered: 200" in line for line in lines), 19, shown)
        self.assertTrue(all("%" not in line for line in lines), shown)
        self.assertIn("20 attempts: 19 delivered, 1 failed", lines)

    def test_of_many_attempts_only_the_failed_ones_get_a_line(self):
        shown = on_terminal(self.home, "deliver")[1]
        self.assertEqual((shown.count("failed: "), shown.count("delivered: ")), (1, 0), shown)
        self.assertIn("20 attempts: 19 delivered, 1 failed", shown)
        for _ in range(3):
            self.home.run("emit", "project.created", expect=0)
        self.assertEqual(on_terminal(self.home, "deliver")[1].count("delivered: "), 3)

    def test_a_sweep_into_a_pipe_shows_progress_on_the_terminal_alone(self):
        code, shown, out = on_terminal(self.home, "deliver", "--json", both=False)
        self.assertEqual(code, 0, shown)
        self.assertRegex(shown, r"\d+/20, ")
        self.assertEqual(len(out.splitlines()), 20)
        self.assertNotIn("\x1b", out)

    def test_nobody_else_is_shown_any(self):
        code, shown, _ = on_terminal(self.home, "deliver", "-q")
        self.assertEqual((code, shown), (0, ""))
        self.home.run("retry", "--event", self.home.json("deliveries", "--limit", 1)[0]["eventId"], expect=0)
        done = self.home.run("deliver", expect=0)
        self.assertNotIn("\x1b", done.stdout + done.stderr)


class LocalTimes(unittest.TestCase):
    def test_they_stand_beside_utc_on_a_terminal_only(self):
        home = self.enterContext(Home())
        with Receiver(home, lambda request: 503) as receiver:
            home.add("crm", receiver.url, ca=receiver.ca)
            event = home.json("emit", "project.created")["id"]
            home.run("deliver", expect=0)
        delivery = home.json("deliveries")[0]["id"]
        for command in (["show", "crm"], ["deliveries", "show", delivery]):
            with self.subTest(command=command):
                self.assertRegex(on_terminal(home, *command, env={"TZ": BERLIN})[1],
                                 r"\dZ \((\d{4}-\d\d-\d\d )?\d\d:\d\d local, ")
                for zone in ("UTC", "Nowhere/City"):
                    self.assertNotIn("local", on_terminal(home, *command, env={"TZ": zone})[1])
                for format_flags in ([], ["--json"]):
                    here = home.run(*command, *format_flags, env={"TZ": BERLIN}, expect=0).stdout
                    self.assertEqual(here, home.run(*command, *format_flags, expect=0).stdout)
        self.assertIn(" local)", on_terminal(home, "deliveries", "explain", event, env={"TZ": BERLIN})[1])
        self.assertNotIn("local", home.run("deliveries", "explain", event, env={"TZ": BERLIN}, expect=0).stderr)


class Following(unittest.TestCase):
    def test_what_is_not_there_cannot_be_followed(self):
        home = self.enterContext(Home())
        for command in ("deliveries", "requests"):
            for flags in ([], ["--json"]):
                with self.subTest(command=command, flags=flags):
                    done = home.run(command, "--follow", *flags, expect=4)
                    self.assertEqual(done.stdout, "")
                    self.assertIn("no database at", done.stderr)
            self.assertEqual(home.json(command), [])


if __name__ == "__main__":
    unittest.main()
