#!/usr/bin/env python3
"""An HTTPS receiver in a process of its own that notes when the first byte of each request came.
usage: noting_receiver.py CERTIFICATE KEY NOTES: prints its port; at SIGTERM writes NOTES, a line a request: the moment (s, CLOCK_MONOTONIC),
the path and the webhook-id. What is sent to /hang is never answered, to /500 with 500, to all else with 204."""

import asyncio
import gc
import re
import signal
import ssl
import sys
import time

NEEDED = re.compile(rb"^POST (\S+) .*?\r\ncontent-length: (\d+)\r\n", re.S | re.I)
ID = re.compile(rb"\r\nwebhook-id: (\S+)\r\n", re.I)
notes = []


class Connection(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport, self.held, self.began = transport, b"", 0.0

    def data_received(self, data):
        if not self.held:
            self.began = time.monotonic()
        self.held += data
        head, end, body = self.held.partition(b"\r\n\r\n")
        if not end:
            return
        found = NEEDED.match(head + b"\r\n")
        if len(body) < int(found[2]):
            return
        self.held = b""
        path = found[1].decode()
        notes.append((self.began, path, ID.search(head + b"\r\n")[1].decode()))
        if path != "/hang":
            self.transport.write(b"HTTP/1.1 500 No\r\ncontent-length: 0\r\n\r\n" if path == "/500" else b"HTTP/1.1 204 No Content\r\n\r\n")


async def main(certificate, key, file):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    loop, ended = asyncio.get_running_loop(), asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, ended.set)
    server = await loop.create_server(Connection, "127.0.0.1", 0, ssl=context, backlog=512)
    print(server.sockets[0].getsockname()[1], flush=True)
    await ended.wait()
    with open(file, "w", encoding="ascii") as out:
        for began, path, name in notes:
            out.write(f"{began:.6f} {path} {name}\n")


if __name__ == "__main__":
    gc.disable()  # a pause of ours would look like one of theirs
    asyncio.run(main(*sys.argv[1:]))
