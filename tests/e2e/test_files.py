"""The database's files: upgraded from an older version, reached through links, replaced under those who use it."""

import fcntl
import json
import os
import pathlib
import shutil
import signal
import stat
import subprocess
import unittest

from hooks import BINARY, HERE, Home, Receiver

OLD = HERE.parent / "databases"


class Files(unittest.TestCase):
    def old(self, home, schema):
        """Puts a database that an earlier version has made in place, and answers its key's flags."""
        key = home.dir / "key"
        for source, target in ((OLD / f"schema-{schema}.db", home.db), (OLD / f"schema-{schema}.key", key)):
            shutil.copy(source, target)
            target.chmod(0o600)
        return ["--key-file", key]

    def test_an_upgrade_leaves_a_copy_that_doctor_names(self):
        with Home() as home:
            key = self.old(home, 1)
            before = home.db.read_bytes()
            told = home.run("list", *key, expect=3)
            self.assertIn("upgrade", told.stderr)
            self.assertEqual(home.db.read_bytes(), before)
            told = home.run("emit", "project.created", "--data", "{}", *key, expect=0)
            copy = pathlib.Path(f"{home.db}.schema-1")
            self.assertIn("upgraded the database from schema 1", told.stderr)
            self.assertIn(str(copy), told.stderr)
            self.assertEqual(stat.S_IMODE(copy.stat().st_mode), 0o600)
            self.assertEqual({hook["name"] for hook in home.json("list", *key)}, {"crm", "everything", "slow", "off"})
            findings = json.loads(home.run("doctor", "--json", *key).stdout)
            (found,) = [one for one in findings if one["check"] == "upgrade"]
            self.assertIn(str(copy), found["text"])
            copy.unlink()
            findings = json.loads(home.run("doctor", "--json", *key).stdout)
            self.assertEqual([one for one in findings if one["check"] == "upgrade"], [])

    def test_no_upgrade_beside_a_process_of_before(self):
        for beside in (".owner", ".actions"):
            with self.subTest(beside), Home() as home:
                key = self.old(home, 1)
                lock = pathlib.Path(f"{home.db}{beside}")
                lock.write_text(f"{os.getpid()}\n")
                with lock.open("r+") as held:
                    fcntl.flock(held, fcntl.LOCK_EX)
                    for command in (("emit", "project.created", "--data", "{}"), ("deliver",)):
                        told = home.run(*command, *key, expect=75)
                        self.assertIn(str(os.getpid()), told.stderr)
                    self.assertFalse(pathlib.Path(f"{home.db}.schema-1").exists())
                home.run("emit", "project.created", "--data", "{}", *key, expect=0)

    def test_a_database_reached_through_a_link_has_one_owner(self):
        with Home() as home, Receiver(home) as receiver:
            home.add("crm", receiver.url, ca=receiver.ca)
            folder = home.dir / "srv"
            folder.mkdir()
            link = folder / "link.db"
            link.symlink_to(home.db)
            run = home.start("run", "--json")
            self.assertEqual(run.next_json()["kind"], "started")
            told = home.run("run", "--db", link, expect=75)
            self.assertIn(str(run.pid), told.stderr)
            self.assertEqual([path.name for path in folder.iterdir()], ["link.db"])
            # The bell is the same one, too.
            home.run("emit", "project.created", "-q", "--db", link, expect=0)
            self.assertEqual(receiver.next()["path"], "/hook")
            self.assertEqual(run.stop(), 0)

    def test_run_ends_when_its_database_is_replaced_or_removed(self):
        for how in ("removed", "replaced"):
            with self.subTest(how), Home() as home, Receiver(home) as receiver:
                home.add("crm", receiver.url, ca=receiver.ca)
                run = home.start("run", "--json")
                self.assertEqual(run.next_json()["kind"], "started")
                if how == "replaced":
                    home.run("backup", home.dir / "copy.db", "-q", expect=0)
                    (home.dir / "copy.db").rename(home.db)
                else:
                    home.db.unlink()
                self.assertIn(how, run.wait_for_error_line("while it was in use"))
                self.assertEqual(run.child.wait(60), 3)

    def test_a_killed_backup_leaves_nothing_that_stays(self):
        with Home() as home:
            home.add("crm", "https://127.0.0.1:1/")
            data = json.dumps({"pad": "x" * 20_000})
            home.run("emit", "--batch", "-", "-q", stdin="".join(
                f'{{"event":"project.created","data":{data}}}\n' for _ in range(1500)), expect=0)
            folder = home.dir / "copies"
            folder.mkdir()
            backup = home.start("backup", folder / "copy.db")
            home.wait_for("the copy to begin", lambda: list(folder.iterdir()))
            backup.child.send_signal(signal.SIGKILL)
            backup.child.wait(60)
            home.run("backup", folder / "copy.db", "-q", "--force", expect=0)
            self.assertEqual([path.name for path in folder.iterdir()], ["copy.db"])

    def in_small_place(self, options, script, stdin=""):
        """Runs the script in a file system of its own, on home.dir/small; needs root."""
        with Home() as home:
            (home.dir / "small").mkdir()
            home.env |= {"TH": str(BINARY), "S": str(home.dir / "small"), "THIG_HOOKS_DB": str(home.dir / "small/hooks.db")}
            script = f"set -u; mount -t tmpfs -o {options} tmpfs $S || exit 99\n{script}"
            done = subprocess.run(["unshare", "-m", "bash", "-c", script], env=home.env, input=stdin,
                                  capture_output=True, text=True, timeout=300)
            if done.returncode == 99 or "unshare failed" in done.stderr:
                self.skipTest("no file system can be mounted here")
            return done

    def test_doctor_sees_a_file_system_that_is_read_only(self):
        done = self.in_small_place("size=64m", r"""
            $TH add outgoing crm https://example.com/ --event 'project.*' -q >/dev/null || exit 98
            mount -o remount,ro $S || exit 99
            $TH doctor""")
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        self.assertIn("cannot be written", done.stdout)

    def test_without_inodes_nothing_is_half_made(self):
        """One more file fits each time: whichever file it is that cannot be made, it is said what there is none of."""
        done = self.in_small_place("size=64m,nr_inodes=60", r"""
            mkdir $S/fill; for i in $(seq 40); do : > $S/fill/$i 2>/dev/null || break; done
            while : > $S/fill/$((i += 1)); do :; done 2>/dev/null
            export XDG_CONFIG_HOME=$S/c XDG_DATA_HOME=$S/d
            for free in $(seq 12); do
              rm $S/fill/$free
              $TH add outgoing crm https://example.com/ --event 'project.*' -q >/dev/null 2>$HOME/err; rc=$?
              [ $rc = 0 ] && break
              [ $rc = 75 ] || { echo "free: $free, exit $rc"; cat $HOME/err; exit 1; }
              grep -q 'hint: .*inodes' $HOME/err || { echo "free: $free"; cat $HOME/err; exit 1; }
            done
            [ $rc = 0 ] || { echo "it never worked"; exit 1; }
            [ $free -gt 1 ] || { echo "it did at once"; exit 1; }
            echo "after $free"; $TH list --json""")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn('"crm"', done.stdout)

    def test_history_is_pruned_on_a_disk_that_is_full(self):
        events = "".join(f'{{"event":"project.created","data":{{"pad":"{"x" * 30_000}"}}}}\n' for _ in range(1000))
        done = self.in_small_place("size=120m", r"""
            export XDG_CONFIG_HOME=$S/c XDG_DATA_HOME=$S/d
            $TH add outgoing crm https://example.com/ --event 'project.*' -q >/dev/null || exit 98
            $TH disable crm -q && $TH emit --batch - -q >/dev/null || exit 98
            head -c 200m /dev/zero > $S/filler 2>/dev/null
            $TH emit project.created 2>/dev/null; [ $? = 75 ] || { echo "the disk is not full"; exit 1; }
            until [ $(stat -c %s $THIG_HOOKS_DB) -lt 1000000 ]; do  # a second is the shortest that can be kept
              $TH prune --keep 1s --yes || exit 1
            done
            $TH emit project.created""", stdin=events)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("evt_", done.stdout)


if __name__ == "__main__":
    unittest.main()
