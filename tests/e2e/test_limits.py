"""Limits of the process and of the machine: files, memory, sizes, threads. None may cost a delivery an attempt, or
end the program without a word."""

import json
import os
import resource
import subprocess
import unittest

from hooks import BINARY, PATIENCE, Home, Nginx

MIB = 1 << 20


class Limits(unittest.TestCase):
    def setUp(self):
        self.home = self.enterContext(Home())

    def limited(self, limit, most, *args, stdin=""):
        """A command under a hard limit."""
        return subprocess.run([BINARY, *map(str, args)], input=stdin, capture_output=True, text=True, env=self.home.env,
                              timeout=PATIENCE * 5, preexec_fn=lambda: resource.setrlimit(limit, (most, most)))

    def test_memory_is_bounded_by_the_bytes_of_bodies(self):
        nginx = Nginx(self.home)
        for i in range(20):
            self.home.add(f"hook{i}", nginx.url, ca=nginx.ca, events=("project.*",))
        large = json.dumps({"event": "project.created", "data": "x" * 900_000})
        self.home.run("emit", "--batch", "-", stdin=f"{large}\n" * 40, expect=0)
        deliver = subprocess.Popen([BINARY, "deliver", "--json"], env=self.home.env, stdout=subprocess.PIPE, text=True)
        delivered = deliver.stdout.read().count('"delivered"')
        _, status, used = os.wait4(deliver.pid, 0)
        deliver.returncode = os.waitstatus_to_exitcode(status)
        deliver.stdout.close()
        self.assertEqual(deliver.returncode, 0)
        self.assertGreaterEqual(delivered, 800)
        self.assertLessEqual(used.ru_maxrss * 1024, 150 * MIB)

    def test_few_file_descriptors_cost_no_delivery_an_attempt(self):
        nginx = Nginx(self.home)
        names = [f"hook{i}" for i in range(40)]
        for i, name in enumerate(names):
            # A pool of connections for each of some policies: idle ones must not take what others need.
            self.home.add(name, nginx.url, *(("--timeout", "20s") if i % 2 else ()), ca=nginx.ca, events=("project.*",))
        lines = '{"event":"project.created","data":{}}\n' * 50
        self.home.run("emit", "--batch", "-", stdin=lines, expect=0)
        done = self.limited(resource.RLIMIT_NOFILE, 128, "deliver", "--max-in-flight", "1024")
        self.assertEqual(done.returncode, 0, done.stderr)
        totals = self.home.json("stats")["totals"]
        self.assertEqual((totals["delivered"], totals["attempts"], totals["dead"]), (2000, 2000, 0), done.stderr)

    def test_where_nothing_can_be_sent_a_sweep_ends_and_all_is_as_before(self):
        self.home.add("crm", "https://127.0.0.1:9/", events=("project.*",))
        self.home.run("emit", "project.created", expect=0)
        for most in range(9, 24):
            done = self.limited(resource.RLIMIT_NOFILE, most, "deliver")
            self.assertIn(done.returncode, (0, 3, 75), (most, done.stderr))
            if self.home.json("stats")["totals"]["attempts"] > 0:
                break  # there are enough
            if done.returncode != 0:
                self.assertIn("thig-hooks: error: ", done.stderr)
        self.assertEqual(self.home.json("stats")["totals"]["dead"], 0)

    def test_a_limit_of_the_size_of_files_is_told(self):
        self.home.add("crm", "https://127.0.0.1:9/", events=("project.*",))
        data = '{"event":"project.created","data":{"text":"%s"}}\n' % ("x" * 1000)
        done = self.limited(resource.RLIMIT_FSIZE, MIB, "emit", "--batch", "-", stdin=data * 3000)
        self.assertIn(done.returncode, (3, 75), done.stderr)
        self.assertIn("thig-hooks: error: ", done.stderr)
        self.assertIn("ulimit -f", done.stderr)
        self.home.run("emit", "project.created", expect=0)

    def test_out_of_memory_is_told(self):
        big = '{"text":"%s"}' % ("x" * (1000 * 1000))
        codes = set()
        for most in range(24, 400, 8):
            done = self.limited(resource.RLIMIT_AS, most * MIB, "emit", "project.created", "--data", "@-", "--json", stdin=big)
            codes.add(done.returncode)
            if done.returncode == 127:
                continue  # the loader could not even load the libraries
            self.assertGreaterEqual(done.returncode, 0, f"{most} MiB: ended by a signal; {done.stderr}")
            if done.returncode != 0:
                self.assertIn("error", done.stderr, f"{most} MiB")
            else:
                break
        self.assertIn(0, codes)

    def test_where_there_can_be_no_thread_it_is_told(self):
        self.home.add("crm", "https://127.0.0.1:9/", events=("project.*",))
        self.home.run("emit", "project.created", expect=0)
        nobody = 65534  # root has no such limit

        def without_threads():
            if os.geteuid() == 0:
                os.setgroups([])
                os.setgid(nobody)
                os.setuid(nobody)
            resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))

        if os.geteuid() == 0:
            for path in (self.home.dir, *self.home.dir.rglob("*")):
                os.chown(path, nobody, nobody, follow_symlinks=False)
        for command in (("deliver",), ("run",), ("serve-incoming", "--listen", "127.0.0.1:0"), ("listen", "--count", "1")):
            with self.subTest(command[0]):
                done = subprocess.run([BINARY, *command], capture_output=True, text=True, timeout=PATIENCE,
                                      env=self.home.env, preexec_fn=without_threads)
                self.assertEqual(done.returncode, 3, done.stderr)
                self.assertRegex(done.stderr, "cannot start a (sending )?thread")


if __name__ == "__main__":
    unittest.main()
