"""`serve-admin` behind a proxy: one that says who sends a request, one on another machine, one that has it below a path, and one
that comes by a Unix socket."""

import http.client
import os
import re
import signal
import socket
import stat
import unittest

from admin_pages import FORM
from hooks import Home

USER = "X-Forwarded-User"


class SocketConnection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost", timeout=20)
        self.path = str(path)

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(20)
        self.sock.connect(self.path)


class TestProxy(unittest.TestCase):
    def setUp(self):
        self.home = self.enterContext(Home())
        self.home.run("emit", "project.created", expect=0)
        for name, role in (("ann", "admin"), ("vic", "viewer"), ("the-owner", "owner")):
            self.home.run("members", "add", name, role, expect=0)
        # On the command line root is an Owner whatever the list says; by a name in a header, nobody is.
        if any(member["name"] == "root" for member in self.home.json("members")):
            self.home.run("members", "set-role", "root", "viewer", expect=0)
        else:
            self.home.run("members", "add", "root", "viewer", expect=0)

    def serve(self, *args):
        self.server = self.home.start("serve-admin", "--listen", "127.0.0.1:0", *args)
        return self.server.next_line().split()[-1].removeprefix("http://")

    def ask(self, place, path="/admin/webhooks", headers=(), method="GET", body=None, host=None):
        """The status, the headers and the text; `headers` may name one more than once."""
        connection = SocketConnection(place.removeprefix("unix:")) if place.startswith("unix:") else \
            http.client.HTTPConnection(place, timeout=20)
        connection.putrequest(method, path, skip_host=host is not None)
        if host:
            connection.putheader("Host", host)
        for name, value in headers:
            connection.putheader(name, value)
        if body is not None:
            connection.putheader("content-type", FORM)
            connection.putheader("content-length", str(len(body)))
        connection.endheaders(body)
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        return answer.status, answer.headers, text

    def test_whom_the_proxy_names_is_signed_in_in_their_role(self):
        place = self.serve("--trust-header", USER, "--trusted-proxy", "127.0.0.1")
        for name, role in (("ann", "Admin"), ("vic", "Viewer"), ("root", "Viewer")):
            status, _, text = self.ask(place, headers=[(USER, name)])
            self.assertEqual(status, 200)
            self.assertIn(f"{name} · {role}", text)
        status, _, text = self.ask(place, headers=[(USER, "mallory")])
        self.assertEqual(status, 403)
        self.assertIn("mallory is not a member", text)
        status, headers, _ = self.ask(place)
        self.assertEqual((status, headers["location"].partition("?")[0]), (303, "/admin/login"))

    def test_a_header_that_may_be_the_clients_is_refused(self):
        place = self.serve("--trust-header", USER, "--trusted-proxy", "127.0.0.1")
        for headers in ([(USER, "vic"), (USER, "ann")], [(USER, "vic"), ("X_Forwarded_User", "ann")], [("X-Forwarded_User", "ann")],
                        [("x_forwarded_user", "ann"), ("x_forwarded_user", "ann")], [(USER, "")], [(USER, "a" * 101)]):
            status, _, text = self.ask(place, headers=headers)
            self.assertEqual(status, 400, headers)
            self.assertIn("x-forwarded-user", text)

    def test_nobody_but_the_proxy_is_believed(self):
        for args in (("--trust-header", USER, "--trusted-proxy", "10.0.0.0/8"), ()):
            place = self.serve(*args)
            status, headers, _ = self.ask(place, headers=[(USER, "ann")])
            self.assertEqual((status, headers["location"].partition("?")[0]), (303, "/admin/login"))
            self.server.stop()
        done = self.home.run("serve-admin", "--trust-header", USER)
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        self.assertIn("--trusted-proxy", done.stderr)

    def test_what_it_sends_along_has_to_come_from_a_page(self):
        place = self.serve("--trust-header", USER, "--trusted-proxy", "127.0.0.1")
        user = (USER, "ann")
        for headers, wanted in (([user], 403), ([user, ("sec-fetch-site", "cross-site")], 403), ([user, ("origin", "http://evil.example")], 403),
                                ([user, ("sec-fetch-site", "same-origin")], 303), ([user, ("origin", f"http://{place}")], 303)):
            status, _, _ = self.ask(place, "/admin/theme", headers, "POST", b"theme=dark")
            self.assertEqual(status, wanted, headers)

    def test_strangers_may_be_viewers(self):
        place = self.serve("--trust-header", USER, "--trusted-proxy", "127.0.0.1", "--proxy-strangers")
        status, _, text = self.ask(place, headers=[(USER, "stranger")])
        self.assertEqual(status, 200)
        self.assertIn("stranger · Viewer", text)
        self.home.run("add", "outgoing", "crm", "https://example.com/", "--event", "*")
        status, _, text = self.ask(place, "/admin/webhooks/outgoing/crm/enable", [(USER, "stranger"), ("sec-fetch-site", "same-origin")],
                                   "POST", b"")
        self.assertEqual(status, 403)
        self.assertIn("an Owner or Admin", text)

    def test_the_trail_says_that_it_came_by_a_proxy(self):
        place = self.serve("--trust-header", USER, "--trusted-proxy", "127.0.0.1")
        self.home.run("add", "outgoing", "crm", "https://example.com/", "--event", "*", "--inactive")
        self.ask(place, "/admin/webhooks/outgoing/crm/enable", [(USER, "ann"), ("sec-fetch-site", "same-origin")], "POST", b"")
        newest = self.home.json("audit")[0]
        self.assertEqual((newest["member"], newest["via"], newest["action"]), ("ann", "proxy", "webhook.enable"))

    def test_whom_the_proxy_names_makes_keys(self):
        place = self.serve("--trust-header", USER, "--trusted-proxy", "127.0.0.1")
        key = self.home.json("keys", "add", "anns", "--scope", "manage", "--member", "ann")["key"]
        ours, json_body = ("sec-fetch-site", "same-origin"), ("content-type", "application/json")
        for name, headers, wanted in (("by-ann", [(USER, "ann"), ours], 201), ("by-vic", [(USER, "vic"), ours], 403), ("no-page", [(USER, "ann")], 403),
                                      ("by-key", [(USER, "ann"), ours, ("authorization", f"Bearer {key}")], 403)):
            body = ('{"name":"%s","scopes":["emit"]}' % name).encode()
            connection = http.client.HTTPConnection(place, timeout=20)
            connection.request("POST", "/api/admin/rest-api-keys", body, dict([*headers, json_body]))
            status, text = (answer := connection.getresponse()).status, answer.read().decode()
            connection.close()
            self.assertEqual(status, wanted, text)
        self.assertEqual([row["name"] for row in self.home.json("keys")], ["anns", "by-ann"])
        newest = self.home.json("audit")[0]
        self.assertEqual((newest["member"], newest["via"], newest["action"]), ("ann", "proxy", "key.add"))

    def test_beyond_this_machine_only_named_proxies_are_served(self):
        done = self.home.run("serve-admin", "--listen", "0.0.0.0:0")
        self.assertEqual(done.returncode, 2)
        self.assertIn("--trusted-proxy", done.stderr)
        server = self.home.start("serve-admin", "--listen", "0.0.0.0:0", "--trusted-proxy", "127.0.0.9")
        place = "127.0.0.1:" + server.next_line().rpartition(":")[2]
        self.assertEqual(self.ask(place, "/healthz")[0], 403)

    def test_a_unix_socket_is_the_proxys(self):
        path = self.home.dir / "admin.sock"
        server = self.home.start("serve-admin", "--listen", f"unix:{path}", "--trust-header", USER)
        self.assertEqual(server.next_line(), f"listening on unix:{path}")
        self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), 0o660)
        status, _, text = self.ask(f"unix:{path}", headers=[(USER, "ann")])
        self.assertEqual(status, 200)
        self.assertIn("ann · Admin", text)
        self.assertEqual(self.ask(f"unix:{path}", "/healthz", host="evil.example")[0], 421)
        self.assertEqual(server.stop(), 0)
        self.assertFalse(path.exists())
        done = self.home.run("serve-admin", "--listen", "unix:admin.sock")
        self.assertEqual((done.returncode, done.stdout), (2, ""))

    def test_below_a_path_all_links_are_there(self):
        self.home.run("add", "outgoing", "crm", "https://example.com/", "--event", "*")
        place = self.serve("--trust-header", USER, "--trusted-proxy", "127.0.0.1", "--public-url", "https://ops.example.com/hooks")
        user = [(USER, "ann")]
        for path in ("/hooks/admin/webhooks", "/admin/webhooks"):  # whether the proxy takes the path away or not
            status, _, text = self.ask(place, path, user, host="ops.example.com")
            self.assertEqual(status, 200)
            links = re.findall(r'(?:href|src|action|data-stream)="(/[^"]*)"', text)
            self.assertGreater(len(links), 10)
            self.assertEqual([link for link in links if not link.startswith("/hooks/admin/")], [])
        status, headers, _ = self.ask(place, "/hooks/admin/deliveries?state=dead", host="ops.example.com")
        self.assertEqual((status, headers["location"]), (303, "/hooks/admin/login?to=%2Fadmin%2Fdeliveries%3Fstate%3Ddead"))
        self.assertEqual(self.ask(place, "/hooks/healthz", host="ops.example.com")[0], 200)
        self.assertEqual(self.ask(place, "/hooksadmin/webhooks", user, host="ops.example.com")[0], 404)

    def test_below_a_path_without_a_public_url(self):
        place = self.serve("--base-path", "/ops/hooks")
        status, headers, _ = self.ask(place, "/ops/hooks/admin/deliveries?state=dead")
        self.assertEqual((status, headers["location"]), (303, "/ops/hooks/admin/login?to=%2Fadmin%2Fdeliveries%3Fstate%3Ddead"))
        for path in ("/ops/hooks/healthz", "/healthz", "/ops/hooks/api/openapi.json"):
            self.assertEqual(self.ask(place, path)[0], 200, path)
        for path in ("/ops/hookshealthz", "/ops/healthz", "/ops/hooks/ops/hooks/healthz"):
            self.assertEqual(self.ask(place, path)[0], 404, path)
        link = self.home.json("login-link", "--member", "ann", "--base-path", "/ops/hooks")["url"]
        self.assertTrue(link.startswith("http://127.0.0.1:8081/ops/hooks/admin/login#"), link)
        ours = ("sec-fetch-site", "same-origin")
        status, headers, _ = self.ask(place, "/ops/hooks/admin/login", [ours], "POST", f"code={link.split('#')[1]}".encode())
        self.assertEqual((status, headers["location"]), (303, "/ops/hooks/admin/webhooks"))
        cookie = headers["set-cookie"].split(";")[0]
        self.assertTrue(cookie.startswith(f"thig-{place.split(':')[1]}%2Fops%2Fhooks="), cookie)
        status, _, text = self.ask(place, "/ops/hooks/admin/webhooks", [("cookie", cookie)])
        links = re.findall(r'(?:href|src|action|data-stream|data-extend)="(/[^"]*)"', text)
        self.assertGreater(len(links), 10)
        self.assertEqual([link for link in links if not link.startswith("/ops/hooks/admin/")], [])
        status, headers, _ = self.ask(place, "/ops/hooks/admin/logout", [ours, ("cookie", cookie)], "POST", b"")
        self.assertEqual((status, headers["location"]), (303, "/ops/hooks/admin/login"))

    def test_the_path_is_said_once_or_the_same_twice(self):
        url = "https://ops.example.com"
        for public, path in ((url, "/hooks"), (url + "/hooks", "/hooks"), (url + "/hooks/", "/hooks")):
            args = ("--public-url", public, "--base-path", path)
            link = self.home.json("login-link", "--member", "ann", *args)["url"]
            self.assertTrue(link.startswith("https://ops.example.com/hooks/admin/login#"), link)
            place = self.serve(*args)
            status, headers, _ = self.ask(place, "/hooks/admin/webhooks", host="ops.example.com")
            self.assertEqual((status, headers["location"]), (303, "/hooks/admin/login?to=%2Fadmin%2Fwebhooks"))
            self.server.stop()
        for args in (("--public-url", url + "/other", "--base-path", "/hooks"), ("--base-path", "hooks"), ("--base-path", "/hooks/"),
                     ("--base-path", "/"), ("--base-path", ""), ("--base-path", "/a/../b"), ("--base-path", "/a?b"), ("--base-path", '/"><'), ("--public-url", url + "/a&b"), ("--public-url", url + "/a'b")):
            for command in (("serve-admin", "--listen", "127.0.0.1:0"), ("login-link", "--member", "ann")):
                done = self.home.run(*command, *args)
                self.assertEqual((done.returncode, done.stdout), (2, ""), args)
                self.assertRegex(done.stderr, "path", args)

    def test_a_path_in_the_configuration_needs_a_restart(self):
        config = self.home.dir / "config" / "thig-hooks" / "config.json"
        config.parent.mkdir(parents=True, exist_ok=True)
        config.write_text('{"admin": {"basePath": "/hooks"}}')
        place = self.serve()
        self.assertEqual(self.ask(place, "/hooks/healthz")[0], 200)
        self.assertIn("/hooks/admin/login#", self.home.json("login-link", "--member", "ann")["url"])
        config.write_text('{"admin": {"basePath": "/elsewhere"}}')
        self.server.child.send_signal(signal.SIGHUP)
        self.server.wait_for_error_line("changed, but needs a restart: --base-path")
        config.write_text('{"admin": {"basePath": "/a/../b"}}')
        self.server.child.send_signal(signal.SIGHUP)
        self.server.wait_for_error_line("the configuration could not be reloaded, the old one stays")
        self.assertEqual((self.ask(place, "/hooks/healthz")[0], self.ask(place, "/elsewhere/healthz")[0]), (200, 404))

    def test_servers_that_start_at_once_on_one_socket(self):
        """One has it, the others say so; a socket that was left behind by one that was killed is in nobody's way."""
        path = self.home.dir / "admin.sock"
        folder = set(os.listdir(self.home.dir))
        for _ in range(3):
            servers = [self.home.start("serve-admin", "--listen", f"unix:{path}") for _ in range(4)]
            ended = []
            self.home.wait_for("the others' end", lambda: len([1 for one in servers if one.child.poll() is not None]) == 3)
            for one in servers:
                if one.child.poll() is None:
                    self.assertEqual(one.next_line(), f"listening on unix:{path}")
                    self.assertEqual(self.ask(f"unix:{path}", "/healthz")[0], 200)
                    one.child.kill()
                    one.child.wait()
                else:
                    ended.append(one.child.returncode)
                    one.wait_for_error_line("in use")
            self.assertEqual(ended, [3, 3, 3])
        path.unlink()
        self.assertEqual({name for name in os.listdir(self.home.dir) if not name.startswith("hooks.db")},
                         {name for name in folder if not name.startswith("hooks.db")})

    def test_a_key_opens_no_page(self):
        key = self.home.json("keys", "add", "k", "--scope", "emit,read,manage,secrets", "--member", "ann")["key"]
        place = self.serve()
        bearer = [("authorization", f"Bearer {key}")]
        self.assertEqual(self.ask(place, "/api/admin/webhooks", bearer)[0], 200)
        self.assertEqual(self.ask(place, "/admin/webhooks", bearer)[0], 303)
        self.assertEqual(self.ask(place, "/admin/theme", bearer, "POST", b"theme=dark")[0], 401)


if __name__ == "__main__":
    unittest.main()
