"""A browser without a script: it signs in, and sends forms as they stand on their page, with some fields changed."""

import html
import html.parser
import re
import urllib.parse

FORM = "application/x-www-form-urlencoded"


class Page(html.parser.HTMLParser):
    """A page: its forms with what a browser would send, its links and ids, what its elements say."""

    VOID = {"input", "br", "meta", "link", "hr"}

    def __init__(self, status, headers, text):
        super().__init__()
        self.status, self.headers, self.text = status, headers, text
        self.forms, self.links, self.ids, self.open, self.problems = [], [], [], [], []
        self.said, self.described, self.fields = {}, {}, {}
        self.select = self.area = self.option = None
        self.feed(text)
        if self.open:
            self.problems.append(f"not closed: {self.open}")
        for name in {one for one in self.ids if self.ids.count(one) > 1}:
            self.problems.append(f"the id {name} is there twice")

    def handle_starttag(self, tag, attributes):
        values = {name: value if value is not None else "" for name, value in attributes}
        if "id" in values:
            self.ids.append(values["id"])
        if tag not in self.VOID and not self.get_starttag_text().endswith("/>"):
            self.open.append((tag, values))
        if any(name.startswith("on") or name == "style" for name in values) or tag in ("style",):
            self.problems.append(f"script or style in {self.get_starttag_text()}")
        if tag == "form":
            self.forms.append({"action": values.get("action"), "method": values.get("method", "get"), "fields": [], "buttons": []})
        if tag == "a":
            self.links.append(values.get("href"))
        if tag in ("input", "select", "textarea") and "name" in values:
            self.fields[values["name"]] = values
        if not self.forms:
            return
        fields = self.forms[-1]["fields"]
        if tag == "input" and values.get("name"):
            kind = values.get("type", "text")
            if kind not in ("checkbox", "radio") or "checked" in values:
                fields.append((values["name"], values.get("value", "")))
        elif tag == "select":
            self.select = [values["name"], None]
        elif tag == "option" and self.select and (self.select[1] is None or "selected" in values):
            self.select[1] = values["value"]
        elif tag == "textarea":
            self.area = [values["name"], ""]
        elif tag == "button" and values.get("type") != "button":
            self.forms[-1]["buttons"].append(values)

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)

    def handle_endtag(self, tag):
        if not self.open or self.open[-1][0] != tag:
            self.problems.append(f"</{tag}> closes {self.open[-1:]}")
            return
        self.open.pop()
        if tag == "select" and self.select and self.forms:
            self.forms[-1]["fields"].append(tuple(self.select))
            self.select = None
        elif tag == "textarea" and self.area:
            self.forms[-1]["fields"].append((self.area[0], self.area[1].removeprefix("\n")))
            self.area = None

    def handle_data(self, data):
        if self.area:
            self.area[1] += data
        for _, values in self.open:
            if "id" in values:
                self.said[values["id"]] = self.said.get(values["id"], "") + data

    def form(self, action):
        """What a browser sends of the form that goes there."""
        for form in self.forms:
            if form["action"] == action and form["method"] == "post":
                return form["fields"]
        raise AssertionError(f"no form goes to {action}: {[form['action'] for form in self.forms]}")

    def error_of(self, field):
        """What stands beside a field, as it is tied to it."""
        attributes = self.fields[field]
        return self.said[attributes["aria-describedby"]] if attributes.get("aria-invalid") == "true" else ""

    def words(self):
        without_tags = re.sub(r"<[^>]*>", " ", self.text)
        return re.sub(r"\s+", " ", html.unescape(without_tags))


class Browser:
    """Somebody who is signed in."""

    def __init__(self, test, api, home, member):
        self.test, self.api = test, api
        self.headers = {"accept": "text/html", "sec-fetch-site": "same-origin"}
        code = home.json("login-link", "--member", member)["url"].split("#")[1]
        status, headers, text = self.api.ask("POST", "/admin/login", body=urllib.parse.urlencode({"code": code}), headers=self.headers,
                                             content_type=FORM)
        test.assertEqual(status, 303, text)
        self.headers["cookie"] = headers["set-cookie"].split(";")[0]

    def ask(self, method, path, body=None):
        # What is posted may answer a secret, which is not compressed for anybody.
        headers = self.headers | ({"accept-encoding": "gzip"} if method == "POST" else {})
        status, headers, text = self.api.ask(method, path, None, body, headers, FORM if body is not None else None)
        page = Page(status, headers, text)
        if text:
            self.test.assertEqual(page.problems, [], f"{method} {path}")
            self.test.assertEqual(headers["cache-control"], "no-store")
            for link in page.links:
                if link.startswith("#"):
                    self.test.assertIn(link[1:], page.ids, f"{method} {path}: a link that leads nowhere")
        return page

    def get(self, path, status=200):
        page = self.ask("GET", path)
        self.test.assertEqual(page.status, status, page.words())
        return page

    def send(self, path, fields, status=303):
        page = self.ask("POST", path, urllib.parse.urlencode(fields))
        self.test.assertEqual(page.status, status, page.words())
        return page

    def fill(self, path, status=303, action=None, drop=(), **changes):
        """Opens a form, changes fields of it, and sends it as a browser would."""
        page = self.get(path)
        target = action or path.split("?")[0]
        return self.send(target, filled(page.form(target), drop, **changes), status)


def filled(fields, drop=(), **changes):
    changes = {name.replace("_", "-"): value for name, value in changes.items()}
    rest = [(name, value) for name, value in fields if name not in changes and (name, value) not in drop]
    for name, value in changes.items():
        rest += [(name, one) for one in (value if isinstance(value, (list, tuple)) else [value]) if one is not None]
    return rest


def place(page):
    return page.headers["location"]
