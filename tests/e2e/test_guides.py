"""The guides of the manual, typed as printed; those with tests of their own: test_guide_*.py."""

import json
import unittest

from installation import Installation
from manual import Guide, ManualPage
from typed import statements

GUIDES = ("compatibility", "incoming", "machines", "moving", "outage", "senders")


class Outage(Guide):
    """A receiver that was down for a while, and is not any more."""

    def test_everything_arrives_in_the_end(self):
        page = ManualPage("outage")
        with Installation() as place, place.bash() as bash:
            home = place.home
            home.run("disable", "crm", expect=0)
            home.run("emit", "project.created", "--data", '{"n":2}', expect=0)
            delivered = {request["id"] for request in place.receiver.all() if request["id"]}
            what, one = page.blocks("WHAT HAPPENED")
            seen = self.type_all(place, bash, what)
            self.assertIn("disabled", seen)
            self.assertIn("dead", seen)
            self.assertIn("missed", seen)
            self.assertIn("retries exhausted", self.type_all(place, bash, one))
            place.receiver.requests.queue.clear()
            (test,) = page.blocks("IS IT BACK?")
            self.assertIn("200", self.type_all(place, bash, test))
            enable, plan, recover, cancel = page.blocks("BRING IT BACK")
            self.assertIn("thig-hooks recover --since", self.type_all(place, bash, enable))
            self.assertIn("2", self.type_all(place, bash, plan))
            self.assertIn("[y/N] y", self.type_all(place, bash, recover))
            home.wait_for("the rest", lambda: home.run("deliver", expect=0) and not home.json("deliveries", "--state", "pending", "--webhook", "crm"))
            self.type_all(place, bash, cancel)
            check = list(statements(next(page.blocks("CHECK"))))
            self.assertIn("no deliveries found", self.type_all(place, bash, check[0]))
            self.type_all(place, bash, check[1])
            sent = [request["id"] for request in place.receiver.all()]
            self.assertEqual(len([id for id in sent if id in delivered]), 1)  # the dead one, as it was
            self.assertEqual(home.json("deliveries", "--webhook", "crm", "--state", "dead,missed,pending"), [])


class Machines(Guide):
    """A standby that takes over: two installations, and an scp that copies between them."""

    # Not typed: it starts units of the system.
    UNITS = "systemctl start thig-hooks thig-hooks-incoming\n"

    def test_a_standby_takes_over(self):
        copy, key, takeover = ManualPage("machines").blocks("A STANDBY FROM COPIES")
        with Installation(used=False) as active, Installation(used=False) as standby:
            for place in (active, standby):
                for folder in ("var/lib/thig-hooks", "etc/thig-hooks"):
                    (place.work / folder).mkdir(parents=True, exist_ok=True)
                place.file("etc/thig-hooks/config.json", json.dumps({"database": f"{place.work}/var/lib/thig-hooks/hooks.db",
                                                                     "keyFile": f"{place.work}/etc/thig-hooks/key"}), 0o644)
            active.file("bin/scp", f'#!/bin/sh\ncp -p "$2" "{standby.work}/${{3#standby:{active.work}/}}"\n', 0o700)
            active.add("crm", "--event", "project.*")
            event = active.home.json("emit", "project.created", "--id", "before")["id"]
            with active.bash() as bash:
                self.type_all(active, bash, copy)
                self.type_all(active, bash, key)
            active.home.run("deliver", expect=0)
            active.home.run("emit", "project.created", "--id", "after", expect=0)
            self.assertTrue(takeover.endswith(self.UNITS), takeover)
            takeover = takeover.removesuffix(self.UNITS).replace("-m 660 -o thig-hooks -g thig-hooks", "-m 600")  # no such user here
            with standby.bash() as bash:
                self.type_all(standby, bash, takeover)
            standby.home.run("deliver", expect=0)
            first, again = active.receiver.next(), active.receiver.next()
            self.assertEqual((first["id"], first["body"]), (again["id"], again["body"]))
            self.assertTrue(standby.home.json("emit", "project.created", "--id", "before")["duplicate"])
            self.assertFalse(standby.home.json("emit", "project.created", "--id", "after")["duplicate"])
            self.assertEqual({row["eventId"] for row in standby.home.json("deliveries", "--state", "delivered")}, {event})


class Incoming(Guide):
    def test_its_examples_add_what_they_say(self):
        (block,) = ManualPage("incoming").blocks("EXAMPLES")
        with Installation(used=False) as place, place.bash() as bash:
            self.type_all(place, bash, block)
            schemes = {row["name"]: row["scheme"] for row in place.home.json("list", "incoming")}
            self.assertEqual(schemes, {"orders": "generic header=x-wc-webhook-signature encoding=base64", "issues": "github", "stripe": "stripe",
                                       "deploy": None})


class Compatibility(Guide):
    def test_its_script_works(self):
        (block,) = ManualPage("compatibility").blocks("EXAMPLES")
        with Installation() as place, place.bash() as bash:
            seen = self.type_all(place, bash, block)
            self.assertIn("crm is enabled", seen)
            self.assertIn(place.ids["dead"], seen)
            self.assertIn("there is one", seen)


class EveryPage(unittest.TestCase):
    def test_code_is_shown_as_it_is_typed_here(self):
        for name in GUIDES:
            page = ManualPage(name)
            shown = {line.strip() for line in page.shown().splitlines()}
            blocks = list(page.blocks())
            self.assertTrue(blocks, name)
            for line in "".join(blocks).splitlines():
                with self.subTest(page=name, line=line):
                    self.assertIn(line.strip(), shown)
                    self.assertTrue(line.isascii())


if __name__ == "__main__":
    unittest.main()
