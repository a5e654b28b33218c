"""The example program that mails what happens to webhooks, with a program in place of sendmail that keeps what it is given."""

import email
import email.policy
import json
import os
import pathlib
import stat
import subprocess
import unittest

from hooks import PATIENCE, Home, Receiver

EXAMPLE = pathlib.Path(__file__).resolve().parents[2] / "cli/package/examples/notify"


class Notify(unittest.TestCase):
    def setUp(self):
        self.home = self.enterContext(Home())
        self.mails = self.home.dir / "mails"
        self.mails.mkdir()
        commands = self.home.dir / "bin"
        commands.mkdir()
        self.command(commands / "sendmail", f'#!/bin/sh\n[ "$*" = "-i -t" ] || exit 64\ncat > {self.mails}/.$$ && mv {self.mails}/.$$ {self.mails}/$$\n')
        self.command(commands / "journalctl", '#!/bin/sh\necho "what $* shows"\n')
        self.queue = self.home.dir / "queue"
        self.notify = self.home.dir / "notify"
        self.command(self.notify, EXAMPLE.read_text().replace("/run/thig-hooks-notify", str(self.queue)))
        self.env = {"PATH": f"{commands}:{os.environ['PATH']}", "THIG_HOOKS_MAIL_TO": "ops@example.com"}

    @staticmethod
    def command(path, text):
        path.write_text(text)
        path.chmod(0o755)

    def run_notify(self, *args, text=None, stdin=subprocess.DEVNULL):
        env = self.env | ({"THIG_HOOKS_TEXT": text} if text is not None else {})
        return subprocess.run([self.notify, *args], env=env, stdin=stdin, capture_output=True, text=True, timeout=PATIENCE)

    def mailed(self):
        found = [email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
                 for path in self.mails.iterdir() if not path.name.startswith(".")]
        return {mail["subject"]: mail for mail in found}

    def test_what_run_tells_is_mailed(self):
        """From a receiver that fails to a mail: run, its onEvent, the queue, and the service that mails."""
        os.mkfifo(self.queue)
        queue = os.open(self.queue, os.O_RDWR | os.O_NONBLOCK)  # as systemd opens it for the service
        self.addCleanup(os.close, queue)
        (self.home.dir / "etc-config.json").write_text(json.dumps({"run": {"onEvent": str(self.notify)}}))
        with Receiver(self.home, lambda request: 410) as receiver:
            self.home.add("crm", receiver.url, ca=receiver.ca)
            run = self.home.start("run", "--json")
            self.home.run("emit", "project.created", expect=0)
            self.home.wait_for("a mail", lambda: self.run_notify("--queue", stdin=queue) and self.mailed())
            self.assertEqual(run.stop(), 0)
        (mail,) = self.mailed().values()
        self.assertRegex(mail["subject"], r"\Athig-hooks: crm (was disabled just now|lost delivery dlv_)")
        self.assertEqual(mail["to"], "ops@example.com")
        self.assertIn("crm ", mail.get_content())

    def test_without_a_queue_it_mails_by_itself(self):
        done = self.run_notify(text="crm works again")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertEqual(list(self.mailed()), ["thig-hooks: crm works again"])

    def test_names_add_no_headers(self):
        self.run_notify(text="crm\nBcc: evil@example.com\r\n\r\n<b>\x1b[1m ü " + "x" * 5000)
        (mail,) = self.mailed().values()
        self.assertEqual(mail.keys(), ["To", "Subject", "Auto-Submitted", "MIME-Version", "Content-Type"])
        self.assertTrue(mail["subject"].isascii())
        self.assertIn("ü", mail.get_content())
        self.assertLess(len(mail.as_bytes()), 2500)

    def test_a_unit_that_failed(self):
        done = self.run_notify("--unit", "thig-hooks.service")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        (mail,) = self.mailed().values()
        self.assertEqual(mail["subject"], "thig-hooks: thig-hooks.service has failed")
        self.assertIn("what --no-pager --lines=20 --unit=thig-hooks.service shows", mail.get_content())

    def test_a_mail_that_cannot_be_sent_is_a_failure(self):
        self.command(self.home.dir / "bin/sendmail", "#!/bin/sh\ncat >/dev/null\nexit 75\n")
        for args, text in ((("--unit", "x.service"), None), ((), "crm fails"), (("--wrong",), None), ((), None)):
            self.assertNotEqual(self.run_notify(*args, text=text).returncode, 0, args)

    def test_the_example_can_be_run(self):
        self.assertTrue(EXAMPLE.stat().st_mode & stat.S_IXUSR)


if __name__ == "__main__":
    unittest.main()
