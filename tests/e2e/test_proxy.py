"""Deliveries and tests through an egress proxy: a small one, in this process, that notes what it is asked for."""

import base64
import contextlib
import json
import signal
import socket
import threading
import unittest

from hooks import Home, Receiver, free_port


class ConnectProxy:
    """Answers CONNECT with a tunnel to `port` of this machine, whatever it is asked for, or with `answer`."""

    def __init__(self, port, answer=None, credentials=None):
        self.port, self.answer = port, answer
        self.wanted = credentials and "proxy-authorization: basic " + base64.b64encode(credentials.encode()).decode().lower()
        self.asked = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listener.close()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                threading.Thread(target=self._serve, args=(self.listener.accept()[0],), daemon=True).start()

    def _serve(self, client):
        with client, contextlib.suppress(OSError):
            head = b""
            while not head.endswith(b"\r\n\r\n"):
                part = client.recv(4096)
                if not part:
                    return
                head += part
            self.asked.append(head.decode())
            if self.wanted and self.wanted not in head.decode().lower():
                client.sendall(b"HTTP/1.1 407 Who are you\r\nProxy-Authenticate: Basic realm=\"x\"\r\nContent-Length: 0\r\n\r\n")
                return
            if self.answer:
                client.sendall(f"HTTP/1.1 {self.answer}\r\nContent-Length: 0\r\n\r\n".encode())
                return
            with socket.create_connection(("127.0.0.1", self.port)) as other:
                client.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
                back = threading.Thread(target=self._pump, args=(other, client), daemon=True)
                back.start()
                self._pump(client, other)
                back.join()

    @staticmethod
    def _pump(source, sink):
        with contextlib.suppress(OSError):
            while part := source.recv(65536):
                sink.sendall(part)
            sink.shutdown(socket.SHUT_WR)


class Proxy(unittest.TestCase):
    def setUp(self):
        self.home = self.enterContext(Home())
        self.receiver = self.enterContext(Receiver(self.home))
        self.port = int(self.receiver.url.split(":")[2].split("/")[0])
        self.home.add("crm", self.receiver.url, ca=self.receiver.ca)

    def proxy(self, **options):
        return self.enterContext(ConnectProxy(self.port, **options))

    def test_deliver_and_test_go_through_it_to_the_checked_address(self):
        proxy = self.proxy()
        self.home.run("emit", "prd.exported", expect=0)
        self.home.run("deliver", "--proxy", proxy.url, expect=0)
        self.assertIn("prd.exported", self.receiver.next()["body"].decode())
        tested = self.home.json("test", "crm", "--proxy", proxy.url)
        self.assertEqual(tested["proxy"], {"url": proxy.url, "resolves": False})
        self.assertEqual(tested["addresses"], [{"address": "127.0.0.1", "allowed": True, "used": True}])
        for head in proxy.asked:
            self.assertTrue(head.startswith(f"CONNECT 127.0.0.1:{self.port} HTTP/1.1\r\n"), head)
            self.assertNotIn("webhook-", head.lower())
        self.assertEqual(len(proxy.asked), 2)
        report = self.home.run("test", "crm", "--proxy", proxy.url, expect=0).stdout
        self.assertIn(f"127.0.0.1 through the proxy {proxy.url}", report)

    def test_run_takes_it_from_the_configuration_or_the_environment(self):
        proxy, other = self.proxy(), self.proxy()
        config = self.home.dir / "etc-config.json"
        config.write_text(json.dumps({"proxy": {"url": proxy.url}}))
        run = self.home.start("run")
        run.wait_for_error_line(f"receivers are reached through the proxy {proxy.url}")
        self.home.run("emit", "prd.exported", expect=0)
        self.receiver.next()
        self.assertEqual(run.stop(), 0)
        self.assertEqual(len(proxy.asked), 1)
        self.home.run("test", "crm", env={"THIG_HOOKS_PROXY": other.url}, expect=0)
        self.home.run("test", "crm", "--proxy", "off", expect=0)
        self.assertEqual((len(proxy.asked), len(other.asked)), (1, 1))

    def test_a_change_of_its_password_is_told_when_the_configuration_is_read_again(self):
        proxy = self.proxy()
        file = self.home.dir / "proxy.auth"
        file.write_text("ann:one")
        file.chmod(0o600)
        (self.home.dir / "etc-config.json").write_text(json.dumps({"proxy": {"url": proxy.url, "authFile": str(file)}}))
        run = self.home.start("run")
        run.wait_for_error_line("press Ctrl-C")
        file.write_text("ann:two")
        run.child.send_signal(signal.SIGHUP)
        run.wait_for_error_line("--proxy")
        file.write_text("nobody")
        run.child.send_signal(signal.SIGHUP)
        run.wait_for_error_line("could not read the settings of the proxy")
        self.assertEqual(run.stop(), 0)

    def test_other_variables_of_the_environment_name_no_proxy(self):
        proxy = self.proxy()
        names = ("http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY")
        self.home.run("test", "crm", env=dict.fromkeys(names, proxy.url), expect=0)
        self.assertEqual(proxy.asked, [])
        self.home.run("test", "crm", "--proxy", proxy.url, env={"no_proxy": "*", "NO_PROXY": "*"}, expect=0)
        self.assertEqual(len(proxy.asked), 1)

    def test_its_password_comes_from_a_file_and_is_never_shown(self):
        proxy = self.proxy(credentials="ann:s3cr:et")
        file = self.home.dir / "proxy.auth"
        file.write_text("ann:s3cr:et\n")
        file.chmod(0o600)
        self.home.run("test", "crm", "--proxy", proxy.url, "--proxy-auth-file", file, expect=0)
        self.assertIn("Proxy-Authorization: Basic", proxy.asked[0])
        said = []
        file.write_text("ann:s3cr:other")
        for code, args in ((1, ("test", "crm", "-v", "--proxy", proxy.url, "--proxy-auth-file", file)),
                           (0, ("doctor", "--proxy", proxy.url, "--proxy-auth-file", file)),
                           (2, ("test", "crm", "--proxy", "http://ann:s3cret@127.0.0.1:9"))):
            done = self.home.run(*args)
            self.assertEqual(done.returncode, code, done.stderr)
            said.append(done.stdout + done.stderr)
        self.assertIn("does not accept our user name and password (407)", said[0])
        self.assertIn("--proxy-auth-file", said[2])
        for wrong in ("http://ann:s3cret@127.0.0.1:9", "ann:s3cr//et@h:9", "ann:s3cret", "http://ann:s3cret%40h:9", "http://h:9?token=s3cret"):
            said.append(self.home.run("config", "show", env={"THIG_HOOKS_PROXY": wrong}).stdout)
        file.write_text("s3cret")
        done = self.home.run("test", "crm", "--proxy", proxy.url, "--proxy-auth-file", file, expect=2)
        for text in (*said, done.stdout + done.stderr):
            self.assertNotIn("s3cr", text)
        self.assertEqual(done.stdout, "")

    def test_addresses_are_checked_before_the_proxy_is_asked_unless_it_decides(self):
        proxy = self.proxy()
        url = f"https://localhost:{self.port}/hook"
        refused = json.loads(self.home.run("test", "--url", url, "--proxy", proxy.url, "--json", expect=1).stdout)
        self.assertEqual(refused["failure"]["fault"], "refused_address")
        self.home.run("test", "--url", url, "--proxy", proxy.url, "--proxy-resolves", expect=1)
        self.home.run("test", "--url", f"https://10.1.2.3:{self.port}/", "--proxy", proxy.url, "--proxy-resolves", expect=1)
        self.assertEqual(proxy.asked, [])
        told = json.loads(self.home.run("test", "--url", f"https://hooks.test:{self.port}/hook", "--ca-file", self.receiver.ca,
                                        "--proxy", proxy.url, "--proxy-resolves", "--json", expect=1).stdout)
        self.assertTrue(proxy.asked[0].startswith(f"CONNECT hooks.test:{self.port} HTTP/1.1"))
        self.assertEqual(told["failure"]["fault"], "wrong_host")
        self.assertEqual((told["proxy"]["resolves"], told["addresses"]), (True, []))
        self.assertIn("it decides which addresses are reached", "\n".join(told["warnings"]))
        doctor = self.home.json("doctor", "--proxy", proxy.url, "--proxy-resolves")
        said, = (row for row in doctor if row["check"] == "proxy")
        self.assertEqual(said["state"], "ok")
        self.assertIn("decides which addresses are reached", said["text"])

    def test_each_failure_at_the_proxy_has_its_own_diagnosis(self):
        for answer, fault, hint in (("407 No", "proxy_credentials", "--proxy-auth-file"),
                                    ("403 No", "proxy_refused", "administrator"),
                                    ("502 No", "proxy_failed", "proxy's log")):
            with self.subTest(answer), ConnectProxy(self.port, answer) as proxy:
                told = json.loads(self.home.run("test", "crm", "--proxy", proxy.url, "--json", expect=1).stdout)
                self.assertEqual((told["failure"]["phase"], told["failure"]["fault"]), ("connect", fault))
                self.assertIn(hint, told["failure"]["hint"])
                self.assertIn(proxy.url, told["failure"]["detail"])
        closed = f"http://127.0.0.1:{free_port()}"
        told = json.loads(self.home.run("test", "crm", "--proxy", closed, "--json", expect=1).stdout)
        self.assertEqual(told["failure"]["fault"], "proxy_unreachable")

    def test_a_proxy_that_is_down_costs_no_attempt_one_that_refuses_does(self):
        event = self.home.json("emit", "prd.exported")["id"]
        failed = self.home.run("deliver", "--proxy", f"http://127.0.0.1:{free_port()}", expect=3)
        self.assertIn("connection refused", failed.stderr)
        self.assertIn("proxy.url", failed.stderr)
        self.assertEqual(failed.stdout, "")
        row, = self.home.json("deliveries", "--event", event)
        self.assertEqual((row["state"], row["attempts"]), ("pending", 0))
        self.home.run("deliver", "--proxy", self.proxy(answer="403 Forbidden").url, expect=0)
        row, = self.home.json("deliveries", "--event", event)
        self.assertEqual((row["state"], row["attempts"]), ("pending", 1))
        self.assertIn(f"answered 403 to CONNECT 127.0.0.1:{self.port}", json.dumps(self.home.json("deliveries", "show", row["id"])))
        self.assertIn("answered 403", self.home.run("deliveries", "explain", event, expect=0).stdout)

    def test_wrong_settings_are_told_before_anything_is_sent(self):
        for args, part in ((("--proxy", "proxy:3128"), "must begin with http://"),
                           (("--proxy", "http://proxy"), "must have a port"),
                           (("--proxy", "http://127.0.0.1:9", "--proxy-auth-file", "/nowhere/auth"), "/nowhere/auth"),
                           (("--proxy", "http://127.0.0.1:9", "--proxy-ca-file", "/nowhere/ca"), "--proxy-ca-file"),
                           (("--proxy", "http://127.0.0.1:9", "--proxy-except", "a/b"), "must be a host")):
            for command in (("deliver",), ("run",), ("test", "crm"), ("doctor", "--online"), ("serve-admin",)):
                done = self.home.run(*command, *args)
                self.assertIn(done.returncode, (2, 3), (command, args))
                self.assertIn(part, done.stderr)
                self.assertEqual(done.stdout, "")
        proxy = self.proxy()
        self.home.run("test", "crm", "--proxy", proxy.url, "--proxy-except", "127.0.0.1,*.intern.example", expect=0)
        self.assertEqual(proxy.asked, [])


if __name__ == "__main__":
    unittest.main()
