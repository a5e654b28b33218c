"""A server of the HTTP API, for tests."""

import contextlib
import http.client
import json
import ssl
import urllib.parse

SCOPES = ("emit", "read", "manage", "secrets")
JSON = "application/json"


class Api:
    """A server of the API, and requests to it."""

    def __init__(self, home, *args, ca=None):
        self.home = home
        self.server = home.start("serve-admin", "--listen", "127.0.0.1:0", "--json", *args)
        self.place = urllib.parse.urlsplit(self.server.next_json()["url"])
        self.connections = 0
        self.tls = ssl.create_default_context(cafile=ca) if ca else None

    # Refused keys are counted by address: each connection comes from another one.
    def connect(self):
        self.connections += 1
        source = (f"127.0.{self.connections // 250 + 1}.{self.connections % 250 + 1}", 0)
        if self.tls:
            return http.client.HTTPSConnection(self.place.netloc, context=self.tls, timeout=60, source_address=source)
        return http.client.HTTPConnection(self.place.netloc, timeout=60, source_address=source)

    def log_in(self, member):
        """The headers that the browser of a member sends who has followed a login link."""
        ours = {"sec-fetch-site": "same-origin"}
        code = self.home.json("login-link", "--member", member)["url"].split("#")[1]
        status, headers, text = self.ask("POST", "/admin/login", body=urllib.parse.urlencode({"code": code}), headers=ours,
                                         content_type="application/x-www-form-urlencoded")
        assert status == 303, text
        return ours | {"cookie": headers["set-cookie"].split(";")[0]}

    def ask(self, method, path, key=None, body=None, headers=None, content_type=None):
        """Answers status, headers, and the document or text."""
        sent = dict(headers or {})
        if key:
            sent["authorization"] = f"Bearer {key}"
        if body is not None and not isinstance(body, (str, bytes)):
            body, content_type = json.dumps(body), content_type or JSON
        if content_type:
            sent["content-type"] = content_type
        with contextlib.closing(self.connect()) as connection:
            connection.request(method, path, body=body, headers=sent)
            answer = connection.getresponse()
            text = answer.read().decode()
            kind = answer.headers.get("content-type", "")
            return answer.status, answer.headers, json.loads(text) if "json" in kind and "ndjson" not in kind and text else text
