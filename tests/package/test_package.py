"""The Debian package: linted, its units verified, and installed, used, removed and purged in a system of its own, which
debootstrap makes once. Run by `./dev check`, as root; THIG_PACKAGE_DIR is the build folder with the package."""

import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

BUILD = pathlib.Path(os.environ["THIG_PACKAGE_DIR"])
UNITS = ("thig-hooks.service", "thig-hooks-incoming.service", "thig-hooks-admin.service",
         "thig-hooks-deliver.service", "thig-hooks-deliver.timer")
# What lintian says of a package that no archive has asked for.
ONLY_FOR_AN_ARCHIVE = {
    "initial-upload-closes-no-bugs",  # the changelog closes no request for packaging in Debian's tracker
}
DATA = ("/var/lib/thig-hooks", "/etc/thig-hooks/key")
# What dpkg and the tools of the system keep for themselves.
BOOKS = re.compile(r"^/(var/lib/(dpkg|systemd)|var/log|var/cache|etc/(passwd|group|shadow|gshadow|subuid|subgid)-?$"
                   r"|etc/\.pwd\.lock|etc/ld\.so\.cache|proc|dev|tmp|run)")


def package():
    found = sorted(BUILD.glob("*.deb"), key=lambda path: path.stat().st_mtime)
    if not found:
        raise AssertionError(f"no package in {BUILD}: ./dev package makes it")
    return found[-1]


def mirror():
    """Where this machine's own packages come from."""
    if "THIG_MIRROR" in os.environ:
        return os.environ["THIG_MIRROR"]
    sites = must("apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages").split()
    if not sites:
        raise unittest.SkipTest("apt has no package lists, so there is nowhere to make a system from")
    return sites[0]


def must(*words, **more):
    done = subprocess.run(list(map(str, words)), capture_output=True, text=True, check=False, **more)
    if done.returncode != 0:
        raise AssertionError(f"{words}: exit code {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


class Looked(unittest.TestCase):
    """What can be said without installing it."""

    @classmethod
    def setUpClass(cls):
        cls.root = pathlib.Path(cls.enterClassContext(tempfile.TemporaryDirectory(prefix="thig-package-")))
        must("dpkg-deb", "-x", package(), cls.root)
        cls.units = [cls.root / "lib/systemd/system" / unit for unit in UNITS]

    def test_lintian_has_nothing_to_say_but_what_is_an_archives(self):
        done = subprocess.run(["lintian", "--allow-root", "--no-cfg", "--fail-on", "none", package()],
                              capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        tags = {line: re.match(r"[EWIP]: thig-hooks: (\S+)", line) for line in done.stdout.splitlines()}
        told = [line for line, tag in tags.items() if tag is None or tag[1] not in ONLY_FOR_AN_ARCHIVE]
        self.assertEqual(told, [])

    def test_units_are_valid(self):
        # The program that they start is looked for where it will be.
        copies = self.root / "copies"
        copies.mkdir()
        for unit in self.units:
            text = unit.read_text().replace("=/usr/bin/thig-hooks", f"={self.root}/usr/bin/thig-hooks")
            (copies / unit.name).write_text(text)
        examples = self.root / "usr/share/doc/thig-hooks/examples"
        for unit in examples.glob("thig-hooks-notify*"):
            text = unit.read_text().replace("=/usr/local/lib/thig-hooks/notify", f"={examples}/notify")
            (copies / unit.name.replace("@", "@example")).write_text(text)
        done = subprocess.run(["systemd-analyze", "--man=no", "--recursive-errors=no", "verify", *copies.iterdir()],
                              capture_output=True, text=True, check=False)
        ours = [line for line in done.stderr.splitlines() if "thig-hooks" in line]
        self.assertEqual((done.returncode, ours), (0, []), done.stderr)
        self.assertEqual(len(list(copies.iterdir())), len(UNITS) + 3, "with the examples")

    def test_services_are_locked_in(self):
        for unit in self.units:
            if unit.suffix == ".service":
                with self.subTest(unit.name):
                    must("systemd-analyze", "security", "--offline=true", "--no-pager", "--threshold=15", unit)

    def test_what_is_in_it(self):
        for file in ("usr/bin/thig-hooks", "etc/thig-hooks/config.json", "usr/share/man/man1/thig-hooks.1.gz",
                     "usr/share/man/man1/thig-hooks-init.1.gz", "usr/share/man/man5/thig-hooks-config.5.gz",
                     "usr/share/man/man7/thig-hooks-signing.7.gz", "usr/share/doc/thig-hooks/changelog.Debian.gz",
                     "usr/share/doc/thig-hooks/copyright", "usr/share/doc/thig-hooks/examples/config.json",
                     "usr/share/doc/thig-hooks/examples/grafana-dashboard.json",
                     "usr/share/doc/thig-hooks/examples/prometheus-alerts.yml", "usr/share/doc/thig-hooks/examples/notify",
                     "usr/share/bash-completion/completions/thig-hooks", "usr/share/zsh/vendor-completions/_thig-hooks",
                     "usr/share/fish/vendor_completions.d/thig-hooks.fish", "usr/lib/sysusers.d/thig-hooks.conf",
                     "usr/lib/tmpfiles.d/thig-hooks.conf"):
            self.assertTrue((self.root / file).is_file(), file)
        self.assertIn("has not chosen a licence", (self.root / "usr/share/doc/thig-hooks/copyright").read_text())
        example = self.root / "usr/share/doc/thig-hooks/examples/config.json"
        must(self.root / "usr/bin/thig-hooks", "--config", example, "config", "show")


class System:
    """A Debian of its own, in a folder."""

    def __init__(self, folder):
        self.root = folder
        must("tar", "-xf", self.base(), "-C", folder)
        shutil.copy(package(), folder / "tmp/thig-hooks.deb")

    @staticmethod
    def base():
        """Made once for what the package depends on."""
        depends = must("dpkg-deb", "-f", package(), "Depends")
        names = sorted({re.split(r"[ (]", choice.split("|")[-1].strip())[0] for choice in depends.split(",")})
        tar = BUILD / "system.tar"
        made_for = BUILD / "system.txt"
        if tar.exists() and made_for.exists() and made_for.read_text().split() == names:
            return tar
        with tempfile.TemporaryDirectory(prefix="thig-system-") as folder:
            must("debootstrap", "--variant=minbase", f"--include={','.join(names)}", "bookworm", f"{folder}/root", mirror())
            must("tar", "-cf", tar, "-C", f"{folder}/root", "--exclude=./var/cache/apt/*", "--exclude=./var/lib/apt/lists/*",
                 ".")
        made_for.write_text("\n".join(names))
        return tar

    def run(self, *words, user=None, groups=None, env=None, expect=0):
        become = ["runuser", "-u", user, "--"] if user else []
        done = subprocess.run(
            ["unshare", "--mount", "--pid", "--fork", f"--mount-proc={self.root}/proc", "chroot", self.root, *become,
             *map(str, words)],
            capture_output=True, text=True, timeout=300, check=False,
            env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8", **(env or {})})
        if done.returncode != expect:
            raise AssertionError(f"{words}: exit code {done.returncode}, not {expect}\n{done.stdout}{done.stderr}")
        return done

    def files(self):
        found = set()
        for folder, folders, files in os.walk(self.root):
            for name in folders + files:
                path = "/" + str(pathlib.Path(folder, name).relative_to(self.root))
                if not BOOKS.match(path):
                    found.add(path)
        return found

    def mode(self, path):
        return self.run("stat", "-c", "%U:%G %a", path).stdout.strip()


@unittest.skipUnless(os.geteuid() == 0, "only root can install a package")
class Installed(unittest.TestCase):
    def setUp(self):
        folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory(prefix="thig-package-")))
        folder.chmod(0o755)
        self.system = System(folder)
        self.before = self.system.files()

    def install(self):
        return self.system.run("dpkg", "-i", "/tmp/thig-hooks.deb")

    def test_installed_used_and_removed(self):
        system = self.system
        self.install()
        self.assertEqual(system.mode("/etc/thig-hooks/key"), "root:thig-hooks 640")
        self.assertEqual(system.mode("/var/lib/thig-hooks"), "thig-hooks:thig-hooks 2770")
        self.assertEqual(system.mode("/var/lib/thig-hooks/hooks.db"), "thig-hooks:thig-hooks 660")
        self.assertEqual([path for path in system.files() if ".wants/" in path and "thig" in path], [], "none is enabled")

        # Whoever is in the group and has a role sets webhooks up; the others hear why not.
        system.run("useradd", "--create-home", "--groups", "thig-hooks", "ann")
        system.run("useradd", "--create-home", "eve")
        add = ("thig-hooks", "add", "outgoing", "crm", "https://crm.example.com/", "--event", "*")
        self.assertIn("ann has the role viewer", system.run(*add, user="ann", expect=77).stderr)
        system.run("thig-hooks", "members", "add", "ann", "admin")
        self.assertIn("whsec_", system.run(*add, user="ann").stdout)
        self.assertIn("usermod -aG thig-hooks eve", system.run("thig-hooks", "list", user="eve", expect=3).stderr)
        self.assertIn("crm", system.run("thig-hooks", "list", user="ann").stdout)
        # As the services do it: with the key as a credential.
        system.run("install", "-d", "-o", "thig-hooks", "/tmp/credentials")
        system.run("install", "-o", "thig-hooks", "-m", "400", "/etc/thig-hooks/key", "/tmp/credentials/thig-hooks.key")
        system.run("thig-hooks", "emit", "project.created", user="ann")
        credentials = {"CREDENTIALS_DIRECTORY": "/tmp/credentials"}
        system.run("env", "CREDENTIALS_DIRECTORY=/tmp/credentials", "thig-hooks", "deliver", user="thig-hooks", env=credentials)
        system.run("thig-hooks", "show", "crm", "--reveal-secret", user="ann")
        doctor = system.run("thig-hooks", "doctor", "--json", user="ann").stdout
        self.assertIn("only the group thig-hooks has access", doctor)

        # Installed again, as an upgrade is: the key is the same one.
        key = (system.root / "etc/thig-hooks/key").read_bytes()
        self.install()
        self.assertEqual((system.root / "etc/thig-hooks/key").read_bytes(), key)
        system.run("dpkg", "-r", "thig-hooks")
        self.assertFalse((system.root / "usr/bin/thig-hooks").exists())
        self.assertTrue((system.root / "etc/thig-hooks/config.json").exists(), "configuration stays until a purge")
        self.install()
        self.assertEqual((system.root / "etc/thig-hooks/key").read_bytes(), key)
        self.assertIn("crm", system.run("thig-hooks", "list", user="ann").stdout)

        told = system.run("dpkg", "-P", "thig-hooks")
        left = {path for path in system.files() - self.before if not path.startswith(("/home", "/var/mail", "/var/spool"))}
        self.assertEqual({path for path in left if not path.startswith(DATA) and path != "/etc/thig-hooks"}, set())
        self.assertTrue(set(DATA) <= left)
        self.assertIn("rm -r /var/lib/thig-hooks /etc/thig-hooks", told.stderr + told.stdout)

    def test_an_enabled_unit_goes_with_the_package(self):
        system = self.system
        self.install()
        wants = "/etc/systemd/system/multi-user.target.wants"  # what `systemctl enable` makes
        system.run("mkdir", "-p", wants)
        system.run("ln", "-s", "/lib/systemd/system/thig-hooks.service", f"{wants}/thig-hooks.service")
        system.run("dpkg", "-P", "thig-hooks")
        self.assertEqual([path for path in system.files() if "systemd" in path and "thig" in path], [])


if __name__ == "__main__":
    unittest.main(verbosity=2)
