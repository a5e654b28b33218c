"""The shell blocks of README.md, typed as printed (see installation.py), line after line in one bash each, in an installation in
which such things are there."""

import re
import unittest

from installation import ROOT, Installation
from typed import Readiness, statements

README = (ROOT / "README.md").read_text()

# Lines that are not typed, and why.
NOT_TYPED = {
    "./dev demo    # builds it, then shows the main workflow end to end on this machine": "builds the program that is tested here; test_demo.py",
    "./dev test    # builds it, then runs all tests": "this is one of them",
    """./dev build && export PATH="$PWD/build/release/bin:$PATH"                        # or install it, see below""": "builds",
    "./dev package                                     # build/package/thig-hooks_0.4.0-1_amd64.deb, for Debian 12": "builds; tests/package",
    "apt install ./build/package/thig-hooks_*.deb      # the program, manual pages, completions, systemd units; starts nothing":
        "changes the machine; tests/package installs it in a system of its own",
    "usermod -aG thig-hooks ann                        # ann may use the database and its key …": "changes the machine; tests/package",
    "systemctl enable --now thig-hooks.service         # deliver: `thig-hooks run`": "changes the machine; the unit is checked in tests/package",
    'systemctl enable --now thig-hooks-notify.socket       # and in /etc/thig-hooks/config.json: "run": {"onEvent": "/usr/local/lib/thig-hooks/notify"}':
        "changes the machine",
    "systemctl edit thig-hooks                             # [Unit] OnFailure=thig-hooks-notify@%n.service: also if the service itself fails":
        "changes the machine",
    "thig-hooks deliveries --follow                         # deliveries as they are made; also: requests --follow, stats --watch 2s":
        "goes on until Ctrl-C; test_help_examples.py",
}

# Headings whose blocks make what the others need: they begin with an empty installation.
FROM_NOTHING = ("Quick start", "Install", "Receive webhooks", "HTTP API", "Files and settings")

# What is typed before the lines below a heading.
FIRST = {"Install": "thig-hooks init"}  # as installing the package does

# What lines show.
SHOWS = {
    "thig-hooks emit project.created": "evt_",
    "thig-hooks login-link": "/admin/login#",
    "thig-hooks apply webhooks.json --prune": "no changes",
    "thig-hooks keys add shop": "shop.key",
    "curl": r'"id":"evt_',
    "thig-hooks deliveries show": "http: 500",
    "thig-hooks deliveries explain": "crm",
    "thig-hooks stats --prometheus": "# TYPE",
    "thig-hooks recover crm --since 2h --dry-run": "1 ",
}


def blocks():
    """(heading, command lines)"""
    heading = ""
    for found, block in re.findall(r"^## (.*)$|^```sh\n((?:.*\n)*?)```$", README, re.M):
        heading = found or heading
        if block:
            yield heading, list(statements(block))


class Readme(unittest.TestCase):
    def test_each_block_does_what_it_says(self):
        shown = set()
        with Installation(used=False) as fresh, Installation() as used:
            for heading, lines in blocks():
                place = fresh if heading in FROM_NOTHING else used
                place.restore()
                with Readiness(place.home.dir) as readiness, place.bash(NOTIFY_SOCKET=str(readiness.path)) as bash:
                    if heading in FIRST:
                        self.assertEqual(bash.type(FIRST[heading])[0], 0, bash.seen)
                    for line in lines:
                        if line in NOT_TYPED:
                            continue
                        with self.subTest(heading=heading, line=line):
                            code, seen = bash.type(place.as_here(line))
                            self.assertEqual(code, 0, seen)
                            if re.search(r" &(?: +#.*)?$", line):
                                readiness.wait()
                            for beginning in [text for text in SHOWS if line.startswith(text)]:
                                shown.add(beginning)
                                self.assertRegex(seen, SHOWS[beginning])
        self.assertEqual(set(SHOWS) - shown, set())

    def test_lines_that_are_not_typed_are_there(self):
        lines = {line for _, block in blocks() for line in block}
        self.assertGreater(len(lines), 35)
        self.assertEqual(set(NOT_TYPED) - lines, set())
        self.assertEqual({*FROM_NOTHING, *FIRST} - {heading for heading, _ in blocks()}, set())


if __name__ == "__main__":
    unittest.main()
