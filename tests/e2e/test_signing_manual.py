"""What man/thig-hooks-signing.7 tells the writers of receivers is true: its programs, its example and its
table are taken from the page as it is shown, and run. Signatures come from Python's hmac, not from the page."""

import base64
import functools
import hashlib
import hmac
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import textwrap
import time
import unittest

from hooks import BINARY, HERE, PATIENCE, Home

PAGE = HERE.parent.parent / "man/thig-hooks-signing.7"
WIDE = 250  # columns; nothing wraps
CODE_INDENT = 9  # prose begins at column 7
SAID_ON_THE_PAGE = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@functools.cache
def rendered(columns):
    """The page as text, and what groff had to say about it."""
    with tempfile.TemporaryDirectory() as folder:
        # Before the system's own, which may turn typographic signs into ASCII here but not elsewhere.
        pathlib.Path(folder, "man.local").touch()
        done = subprocess.run(["groff", "-M", folder, "-man", "-Tutf8", "-ww", "-P-cbou", f"-rLL={columns}n", PAGE],
                              capture_output=True, timeout=PATIENCE)
    return done.stdout.decode(), done.stderr.decode()


def parts(text, heading):
    """What stands under each heading; `heading` matches its line, with the name in a group."""
    pieces = re.split(heading, text, flags=re.M)
    return dict(zip(pieces[1::2], pieces[2::2]))


def section(name, columns=WIDE):
    return parts(rendered(columns)[0], r"^(\S.*)\n")[name]


def code_blocks(text):
    """The lines set in deeper than prose, as someone copies them."""
    blocks = re.findall(rf"(?:^ {{{CODE_INDENT}}}.*\n|^\n)+", text, flags=re.M)
    return [textwrap.dedent(block).strip("\n") + "\n" for block in blocks if block.strip()]


def program(language):
    blocks = code_blocks(parts(section("VERIFIERS"), r"^   (\S.*)\n")[language])
    if len(blocks) != 1:
        raise AssertionError(f"{language}: {len(blocks)} programs on the page")
    return blocks[0]


def v1(key, id, timestamp, body):
    signed = b".".join((id.encode(), timestamp.encode(), body))
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def secret_of(key):
    return "whsec_" + base64.b64encode(key).decode()


class Cases:
    """Requests, each with whether it is valid. Made again for each language, as they are relative to now."""

    KEY = bytes(range(90, 122))
    ID = "dlv_07fxrm52r0400z709g4zc"
    BODY = '{"id":"evt_07fxrm52r0400","event":"project.created","data":{"name":"Zoë 🦊"}}'.encode()
    BINARY_BODY = bytes(range(256)) + b"\r\n\0\n"

    def __init__(self):
        now = int(time.time())
        self.now, self.all = now, []
        self.genuine = v1(self.KEY, self.ID, str(now), self.BODY)
        self.add_valid()
        self.add_changed()
        self.add_hostile_signatures()
        self.add_hostile_timestamps_and_ids()
        self.add_hostile_secrets()

    def add(self, name, valid, body=BODY, sent_body=None, key=KEY, without=None, **given):
        """A request signed with `key` unless a signature is given; `sent_body` comes instead of what was signed."""
        id, timestamp = given.get("id", self.ID), given.get("timestamp", str(self.now))
        env = {"WEBHOOK_SECRET": given.get("secret", secret_of(key)), "WEBHOOK_ID": id,
               "WEBHOOK_TIMESTAMP": timestamp,
               "WEBHOOK_SIGNATURE": given.get("signature", v1(key, id, timestamp, body))}
        env.pop(without, None)
        self.all.append((name, valid, env, body if sent_body is None else sent_body))

    def add_valid(self):
        other = v1(b"x" * 32, self.ID, str(self.now), self.BODY)
        self.add("valid", True)
        self.add("first of many", True, signature=f"{self.genuine} {other} t1,00 v1a,AAAA")
        self.add("last of many", True, signature=f"t1,00 v1a,AAAA {other} nothing , v1, {self.genuine}")
        self.add("300 s old, less some for a slow machine", True, timestamp=str(self.now - 300 + 100))
        self.add("299 s in the future", True, timestamp=str(self.now + 299))
        self.add("empty body", True, body=b"")
        self.add("body with a line end", True, body=self.BODY + b"\n")
        self.add("binary body", True, body=self.BINARY_BODY)
        self.add("large body", True, body=os.urandom(3_000_000))
        self.add("shortest key", True, key=b"k" * 24)
        for first in range(0, 256, 64):
            self.add(f"key of 64 bytes from {first}", True, key=bytes(range(first, first + 64)))

    def add_changed(self):
        self.add("a byte changed", False, sent_body=self.BODY.replace(b"created", b"creatfd"))
        self.add("a line end added", False, sent_body=self.BODY + b"\n")
        self.add("a line end taken away", False, body=self.BODY + b"\n", sent_body=self.BODY)
        self.add("a NUL added", False, sent_body=self.BODY + b"\0")
        self.add("cut at the NUL", False, body=b"ab\0cd", sent_body=b"ab")
        self.add("no body", False, sent_body=b"")
        self.add("another id", False, signature=self.genuine, id=self.ID + "x")
        self.add("another timestamp", False, signature=self.genuine, timestamp=str(self.now + 1))
        self.add("old", False, timestamp=str(self.now - 302))
        self.add("very old", False, timestamp="1")
        self.add("future", False, timestamp=str(self.now + 300 + 100))
        self.add("wrong secret", False, secret=secret_of(b"x" * 32))

    def add_hostile_signatures(self):
        hexed = hmac.new(self.KEY, f"{self.ID}.{self.now}.".encode() + self.BODY, hashlib.sha256).hexdigest()
        bare = self.genuine.removeprefix("v1,")
        for signature in ("", " ", "v1", "v1,", ",", ",,", "v1,v1,", "v1 ,", bare, "," + bare, "V1," + bare, "v2," + bare,
                          "t1," + bare, "v1=" + bare, "v1," + hexed, hexed, self.genuine[:-1], self.genuine + "A",
                          self.genuine + ",", "v1," + self.genuine, self.genuine.rstrip("="), "v1,!!!!", "v1,é", "v1,\udcff",
                          "*", "v1,*", "-n", "= =", "!", "v1," + "A" * 43 + "=", "v1,\\", "x" * 100_000, "v1, " * 30_000):
            self.add(f"signature {signature[:60]!r}", False, signature=signature)

    def add_hostile_timestamps_and_ids(self):
        # All are signed rightly, so that nothing but the value itself can be the reason.
        for timestamp in ("", " ", "soon", "-1", "nan", "Infinity", "1e9", "½", "٣", "0", "08", "9" * 15, "9" * 19, "9" * 20,
                          "9" * 5_000, hex(self.now), f"+{self.now}", f"-{self.now}", f" {self.now}", f"{self.now} ",
                          f"{self.now}\n", f"{self.now}.0", f"{self.now}s", f"0{self.now}", f"{self.now} + 0", "a[$(echo 0)]",
                          f"{str(self.now)[:2]}_{str(self.now)[2:]}"):
            self.add(f"timestamp {timestamp[:30]!r}", False, timestamp=timestamp)
        for id in ("", "dlv_1.2", ".", f"{self.ID}.{self.now}"):
            self.add(f"id {id!r}", False, id=id)
        self.add("a long id, signed otherwise", False, id="i" * 100_000, signature=self.genuine)

    def add_hostile_secrets(self):
        for name in ("SECRET", "ID", "TIMESTAMP", "SIGNATURE"):
            self.add(f"no WEBHOOK_{name}", False, without=f"WEBHOOK_{name}")
            self.add(f"no WEBHOOK_{name}, empty key", False, key=b"", without=f"WEBHOOK_{name}")
        right = base64.b64encode(self.KEY).decode()
        for damaged in ("!" + right, right[:8] + "!" + right[8:], right[:8] + "=" + right[8:], right + "!", right[:-4]):
            self.add(f"damaged secret {damaged!r}", False, secret="whsec_" + damaged)
        # What is signed with a key that anyone can guess must not pass.
        for secret, key in (("", b""), ("whsec_", b""), ("whsec_!!!!", b""), ("whsec_====", b""), ("whsec", b""), ("é", b""),
                            ("whsec_AAAA", b"\0" * 3), ("whsec_A", b""), ("whsec_A", b"\0"), (secret_of(b"short"), b"short"),
                            ("whsec_" + "!" * 44, b""), ("whsec_" + "!" * 44, b"\0" * 33), (secret_of(b"k" * 23), b"k" * 23),
                            ("whsec_" + "-" * 32, base64.b64decode("+" * 32)), ("whsec_" + "=" * 36, b"\0" * 27)):
            self.add(f"secret {secret!r}", False, secret=secret, key=key)


class Folder(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory(prefix="thig-manual-")))

    def save(self, name, text):
        path = self.folder / name
        path.write_text(text)
        return path

    def build(self, *command, env=None):
        done = subprocess.run(command, capture_output=True, text=True, cwd=self.folder, timeout=PATIENCE * 5,
                              env={**os.environ, **(env or {})})
        self.assertEqual(done.returncode, 0, done.stderr)


class Verifiers(Folder):
    def check(self, *command):
        for name, valid, env, body in Cases().all:
            with self.subTest(name):
                done = subprocess.run(command, input=body, capture_output=True, timeout=PATIENCE,
                                      env={"PATH": os.environ["PATH"], **env})
                # An interpreter that crashes may exit with 1 as well, but it does not keep quiet.
                self.assertEqual((done.returncode, done.stdout, done.stderr), (0 if valid else 1, b"", b""))

    def has(self, tool, language):
        if shutil.which(tool):
            return True
        print(f"NOT RUN: the verifier in {language}, for there is no {tool} here", flush=True)
        return False

    def test_each_is_checked_here(self):
        found = set(parts(section("VERIFIERS"), r"^   (\S.*)\n"))
        self.assertEqual(found, {"Shell", "Python", "Node", "Go", "PHP", "C++"})

    def test_shell(self):
        self.check("sh", self.save("verify.sh", program("Shell")))

    def test_shell_keeps_the_key_out_of_the_list_of_processes(self):
        real, log = shutil.which("openssl"), self.folder / "arguments"
        wrapper = self.save("openssl", f'#!/bin/sh\necho "$@" >> "{log}"\nexec "{real}" "$@"\n')
        wrapper.chmod(0o755)
        cases = Cases()
        _, _, env, body = cases.all[0]
        subprocess.run(["sh", self.save("verify.sh", program("Shell"))], input=body, check=True, timeout=PATIENCE,
                       env={**env, "PATH": f"{self.folder}:{os.environ['PATH']}"})
        seen = log.read_text()
        self.assertIn("dgst", seen)
        for form in (cases.KEY.hex(), secret_of(cases.KEY)[6:], cases.KEY.decode()):
            self.assertNotIn(form, seen)

    def test_python(self):
        self.check(sys.executable, self.save("verify.py", program("Python")))

    def test_node(self):
        self.check("node", self.save("verify.mjs", program("Node")))

    def test_cpp(self):
        self.save("verify.cpp", program("C++"))
        self.build("g++", "-std=c++20", "-Wall", "-Wextra", "-Werror", "-D_GLIBCXX_ASSERTIONS", "-o", "verify",
                   "verify.cpp", "-lcrypto")
        self.check(self.folder / "verify")

    def test_go(self):
        if not self.has("go", "Go"):
            self.skipTest("no go")
        self.save("verify.go", program("Go"))
        self.build("go", "build", "-o", "verify", "verify.go",
                   env={"GOCACHE": str(self.folder / "cache"), "GOPROXY": "off", "GO111MODULE": "off"})
        self.check(self.folder / "verify")

    def test_php(self):
        if not self.has("php", "PHP"):
            self.skipTest("no php")
        self.check("php", self.save("verify.php", program("PHP")))


class Example(Folder):
    """The worked example, read from the page."""

    def setUp(self):
        super().setUp()
        (self.secret, headers, self.body, self.v1_string, self.t1_string, self.files, self.verify,
         self.t1_by_openssl) = (block.rstrip("\n") for block in code_blocks(section("A WORKED EXAMPLE")))
        self.headers = dict(line.split(": ", 1) for line in headers.splitlines())
        self.home = self.enterContext(Home())
        (self.folder / "thig-hooks").symlink_to(BINARY)

    def shell(self, *lines):
        env = {**self.home.env, "PATH": f"{self.folder}:{os.environ['PATH']}"}
        return subprocess.run(["sh", "-euc", "\n".join(lines)], capture_output=True, text=True, cwd=self.folder, env=env,
                              timeout=PATIENCE)

    def test_the_values_belong_together(self):
        self.assertEqual(self.secret, SAID_ON_THE_PAGE)
        self.assertEqual(set(self.headers), {"webhook-id", "webhook-timestamp", "webhook-signature"})
        id, timestamp = self.headers["webhook-id"], self.headers["webhook-timestamp"]
        self.assertEqual(self.v1_string, f"{id}.{timestamp}.{self.body}")
        self.assertEqual(self.t1_string, f"{timestamp}.{self.body}")
        key = base64.b64decode(self.secret.removeprefix("whsec_"))
        t1 = "t1," + hmac.new(self.secret.encode(), self.t1_string.encode(), hashlib.sha256).hexdigest()
        self.assertEqual(self.headers["webhook-signature"], f"{v1(key, id, timestamp, self.body.encode())} {t1}")
        self.assertIn(f"Its body has {len(self.body)} bytes ", section("A WORKED EXAMPLE"))
        # The ids are such as the program makes: the delivery's begins with the event's digits.
        event_id = re.match(r'\{"id":"evt_(\w{13})","event":"', self.body)[1]
        self.assertRegex(id, rf"^dlv_{event_id}\w{{8}}$")

    def test_the_shell_lines_make_the_same(self):
        done = self.shell(self.files, 'printf "%s %s %s" "$id" "$v1" "$t1"')
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertEqual(done.stdout, f"{self.headers['webhook-id']} {self.headers['webhook-signature']}")
        self.assertEqual((self.folder / "body.json").read_text(), self.body)
        self.assertEqual((self.folder / "secret").read_text(), self.secret + "\n")
        done = self.shell(self.files, self.t1_by_openssl)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn("t1," + done.stdout.split()[-1], self.headers["webhook-signature"].split(" "))

    def test_thig_hooks_verify_says_yes(self):
        self.assertTrue(self.verify.startswith("thig-hooks verify "), self.verify)
        done = self.shell(self.files, self.verify)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        done = self.shell(self.files, "echo >> body.json", self.verify)
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)

    def test_thig_hooks_verify_without_now_says_too_old(self):
        without_now, count = re.subn(r" \\\n *--now \d+$", "", self.verify)
        self.assertEqual(count, 1)
        done = self.shell(self.files, without_now + " --json")
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        verdict = json.loads(done.stdout)
        self.assertEqual((verdict["signature"], verdict["age"]), ("valid", "too_old"))


class Senders(unittest.TestCase):
    """The table of other senders, against signatures that these have published or their libraries have made."""

    HELLO = {"body": '{"hello":"world"}'}
    STANDARD = {"secret": SAID_ON_THE_PAGE, "id": "msg_p5jXN8AQM9LWM0D4loKWxJek", "ts": "1614265330",
                "body": '{"test": 2432232314}', "expected": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="}
    KNOWN = {
        "standard": STANDARD,
        "svix": STANDARD,
        "thig": STANDARD | {"expected": "t1,2e37df5d4a028c51a7f3133d64ae1e300d2c2c900f1b1d49d4369ad2530f8964"},
        "github": {"secret": "It's a Secret to Everybody", "body": "Hello, World!",
                   "expected": "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"},
        "stripe": {"secret": "whsec_test_secret", "ts": "1700000000", "body": '{"id":"evt_test","object":"event"}',
                   "expected": "v1=8042376f6ca064adbe037642a718227dfd59047137eb49497a54c49eb0cfb724"},
        "slack": {"secret": "8f742231b10e8888abcd99yyyzzz85a5", "ts": "1531420618",
                  "body": "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V"
                          "&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text="
                          "&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554"
                          "%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121"
                          ".803a0bc887a14d10d2c447fce8b6703c",
                  "expected": "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"},
        "linear": {"secret": "lin_wh_test", "body": '{"action":"create","webhookTimestamp":1700000000000}',
                   "expected": "85909e8e71b336a506b064195b27c0e30b8c7431139378d14d92fcd91d926442"},
        "zoom": HELLO | {"secret": "zoomsecret", "ts": "1700000000",
                         "expected": "v0=ffa00154b1088894b7ab8269719cea207fe81d478320be740511ee5ff26c98cf"},
        "square": HELLO | {"secret": "asdf1234", "url": "https://example.com/webhook",
                           "expected": "2kRE5qRU2tR+tBGlDwMEw2avJ7QM4ikPYD/PJ3bd9Og="},
        "meta": HELLO | {"secret": "appsecret",
                         "expected": "sha256=5f9beeed2e1e89805bea7cbb95a08185aa38c3c39eafbadecbf2cfeafb2955d7"},
    }

    def rows(self):
        """Each row of the table by its scheme, cut where the words of the first line begin."""
        table = code_blocks(section("OTHER SENDERS"))[0].splitlines()
        names = ("scheme", "header", "signs", "written as", "key")
        edges = [table[0].index(name) for name in names] + [None]
        cut = [dict(zip(names, (line[a:b].strip() for a, b in zip(edges, edges[1:])))) for line in table[1:]]
        return {row["scheme"]: row for row in cut}

    def test_the_rows_give_the_known_signatures(self):
        rows = self.rows()
        for scheme, known in self.KNOWN.items():
            with self.subTest(scheme):
                row = rows[scheme]
                signed = re.sub(r"\b(id|ts|url|body)\b|\+", lambda name: {"+": "", **known}[name[0]], row["signs"])
                key = {"text": str.encode, "base64": lambda text: base64.b64decode(text.removeprefix("whsec_"))}[row["key"]]
                digest = hmac.new(key(known["secret"]), signed.encode(), hashlib.sha256).digest()
                forms = {"hex": digest.hex(), "base64": base64.b64encode(digest).decode()}
                written = re.sub(r"\b(hex|base64)$", lambda form: forms[form[0]], row["written as"])
                self.assertEqual(written, known["expected"])

    def test_every_scheme_is_on_the_page(self):
        text = section("OTHER SENDERS")
        self.assertEqual(set(self.rows()), {*self.KNOWN, "gitlab", "shopify", "twilio", "discord"})
        self.assertRegex(text, r"(?m)^       generic")


class Typography(unittest.TestCase):
    def test_groff_has_nothing_to_say(self):
        for columns in (78, 80, WIDE):
            text, warnings = rendered(columns)
            self.assertEqual(warnings, "")
            self.assertTrue(text.rstrip().endswith("(7)"))

    def test_every_section_is_there(self):
        self.assertLessEqual({"NAME", "DESCRIPTION", "HEADERS", "THE SIGNED STRINGS", "WHAT A RECEIVER MUST DO",
                              "A WORKED EXAMPLE", "VERIFIERS", "OTHER SENDERS", "WHAT SIGNATURES DO NOT PROTECT",
                              "SEE ALSO"}, set(parts(rendered(WIDE)[0], r"^(\S.*)\n")))

    def test_code_is_plain_ascii_and_as_wide_as_a_terminal(self):
        for name in ("A WORKED EXAMPLE", "VERIFIERS"):
            blocks = code_blocks(section(name, 80))
            self.assertEqual(blocks, code_blocks(section(name)))  # it is not laid out again
            for line in "".join(blocks).splitlines():
                with self.subTest(line):
                    self.assertTrue(line.isascii())
                    if name == "VERIFIERS":
                        self.assertLessEqual(CODE_INDENT + len(line), 79)

    def test_code_is_written_so_that_every_groff_shows_ascii(self):
        # Versions differ in which of these they turn into typographic signs.
        blocks = re.findall(r"^\.EX\n(.*?)^\.EE$", PAGE.read_text(), flags=re.M | re.S)
        self.assertGreaterEqual(len(blocks), 16)
        for line in "".join(blocks).splitlines():
            with self.subTest(line):
                left = re.sub(r"\\(?:[-e&]|\((?:aq|ga|ti|ha))", "", line)
                self.assertNotRegex(left, r"[-'`~^\\]|^\.")


if __name__ == "__main__":
    unittest.main()
