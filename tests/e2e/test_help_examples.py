"""Every example that `--help` shows, of every command, typed as printed (see installation.py) in an installation in which such
things are there: it ends as it should, and says what it should."""

import re
import unittest

from hooks import Home
from installation import Installation
from typed import post_to_listener

# Commands whose examples make what the others need: they begin with an empty installation.
FROM_NOTHING = ("", "add incoming", "add outgoing", "doctor", "events add", "init", "keys add", "members add")

# What is typed before the examples of a command.
FIRST = {
    "doctor": "thig-hooks init",
    "keys add": "thig-hooks init && thig-hooks members add ann admin",
    "members add": "thig-hooks init",
    "requests replay": "thig-hooks edit issues --default name='(no title)'",  # the cause of the failure is fixed
}

# What goes on until Ctrl-C, and what it shows by then.
UNTIL_STOPPED = {
    "thig-hooks run": "delivering",
    "thig-hooks run --json >> /var/log/thig-hooks.jsonl": "delivering",
    "thig-hooks run --standby": "delivering",
    "thig-hooks serve": "(?s)(listening on.*){2}",
    "thig-hooks serve --without incoming": "listening on",
    "thig-hooks serve-admin": "listening on",
    "thig-hooks serve-admin --listen 0.0.0.0:8443 --tls-cert fullchain.pem --tls-key key.pem --allow-host hooks.example.com": "listening on https",
    "thig-hooks serve-incoming --public-url https://hooks.example.com": "listening on",
    "thig-hooks serve-incoming --listen 0.0.0.0:8443 --tls-cert fullchain.pem --tls-key key.pem": "listening on https",
    "thig-hooks listen --port 8443 -v": "https://",
    "thig-hooks listen --port 8443 --forward-to http://127.0.0.1:3000/hook": "https://",
    "thig-hooks listen --scheme github --secret-file github.secret": "https://",
    "thig-hooks deliveries --follow --webhook crm": "dlv_",
    "thig-hooks requests --follow": "req_",
    "thig-hooks stats --watch 2s": "crm",
}

# What is done beside it until it ends by itself.
MEANWHILE = {"thig-hooks listen --fail-first 2 --count 3 --json": post_to_listener(3)}

# Lines that are typed elsewhere than at a prompt of bash: how they are typed here.
ELSEWHERE = {
    "* * * * * thig-hooks deliver -q": "thig-hooks deliver -q",  # in a crontab
    'eval "$(thig-hooks completion zsh)"':
        "zsh -f -c 'autoload -Uz compinit && compinit -u -D && eval \"$(thig-hooks completion zsh)\"'",
}


def commands(home):
    listed = home.run("--help", expect=0).stdout.partition("\nHELP TOPICS\n")[0]
    return ["", *re.findall(r"^  ([a-z][a-z-]*(?: [a-z-]+)?)  +[A-Z]", listed, re.M)]


def examples(home, command):
    """(command line, what is said of it)"""
    text = home.run(*command.split(), "--help", expect=0).stdout
    section = re.search(r"^EXAMPLES\n((?:  .*\n|\n)+)", text, re.M)[1]
    return [(line, what) for what, line in re.findall(r"^  # (.*)\n  (.*)$", section, re.M)]


class HelpExamples(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        with Home() as home:
            cls.examples = [(command, line) for command in commands(home) for line, _ in examples(home, command)]

    def test_each_does_what_it_says(self):
        with Installation(used=False) as fresh, Installation() as used:
            for command, line in self.examples:
                with self.subTest(command=command, line=line):
                    place = fresh if command in FROM_NOTHING else used
                    place.restore()
                    with place.bash() as bash:
                        if command in FIRST:
                            self.assertEqual(bash.type(FIRST[command])[0], 0, bash.seen)
                        code, seen = bash.type(place.as_here(ELSEWHERE.get(line, line)), UNTIL_STOPPED.get(line), MEANWHILE.get(line))
                    self.assertEqual(code, 0, seen)

    def test_every_command_has_some_and_no_table_names_another(self):
        self.assertGreater(len(self.examples), 120)
        named = {command for command, _ in self.examples}
        self.assertGreater(len(named), 50)
        self.assertEqual({*FROM_NOTHING, *FIRST} - named, set())
        lines = {line for _, line in self.examples}
        for table in (UNTIL_STOPPED, MEANWHILE, ELSEWHERE):
            self.assertEqual(set(table) - lines, set())


if __name__ == "__main__":
    unittest.main()
