"""What was promised and what came, kept outside the product: events that were acknowledged, receipts of a receiver, requests that
were answered. Each event carries a number of ours in its data, by which it is known whatever the product calls it."""

import collections
import hashlib
import json
import threading


class Ledger:
    def __init__(self):
        self.lock = threading.Lock()
        self.given = {}                                   # number -> data as it was given
        self.acknowledged = {}                            # number -> ids that receipts named
        self.received = collections.defaultdict(collections.Counter)  # webhook-id -> hashes of bodies
        self.numbers = collections.defaultdict(set)       # number -> ids of the events that it came in
        self.bodies = {}                                  # hash -> the number and data that it has
        self.strange = []                                 # bodies without a number of ours
        self.times = []                                   # of receipts
        self.next_number = 0

    def give(self, count=1):
        """Numbers for new events, each with its data."""
        with self.lock:
            first = self.next_number
            self.next_number += count
            for number in range(first, first + count):
                self.given[number] = {"n": number, "text": "x" * (number % 97)}
            return {number: self.given[number] for number in range(first, first + count)}

    def acknowledge(self, number, event_id):
        with self.lock:
            self.acknowledged.setdefault(number, set()).add(event_id)

    # As hooks.Receiver keeps what comes.
    def put(self, request):
        digest = hashlib.sha256(request["body"]).hexdigest()
        with self.lock:
            self.times.append(request["at"])
            self.received[request["id"]][digest] += 1
            if digest in self.bodies:
                return
            try:
                body = json.loads(request["body"])
                data, event = body["data"], body["id"]
                number = int(data["n"])
            except (ValueError, KeyError, TypeError):
                self.bodies[digest] = (None, None)
                self.strange.append(request["body"][:200])
                return
            self.bodies[digest] = (number, data)
            self.numbers[number].add(event)

    def first_receipt_after(self, at):
        """Since when; nothing if there has been none."""
        with self.lock:
            return next((time - at for time in self.times if time > at), None)

    # ------------------------------------------------------------------------------- what must hold
    def lost(self):
        """Acknowledged, and never received."""
        return [f"event {number}, acknowledged as {sorted(ids)}" for number, ids in self.acknowledged.items()
                if number not in self.numbers]

    def unexpected(self):
        """Received, and given by nobody, or not as it was given."""
        wrong = [f"body {body!r}" for body in self.strange]
        for number, data in self.bodies.values():
            if number is not None and self.given.get(number) != data:
                wrong.append(f"event {number}: {str(data)[:80]} instead of {str(self.given.get(number))[:80]}")
        return wrong

    def twice(self):
        """Recorded more than once: one number under several ids, or other ids than were acknowledged."""
        several = []
        for number in self.numbers.keys() | self.acknowledged.keys():
            known = self.numbers.get(number, set()) | self.acknowledged.get(number, set())
            if len(known) > 1:
                several.append(f"event {number}: {sorted(known)}")
        return several

    def changed(self):
        """One delivery with two bodies."""
        return [f"{key}: {len(digests)} bodies" for key, digests in self.received.items() if len(digests) > 1]

    def duplicates(self):
        """Deliveries that came more than once: allowed, with the same bytes."""
        return sum(sum(digests.values()) - 1 for digests in self.received.values())
