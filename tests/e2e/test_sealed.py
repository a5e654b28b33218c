"""What is secret of received requests: for their actions, not for readers, and in no log."""

import json
import unittest

from test_incoming import Incoming, Server


class Sealed(Incoming):
    def test_what_is_secret_of_a_request_is_for_its_action_and_for_admins(self):
        path = self.add("deploy", "run", "--command", "/bin/sh", "--command", "-c", "--command", "echo query $HOOK_QUERY",
                        "--when", "header:x-api-key~^kE4y-c", "--when", "query:token=t0ken-canary")
        server = Server(self.home)
        status, answer = server.post(path + "?page=2&token=t0ken-canary", b"{}", {"x-api-key": "kE4y-canary"})
        self.assertEqual(status, 200)
        request = answer["requestId"]
        self.assertEqual(self.outcome(request)["state"], "done")
        shown = self.home.json("requests", "show", request)
        self.assertIsNone(shown["headers"]["x-api-key"])
        self.assertEqual(shown["query"], "page=2&token=(sealed)")
        self.assertIn("query page=2&token=t0ken-canary", shown["detail"])  # the command says what it likes
        whole = json.loads(self.home.run("requests", "show", request, "--reveal-secret", "--json", expect=0).stdout)
        self.assertEqual((whole["headers"]["x-api-key"], whole["query"]), ("kE4y-canary", "page=2&token=t0ken-canary"))
        self.assertIn("request.reveal", self.home.run("audit", expect=0).stdout)
        self.home.run("requests", "replay", request, expect=0)
        self.assertEqual(self.outcome(request)["state"], "done")
        for file in self.home.dir.rglob("*"):
            if file.is_file():
                self.assertNotIn(b"kE4y-canary", file.read_bytes(), file)

    def test_no_token_of_a_url_reaches_the_log_however_the_path_is_misspelled(self):
        path = self.add("issues", "create-project", "--set", "name=/title")
        token = path.rsplit("/", 1)[1]
        server = Server(self.home)
        for wrong in ("/API/webhooks/incoming/" + token, "//api/webhooks/incoming/" + token, "/api/webhooks/incoming" + token,
                      "/" + token, path + "/", "/api%2Fwebhooks%2Fincoming%2F" + token, "/x?" + token):
            server.post(wrong, b'{"title":"a"}')
        self.assertEqual(server.post(path, b'{"title":"a"}')[0], 200)
        lines = []
        while sum('"kind":"request"' in line for line in lines) < 8:
            lines.append(server.process.next_line())
        log = "\n".join(lines)
        self.assertIn("/api/webhooks/incoming/", log)
        self.assertNotIn(token, log)
        self.assertNotIn(token[:20], log)


if __name__ == "__main__":
    unittest.main()
