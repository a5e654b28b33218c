"""One database, several users of the machine: shared with a group, and what those hear who are kept out. The users are
numbers that nobody has, which takes root to become."""

import grp
import json
import os
import shutil
import stat
import subprocess
import unittest

from hooks import BINARY, PATIENCE, Home

ANN, BOB, EVE = 64001, 64002, 64003


def can_become_others():
    try:
        grp.getgrnam("users")
        return subprocess.run(["setpriv", "--reuid", str(ANN), "--regid", str(ANN), "--clear-groups", "true"],
                              capture_output=True, check=False).returncode == 0
    except (KeyError, OSError):
        return False


@unittest.skipUnless(can_become_others(), "it takes root, setpriv and the group `users` to be several users")
class Users(unittest.TestCase):
    def setUp(self):
        self.home = self.enterContext(Home())
        self.home.dir.chmod(0o755)
        self.program = self.home.dir / "thig-hooks"  # the build folder may be closed to others
        shutil.copy(BINARY, self.program)
        self.group = grp.getgrnam("users")
        self.place = self.home.dir / "srv"
        self.place.mkdir()
        os.chown(self.place, ANN, ANN)
        self.db, self.key = self.place / "hooks" / "hooks.db", self.place / "keys" / "key"

    def run_as(self, user, *args, key=True, umask="077", groups=True, expect=None):
        home = self.home.dir / f"home-{user}"
        if not home.exists():
            home.mkdir()
            os.chown(home, user, user)
        env = {"PATH": os.environ["PATH"], "HOME": str(home), "THIG_HOOKS_DB": str(self.db),
               "THIG_HOOKS_SYSTEM_CONFIG": str(self.home.dir / "none.json")}
        if key:
            env["THIG_HOOKS_KEY_FILE"] = str(self.key)
        known = ["--groups", str(self.group.gr_gid)] if groups else ["--clear-groups"]
        done = subprocess.run(["setpriv", "--reuid", str(user), "--regid", str(user), *known, "sh", "-c",
                               f'umask {umask}; exec "$0" "$@"', self.program, *map(str, args)],
                              env=env, capture_output=True, text=True, timeout=PATIENCE * 5, check=False)
        if expect is not None:
            self.assertEqual(done.returncode, expect, done.stdout + done.stderr)
        return done

    def share(self):
        self.run_as(ANN, "init", "--group", "users", expect=0)
        self.run_as(ANN, "members", "add", f"uid-{BOB}", "admin", expect=0)

    def check_shared(self):
        for path in self.db.parent.iterdir():
            found = path.stat()
            self.assertEqual(found.st_gid, self.group.gr_gid, path)
            self.assertEqual(stat.S_IMODE(found.st_mode) & 0o667, 0o660, path)

    def test_a_group_works_with_one_database(self):
        self.share()
        self.assertEqual(stat.S_IMODE(self.db.parent.stat().st_mode), 0o2770)
        self.assertEqual(stat.S_IMODE(self.key.stat().st_mode), 0o640)
        self.assertEqual(self.key.stat().st_gid, self.group.gr_gid)
        self.assertEqual(stat.S_IMODE(self.key.parent.stat().st_mode), 0o750)
        for user, name in ((BOB, "crm"), (ANN, "erp"), (BOB, "shop")):
            self.run_as(user, "add", "outgoing", name, "https://127.0.0.1:9/", "--event", "*", "--allow-private", expect=0)
            self.run_as(user, "emit", "project.created", expect=0)
            self.run_as(user, "deliver", "-q", expect=0)
            self.check_shared()
            for looks in (ANN, BOB):
                self.run_as(looks, "show", name, "--reveal-secret", expect=0)
                doctor = self.run_as(looks, "doctor", "--json")
                (found,) = [one for one in json.loads(doctor.stdout) if one["check"] == "permissions"]
                self.assertEqual(found["state"], "ok", doctor.stdout)
                self.assertIn("the group users", found["text"])
        # Root may come by and leave nothing that keeps the others out.
        self.home.run("emit", "project.created", "--db", self.db, "--key-file", self.key, expect=0)
        self.home.run("deliver", "-q", "--db", self.db, "--key-file", self.key, expect=0)
        self.check_shared()
        self.run_as(BOB, "emit", "project.created", expect=0)

    def test_an_existing_database_is_shared_and_once_is_enough(self):
        self.run_as(ANN, "init", expect=0)
        self.run_as(ANN, "add", "outgoing", "crm", "https://example.com/", "--event", "*", expect=0)
        self.assertEqual(stat.S_IMODE(self.db.stat().st_mode), 0o600)
        self.assertEqual(self.run_as(BOB, "list").returncode, 3)
        # Its folder was made for ann alone, and so was the key's.
        told = self.run_as(ANN, "init", "--group", "users", expect=3)
        self.assertIn(str(self.key.parent), told.stderr)
        self.assertEqual(stat.S_IMODE(self.db.stat().st_mode), 0o600)
        self.key.parent.chmod(0o755)
        before = self.key.read_bytes()
        self.assertIn("shared with the group users", self.run_as(ANN, "init", "--group", "users", expect=0).stderr)
        self.assertIn("crm", self.run_as(BOB, "list", expect=0).stdout)
        self.assertIn("no changes", self.run_as(ANN, "init", "--group", "users", expect=0).stderr)
        self.assertEqual(self.key.read_bytes(), before)
        self.check_shared()

    def test_who_is_kept_out_hears_by_what_and_whom_to_ask(self):
        self.share()
        for command in (["list"], ["emit", "project.created"], ["doctor"]):
            told = self.run_as(EVE, *command, groups=False)
            self.assertEqual(told.returncode, 1 if command == ["doctor"] else 3, told.stderr)
            said = told.stdout + told.stderr
            for words in (str(self.db.parent), "members of the group users", "usermod -aG users", "newgrp users"):
                self.assertIn(words, said)
        self.run_as(ANN, "add", "outgoing", "crm", "https://example.com/", "--event", "*", expect=0)
        # In the group, but with another place for the key: its own, which is not there.
        told = self.run_as(BOB, "show", "crm", "--reveal-secret", key=False, expect=3)
        for words in (f"--key-file {self.key}", f"uid {ANN} and the group users", "keyFile"):
            self.assertIn(words, told.stderr)
        # The key is somebody's alone.
        self.key.chmod(0o600)
        told = self.run_as(BOB, "show", "crm", "--reveal-secret", expect=3)
        self.assertIn(f"{self.key} belongs to uid {ANN}, and nobody else may use it", told.stderr)

    def test_doctor_says_which_file_the_group_cannot_use(self):
        self.share()
        shm = self.db.with_name("hooks.db-shm")
        shm.touch()
        os.chown(shm, ANN, self.group.gr_gid)
        shm.chmod(0o600)
        told = self.run_as(ANN, "doctor", expect=1)
        self.assertIn(f"{shm} cannot be used by the group users", told.stdout)
        self.assertIn("thig-hooks init --group users", told.stdout)
        self.run_as(ANN, "init", "--group", "users", expect=0)
        self.assertNotIn("cannot be used", self.run_as(ANN, "doctor").stdout)

    def test_what_cannot_be_shared_is_left_as_it_is(self):
        self.db.parent.mkdir()
        os.chown(self.db.parent, ANN, ANN)
        (self.db.parent / "letters.txt").touch()
        told = self.run_as(ANN, "init", "--group", "users", expect=3)
        self.assertIn("letters.txt", told.stderr)
        self.assertEqual([path.name for path in self.db.parent.iterdir()], ["letters.txt"])
        (self.db.parent / "letters.txt").unlink()
        self.place.chmod(0o700)
        self.assertIn("cannot reach", self.run_as(ANN, "init", "--group", "users", expect=3).stderr)
        self.place.chmod(0o755)
        # Folders above it would be made for ann alone.
        self.db = self.place / "a" / "b" / "hooks.db"
        told = self.run_as(ANN, "init", "--group", "users", expect=3)
        self.assertIn(f"mkdir -p {self.place / 'a'}", told.stderr)
        self.assertFalse((self.place / "a").exists())
        self.db = self.place / "hooks" / "hooks.db"
        told = self.run_as(ANN, "init", "--group", "users", groups=False, expect=3)
        self.assertIn("you are not in the group users", told.stderr)
        told = self.run_as(ANN, "init", "--owner", "daemon", expect=2)
        self.assertIn("only root", told.stderr)
        self.assertFalse(self.db.exists())

    def test_a_key_that_is_lost_is_not_made_again(self):
        self.share()
        self.run_as(ANN, "add", "outgoing", "crm", "https://example.com/", "--event", "*", expect=0)
        self.key.unlink()
        told = self.run_as(ANN, "init", "--group", "users", expect=3)
        self.assertIn("restore it from a backup", told.stderr)
        self.assertFalse(self.key.exists())

    def test_root_makes_one_for_somebody(self):
        self.home.run("init", "--owner", "daemon", "--group", "users", "--db", self.db, "--key-file", self.key, expect=0)
        self.assertEqual((self.db.owner(), self.db.group(), self.db.parent.owner()), ("daemon", "users", "daemon"))
        self.assertEqual((self.key.owner(), self.key.group()), ("root", "users"))
        (member,) = self.home.json("members", "--db", self.db)
        self.assertEqual((member["name"], member["role"]), ("daemon", "owner"))


if __name__ == "__main__":
    unittest.main()
