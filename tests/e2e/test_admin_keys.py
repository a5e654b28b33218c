"""Keys over the HTTP API: made, changed and removed by members who are signed in. Who may, route by route, is in `test_admin.py`."""

import json
import unittest

from admin_api import SCOPES, Api
from hooks import Home

ROLES = ("owner", "admin", "member", "viewer")


class TestKeys(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.home = home = cls.enterClassContext(Home())
        home.run("emit", "project.created", expect=0)
        cls.keys, cls.sessions = {}, {}
        cls.api = Api(home)
        for role in ROLES:
            home.run("members", "add", f"the-{role}", role, expect=0)
            cls.keys[role] = home.json("keys", "add", f"all-{role}", "--scope", ",".join(SCOPES), "--member", f"the-{role}")["key"]
            cls.sessions[role] = cls.api.log_in(f"the-{role}")

    def test_a_key_is_made_changed_and_removed_by_a_session(self):
        path, session = "/api/admin/rest-api-keys", self.sessions["member"]

        def ask(method, place, body=None, role="member", **headers):
            return self.api.ask(method, place, None, body, self.sessions[role] | headers)

        body = {"name": "shop", "scopes": ["read", "emit"], "rate": 100, "expiresAt": "2099-01-15T10:30:00Z"}
        status, headers, added = ask("POST", path, body, **{"accept-encoding": "gzip"})
        self.assertEqual(status, 201, added)
        text = added.pop("key")
        self.assertEqual(added.pop("result"), "created")
        self.assertRegex(text, r"^thig_[0-9a-f]{40}$")
        self.assertEqual((headers["cache-control"], headers["content-encoding"], headers["location"]), ("no-store", None, f"{path}/{added['id']}"))
        self.assertEqual({name: added[name] for name in ("member", "scopes", "rate", "state", "expiresAt")},
                         {"member": "the-member", "scopes": ["emit", "read"], "rate": 100, "state": "enabled", "expiresAt": "2099-01-15T10:30:00.000Z"})
        self.assertEqual(ask("GET", headers["location"])[2], added)
        listed = ask("GET", path)[2]
        self.assertIn(added, listed["keys"])
        self.assertEqual({row["member"] for row in listed["keys"]}, {"the-member"})
        self.assertEqual(self.api.ask("GET", "/api/admin/webhooks", text)[0], 200)

        # What is left out stays; the key obeys at its next request.
        status, headers, changed = ask("PATCH", f"{path}/shop", {"scopes": ["emit"], "expiresAt": None})
        self.assertEqual(status, 200, changed)
        self.assertEqual((changed["name"], changed["scopes"], changed["rate"], changed["expiresAt"]), ("shop", ["emit"], 100, None))
        self.assertEqual(self.api.ask("GET", "/api/admin/webhooks", text)[0], 403)
        tag = headers["etag"]
        self.assertEqual(self.api.ask("POST", "/api/events", text, {"event": "project.created"})[0], 202)
        self.assertEqual(ask("GET", f"{path}/shop")[1]["etag"], tag)  # a use is no change
        status, _, changed = ask("PATCH", f"{path}/{added['id']}", {"name": "store", "state": "disabled"}, **{"if-match": tag})
        self.assertEqual((status, changed["name"], changed["state"]), (200, "store", "disabled"), changed)
        self.assertEqual(ask("PATCH", f"{path}/store", {"rate": 1}, **{"if-match": tag})[0], 412)
        self.assertEqual(self.api.ask("POST", "/api/events", text, {"event": "project.created"})[0], 401)
        self.assertEqual(ask("PATCH", f"{path}/store", {"state": "enabled"})[2]["state"], "enabled")
        self.assertEqual(self.api.ask("POST", "/api/events", text, {"event": "project.created"})[0], 202)
        edited = self.home.json("keys", "edit", "store", "--rate", "2", "--expires", "1d")
        self.assertEqual((edited["rate"], edited["scopes"], edited["expiresAt"] is None), (2, ["emit"], False))
        self.assertEqual(ask("GET", f"{path}/store")[2]["rate"], 2)
        codes = [self.api.ask("POST", "/api/events", text, {"event": "project.created"})[0] for _ in range(4)]
        self.assertEqual(codes, [202, 202, 429, 429])

        # What cannot be changed with the rest leaves all as it was.
        before = ask("GET", f"{path}/store")[2]
        for wrong in ({"rate": 3, "name": "all-owner"}, {"rate": 3, "scopes": []}, {"rate": 3, "scopes": ["all"]}, {"rate": 0}, {"rate": 10001}, {"rate": "3"},
                      {"rate": None}, {"name": None}, {"scopes": None}, {"state": None}, {"rate": 3, "state": "expired"}, {"rate": 3, "member": "the-owner"},
                      {"rate": 3, "expiresAt": "2020-01-01T00:00:00Z"}, {"expiresAt": "soon"}, {"expiresAt": 5}, {"rate": 3, "enabled": False}, {"id": "key_0"}):
            status, _, problem = ask("PATCH", f"{path}/store", wrong)
            self.assertEqual(status, 409 if wrong.get("name") == "all-owner" else 400, wrong)
            self.assertEqual(len(problem["details"]), 1, problem)
        after = ask("GET", f"{path}/store")[2]
        self.assertEqual({**after, "requests": 0, "lastUsedAt": 0}, {**before, "requests": 0, "lastUsedAt": 0})
        self.assertEqual(ask("PATCH", f"{path}/store", {})[0], 200)

        # Others' keys are an Owner's affair.
        for method, place, sent in (("POST", path, {"name": "x", "scopes": ["read"], "member": "the-owner"}), ("GET", f"{path}/all-owner", None),
                                    ("PATCH", f"{path}/all-owner", {"rate": 1}), ("DELETE", f"{path}/all-owner", None)):
            for role in ("member", "admin"):
                status, _, problem = ask(method, place, sent, role)
                self.assertEqual((status, problem["code"]), (403, "FORBIDDEN"), (method, role))
                self.assertIn("API keys of others", problem["error"])
        status, _, problem = ask("POST", path, {"name": "x", "scopes": ["read"]}, "viewer")
        self.assertEqual((status, problem["code"]), (403, "FORBIDDEN"))
        status, _, made = ask("POST", path, {"name": "for-viewer", "scopes": ["read"], "member": "the-viewer"}, "owner")
        self.assertEqual((status, made["member"], made["rate"], made["expiresAt"]), (201, "the-viewer", 600, None))
        self.assertEqual(ask("DELETE", f"{path}/for-viewer", None, "owner")[0], 200)
        self.assertEqual(ask("DELETE", f"{path}/nobody", None, "owner")[0], 404)

        status, _, removed = ask("DELETE", f"{path}/store")
        self.assertEqual((status, removed), (200, {"name": "store", "id": added["id"], "removed": True}))
        self.assertEqual(self.api.ask("POST", "/api/events", text, {"event": "project.created"})[0], 401)
        trail = [row for row in self.home.json("audit") if row["subject"] in ("shop", "store")]
        self.assertEqual([row["action"] for row in trail][::-1],
                         ["key.add", "key.edit", "key.edit", "key.disable", "key.enable", "key.edit", "key.remove"])
        self.assertEqual([row["via"] for row in trail if row["member"] == "the-member"], ["session"] * 6)
        self.assertEqual(trail[-2]["before"], {"scopes": ["emit", "read"], "expiresAt": "2099-01-15T10:30:00.000Z"})
        self.assertEqual(trail[-2]["after"], {"scopes": ["emit"], "expiresAt": None})
        self.assertNotIn(text, json.dumps(trail))
        # A key says nothing of others' either, and no list has the text of one.
        self.assertEqual(self.api.ask("GET", f"{path}/all-owner", self.keys["member"])[0], 403)
        self.assertNotIn(text, json.dumps(ask("GET", path, None, "owner")[2]))


if __name__ == "__main__":
    unittest.main()
