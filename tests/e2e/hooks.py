"""What the end-to-end tests share: the real binary in a home of its own, receivers, and waiting for what
is to come without sleeping blindly. Run one file alone with: python3 tests/e2e/test_delivery.py"""

import contextlib
import http.server
import json
import os
import pathlib
import queue
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
BINARY = pathlib.Path(os.environ.get("THIG_HOOKS_BIN", HERE.parent.parent / "build/test/bin/thig-hooks"))
PATIENCE = float(os.environ.get("THIG_TEST_PATIENCE", "60"))  # seconds until a test gives up waiting


class Home:
    """An installation in a temporary folder, gone with the test."""

    def __init__(self):
        shared_memory = pathlib.Path("/dev/shm")
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="thig-e2e-", dir=shared_memory if shared_memory.is_dir() else None))
        self.db = self.dir / "hooks.db"
        self.env = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.dir),
            "XDG_DATA_HOME": str(self.dir / "data"),
            "XDG_CONFIG_HOME": str(self.dir / "config"),
            "XDG_RUNTIME_DIR": str(self.dir),
            "THIG_HOOKS_DB": str(self.db),
            "THIG_HOOKS_SYSTEM_CONFIG": str(self.dir / "etc-config.json"),
        }
        for name, value in os.environ.items():
            if name.startswith(("ASAN_", "UBSAN_", "TSAN_", "LSAN_")):
                self.env[name] = value
        self.processes = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for process in self.processes:
            process.kill_if_running()
        shutil.rmtree(self.dir, ignore_errors=True)

    def run(self, *args, stdin="", env=None, expect=None):
        """Runs a command to its end. `expect`: the exit code it must have."""
        done = subprocess.run([BINARY, *map(str, args)], input=stdin, capture_output=True, text=True,
                              env={**self.env, **(env or {})}, timeout=PATIENCE * 5)
        if expect is not None and done.returncode != expect:
            raise AssertionError(f"{args}: exit code {done.returncode}, not {expect}\n{done.stdout}{done.stderr}")
        return done

    def json(self, *args, stdin=""):
        return json.loads(self.run(*args, "--json", stdin=stdin, expect=0).stdout)

    def json_lines(self, *args, stdin="", expect=0):
        out = self.run(*args, "--json", stdin=stdin, expect=expect).stdout
        return [json.loads(line) for line in out.splitlines()]

    def start(self, *args, env=None):
        process = Process([BINARY, *map(str, args)], {**self.env, **(env or {})})
        self.processes.append(process)
        return process

    def start_other(self, *args):
        process = Process(list(map(str, args)), self.env)
        self.processes.append(process)
        return process

    def listen(self, *args, secret=None):
        """A running `listen`; .url and .ca are set, requests come from .next_json()."""
        env = {"THIG_HOOKS_SECRET": secret} if secret else {}
        verify = [] if secret or "--secret-file" in args else ["--no-verify"]
        process = self.start("listen", "--json", *verify, *args, env=env)
        first = process.next_json()
        process.url, process.ca = first["url"], first["caFile"]
        return process

    def add(self, name, url, *args, events=("*",), ca=None, private=True):
        flags = [flag for event in events for flag in ("--event", event)]
        flags += ["--ca-file", ca] if ca else []
        flags += ["--allow-private"] if private else []
        return self.json("add", "outgoing", name, url, *flags, *args)

    def stats(self, name):
        return next(row for row in self.json("stats", name)["webhooks"] if row["name"] == name)

    def wait_for(self, what, check):
        """Asks until `check` answers something true."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            answer = check()
            if answer:
                return answer
            time.sleep(0.02)
        raise AssertionError(f"waited in vain for {what}")


class Process:
    """A child whose lines are read as they come."""

    def __init__(self, argv, env):
        self.child = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                      stderr=subprocess.PIPE, text=True, env=env)
        self.lines, self.error_lines = queue.Queue(), queue.Queue()
        self.readers = []
        for stream, into in ((self.child.stdout, self.lines), (self.child.stderr, self.error_lines)):
            self.readers.append(threading.Thread(target=self._read, args=(stream, into), daemon=True))
            self.readers[-1].start()

    @staticmethod
    def _read(stream, into):
        for line in stream:
            into.put(line.rstrip("\n"))
        into.put(None)

    def next_line(self, errors=False):
        line = (self.error_lines if errors else self.lines).get(timeout=PATIENCE)
        if line is None:
            raise AssertionError(f"it has ended: {self.child.wait()} {self.rest(errors=True)}")
        return line

    def next_json(self):
        return json.loads(self.next_line())

    def wait_for_error_line(self, text):
        while text not in (line := self.next_line(errors=True)):
            pass
        return line

    def rest(self, errors=False):
        """What has come by now."""
        lines, out = (self.error_lines if errors else self.lines), []
        with contextlib.suppress(queue.Empty):
            while (line := lines.get_nowait()) is not None:
                out.append(line)
        return out

    def stop(self, with_signal=signal.SIGTERM):
        self.child.send_signal(with_signal)
        return self.child.wait(timeout=PATIENCE)

    def kill_if_running(self):
        if self.child.poll() is None:
            self.child.terminate()  # nginx takes its workers with it, if it is let
            try:
                self.child.wait(timeout=20)
            except subprocess.TimeoutExpired:
                self.child.kill()
                self.child.wait()
        for reader, stream in zip(self.readers, (self.child.stdout, self.child.stderr)):
            reader.join(timeout=20)
            if not reader.is_alive():
                stream.close()

    @property
    def pid(self):
        return self.child.pid

    def resident_mib(self):
        for line in pathlib.Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
        return 0


def certificate(folder, addresses=("127.0.0.1",), names=()):
    """A self-signed certificate for these addresses and names, made by openssl."""
    cert, key = folder / "cert.pem", folder / "key.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                    "-keyout", key, "-out", cert, "-days", "2", "-subj", "/CN=127.0.0.1",
                    "-addext", "subjectAltName=" + ",".join([f"IP:{address}" for address in addresses] + [f"DNS:{name}" for name in names])], check=True, capture_output=True)
    return cert, key


class Receiver:
    """An HTTPS receiver in this process that keeps what it gets. `answer(request)` gives the status; a
    request is {"id", "timestamp", "signature", "body", "path", "headers", "at"}."""

    def __init__(self, home, answer=lambda request: 200):
        folder = pathlib.Path(tempfile.mkdtemp(dir=home.dir))
        self.ca, key = certificate(folder)
        self.requests = queue.Queue()
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                request = {"id": self.headers["webhook-id"], "timestamp": self.headers["webhook-timestamp"],
                           "signature": self.headers["webhook-signature"], "body": body, "path": self.path,
                           "headers": dict(self.headers), "at": time.time()}
                receiver.requests.put(request)
                status = answer(request)
                if isinstance(status, int):
                    self.send_response(status)
                    self.send_header("content-length", "0")
                    self.end_headers()

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 128

            def handle_error(self, *_):
                pass  # a client that was killed

        self.server = Server(("127.0.0.1", 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.ca, key)
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.url = f"https://127.0.0.1:{self.server.server_address[1]}/hook"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    def next(self):
        return self.requests.get(timeout=PATIENCE)

    def all(self):
        return list(self.requests.queue)


def free_port():
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


class Nginx:
    """An nginx of the test's own, HTTPS, that answers every POST with 204, or as `answer` says (directives of a
    location, some of which are in `modules`). It listens on several loopback `addresses`, if given; `.url` is at the first."""

    def __init__(self, home, workers=1, answer="return 204;", modules=(), addresses=("127.0.0.1",)):
        self.home, self.address = home, addresses[0]
        folder = pathlib.Path(tempfile.mkdtemp(dir=home.dir))
        self.ca, key = certificate(folder, addresses)
        for _ in range(5):  # another process may take the port before nginx does
            self.port = free_port()
            (folder / "nginx.conf").write_text(f"""
                {"".join(f"load_module {module};" for module in modules)}
                daemon off; worker_processes {workers}; pid {folder}/pid; error_log {folder}/error.log;
                events {{ worker_connections 8192; }}
                http {{
                  access_log off; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
                  fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
                  keepalive_requests 1000000; client_body_buffer_size 64k;
                  server {{
                    {"".join(f"listen {address}:{self.port} ssl; " for address in addresses)} ssl_certificate {self.ca}; ssl_certificate_key {key};
                    location / {{ {answer} }}
                  }}
                }}""")
            nginx = shutil.which("nginx") or "/usr/sbin/nginx"
            self.process = home.start_other(nginx, "-p", folder, "-c", folder / "nginx.conf", "-e", folder / "error.log")
            if self._answers():
                break
        self.url = f"https://{self.address}:{self.port}/hook"

    def _answers(self):
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline and self.process.child.poll() is None:
            with contextlib.suppress(OSError), socket.create_connection((self.address, self.port), timeout=1):
                return True
            time.sleep(0.02)
        return False
