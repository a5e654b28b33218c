"""`thig-hooks test` against endpoints with every fault there is: it names the fault and the phase, says what to do,
and leaves no trace but the record of the attempt."""

import base64
import contextlib
import dataclasses
import hashlib
import hmac
import json
import pathlib
import re
import socket
import ssl
import tempfile
import unittest

import faulty_tls as faulty
from hooks import PATIENCE, Home

# Sending is a phase of its own only where it is what failed.
PHASES = ["look_up", "connect", "handshake", "answer"]


@dataclasses.dataclass
class Case:
    """An endpoint and what must be said of it. `phase`: one, or those it may be noticed in."""

    fault: str | None
    phase: str | tuple | None
    says: str  # a pattern that the text for people matches
    play: object = None  # how a server behaves; without one there is only the url
    url: str = ""
    flags: tuple = ()  # besides the usual
    usual: tuple | None = None  # instead of --allow-private and --ca-file
    certificate: faulty.Certificate | None = None  # whose subject and dates must be shown
    status: int | None = None
    stored: bool = True  # a webhook can be added for it
    waits: bool = False  # the server waits until the client has gone


class Certificates:
    """Made once for all tests."""

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="thig-e2e-")
        folder = pathlib.Path(self.folder.name)
        self.ours, self.other = faulty.Authority(folder / "ours", "Our Authority"), faulty.Authority(folder / "other", "Other Authority")
        self.good = self.ours.issue("good")
        self.expired = self.ours.issue("expired", first_day=-400, last_day=-10)
        self.future = self.ours.issue("future", first_day=10, last_day=400)
        self.elsewhere = self.ours.issue("elsewhere", host="DNS:other.example")
        self.unknown = self.other.issue("unknown")
        self.self_signed = self.ours.issue("alone", self_signed=True)
        self.client = self.ours.issue("client")


class EndpointCheck(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.certificates = Certificates()
        cls.addClassCleanup(cls.certificates.folder.cleanup)

    def serving(self, certificate, answer=faulty.status(200), **how):
        return faulty.over_tls(faulty.server_context(certificate, **how), answer)

    def answering(self, answer):
        return self.serving(self.certificates.good, answer)

    def check(self, cases):
        for name, case in cases.items():
            with self.subTest(name), Home() as home, contextlib.ExitStack() as stack:
                server = stack.enter_context(faulty.FaultyServer(case.play)) if case.play else None
                self.check_one(home, case, server, server.url if server else case.url)

    def check_one(self, home, case, server, url):
        """Tests it as a stored webhook and by its URL; what was told last."""
        usual = ("--allow-private", "--ca-file", self.certificates.ours.ca) if case.usual is None else case.usual
        flags = (*usual, *case.flags)
        secret = "whsec_" + base64.b64encode(hashlib.sha256(url.encode()).digest()).decode()
        secret_file = home.dir / "secret"
        secret_file.write_text(secret)
        ways = [("test", "--url", url, "--secret-file", secret_file, *flags)]
        if case.stored:
            home.run("add", "outgoing", "crm", url, "--event", "project.*", "--secret-file", secret_file, *flags, expect=0)
            ways.insert(0, ("test", "crm"))
        ids, runs, recorded = [], 0, 0  # a URL that is no webhook's has no history
        for way in ways:
            told = self.check_json(home.run(*way, "--json"), case, url, secret, stored=way[1] == "crm")
            self.check_text(home.run(*way), case, told, secret)
            runs += 2
            if way[1] == "crm":
                ids.append(told["id"])
                recorded += 2
            for _ in range(2 if case.waits else 0):
                server.left.get(timeout=PATIENCE)
        if server:  # one connection a test: nothing is followed, nothing tried again
            self.assertEqual(server.connections, runs)
        if case.stored:
            self.check_what_is_left(home, case, ids, recorded)
        home.run("deliver", "--fail-on-failure", expect=0)  # nothing is due
        if server:
            self.assertEqual(server.connections, runs)
        return told

    def check_json(self, done, case, url, secret, stored):
        self.assertEqual(done.returncode, 0 if case.fault is None else 1, done.stderr)
        self.check_secret(done, secret)
        told = json.loads(done.stdout)
        self.assertEqual((told["ok"], told["url"], told["recorded"]), (case.fault is None, url, stored), told)
        self.assertEqual(told["webhook"] is not None, stored)
        self.assertRegex(told["id"], r"\Adlv_\w+\Z")
        names = [phase["phase"] for phase in told["phases"]]
        self.assertEqual([name for name in names if name != "sending"], PHASES[:len(names) - names.count("sending")])
        self.assertTrue(all(phase["ms"] >= 0 for phase in told["phases"]), told)
        self.assertEqual(told["answer"] and told["answer"]["status"], case.status)
        if case.fault is None:
            self.assertIsNone(told["failure"])
            self.assertEqual(names, PHASES)
            self.assertTrue(all(phase["ok"] for phase in told["phases"]), told)
            return told
        failure = told["failure"]
        self.assertEqual(failure["fault"], case.fault, told)
        self.assertIn(failure["phase"], [case.phase] if isinstance(case.phase, str) else case.phase, told)
        self.assertEqual(names[-1], failure["phase"])
        self.assertEqual([phase["ok"] for phase in told["phases"]], [True] * (len(names) - 1) + [False])
        self.assertTrue(failure["detail"].strip() and failure["hint"].strip(), failure)
        if case.waits:  # it took --timeout, not the default of 10 s
            self.assertGreaterEqual(told["totalMs"], 900)
            self.assertLess(told["totalMs"], 9000)
        if certificate := case.certificate:
            self.assertIn(certificate.common_name, told["tls"]["subject"])
            self.assertIn(certificate.issuer, told["tls"]["issuer"])
            self.assertEqual(told["tls"]["notBefore"][:10], certificate.not_before.isoformat())
            self.assertEqual(told["tls"]["notAfter"][:10], certificate.not_after.isoformat())
            self.assertEqual(told["tls"]["daysLeft"] < 0, case.fault == "certificate_expired")
        return told

    def check_text(self, done, case, told, secret):
        self.assertEqual(done.returncode, 0 if case.fault is None else 1, done.stderr)
        self.check_secret(done, secret)
        text = " ".join((done.stdout + " " + done.stderr).split())
        self.assertRegex(text, re.compile(case.says, re.IGNORECASE))
        if told["failure"]:
            self.assertIn(" ".join(told["failure"]["hint"].split()), text)
        if certificate := case.certificate:
            for fact in (certificate.common_name, certificate.not_before.isoformat(), certificate.not_after.isoformat()):
                self.assertIn(fact, done.stdout)

    def check_secret(self, done, secret):
        for known in (secret, secret.removeprefix("whsec_")):
            self.assertNotIn(known, done.stdout + done.stderr)

    def check_what_is_left(self, home, case, ids, runs):
        """The attempts are on record, and nothing else has changed."""
        rows = {row["id"]: row for row in home.json("deliveries", "--limit", "100")}
        self.assertEqual(len(rows), runs)
        self.assertEqual({row["state"] for row in rows.values()}, {"test"})
        for id in ids:
            self.assertEqual(rows[id]["lastAttempt"]["ok"], case.fault is None)
            self.assertEqual(rows[id]["lastAttempt"]["status"], case.status)
            self.assertEqual(len(home.json("deliveries", "show", id)["attempts"]), 1)
        self.assertEqual(home.json("deliveries", "--state", "pending"), [])
        stats = home.json("stats")
        for figures in [stats["totals"], *stats["webhooks"]]:
            counts = {name: figures[name] for name in ("totalDeliveries", "attempts", "attemptsFailed", "pending", "delivered", "dead", "missed")}
            self.assertEqual(counts, dict.fromkeys(counts, 0))
            self.assertEqual((figures["lastDeliveryAt"], figures["failingSince"], figures["nextDue"]), (None, None, None))
        webhook = home.json("show", "crm")
        self.assertEqual((webhook["state"], webhook["isActive"], webhook["reason"]), ("enabled", True, None))

    def test_certificates(self):
        made = self.certificates
        self.check({
            "expired": Case("certificate_expired", "handshake", "expired", self.serving(made.expired), certificate=made.expired),
            "not yet valid": Case("certificate_not_yet_valid", "handshake", r"not (yet )?valid", self.serving(made.future), certificate=made.future),
            "wrong host": Case("wrong_host", "handshake", r"\b(host|name|for)\b.*127\.0\.0\.1|127\.0\.0\.1.*\b(host|name|for)\b",
                               self.serving(made.elsewhere), certificate=made.elsewhere),
            "unknown authority": Case("unknown_issuer", "handshake", "Other Authority", self.serving(made.unknown), certificate=made.unknown),
            "unknown authority, sent along": Case("unknown_issuer", "handshake", "Other Authority",
                                                  self.serving(made.unknown, chain=[made.other.ca]), certificate=made.unknown),
            "authority not given": Case("unknown_issuer", "handshake", "--ca-file", self.serving(made.good),
                                        usual=("--allow-private",), certificate=made.good),
            "self-signed": Case("self_signed", "handshake", "self[- ]signed", self.serving(made.self_signed), certificate=made.self_signed),
        })

    def test_handshakes(self):
        made = self.certificates
        one_second = ("--timeout", "1s")
        asks = {"client_ca": made.ours.ca}
        shows = ("--client-cert", made.client.file, "--client-key", made.client.key)
        self.check({
            "stalled": Case("timeout", "handshake", r"timed? ?out|within|in time|too long", faulty.stalled, flags=one_second, waits=True),
            "plain HTTP": Case("plain_http", "handshake", r"\bhttp\b", faulty.plain_http),
            "SSH": Case("no_tls", "handshake", r"does not speak TLS.*SSH-2", faulty.ssh),
            "closed": Case("closed", "handshake", r"clos|reset|hung up|ended", faulty.closes),
            "reset": Case("closed", "handshake", r"clos|reset|hung up|ended", faulty.resets),
            # TLS 1.3 tells only after the handshake
            "client certificate, TLS 1.3": Case("client_certificate", ("handshake", "sending", "answer"), "--client-cert",
                                                self.serving(made.good, **asks)),
            "client certificate, TLS 1.2": Case("client_certificate", "handshake", "--client-cert",
                                                self.serving(made.good, newest=ssl.TLSVersion.TLSv1_2, **asks)),
            "client certificate shown": Case(None, None, "200", self.serving(made.good, **asks), flags=shows, status=200),
            "TLS 1.1": Case("old_protocol", "handshake", r"TLS ?v?1\.[012]", faulty.old_tls(made.good)),
            "TLS 1.1 by an alert": Case("old_protocol", "handshake", r"TLS ?v?1\.[012]", faulty.answers_hello(faulty.OLD_ALERT)),
            "TLS 1.1 by a ServerHello": Case("old_protocol", "handshake", r"TLS ?v?1\.[012]", faulty.answers_hello(faulty.OLD_HELLO)),
        })

    def test_addresses(self):
        with faulty.refusing_port() as port:
            self.check({
                "refused": Case("connection_refused", "connect", "refused", url=f"https://127.0.0.1:{port}/hook"),
                "no such name": Case("name_not_found", "look_up", r"does-not-exist\.invalid", url="https://does-not-exist.invalid/hook"),
            })

    def test_a_refused_address_is_never_connected_to(self):
        with Home() as home, faulty.FaultyServer(self.answering(faulty.status(200))) as server:
            home.run("add", "outgoing", "other", "https://example.com/", "--event", "*", expect=0)  # makes the database
            case = Case("refused_address", ("look_up", "connect"), "--allow-private", usual=(), stored=False)
            told = self.check_one(home, case, None, server.url)
            self.assertEqual(told["addresses"], [{"address": "127.0.0.1", "allowed": False, "used": False}])
            self.assertEqual(server.connections, 0)

    def test_statuses(self):
        for code, fault in ((401, "unauthorized"), (403, "forbidden"), (404, "not_found"), (410, "gone"),
                            (429, "client_error"), (500, "server_error")):
            self.check({str(code): Case(fault, "answer", str(code), self.answering(faulty.status(code)), status=code)})
        elsewhere = "location: https://elsewhere.example/new"
        self.check({"301": Case("redirect", "answer", r"301.*https://elsewhere\.example/new|https://elsewhere\.example/new.*301",
                                self.answering(faulty.status(301, elsewhere)), status=301)})
        self.check({"200": Case(None, None, "200", self.answering(faulty.status(200)), status=200)})

    def test_answers(self):
        self.check({
            "slow": Case("timeout", "answer", r"timed? ?out|within|in time|too long", self.answering(faulty.never),
                         flags=("--timeout", "1s"), waits=True),
            "no HTTP": Case("bad_answer", "answer", "HTTP", self.answering(faulty.says(b"SSH-2.0-OpenSSH_9.2\r\n"))),
            "none": Case("closed", "answer", r"clos|ended|hung up|without", self.answering(faulty.nothing)),
        })

    def test_what_is_shown_is_what_was_sent(self):
        with Home() as home, faulty.FaultyServer(self.answering(faulty.status(200, "x-request-id: abc"))) as server:
            secret = home.add("crm", server.url, ca=self.certificates.ours.ca)["secret"]
            told = json.loads(home.run("test", "crm", "--json", expect=0).stdout)
            head, _, body = server.requests[0].partition(b"\r\n\r\n")
            sent = dict(line.split(": ", 1) for line in head.decode().split("\r\n")[1:])
            sent = {name.lower(): value for name, value in sent.items()}
            shown = {header["name"].lower(): header["value"] for header in told["request"]["headers"]}
            for name in ("webhook-id", "webhook-timestamp", "webhook-signature", "content-type"):
                self.assertEqual(shown[name], sent[name])
            self.assertEqual(sent["webhook-id"], told["id"])
            self.assertEqual((told["request"]["method"], told["request"]["url"]), ("POST", server.url))
            self.assertEqual(told["request"]["body"].encode(), body)
            self.assertEqual(json.loads(body)["event"], "webhook.test")
            self.assertEqual(told["event"], "webhook.test")

            contents = {row["signature"]: row["content"] for row in told["request"]["signedContent"]}
            self.assertEqual(contents["v1"], f"{told['id']}.{sent['webhook-timestamp']}.{body.decode()}")
            key = base64.b64decode(secret.removeprefix("whsec_"))
            v1 = base64.b64encode(hmac.new(key, contents["v1"].encode(), hashlib.sha256).digest()).decode()
            self.assertIn("v1," + v1, sent["webhook-signature"].split(" "))

            self.assertIn({"name": "x-request-id", "value": "abc"}, told["answer"]["headers"])
            self.assertEqual(told["addresses"], [{"address": "127.0.0.1", "allowed": True, "used": True}])
            self.assertEqual(told["tls"]["version"], "TLSv1.3")
            self.assertIn(self.certificates.good.common_name, told["tls"]["subject"])
            self.assertEqual(told["tls"]["notAfter"][:10], self.certificates.good.not_after.isoformat())


class TheServers(unittest.TestCase):
    """That the servers have the faults they are made for, by Python's own TLS."""

    EXPIRED, NOT_YET_VALID, SELF_SIGNED, SELF_SIGNED_IN_CHAIN, NO_ISSUER, WRONG_ADDRESS = 10, 9, 18, 19, 20, 64  # X509_V_ERR_…

    @classmethod
    def setUpClass(cls):
        cls.certificates = Certificates()
        cls.addClassCleanup(cls.certificates.folder.cleanup)

    def request(self, play, timeout=PATIENCE):
        """What a server answers to a POST."""
        context = ssl.create_default_context(cafile=self.certificates.ours.ca)
        with faulty.FaultyServer(play) as server:
            with socket.create_connection(("127.0.0.1", server.port), timeout) as sock, \
                    context.wrap_socket(sock, server_hostname="127.0.0.1") as tls:
                tls.sendall(b"POST /hook HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}")
                answer = b""
                while some := tls.recv(65536):
                    answer += some
                self.assertEqual(server.requests, [b"POST /hook HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}"])
                return answer

    def test_certificates(self):
        made = self.certificates
        for certificate, chain, code in ((made.expired, [], self.EXPIRED), (made.future, [], self.NOT_YET_VALID),
                                         (made.elsewhere, [], self.WRONG_ADDRESS), (made.unknown, [], self.NO_ISSUER),
                                         (made.unknown, [made.other.ca], self.SELF_SIGNED_IN_CHAIN),
                                         (made.self_signed, [], self.SELF_SIGNED)):
            with self.subTest(certificate.common_name, chain=chain), self.assertRaises(ssl.SSLCertVerificationError) as caught:
                self.request(faulty.over_tls(faulty.server_context(certificate, chain), faulty.status(200)))
            self.assertEqual(caught.exception.verify_code, code)

    def test_handshakes(self):
        made = self.certificates
        asks = {"client_ca": made.ours.ca}
        for play, reason in (
                (faulty.plain_http, "WRONG_VERSION_NUMBER"), (faulty.closes, "UNEXPECTED_EOF_WHILE_READING"),
                (faulty.over_tls(faulty.server_context(made.good, **asks), faulty.status(200)), "TLSV13_ALERT_CERTIFICATE_REQUIRED"),
                (faulty.over_tls(faulty.server_context(made.good, newest=ssl.TLSVersion.TLSv1_2, **asks), faulty.status(200)),
                 "SSLV3_ALERT_HANDSHAKE_FAILURE"),
                (faulty.old_tls(made.good), "TLSV1_ALERT_PROTOCOL_VERSION"),
                (faulty.answers_hello(faulty.OLD_ALERT), "TLSV1_ALERT_PROTOCOL_VERSION"),
                (faulty.answers_hello(faulty.OLD_HELLO), "UNSUPPORTED_PROTOCOL")):
            with self.subTest(reason), self.assertRaises(ssl.SSLError) as caught:
                self.request(play)
            self.assertEqual(caught.exception.reason, reason)
        with self.assertRaises(ConnectionResetError):
            self.request(faulty.resets)
        with self.assertRaises(TimeoutError):
            self.request(faulty.stalled, timeout=0.2)

    def test_answers(self):
        good = faulty.server_context(self.certificates.good)
        answer = self.request(faulty.over_tls(good, faulty.status(301, "location: https://elsewhere.example/")))
        self.assertTrue(answer.startswith(b"HTTP/1.1 301 ") and answer.endswith(b"\r\nlocation: https://elsewhere.example/\r\n\r\nhello"))
        self.assertEqual(self.request(faulty.over_tls(good, faulty.says(b"SSH\r\n"))), b"SSH\r\n")
        self.assertEqual(self.request(faulty.over_tls(good, faulty.nothing)), b"")
        with self.assertRaises(TimeoutError):
            self.request(faulty.over_tls(good, faulty.never), timeout=0.2)
        with faulty.refusing_port() as port, self.assertRaises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port), PATIENCE)


if __name__ == "__main__":
    unittest.main()
