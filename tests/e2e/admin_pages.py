"""The pages of `serve-admin`, for tests: signed in as a member, read as a browser reads them."""

import html.parser
import urllib.parse

from admin_api import Api

FORM = "application/x-www-form-urlencoded"
VOID = {"input", "br", "meta", "link", "hr", "rect", "path"}
# Every way out of a piece of text into markup, and what a screen must not be told.
HOSTILE = "<script>alert(1)</script>\"' onmouseover=x \u202eevil\u202c </pre></textarea></title>&lt;\x1b[2J"
# What names may be made of: no control characters.
HOSTILE_NAME = "<img/src=x>\"'&amp;"


class Page(html.parser.HTMLParser):
    """A page as it was answered; fails where its tags are not balanced, and where there is anything that runs."""

    def __init__(self, status, headers, text):
        super().__init__()
        self.status, self.headers, self.text = status, headers, text
        self.open, self.links, self.ids, self.names, self.words = [], [], [], [], []
        self.forms = []  # (action, [names of fields and buttons])
        if "text/html" in headers.get("content-type", ""):
            self.feed(text)
            self.close()
            assert not self.open, f"not closed: {self.open}"
            assert len(self.ids) == len(set(self.ids)), f"an id is there twice: {sorted(self.ids)}"

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        assert len(given) == len(attributes), f"an attribute is there twice: {tag} {attributes}"
        assert not [name for name in given if name.startswith("on") or name == "style"], (tag, attributes)
        assert tag not in ("img", "style", "iframe", "object", "base"), (tag, attributes)
        if tag == "script":
            assert "/admin/assets/" in given["src"], attributes
        if tag == "a":
            self.links.append(given["href"])
            assert given["href"].startswith(("/", "#")), given["href"]
        if "id" in given:
            self.ids.append(given["id"])
        if tag == "form":
            self.forms.append((given.get("action", ""), []))
        if tag in ("input", "button", "select", "textarea") and self.forms and "form" in self.open:
            self.forms[-1][1].append((given.get("name"), given.get("value"), given.get("type")))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        if tag in VOID:
            return
        assert self.open and self.open[-1] == tag, f"</{tag}> within {self.open}"
        self.open.pop()

    def handle_data(self, data):
        if "script" not in self.open:
            self.words.append(data)

    @property
    def shown(self):
        """The text that a reader sees."""
        return " ".join("".join(self.words).split())

    def acts(self):
        """Where its forms are sent to."""
        return [action for action, _ in self.forms]


class Pages:
    """A server of pages, and members of each role who are signed in."""

    def __init__(self, home, *args):
        self.home = home
        self.api = Api(home, *args)
        self.signed_in = {}

    def sign_in(self, role):
        """The headers that a browser sends which has followed a login link."""
        if role not in self.signed_in:
            self.home.run("members", "add", f"the-{role}", role, expect=0)
            self.signed_in[role] = self.log_in(f"the-{role}")
        return self.signed_in[role]

    def log_in(self, member):
        return self.api.log_in(member)

    def ask(self, method, path, role="admin", body=None):
        status, headers, text = self.api.ask(method, path, body=body, headers=self.sign_in(role), content_type=FORM if body is not None else None)
        return Page(status, headers, text)

    def get(self, path, role="admin"):
        return self.ask("GET", path, role)

    def post(self, path, fields=(), role="admin"):
        return self.ask("POST", path, role, urllib.parse.urlencode(list(fields.items()) if isinstance(fields, dict) else fields))
