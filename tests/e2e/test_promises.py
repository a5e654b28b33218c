"""What thig-hooks-compatibility(7) promises is still there: each list of tests/promises against what the program has now.
What has gone breaks somebody's script: put it back. What is new is promised from now on: add its line to the list.

    python3 tests/e2e/test_promises.py --add    # does that for all lists; removes nothing
"""

import json
import re
import sys
import unittest

from admin_api import Api
from hooks import HERE
from installation import ROOT, Installation
from json_schema import SCHEMAS
from test_help_examples import commands

PROMISES = HERE.parent / "promises"
BODIES = ("event-draft", "incoming-change", "incoming-setup", "key-change", "key-setup", "outgoing-change", "outgoing-setup",
          "reason", "recovery-request", "rotation", "test-request")  # schemas of what is sent to the HTTP API
LISTS = {  # as tables have columns: a command, and what it prints them with
    "audit": ["audit"],
    "config show": ["config", "show"],
    "deliveries": ["deliveries"],
    "deliveries explain": ["deliveries", "explain", "{event}"],
    "doctor": ["doctor"],
    "events": ["events"],
    "keys": ["keys"],
    "list": ["list"],
    "list incoming": ["list", "incoming"],
    "members": ["members"],
    "projects": ["projects"],
    "requests": ["requests"],
    "sessions": ["sessions"],
    "stats": ["stats"],
}


def members(schema, path):
    """A line for each member of the documents of a schema: its path, its types, and ? if it may be missing."""
    kinds = schema.get("type", [])
    kinds = "|".join(sorted([kinds] if isinstance(kinds, str) else kinds)) or schema.get("$ref", "any")
    yield path, kinds
    for name, member in schema.get("properties", {}).items():
        optional = "" if name in schema.get("required", []) else "?"
        yield from members(member, f"{path} {name}{optional}" if " " not in path else f"{path}.{name}{optional}")
    if isinstance(schema.get("items"), dict):
        yield from members(schema["items"], f"{path}[]")


def schema_lines(names):
    for file in sorted(SCHEMAS.glob("*.json")):
        if (file.stem in BODIES) == names:
            yield from (f"{path}: {kinds}" for path, kinds in members(json.loads(file.read_text()), file.stem))


def values(document, path):
    """The same of a document: the paths of its members."""
    if isinstance(document, dict):
        for name, value in document.items():
            yield from [f"{path}.{name}", *values(value, f"{path}.{name}")]
    elif isinstance(document, list):
        for value in document:
            yield from values(value, f"{path}[]")


class Now:
    """The lines of each list, as the program has them."""

    def __init__(self):
        self.place = Installation()
        self.home = self.place.home

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.place.__exit__()

    def lines(self, name):
        return list(dict.fromkeys(getattr(self, name.replace("-", "_"))()))

    def exit_codes(self):
        text = (ROOT / "cli/app/exit_code.h").read_text()
        numbers = dict(re.findall(r"^  (\w+) = (\d+),", text, re.M))
        yield from (f"{name} = {number}" for name, number in numbers.items())
        for kinds, code in re.findall(r"((?:    case ErrorCode::\w+:\n)+) +return ExitCode::(\w+);", text):
            yield from (f"{kind} -> {numbers[code]}" for kind in re.findall(r"ErrorCode::(\w+)", kinds))

    def error_codes(self):
        return re.findall(r'\{ErrorCode::\w+, ("\w+")\}', (ROOT / "core/base/error.cpp").read_text())

    def documents(self):
        yield from schema_lines(False)
        yield from values(json.loads(self.home.run("export", expect=0).stdout), "export")

    def log_lines(self):
        """Of commands that log: what a line of each kind has."""
        home, work = self.home, self.place.work
        self.place.restore()
        yield from self.of_stream("deliver", home.run("deliver", "--json", expect=0).stdout.splitlines())
        home.run("emit", "project.created", expect=0)
        yield from self.of_stream("deliver", home.run("deliver", "--json", expect=0).stdout.splitlines())
        listener = home.start("listen", "--json", "--count", "1", "--secret-file", work / "crm.secret")
        first = listener.next_line()
        yield from self.of_stream("listen", [first])
        home.run("test", "--url", json.loads(first)["url"], "--secret-file", work / "crm.secret", "--allow-private",
                 "--ca-file", json.loads(first)["caFile"], expect=0)
        yield from self.of_stream("listen", [listener.next_line()])
        runner = home.start("run", "--json")
        yield from self.of_stream("run", [runner.next_line()])
        runner.stop()

    @staticmethod
    def of_stream(command, lines):
        for line in lines:
            yield from values(json.loads(line), command)

    def api_bodies(self):
        return schema_lines(True)

    def api(self):
        api = Api(self.home)
        for path, methods in api.ask("GET", "/api/openapi.json")[2]["paths"].items():
            for method, operation in methods.items():
                request = f"{method.upper()} {path}"
                yield " ".join([request, operation["operationId"], *re.findall(r"Needs the scope (\w+)", operation.get("description", ""))])
                for parameter in operation.get("parameters", []):
                    yield f"{request} {parameter['in']} {parameter['name']}{'' if parameter.get('required') else '?'}"
                for status, answer in operation["responses"].items():
                    for kind, content in answer.get("content", {}).items():
                        yield f"{request} {status} {kind} {content.get('schema', {}).get('$ref', '').rpartition('/')[2]}".rstrip()
                    if not answer.get("content"):
                        yield f"{request} {status}"
                for kind, content in operation.get("requestBody", {}).get("content", {}).items():
                    yield f"{request} takes {kind} {content.get('schema', {}).get('$ref', '').rpartition('/')[2]}".rstrip()
        api.server.stop()

    def commands(self):
        for command in commands(self.home):
            text = self.home.run(*command.split(), "--help", expect=0).stdout
            yield command or "[global]"
            yield from (f"{command} requires {flag}" for flag in re.findall(r"--[a-z-]+", text.splitlines()[0]))
            own, _, general = text.partition("\nGLOBAL FLAGS\n")
            for flag in re.findall(r"^  (-\w, +|    +)?(--[a-z-]+)", own if command else general, re.M):
                yield f"{command or '[global]'} {flag[0].strip()}{flag[1]}"

    def configuration(self):
        text = " ".join(self.home.run("help", "config", expect=0).stdout.partition("\nKEYS\n")[2].split())
        keys = [row["key"] for row in self.home.json("config", "show")]
        for key, after in zip(keys, keys[1:] + [None]):
            part = text[text.index(f"{key} "):text.index(f"{after} ") if after else None]
            yield " ".join([key, *re.findall(r"(?:Flag|Variable): ([\w-]+)", part)])

    def environment(self):
        text = self.home.run("help", "environment", expect=0).stdout
        return re.findall(r"^  ([A-Z][A-Z_, ]+)$", text, re.M)

    def event_types(self):
        return [row["name"] for row in self.home.json("events") if row["name"] != "invoice.paid"]  # one of its own

    def columns(self):
        for name, words in LISTS.items():
            hint = self.home.run(*(word.format(**self.place.ids) for word in words), "--columns", "no such", expect=2).stderr
            names = re.search(r"there are (.*)", hint)[1].split(", ")
            yield from (f"{name}: {number} {column}" for number, column in enumerate(names, 1))


class Promises(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.now = cls.enterClassContext(Now())

    def test_what_was_promised_is_there(self):
        files = sorted(PROMISES.glob("*.txt"))
        self.assertGreaterEqual(len(files), 11)
        for file in files:
            promised, there = file.read_text().splitlines(), self.now.lines(file.stem)
            with self.subTest(file.stem):
                gone = [line for line in promised if line not in there]
                new = [line for line in there if line not in promised]
                self.assertEqual(gone, [], f"promised in tests/promises/{file.name}, but gone or changed; instead there is {new}")
                self.assertEqual(new, [], f"new: add to tests/promises/{file.name}, it is promised from now on")

    def test_each_list_of_the_program_has_columns_that_are_promised(self):
        helped = {command for command in commands(self.now.home)
                  if re.search(r"Tab-separated\s+columns", self.now.home.run(*command.split(), "--help", expect=0).stdout)}
        self.assertEqual({name.split()[0] for name in helped} - {name.split()[0] for name in LISTS}, set())


if __name__ == "__main__":
    if sys.argv[1:] == ["--add"]:
        with Now() as now:
            for file in PROMISES.glob("*.txt"):
                there = now.lines(file.stem)
                gone = [line for line in file.read_text().splitlines() if line not in there]
                file.write_text("".join(f"{line}\n" for line in there + gone))
    else:
        unittest.main()
