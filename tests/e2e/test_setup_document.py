"""The document of `export` and `apply`, against its JSON Schema (`export --schema`): whatever is exported meets it, and it and
the program refuse the same. Then there and back: members, settings and URLs on another installation."""

import copy
import json
import re
import unittest

from hooks import Home
from json_schema import check_shape, paths_in, paths_of

TOKEN = "b" * 42 + "A"
SECRET = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="

# Each member that the schema has, once at least.
WHOLE = {
    "$schema": "webhooks.schema.json",
    "version": 1,
    "settings": {"publicUrl": "https://hooks.test"},
    "members": [{"name": "ann", "role": "admin"}],
    "eventTypes": [{"name": "invoice.paid", "category": "Bills", "description": "Paid", "sample": {"id": 1}}],
    "outgoing": [{
        "name": "crm", "url": "https://crm.test/", "description": "Customers", "events": ["project.*"], "when": ["/data/a=b"], "signature": "both",
        "signatureHeader": "x-hex", "headers": [{"name": "x-key", "value": "k"}], "retry": "1m,5m", "timeout": "5s",
        "maxInFlight": 3, "rate": 2.5, "allowPrivate": False, "caFile": None, "clientCert": None, "clientKey": None,
        "secret": SECRET, "isActive": True,
    }],
    "incoming": [{
        "name": "deploy", "description": "Ships", "scheme": "github", "secret": {"file": "in.secret"}, "token": {"env": "TOKEN"},
        "verifyToken": "hello", "allowedAddresses": ["10.0.0.0/8"], "contentTypes": ["application/json"], "maxBody": 2048,
        "rate": 3, "dedupe": "1h", "isActive": True,
        "action": {"kind": "run", "command": ["/bin/true"], "directory": "/", "timeout": "5s", "maxParallel": 2, "when": ["/a=b"]},
    }, {
        "name": "told",
        "action": {"kind": "emit", "event": "project.created", "set": [{"field": "who", "from": "/user", "default": "nobody"}]},
    }],
}

SAMPLES = (None, True, 1.5, "text", [], [None], {}, {"zzqx": 1})

# What the program says of a member whose kind is wrong; anything else is about its value, of which a schema may know less.
WRONG_KIND = re.compile(r"must be (an? |true or false|null)[a-z ]*, not|must be an array of strings|must be an object|unknown member"
                        r'|: (the|a list|"from")[a-z ]* is missing|it says no source, or two')


def places(value, place=()):
    """The path of everything in a document, but for samples, which may be anything."""
    yield place
    if place[-1:] == ("sample",):
        return
    for key, member in (value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()):
        yield from places(member, place + (key,))


def with_value(document, place, value):
    changed = copy.deepcopy(document)
    if not place:
        return value
    at = changed
    for key in place[:-1]:
        at = at[key]
    at[place[-1]] = value
    return changed


def value_at(document, place):
    for key in place:
        document = document[key]
    return document


class SetupDocument(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.home = cls.enterClassContext(Home())
        cls.schema = json.loads(cls.home.run("export", "--schema", expect=0).stdout)
        (cls.home.dir / "in.secret").write_text("s3cret\n")

    def read(self, document, *words):
        file = self.home.dir / "document.json"
        file.write_text(json.dumps(document))
        return self.home.run("apply", file, *words, "--json", env={"TOKEN": TOKEN})

    def error(self, document):
        done = self.read(document, "--dry-run")
        return json.loads(done.stderr.splitlines()[-1]) if done.returncode else None

    def fits(self, document):
        try:
            check_shape(document, self.schema)
        except AssertionError:
            return False
        return True

    def test_the_schema_has_a_sample_of_each_member(self):
        check_shape(WHOLE, self.schema)
        self.assertIsNone(self.error(WHOLE))
        seen = paths_in(WHOLE) | {"outgoing[].secret.file", "outgoing[].secret.env", "incoming[].secret.env",
                                  "incoming[].token.file"}
        self.assertEqual(set(paths_of(self.schema)), seen - {"eventTypes[].sample.id"})

    def test_both_refuse_the_same_kinds(self):
        refused = 0
        for place in places(WHOLE):
            for sample in SAMPLES:
                document = with_value(WHOLE, place, sample)
                error = self.error(document)
                with self.subTest(place=place, value=sample, error=error):
                    if not self.fits(document):
                        refused += 1
                        self.assertIsNotNone(error, "the schema alone refuses it")
                    elif error:
                        self.assertNotRegex(error["error"], WRONG_KIND, "the program alone refuses it")
        self.assertGreater(refused, 250)

    def test_both_know_the_same_members(self):
        by_path = {"": self.schema} | paths_of(self.schema)
        for place in places(WHOLE):
            value = value_at(WHOLE, place)
            if not isinstance(value, dict) or place[-1:] == ("sample",):
                continue
            document = with_value(WHOLE, place, {**value, "zzqx": 1})
            with self.subTest(place=place):
                self.assertFalse(self.fits(document))
                error = self.error(document)
                self.assertIn('unknown member "zzqx"', error["error"])
                members = sorted(error["hint"].removeprefix("its members are ").split(", "))
                path = "".join("[]" if isinstance(key, int) else f".{key}" for key in place).lstrip(".")
                known = {one.removeprefix(path).lstrip(".") for one in by_path
                         if one.startswith(path) and re.fullmatch(r"(\[\])?\.?[^.\[]+", one.removeprefix(path))}
                self.assertEqual(members, sorted(name for name in known if not name.startswith("[")))
            for name in value:
                without = with_value(WHOLE, place, {key: member for key, member in value.items() if key != name})
                with self.subTest(place=place, without=name):
                    error = self.error(without)
                    if not self.fits(without):
                        self.assertIsNotNone(error)
                    elif error:
                        self.assertNotRegex(error["error"], WRONG_KIND)

    def test_there_and_back(self):
        with Home() as here, Home() as there:
            self.home, original = here, self.home
            try:
                (here.dir / "in.secret").write_text("s3cret")
                self.assertEqual(self.read(WHOLE).returncode, 0)
            finally:
                self.home = original
            here.run("add", "incoming", "plain", "--action", "add-note", "--set", "project=/p", "--set", "text=/t", expect=0)
            here.run("disable", "crm", expect=0)
            for words in (["--with-secrets"], []):
                document = here.run("export", *words, expect=0).stdout
                check_shape(json.loads(document), self.schema)
                file = there.dir / "document.json"
                file.write_text(document)
                there.run("apply", file, "--prune", "--yes", expect=0)
                self.assertEqual(there.run("export", *words, expect=0).stdout, document)
                self.assertEqual(there.run("apply", file, "--exit-code", expect=0).stdout, "")
            for name in ("deploy", "plain"):
                url = here.json("show", name, "--reveal-secret")["url"]
                self.assertTrue(url.startswith("https://hooks.test/"))
                self.assertEqual(there.json("show", name, "--reveal-secret")["url"], url)

    def test_what_cannot_be_combined(self):
        done = self.home.run("export", "--schema", "--with-secrets")
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        self.assertIn("cannot be combined", done.stderr)


if __name__ == "__main__":
    unittest.main()
