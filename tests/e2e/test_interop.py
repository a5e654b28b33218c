"""Signatures against packages that are not ours, in both directions and over real HTTPS: what we send and sign
is verified by theirs, and what theirs sign is verified by us. A package that is missing is a failure."""

import base64
import dataclasses
import hashlib
import json
import secrets
import shutil
import subprocess
import time
import unittest
from collections.abc import Callable

from hooks import HERE, PATIENCE, Home, certificate

TEXT = '{\n  "id": "evt_1",\r\n  "object": "event",\n  "name": "Zoë 🦊 it\'s \\"quoted\\" $HOME `x`"\n}\n'
FORM = "To=%2B18005551212&From=%2B12349013030&Body=Zo%C3%AB+%26+co&apiVersion=2010-04-01&Digits=9&Digits=1&Empty="


def standard_secret():
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


def text_secret():
    return secrets.token_hex(16)


def seed():
    return secrets.token_hex(32)


def public_key(seed_in_hex):
    """The Ed25519 public key of a seed, by openssl."""
    der = bytes.fromhex("302e020100300506032b657004220420" + seed_in_hex)
    out = subprocess.run(["openssl", "pkey", "-inform", "DER", "-pubout", "-outform", "DER"], input=der,
                         capture_output=True, check=True).stdout
    return out[-32:].hex()


@dataclasses.dataclass
class Package:
    name: str
    scheme: str  # what we call it
    secret: Callable[[], str] = text_secret
    public: Callable[[str], str] = str  # what who verifies is given of the secret
    body: bytes = TEXT.encode()
    query: str = "?foo=1&bar=2"
    timed: bool = True  # the signature covers a time


SIGNED_BODY = "?bodySHA256=" + hashlib.sha256(TEXT.encode()).hexdigest()
PACKAGES = [
    Package("standardwebhooks", "standard", standard_secret),
    Package("svix", "svix", standard_secret),
    Package("stripe", "stripe", standard_secret),
    Package("octokit", "github", timed=False),
    Package("twilio-form", "twilio", body=FORM.encode(), timed=False),
    Package("twilio-json", "twilio", query=SIGNED_BODY + "&foo=1", timed=False),
    Package("discord", "discord", seed, public_key),
]


def changed(body):
    """The same with one letter of another case."""
    at = body.index(b"o", len(body) // 2)
    return body[:at] + b"O" + body[at + 1:]


class Interop(unittest.TestCase):
    def setUp(self):
        self.home = self.enterContext(Home())
        self.cert, self.key = certificate(self.home.dir)

    def secret_file(self, name, secret):
        file = self.home.dir / name
        file.write_text(secret + "\n")
        return file

    def verifier(self, package, *secret_files):
        """Such a receiver at .url, which verifies by each of the secrets."""
        receiver = self.home.start_other("node", HERE / "receivers/verifiers.mjs", package, self.cert, self.key, *secret_files)
        receiver.url = f"https://127.0.0.1:{receiver.next_json()['port']}/hook"
        return receiver

    def sign_by(self, package, secret_file, body_file, *args):
        done = subprocess.run(["node", HERE / "receivers/signers.mjs", package, "--secret-file", secret_file,
                               "--body", body_file, *args], capture_output=True, text=True, timeout=PATIENCE)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def shell(self, command, expect=0):
        """Runs a command line as someone would who pastes it, with a curl that knows the test's certificate."""
        (self.home.dir / ".curlrc").write_text(f'cacert = "{self.cert}"\nsilent\nshow-error\nnoproxy = "*"\nmax-time = {PATIENCE}\n')
        done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, timeout=PATIENCE * 2, cwd="/",
                              env={**self.home.env, "CURL_HOME": str(self.home.dir)})
        self.assertEqual(done.returncode, expect, done.stderr)
        return done.stdout

    def deliver(self, receiver):
        """Emits an event and delivers it; what the receiver said of it."""
        event = self.home.json("emit", "project.created", "--data", json.dumps({"name": "Zoë 🦊", "n": 1.0}))
        self.home.run("deliver", expect=0)
        got = receiver.next_json()
        self.assertEqual(json.loads(got["body"])["id"], event["id"])
        return got


class Deliveries(Interop):
    """What `deliver` sends."""

    def test_a_delivery_is_valid_and_stays_so_through_a_rotation(self):
        for package in ("svix", "standardwebhooks"):
            with self.subTest(package):
                old, new, other = (self.home.dir / f"{package}-{name}" for name in ("old", "new", "other"))
                new.write_text("")  # there is none yet
                other.write_text(standard_secret())
                receiver = self.verifier(package, old, new, other)
                old.write_text(self.home.add(package, receiver.url, events=("project.*",), ca=self.cert)["secret"])
                self.assertEqual([verdict == "valid" for verdict in self.deliver(receiver)["verdicts"]], [True, False, False])

                new.write_text(self.home.run("rotate", package, "--overlap", "1h", "--print-secret", expect=0).stdout)
                self.assertNotEqual(old.read_text().strip(), new.read_text().strip())
                self.assertEqual([verdict == "valid" for verdict in self.deliver(receiver)["verdicts"]], [True, True, False])
                self.home.run("remove", package, "--yes", expect=0)

    def test_a_rotation_without_an_overlap_ends_the_old_secret(self):
        old, new = self.secret_file("old", standard_secret()), self.secret_file("new", standard_secret())
        receiver = self.verifier("standardwebhooks", old, new)
        self.home.add("crm", receiver.url, "--secret-file", old, events=("project.*",), ca=self.cert)
        self.assertEqual([verdict == "valid" for verdict in self.deliver(receiver)["verdicts"]], [True, False])
        self.home.run("rotate", "crm", "--overlap", "0s", "--secret-file", new, expect=0)
        self.assertEqual([verdict == "valid" for verdict in self.deliver(receiver)["verdicts"]], [False, True])


class SignedByUs(Interop):
    """`sign --curl`, its command run as it is printed."""

    def check(self, package, scheme):
        given = package.secret()
        signing = self.secret_file("signing", given)
        right = self.secret_file("right", package.public(given))
        wrong = self.secret_file("wrong", package.public(package.secret()))
        receiver = self.verifier(package.name, right, wrong)
        body_file = self.home.dir / "it's a $body.txt"  # what a shell would trip over
        body_file.write_bytes(package.body)
        command = self.home.run("sign", "--scheme", scheme, "--secret-file", signing, "--body", body_file,
                                "--url", receiver.url + package.query, "--curl", expect=0).stdout
        self.assertNotIn(given, command)

        self.assertRegex(self.shell(command), r"\A2\d\d\n\Z")  # it prints the result
        got = receiver.next_json()
        self.assertEqual(got["verdict"], "valid", got)
        self.assertNotEqual(got["verdicts"][1], "valid")
        self.assertEqual((got["method"], got["path"], got["body"]), ("POST", "/hook" + package.query, package.body.decode()))

        body_file.write_bytes(changed(package.body))
        self.assertEqual(self.shell(command, expect=22)[-4:], "401\n")  # and fails if that is no
        got = receiver.next_json()
        self.assertEqual(got["body"], changed(package.body).decode())
        self.assertNotEqual(got["verdict"], "valid")

    def test_every_package_takes_what_we_sign(self):
        for package in PACKAGES:
            with self.subTest(package.name):
                self.check(package, package.scheme)

    def test_svix_takes_the_headers_of_standard_webhooks_too(self):
        self.check(next(package for package in PACKAGES if package.name == "svix"), "standard")


class SignedByThem(Interop):
    """`verify` of what the packages sign."""

    def verdict(self, headers, body, secret_file, *args, scheme):
        """What `verify` says; its exit code must agree."""
        (self.home.dir / "headers").write_text(headers)
        (self.home.dir / "received").write_bytes(body)
        done = self.home.run("verify", "--scheme", scheme, "--secret-file", secret_file, "--headers", self.home.dir / "headers",
                             "--body", self.home.dir / "received", *args, "--json")
        told = json.loads(done.stdout)
        self.assertEqual(done.returncode, 0 if told["valid"] else 1, done.stderr)
        self.assertNotIn(secret_file.read_text().strip(), done.stdout + done.stderr)
        return told

    def test_what_every_package_signs_is_valid(self):
        for package in PACKAGES:
            with self.subTest(package.name):
                given = package.secret()
                signing = self.secret_file("signing", given)
                right = self.secret_file("right", package.public(given))
                wrong = self.secret_file("wrong", package.public(package.secret()))
                body_file = self.home.dir / "body"
                body_file.write_bytes(package.body)
                url = "https://hooks.example.com/in" + package.query
                to = ("--url", url) if package.scheme == "twilio" else ()
                headers = self.sign_by(package.name, signing, body_file, *to)

                for scheme in (package.scheme, "auto"):
                    told = self.verdict(headers, package.body, right, *to, scheme=scheme)
                    self.assertEqual((told["valid"], told["signature"], told["problem"]), (True, "valid", None), told)
                    self.assertEqual(told["age"], "ok" if package.timed else "unsigned")
                    if scheme == package.scheme:
                        self.assertEqual(told["scheme"], scheme)
                    told = self.verdict(headers, package.body, wrong, *to, scheme=scheme)
                    self.assertEqual((told["valid"], told["signature"]), (False, "no_match"), told)
                    told = self.verdict(headers, changed(package.body), right, *to, scheme=scheme)
                    self.assertFalse(told["valid"])
                    hashed = package.name == "twilio-json"  # its URL holds the hash of the body
                    self.assertEqual(told["signature"], "malformed_header" if hashed else "no_match", told)
                if to:
                    told = self.verdict(headers, package.body, right, "--url", url + "x", scheme=package.scheme)
                    self.assertFalse(told["valid"])
                    self.assertIn(told["signature"], ("no_match", "malformed_header"), told)

    def test_what_is_too_old_or_too_new_is_not_valid_though_its_signature_is(self):
        now = int(time.time())
        for package in PACKAGES:
            if not package.timed:
                continue
            with self.subTest(package.name):
                given = package.secret()
                signing = self.secret_file("signing", given)
                right = self.secret_file("right", package.public(given))
                body_file = self.home.dir / "body"
                body_file.write_bytes(package.body)
                headers = self.sign_by(package.name, signing, body_file, "--timestamp", str(now))
                for at, age in ((now + 301, "too_old"), (now + 299, "ok"), (now, "ok"), (now - 299, "ok"), (now - 301, "too_new")):
                    told = self.verdict(headers, package.body, right, "--now", at, scheme=package.scheme)
                    self.assertEqual((told["valid"], told["signature"], told["age"]), (age == "ok", "valid", age), told)


class Between(Interop):
    """Theirs against theirs: that the tests above stand on receivers and senders that work."""

    def test_every_signer_is_taken_by_its_verifier_and_no_change_is(self):
        for package in PACKAGES:
            with self.subTest(package.name):
                given = package.secret()
                signing = self.secret_file("signing", given)
                right = self.secret_file("right", package.public(given))
                wrong = self.secret_file("wrong", package.public(package.secret()))
                receiver = self.verifier(package.name, right, wrong)
                url = receiver.url + package.query
                body_file = self.home.dir / "body"
                body_file.write_bytes(package.body)
                headers = self.sign_by(package.name, signing, body_file, "--url", url)

                def post(body, lines):
                    (self.home.dir / "sent").write_bytes(body)
                    (self.home.dir / "lines").write_text(lines)
                    self.shell(f"curl --data-binary @{self.home.dir}/sent -H @{self.home.dir}/lines \"{url}\"")
                    return receiver.next_json()["verdicts"]

                verdicts = post(package.body, headers)
                self.assertEqual(verdicts[0], "valid")
                self.assertNotEqual(verdicts[1], "valid")
                self.assertNotIn("valid", post(changed(package.body), headers))
                self.assertNotIn("valid", post(package.body, "accept: */*\n"))
                forged = self.sign_by(package.name, self.secret_file("other", package.secret()), body_file, "--url", url)
                self.assertNotIn("valid", post(package.body, forged))
                if package.timed:
                    old = self.sign_by(package.name, signing, body_file, "--url", url, "--timestamp", str(int(time.time()) - 3600))
                    # discord-interactions leaves the age to its caller
                    self.assertEqual("valid" in post(package.body, old), package.name == "discord")

    def test_a_package_that_is_not_there_ends_the_programs(self):
        elsewhere = self.home.dir / "elsewhere"
        shutil.copytree(HERE / "receivers", elsewhere)
        secret, body = self.secret_file("secret", "ab" * 32), self.secret_file("body", "{}")
        for package in PACKAGES:
            for argv in (["verifiers.mjs", package.name, self.cert, self.key, secret],
                         ["signers.mjs", package.name, "--secret-file", secret, "--body", body, "--url", "https://example.com/"]):
                with self.subTest(argv[:2]):
                    done = subprocess.run(["node", elsewhere / argv[0], *argv[1:]], capture_output=True, text=True, timeout=PATIENCE)
                    self.assertNotEqual(done.returncode, 0)
                    self.assertEqual(done.stdout, "")
                    self.assertIn("ERR_MODULE_NOT_FOUND", done.stderr)


if __name__ == "__main__":
    unittest.main()
