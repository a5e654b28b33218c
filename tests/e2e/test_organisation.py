"""The shell script of an admin who sets everything up, changes it, and puts right what went wrong."""

import subprocess
import unittest

from hooks import BINARY, HERE, PATIENCE, Home, Receiver


class Organisation(unittest.TestCase):
    def test_every_exit_code_of_the_script(self):
        with Home() as home:
            status = home.dir / "status"
            status.write_text("200")
            with Receiver(home, lambda request: int(status.read_text())) as receiver:
                done = subprocess.run([HERE / "organisation.sh", BINARY, receiver.url, receiver.ca, status],
                                      env={**home.env, "TMPDIR": str(home.dir)}, capture_output=True, text=True,
                                      timeout=PATIENCE * 5)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(done.stdout, "done\n")


if __name__ == "__main__":
    unittest.main()
