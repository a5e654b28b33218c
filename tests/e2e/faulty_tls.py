"""Endpoints with every fault that `thig-hooks test` must tell apart: certificates of each kind, made by openssl,
and servers on raw sockets that go wrong at a chosen moment. None of them sleeps: each waits for what the client does."""

import contextlib
import dataclasses
import datetime
import os
import pathlib
import queue
import socket
import ssl
import struct
import subprocess
import threading
import warnings

from hooks import PATIENCE

NEW_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")

# `openssl req` and `x509` of Debian 12 cannot set both ends of a certificate's life; `ca` can, but wants a folder.
CONFIGURATION = """
[ca]
default_ca = here
[here]
database = {folder}/index.txt
new_certs_dir = {folder}
certificate = {folder}/ca.pem
private_key = {folder}/ca.key
rand_serial = yes
default_md = sha256
default_days = 30
policy = names
unique_subject = no
copy_extensions = copy
[names]
commonName = supplied
[req]
distinguished_name = empty
[empty]
"""


def openssl(*args):
    subprocess.run(["openssl", *map(str, args)], check=True, capture_output=True, timeout=PATIENCE)


@dataclasses.dataclass
class Certificate:
    file: pathlib.Path
    key: pathlib.Path
    common_name: str
    issuer: str
    not_before: datetime.date
    not_after: datetime.date


def days_from_now(days):
    now = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)
    return now + datetime.timedelta(days=days)


class Authority:
    """A certificate authority in a folder of its own."""

    def __init__(self, folder, name):
        self.folder, self.name = folder, name
        folder.mkdir()
        (folder / "index.txt").touch()
        self.config = folder / "openssl.cnf"
        self.config.write_text(CONFIGURATION.format(folder=folder))
        self.ca = folder / "ca.pem"
        openssl("req", "-x509", "-config", self.config, *NEW_KEY, "-keyout", folder / "ca.key", "-out", self.ca, "-days", 30,
                "-subj", f"/CN={name}", "-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign")

    def issue(self, name, host="IP:127.0.0.1", first_day=-1, last_day=30, self_signed=False):
        """A certificate for a host; its life is given in days from now."""
        file, key, request = (self.folder / f"{name}.{kind}" for kind in ("pem", "key", "csr"))
        begin, end = days_from_now(first_day), days_from_now(last_day)
        openssl("req", "-new", "-config", self.config, *NEW_KEY, "-keyout", key, "-out", request, "-subj", f"/CN={name}.test",
                "-addext", f"subjectAltName={host}")
        signed_by = ("-selfsign", "-keyfile", key) if self_signed else ()
        openssl("ca", "-batch", "-notext", "-config", self.config, "-in", request, "-out", file, *signed_by,
                "-startdate", begin.strftime("%Y%m%d%H%M%SZ"), "-enddate", end.strftime("%Y%m%d%H%M%SZ"))
        return Certificate(file, key, f"{name}.test", f"{name}.test" if self_signed else self.name, begin.date(), end.date())


def server_context(certificate, chain=(), client_ca=None, newest=None):
    """How a server does TLS. `newest`: no newer version than this."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    whole = certificate.file.with_suffix(".chain")
    whole.write_text("".join(file.read_text() for file in (certificate.file, *chain)))
    context.load_cert_chain(whole, certificate.key)
    if client_ca:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(client_ca)
    if newest:
        context.set_ciphers("ALL:@SECLEVEL=0")  # where else TLS 1.1 is not to be had
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # it is old, that is why
            context.minimum_version = min(newest, context.minimum_version)
            context.maximum_version = newest
    return context


class FaultyServer:
    """A TCP server on 127.0.0.1 each of whose connections is played by `play(server, socket)` in a thread."""

    def __init__(self, play):
        self.play = play
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.listener.getsockname()[1]
        self.url = f"https://127.0.0.1:{self.port}/hook"
        self.connections = 0
        self.requests = []  # the bytes of each
        self.left = queue.Queue()  # a word for each client that was seen to go while it was kept waiting
        self.open, self.threads, self.lock = set(), [], threading.Lock()
        self.threads.append(threading.Thread(target=self._accept, daemon=True))
        self.threads[0].start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)  # wakes the thread in accept()
        with self.lock:
            for sock in self.open:
                with contextlib.suppress(OSError):
                    sock.shutdown(socket.SHUT_RDWR)
        for thread in self.threads:
            thread.join(timeout=PATIENCE)
        self.listener.close()

    def _accept(self):
        while True:
            try:
                sock, _ = self.listener.accept()
            except OSError:
                return
            with self.lock:
                self.connections += 1
                self.open.add(sock)
                self.threads.append(threading.Thread(target=self._serve, args=(sock,), daemon=True))
            self.threads[-1].start()

    def _serve(self, sock):
        with contextlib.suppress(OSError):  # ssl.SSLError is one
            self.play(self, sock)
        with self.lock:
            self.open.discard(sock)
            sock.close()

    def see_it_leave(self, sock):
        """Waits, taking whatever comes, until the client has gone."""
        with contextlib.suppress(OSError):
            while sock.recv(65536):
                pass
        self.left.put("gone")


def end_of(server, sock):
    """Ends our side and lets the client end its own: a reset would overtake what was sent."""
    with contextlib.suppress(OSError):
        sock.shutdown(socket.SHUT_WR)
    with contextlib.suppress(OSError):
        while sock.recv(65536):
            pass


def read_exactly(sock, size):
    out = b""
    while len(out) < size:
        if not (some := sock.recv(size - len(out))):
            raise OSError("the client has gone")
        out += some
    return out


def read_hello(sock):
    """The client's first TLS record, whole."""
    head = read_exactly(sock, 5)
    return head + read_exactly(sock, struct.unpack(">H", head[3:])[0])


def read_request(sock):
    """An HTTP request, to the end of its body."""
    data = b""
    while b"\r\n\r\n" not in data:
        if not (some := sock.recv(65536)):
            raise OSError("the client has gone")
        data += some
    head, _, body = data.partition(b"\r\n\r\n")
    lines = dict(line.lower().split(b":", 1) for line in head.split(b"\r\n")[1:])
    return data + read_exactly(sock, int(lines.get(b"content-length", b"0")) - len(body))


# How a connection can be played.

def over_tls(context, answer):
    """TLS as the context has it; each request is handed to `answer(server, tls)`."""
    def play(server, sock):
        # A second handle on the connection: the TLS one closes its own when the handshake fails.
        with sock.dup() as raw, context.wrap_socket(sock, server_side=True, do_handshake_on_connect=False) as tls:
            try:
                tls.do_handshake()
                server.requests.append(read_request(tls))
                answer(server, tls)
            finally:
                end_of(server, raw)
    return play


def status(code, *headers):
    lines = [f"HTTP/1.1 {code} Because", "content-type: text/plain", "content-length: 5", "connection: close", *headers]
    answer = ("\r\n".join(lines) + "\r\n\r\nhello").encode()
    return lambda server, tls: tls.sendall(answer)


def says(data):
    return lambda server, tls: tls.sendall(data)


def never(server, tls):
    """No answer: waits until the client has gone."""
    server.see_it_leave(tls)


def nothing(server, tls):
    """Ends the connection where the answer should be."""


def stalled(server, sock):
    """Takes the connection and says nothing."""
    server.see_it_leave(sock)


def plain_http(server, sock):
    """What a web server says to TLS on its plain port."""
    read_hello(sock)
    sock.sendall(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
    end_of(server, sock)


def ssh(server, sock):
    """What greets before it is spoken to."""
    sock.sendall(b"SSH-2.0-OpenSSH_9.2\r\n")
    read_hello(sock)
    end_of(server, sock)


def closes(server, sock):
    read_hello(sock)
    end_of(server, sock)


def resets(server, sock):
    read_hello(sock)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def answers_hello(record):
    def play(server, sock):
        read_hello(sock)
        sock.sendall(record)
        end_of(server, sock)
    return play


def record(kind, content):
    """A TLS record in the dress of TLS 1.1."""
    return struct.pack(">BHH", kind, 0x0302, len(content)) + content


# What servers that know nothing newer than TLS 1.1 say: the alert protocol_version, or a ServerHello of theirs.
OLD_ALERT = record(21, bytes([2, 70]))
SECURE_RENEGOTIATION = bytes.fromhex("0005ff01000100")  # without it a client may stop at that first
SERVER_HELLO = struct.pack(">H", 0x0302) + os.urandom(32) + b"\0" + struct.pack(">H", 0x002F) + b"\0" + SECURE_RENEGOTIATION
OLD_HELLO = record(22, b"\x02" + struct.pack(">I", len(SERVER_HELLO))[1:] + SERVER_HELLO)


def old_tls(certificate):
    """A server of TLS 1.1 and older; where openssl has lost that, the alert such a server answers with."""
    if not ssl.HAS_TLSv1_1:
        return answers_hello(OLD_ALERT)
    return over_tls(server_context(certificate, newest=ssl.TLSVersion.TLSv1_1), status(200))


@contextlib.contextmanager
def refusing_port():
    """A port of 127.0.0.1 that refuses connections and that no other process can take meanwhile."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))  # never listens
        yield sock.getsockname()[1]
