"""Signing in to the pages with the real binary: a link that works once, the session that it begins, what no browser may
be made to do with it, and its end."""

import contextlib
import json
import os
import pwd
import re
import sqlite3
import threading
import unittest
import urllib.parse

from admin_api import Api
from hooks import Home, certificate

ME = pwd.getpwuid(os.geteuid()).pw_name
FORM = "application/x-www-form-urlencoded"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
OURS = {"sec-fetch-site": "same-origin"}


class Browser:
    """What a browser does: it keeps the cookie, and says where a request comes from."""

    def __init__(self, api, address=None):
        self.api, self.address, self.cookie = api, address, None

    def ask(self, method, path, form=None, headers=OURS, cookie=True):
        """Answers status, headers and text."""
        sent = {"user-agent": FIREFOX, "accept": "text/html", **headers}
        if cookie and self.cookie:
            sent["cookie"] = f"theme=dark; {self.cookie}"
        body = None
        if form is not None:
            body = form if isinstance(form, (str, bytes)) else urllib.parse.urlencode(form)
            sent.setdefault("content-type", FORM)
        connection = self.api.connect()
        if self.address:
            connection.source_address = (self.address, 0)
        with contextlib.closing(connection):
            connection.request(method, path, body=body, headers=sent)
            answer = connection.getresponse()
            text = answer.read().decode()
        for line in answer.headers.get_all("set-cookie") or []:
            pair, *attributes = [part.strip() for part in line.split(";")]
            self.attributes = sorted(attributes)
            self.cookie = None if "Max-Age=0" in attributes else pair
        return answer.status, answer.headers, text

    def get(self, path):
        return self.ask("GET", path)

    def log_in(self, code, to=None):
        return self.ask("POST", "/admin/login", {"code": code} | ({"to": to} if to is not None else {}))


class TestLogin(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.home = cls.enterClassContext(Home())
        cls.home.run("emit", "project.created", expect=0)
        cls.home.run("members", "add", "ann", "admin", expect=0)
        cls.api = Api(cls.home)

    def code(self, member=ME, *args):
        return self.home.json("login-link", "--member", member, *args)["url"].split("#")[1]

    def logged_in(self, member=ME):
        browser = Browser(self.api)
        self.assertEqual(browser.log_in(self.code(member))[0], 303)
        return browser

    def trail(self):
        return [(row["action"], row["subject"], row["member"], row["via"]) for row in self.home.json("audit")]

    # ---------------------------------------------------------------------------------- the link
    def test_a_link_signs_its_member_in_once(self):
        link = self.home.run("login-link", "--member", "ann", expect=0).stdout.strip()
        self.assertRegex(link, r"^http://127\.0\.0\.1:8081/admin/login#[A-Za-z0-9_-]{43}$")
        browser = Browser(self.api)
        status, headers, _ = browser.get("/admin/webhooks?state=failing")
        self.assertEqual((status, headers["location"]), (303, "/admin/login?to=%2Fadmin%2Fwebhooks%3Fstate%3Dfailing"))
        status, _, page = browser.get(headers["location"])
        self.assertEqual(status, 200)
        to = re.search(r'name="to" value="([^"]*)"', page)[1]
        code = link.split("#")[1]
        status, headers, _ = browser.log_in(code, to)
        self.assertEqual((status, headers["location"]), (303, "/admin/webhooks?state=failing"))
        self.assertEqual(headers["cache-control"], "no-store")
        self.assertRegex(browser.cookie, rf"^thig-{self.api.place.port}=[A-Za-z0-9_-]{{43}}$")
        self.assertEqual(browser.attributes, ["HttpOnly", "Max-Age=43200", "Path=/", "SameSite=Strict"])
        status, _, page = browser.get(to)
        self.assertEqual(status, 200)
        self.assertIn("ann · Admin", page)
        self.assertIn(("session.begin", "ann", "ann", "session"), self.trail())
        self.assertIn(("login.link", "ann", ME, None), self.trail())
        session = self.home.json("sessions", "--member", "ann")[0]
        self.assertEqual((session["member"], session["client"]), ("ann", "Firefox on Linux"))
        # Whoever comes later with the same link stays outside, and the first one stays in.
        thief = Browser(self.api)
        status, _, page = thief.log_in(code)
        self.assertEqual((status, thief.cookie), (403, None))
        self.assertIn("was already used, or has expired", page)
        self.assertIn("thig-hooks login-link", page)
        self.api.server.wait_for_error_line("refused a login code")
        self.assertEqual(browser.get("/admin/webhooks")[0], 200)

    def test_of_many_who_come_at_once_one_gets_in(self):
        code, answers = self.code(), []
        threads = [threading.Thread(target=lambda: answers.append(Browser(self.api).log_in(code)[0])) for _ in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(sorted(answers), [303] + [403] * 19)

    def test_what_opens_nothing(self):
        for code in ("", "x", "A" * 43, self.code()[:-1], self.code() + "A", "ä" * 43, "A" * 100_000):
            browser = Browser(self.api)
            status, _, page = browser.log_in(code)
            self.assertEqual((status, browser.cookie), (403, None), code[:50])
            self.assertIn('name="code"', page)
        left = self.code("ann")
        self.home.run("members", "remove", "ann", expect=0)
        self.home.run("members", "add", "ann", "admin", expect=0)
        self.assertEqual(Browser(self.api).log_in(left)[0], 403)

    def test_links_and_sessions_end_by_time(self):
        with Home() as home:
            home.run("emit", "project.created", expect=0)
            # By its public URL, which stays the same at another port, the cookie is named.
            api = Api(home, *(public := ("--public-url", "http://hooks.example.com")))

            def earlier(what, minutes):
                """Moves a time that is kept back by so many minutes."""
                table, column = what.split(".")
                with contextlib.closing(sqlite3.connect(home.db)) as db:
                    db.execute(f"UPDATE {table} SET {column} = {column} - ?", (minutes * 60_000,))
                    db.commit()

            codes = [home.json("login-link", "--member", ME)["url"].split("#")[1] for _ in range(2)]
            browser = Browser(api)
            self.assertEqual(browser.log_in(codes[0])[0], 303)
            earlier("login_code.expires_at", 5)
            self.assertEqual(Browser(api).log_in(codes[1])[0], 403)
            earlier("session.last_used_at", 119)
            self.assertEqual(browser.get("/admin/webhooks")[0], 200)
            # Its use is noted at the end of the server at the latest, and keeps it open.
            self.assertEqual(api.server.stop(), 0)
            browser.api = Api(home, *public)
            earlier("session.last_used_at", 119)
            self.assertEqual(browser.get("/admin/webhooks")[0], 200)
            earlier("session.last_used_at", 1)
            self.assertEqual(browser.get("/admin/webhooks")[0], 303)
            self.assertEqual(home.json("sessions"), [])
            earlier("session.last_used_at", -120)
            self.assertEqual(browser.get("/admin/webhooks")[0], 200)
            earlier("session.expires_at", 719)
            self.assertEqual(browser.get("/admin/webhooks")[0], 200)
            earlier("session.expires_at", 1)
            self.assertEqual(browser.get("/admin/webhooks")[0], 303)

    def test_who_follows_a_link_elsewhere_is_still_signed_in(self):
        """Browsers leave the cookie out then; the page that they get has them ask once more, from here."""
        browser = self.logged_in()
        for site in ("cross-site", "same-site"):
            status, headers, page = browser.ask("GET", "/admin/webhooks?q=a%3Bb", headers={"sec-fetch-site": site}, cookie=False)
            self.assertEqual((status, headers["refresh"]), (200, "0;url=/admin/webhooks?q=a%3Bb"))
            self.assertNotIn("Webhooks", page)
        for headers in ({}, OURS, {"sec-fetch-site": "none"}):
            self.assertEqual(browser.ask("GET", "/admin/webhooks", headers=headers, cookie=False)[0], 303)
        self.assertEqual(browser.get("/admin/webhooks?q=a%3Bb")[0], 200)

    def test_where_to_go_afterwards_is_always_here(self):
        for to, location in (("/admin/deliveries?state=dead", "/admin/deliveries?state=dead"),
                             ("", "/admin/webhooks"), ("https://evil.example/admin/", "/admin/webhooks"),
                             ("//evil.example/admin/", "/admin/webhooks"), ("/\\evil.example", "/admin/webhooks"),
                             ("/admin//evil.example", "/admin/webhooks"), ("/admin/\\evil.example", "/admin/webhooks"),
                             ("/admin/../healthz", "/admin/webhooks"), ("/healthz", "/admin/webhooks"),
                             ("/admin/x\r\nset-cookie: thig=x", "/admin/webhooks"), ("javascript:alert(1)", "/admin/webhooks")):
            browser = Browser(self.api)
            status, headers, _ = browser.log_in(self.code(), to)
            self.assertEqual((status, headers["location"]), (303, location), to)
            self.assertEqual(len(headers.get_all("set-cookie")), 1)

    def test_a_form_is_taken_and_nothing_else(self):
        browser = Browser(self.api)
        for kind in ("application/json", "text/plain", "multipart/form-data; boundary=x", ""):
            status, _, _ = browser.ask("POST", "/admin/login", json.dumps({"code": self.code()}), OURS | {"content-type": kind})
            self.assertEqual((status, browser.cookie), (415, None), kind)
        self.assertEqual(browser.ask("GET", f"/admin/login?code={self.code()}")[0], 200)
        self.assertIsNone(browser.cookie)

    def test_guessing_is_slowed_down(self):
        browser = Browser(self.api, address="127.0.200.1")
        for _ in range(10):
            self.assertEqual(browser.log_in("A" * 43)[0], 403)
        status, headers, _ = browser.log_in("A" * 43)
        self.assertEqual((status, headers["retry-after"]), (429, "6"))
        self.assertEqual(Browser(self.api, address="127.0.200.2").log_in(self.code())[0], 303)

    # --------------------------------------------------------------------------------- the cookie
    def test_no_other_site_makes_a_browser_change_anything(self):
        self.home.add("crm", "https://example.com/")
        browser, path = self.logged_in(), "/api/admin/webhooks/crm/disable"
        here = f"http://{self.api.place.netloc}"
        refused = [{}, {"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"}, {"sec-fetch-site": "none"},
                   {"sec-fetch-site": "cross-site", "origin": here}, {"origin": "null"}, {"origin": "https://evil.example"},
                   {"origin": here.replace("http:", "https:")}, {"referer": here + "/admin/webhooks"}]
        for headers in refused:
            self.assertEqual(browser.ask("POST", path, headers=headers)[0], 403, headers)
            self.assertEqual(browser.ask("POST", "/admin/logout", {}, headers=headers)[0], 403, headers)
            status, answer, _ = Browser(self.api).ask("POST", "/admin/login", {"code": self.code()}, headers=headers)
            self.assertEqual((status, answer["set-cookie"]), (403, None), headers)
        self.assertEqual(self.home.json("show", "crm")["state"], "enabled")
        self.assertEqual(browser.ask("POST", path, headers={"origin": here})[0], 200)
        self.assertEqual(self.home.json("show", "crm")["state"], "disabled")
        self.assertIn(("webhook.disable", "crm", ME, "session"), self.trail())
        self.assertEqual(browser.ask("GET", "/api/admin/webhooks", headers={"sec-fetch-site": "cross-site"})[0], 200)

    def test_a_viewer_looks_and_changes_nothing(self):
        self.home.run("members", "add", "vera", "viewer", expect=0)
        browser = self.logged_in("vera")
        self.assertEqual(browser.get("/admin/webhooks")[0], 200)
        status, _, text = browser.ask("POST", "/api/admin/webhooks", '{"name":"x","url":"https://x.example/","events":["*"]}',
                                      OURS | {"content-type": "application/json"})
        self.assertEqual((status, json.loads(text)["code"]), (403, "FORBIDDEN"))

    def test_who_is_removed_is_out_at_once(self):
        self.home.run("members", "add", "bob", "owner", expect=0)
        browser = self.logged_in("bob")
        self.assertEqual(browser.get("/admin/webhooks")[0], 200)
        self.home.run("members", "set-role", "bob", "viewer", expect=0)
        self.assertIn("bob · Viewer", browser.get("/admin/webhooks")[2])
        self.home.run("members", "remove", "bob", expect=0)
        self.assertEqual(browser.get("/admin/webhooks")[0], 303)
        self.assertEqual(browser.ask("GET", "/api/admin/webhooks")[0], 401)
        self.assertEqual(browser.ask("POST", "/admin/logout", {})[0], 401)
        self.home.run("members", "add", "bob", "owner", expect=0)
        self.assertEqual(browser.get("/admin/webhooks")[0], 303)

    def test_signing_out(self):
        browser = self.logged_in("ann")
        stolen = browser.cookie
        status, headers, _ = browser.ask("POST", "/admin/logout", {})
        self.assertEqual((status, headers["location"], headers["clear-site-data"]), (303, "/admin/login", '"cache"'))
        self.assertIsNone(browser.cookie)
        browser.cookie = stolen
        self.assertEqual(browser.get("/admin/webhooks")[0], 303)
        self.assertIn(("session.end", "ann", "ann", "session"), self.trail())

    def test_signing_in_again_leaves_the_session_of_this_browser(self):
        self.home.run("members", "add", "joe", "member", expect=0)
        self.home.run("members", "add", "zoe", "member", expect=0)
        elsewhere, browser = self.logged_in("joe"), self.logged_in("joe")
        first = browser.cookie
        self.assertEqual(browser.log_in("A" * 43)[0], 403)
        self.assertEqual(browser.get("/admin/webhooks")[0], 200)
        self.assertEqual(browser.log_in(self.code("joe"))[0], 303)
        self.assertNotEqual(browser.cookie, first)
        second, browser.cookie = browser.cookie, first
        self.assertEqual(browser.get("/admin/webhooks")[0], 303)
        browser.cookie = second
        self.assertEqual([one.get("/admin/webhooks")[0] for one in (browser, elsewhere)], [200, 200])
        self.assertEqual(len(self.home.json("sessions", "--member", "joe")), 2)
        # Somebody else sits down there.
        self.assertEqual(browser.log_in(self.code("zoe"))[0], 303)
        self.assertIn("zoe · Member", browser.get("/admin/webhooks")[2])
        self.assertEqual(len(self.home.json("sessions", "--member", "joe")), 1)
        ends = [row[1:] for row in self.trail() if row[0] == "session.end" and row[1] == "joe"]
        self.assertEqual(ends, [("joe", "zoe", "session"), ("joe", "joe", "session")])

    def test_two_servers_of_one_host_sign_nobody_out(self):
        """A browser sends what it has of a host to all of its ports."""
        with Home() as other_home:
            other_home.run("emit", "project.created", expect=0)
            other = Api(other_home)
            one, two = self.logged_in(), Browser(other)
            self.assertEqual(two.log_in(other_home.json("login-link", "--member", ME)["url"].split("#")[1])[0], 303)
            self.assertNotEqual(one.cookie.split("=")[0], two.cookie.split("=")[0])
            one.cookie = two.cookie = f"{two.cookie}; {one.cookie}"
            self.assertEqual([browser.get("/admin/webhooks")[0] for browser in (one, two)], [200, 200])
            # Signing out of one leaves the other.
            self.assertEqual(one.ask("POST", "/admin/logout", {})[0], 303)
            self.assertEqual(two.get("/admin/webhooks")[0], 200)

    def test_a_session_that_is_about_to_end_is_kept_by_a_use(self):
        browser = self.logged_in("ann")
        session = self.home.json("sessions", "--member", "ann")[0]

        def used_before(minutes):
            with contextlib.closing(sqlite3.connect(self.home.db)) as db:
                db.execute("UPDATE session SET last_used_at = last_used_at - ? WHERE created_at = (SELECT max(created_at) FROM session WHERE member = 'ann')",
                           (minutes * 60_000,))
                db.commit()

        def left(page):
            return int(re.search(r'id="ending"[^>]* data-left="(\d+)"', page)[1])

        self.assertGreater(left(browser.get("/admin/webhooks")[2]), 7000)
        used_before(119)
        by_script = OURS | {"sec-fetch-dest": "empty"}
        self.assertLessEqual(left(browser.ask("GET", "/admin/webhooks", headers=by_script)[2]), 60)
        status, _, page = browser.ask("POST", "/admin/session", headers=by_script)
        self.assertEqual(status, 200)
        self.assertEqual(left(page), 7200)
        # Not at the end of the minute, when it would be too late.
        used = self.home.wait_for("the use", lambda: next(
            (one for one in self.home.json("sessions", "--member", "ann")
             if one["id"] == session["id"] and one["lastUsedAt"] >= session["lastUsedAt"]), None))
        self.assertEqual(used["id"], session["id"])
        self.assertGreater(left(browser.ask("GET", "/admin/webhooks", headers=by_script)[2]), 7000)
        # Who is not signed in is told of no end.
        self.assertNotIn('id="ending"', Browser(self.api).get("/admin/login")[2])
        self.assertEqual(Browser(self.api).ask("POST", "/admin/session")[0], 401)

    def test_sessions_are_ended_from_the_command_line(self):
        self.home.run("members", "add", "eve", "member", expect=0)
        one, two = self.logged_in("eve"), self.logged_in("eve")
        sessions = self.home.json("sessions", "--member", "eve")
        self.assertEqual(len(sessions), 2)
        ended = self.home.json("sessions", "end", sessions[0]["id"])
        self.assertEqual([session["id"] for session in ended], [sessions[0]["id"]])
        self.assertEqual(sorted(browser.get("/admin/webhooks")[0] for browser in (one, two)), [200, 303])
        unused = self.code("eve")
        self.home.run("sessions", "end", "--member", "eve", expect=0)
        self.assertEqual([browser.get("/admin/webhooks")[0] for browser in (one, two)], [303, 303])
        self.assertEqual(Browser(self.api).log_in(unused)[0], 403)
        self.assertEqual(self.home.json("sessions", "--member", "eve"), [])

    def test_nothing_that_opens_anything_is_written_down(self):
        code = self.code()
        browser = Browser(self.api)
        self.assertEqual(browser.log_in(code)[0], 303)
        token = browser.cookie.split("=")[1]
        Browser(self.api).log_in(code)
        self.assertEqual(browser.get("/admin/webhooks")[0], 200)
        log = "\n".join(self.api.server.rest() + self.api.server.rest(errors=True))
        stored = b"".join(path.read_bytes() for path in self.home.dir.glob("hooks.db*") if path.is_file())
        for secret in (code, token):
            self.assertNotIn(secret, log)
            self.assertNotIn(secret.encode(), stored)

    # ------------------------------------------------------------------------------ HTTPS, proxies
    def test_over_https_the_cookie_is_for_https_alone(self):
        with Home() as home:
            home.run("emit", "project.created", expect=0)
            ca, key = certificate(home.dir)
            browser = Browser(Api(home, "--tls-cert", str(ca), "--tls-key", str(key), ca=ca))
            link = home.json("login-link", "--member", ME, "--public-url", "https://127.0.0.1:8443/")["url"]
            self.assertTrue(link.startswith("https://127.0.0.1:8443/admin/login#"), link)
            self.assertEqual(browser.log_in(link)[0], 303)  # the whole link is pasted
            self.assertTrue(browser.cookie.startswith(f"__Host-thig-{browser.api.place.port}="), browser.cookie)
            self.assertIn("Secure", browser.attributes)
            self.assertEqual(browser.get("/admin/webhooks")[0], 200)

    def test_behind_a_proxy_and_below_a_path(self):
        with Home() as home:
            home.run("emit", "project.created", expect=0)
            browser = Browser(Api(home, "--public-url", "https://hooks.example.com/below"))
            public = {"host": "hooks.example.com", "origin": "https://hooks.example.com"}
            status, headers, _ = browser.ask("GET", "/below/admin/webhooks", headers=public)
            self.assertEqual((status, headers["location"]), (303, "/below/admin/login?to=%2Fadmin%2Fwebhooks"))
            code = home.json("login-link", "--member", ME)["url"].split("#")[1]
            form = {"code": code, "to": "/admin/webhooks"}
            status, headers, _ = browser.ask("POST", "/below/admin/login", form, public | {"origin": "https://evil.example"})
            self.assertEqual(status, 403)
            status, headers, _ = browser.ask("POST", "/below/admin/login", form, public)
            self.assertEqual((status, headers["location"]), (303, "/below/admin/webhooks"))
            self.assertTrue(browser.cookie.startswith("__Host-thig%2Fbelow="), browser.cookie)
            self.assertEqual(browser.ask("GET", "/admin/webhooks", headers=public)[0], 200)  # the proxy cut the path off


if __name__ == "__main__":
    unittest.main()
