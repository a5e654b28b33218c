"""Metrics: what `stats --prometheus` and GET /metrics say, by a strict reader, and that the dashboard and the alerts that are
installed ask for what there is."""

import json
import pathlib
import re
import unittest
import urllib.parse
import urllib.request

import exposition
from admin_api import Api
from hooks import Home, Receiver, certificate

EXAMPLES = pathlib.Path(__file__).resolve().parents[2] / "cli/package/examples"
HOSTILE = 'c"rm\\ {x="y"} 1 🦔'


class Metrics(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        """An installation in which everything has happened that is counted."""
        cls.home = cls.enterClassContext(Home())
        home = cls.home
        receiver = cls.enterClassContext(Receiver(home))
        failing = cls.enterClassContext(Receiver(home, lambda request: 500))
        home.add(HOSTILE, receiver.url, ca=receiver.ca)
        home.add("broken", failing.url, "--retry", "1s", ca=failing.ca)
        home.add("off", receiver.url, ca=receiver.ca)
        home.run("disable", "off", expect=0)
        home.run("emit", "project.created", expect=0)
        home.run("deliver", "--pause-after", "0", expect=0)
        home.run("retry", home.json("deliveries", "--webhook", "broken")[0]["id"], expect=0)
        home.run("deliver", "--pause-after", "1", expect=0)
        home.add("later", receiver.url, ca=receiver.ca, events=("prd.*",))
        cls.incoming(home)
        home.run("prune", "--keep", "30d", "--yes", expect=0)
        (home.dir / "tls").mkdir()
        cls.cert, cls.key = certificate(home.dir / "tls")
        (home.dir / "etc-config.json").write_text(json.dumps({"incoming": {"tlsCert": str(cls.cert)}, "admin": {"tlsCert": str(cls.cert)}}))
        cls.text = home.run("stats", "--prometheus", expect=0).stdout
        cls.metrics = exposition.parse(cls.text)

    @staticmethod
    def incoming(home):
        url = home.json("add", "incoming", "in", "--action", "create-project", "--set", "name=/name")["url"]
        path = urllib.parse.urlsplit(url).path
        server = home.start("serve-incoming", "--listen", "127.0.0.1:0", "--json")
        target = server.next_json()["url"] + path
        for body in (b'{"name":"one"}', b'{"name":"one"}', b'{"other":1}'):
            sent = urllib.request.Request(target, data=body, headers={"content-type": "application/json"})
            urllib.request.urlopen(sent, timeout=60).close()
        home.wait_for("the actions", lambda: all(one["state"] != "pending" for one in home.json("requests")))
        server.stop()

    def value(self, name, **labels):
        return self.metrics[name].value(**labels)

    def test_what_there_is(self):
        for name, labels, value in (
                ("attempts_total", {"webhook": HOSTILE, "result": "ok"}, 1),
                ("attempts_total", {"webhook": "broken", "result": "failed"}, 2),
                ("retries_total", {}, 1),
                ("webhook_paused", {"webhook": "broken"}, 1),
                ("webhook_paused", {"webhook": HOSTILE}, 0),
                ("webhook_failing", {"webhook": "broken"}, 1),
                ("webhook_enabled", {"webhook": "off"}, 0),
                ("webhooks", {"status": "enabled"}, 2),
                ("webhooks", {"status": "paused"}, 1),
                ("webhooks", {"status": "disabled"}, 1),
                ("webhooks", {"status": "failing"}, 0),
                ("dead_deliveries", {"webhook": "broken"}, 1),
                ("missed_deliveries", {"webhook": "off"}, 2),  # one of an incoming webhook's project
                ("incoming_requests_total", {"webhook": "in", "result": "accepted"}, 2),
                ("incoming_requests_total", {"webhook": "in", "result": "duplicate"}, 1),
                ("incoming_requests_total", {"webhook": "in", "result": "rejected"}, 0),
                ("incoming_failed_actions_total", {"webhook": "in"}, 1),
                ("incoming_pending_requests", {}, 0),
                ("incoming_backlog_age_seconds", {}, 0),
                ("delivering", {}, 0)):
            with self.subTest(name, **labels):
                self.assertEqual(self.value(f"thig_hooks_{name}", **labels), value)
        self.assertGreater(self.value("thig_hooks_database_used_bytes"), 4096)
        self.assertGreater(self.value("thig_hooks_last_prune_timestamp_seconds"), 1.7e9)
        for service in ("admin", "incoming"):
            self.assertGreater(self.value("thig_hooks_certificate_expiry_timestamp_seconds", service=service), 1.7e9)
        version = self.home.json("version")["version"]
        self.assertEqual(self.value("thig_hooks_build_info", version=version), 1)

    def test_both_ways_say_the_same(self):
        key = self.home.json("keys", "add", "prometheus", "--scope", "read")["key"]
        api = Api(self.home, "--tls-cert", self.cert, "--tls-key", self.key, ca=self.cert)
        self.assertEqual(api.ask("GET", "/metrics")[0], 401)
        status, headers, text = api.ask("GET", "/metrics", key=key)
        self.assertEqual((status, headers["content-type"]), (200, "text/plain; version=0.0.4; charset=utf-8"))
        served = exposition.parse(text)
        self.assertEqual(served.keys(), self.metrics.keys())
        for name, metric in self.metrics.items():
            self.assertEqual(served[name].samples.keys(), metric.samples.keys(), name)

    def test_whether_somebody_delivers(self):
        run = self.home.start("run", "--json")
        self.assertEqual(run.next_json()["kind"], "started")
        text = self.home.run("stats", "--prometheus", expect=0).stdout
        self.assertEqual(exposition.parse(text)["thig_hooks_delivering"].value(), 1)
        run.stop()

    def test_before_there_is_a_database(self):
        with Home() as home:
            metrics = exposition.parse(home.run("stats", "--prometheus", expect=0).stdout)
            self.assertEqual(metrics.keys(), self.metrics.keys())

    def names_in(self, text):
        """Of metrics; a summary has its own name and two more."""
        named = set(re.findall(r"\bthig_hooks_\w+", text))
        self.assertTrue(named)
        return {name.removesuffix("_count") if name not in self.metrics else name for name in named}

    def test_the_dashboard_asks_for_what_there_is(self):
        dashboard = json.loads((EXAMPLES / "grafana-dashboard.json").read_text())
        panels = dashboard["panels"]
        self.assertEqual(len({panel["id"] for panel in panels}), len(panels))
        asked = [target["expr"] for panel in panels for target in panel["targets"]]
        asked += [one["query"]["query"] for one in dashboard["templating"]["list"] if one["type"] == "query"]
        names = self.names_in("\n".join(asked))
        self.assertEqual(names - self.metrics.keys(), set())
        # What is there and not shown is a mistake, but for what only tells times and versions.
        self.assertEqual(self.metrics.keys() - names, {"thig_hooks_deliveries_total", "thig_hooks_missed_deliveries",
                                                       "thig_hooks_last_attempt_timestamp_seconds"})
        for expression in asked:
            self.check_labels(expression)

    def test_the_alerts_ask_for_what_there_is(self):
        text = (EXAMPLES / "prometheus-alerts.yml").read_text()
        rules = re.findall(r"^      - alert: (\w+)\n        expr: (.+)\n(?:        for: \w+\n)?        labels: \{severity: \w+\}\n"
                           r"        annotations: \{summary: \".+\"\}$", text, re.M)
        self.assertEqual(len(rules), text.count("alert:"))
        self.assertEqual(len({name for name, _ in rules}), len(rules))
        for _, expression in rules:
            self.assertEqual(self.names_in(expression) - self.metrics.keys(), set())
            self.check_labels(expression)

    def check_labels(self, expression):
        """Labels that stand in braces behind a metric are among its own."""
        for name, selector in re.findall(r"(thig_hooks_\w+)\{([^}]*)\}", expression):
            labels = set(re.findall(r"(\w+)(?:=~|!=|=)", selector)) - {"job"}
            own = {label for sample in self.metrics[name].samples for label, _ in sample}
            self.assertLessEqual(labels, own, expression)


class TheReader(unittest.TestCase):
    """What it must not take."""

    GOOD = '# HELP a_total All.\n# TYPE a_total counter\na_total{b="c\\\\\\"\\n"} 1\n'

    def test_good(self):
        self.assertEqual(exposition.parse(self.GOOD)["a_total"].value(b='c\\"\n'), 1)

    def test_bad(self):
        for old, new in (("a_total{", "b_total{"), ("} 1\n", "} 1"), ("} 1", "} one"), ("} 1", "} -1"), ("} 1", "} NaN"), ("\\n\"", "\\t\""),
                         ('{b="', "{b='"), ('{b="', '{1b="'), ('"} 1', '",} 1'), ("# HELP a_total All.\n", ""), ("counter", "number"),
                         ("a_total", "a"), ("a_total", "a_ms_total"), ("} 1\n", '} 1\na_total{b="c\\\\\\"\\n"} 2\n'),
                         ("} 1\n", "} 1\n\n"), ("} 1\n", "} 1\n# HELP a_total All.\n# TYPE a_total counter\n")):
            with self.subTest(new):
                with self.assertRaises(exposition.Faulty):
                    exposition.parse(self.GOOD.replace(old, new))


if __name__ == "__main__":
    unittest.main()
