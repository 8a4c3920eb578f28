"""A web server as installations run it, a database of its own, and a client that costs little."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

NONE: Mapping[str, str] = {}


class Connection:
    """One kept-alive connection; reads no more of an answer than it needs."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=30)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def __enter__(self) -> "Connection":
        return self

    def __exit__(self, *about: object) -> None:
        self._socket.close()

    def post(self, path: str, body: bytes, headers: Mapping[str, str] = NONE) -> int:
        more = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n{more}\r\n"
        self._socket.sendall(head.encode() + body)
        answer = b""
        while b"\r\n\r\n" not in answer:
            answer += self._more()
        top, _, rest = answer.partition(b"\r\n\r\n")
        length = next(int(line[15:]) for line in top.lower().split(b"\r\n") if line.startswith(b"content-length:"))
        while len(rest) < length:
            rest += self._more()
        return int(top[9:12])

    def _more(self) -> bytes:
        if not (part := self._socket.recv(65536)):
            raise ConnectionError("closed")
        return part


def in_threads(count: int, work: Callable[[int], None]) -> None:
    problems: list[BaseException] = []

    def run(number: int) -> None:
        try:
            work(number)
        except BaseException as problem:  # noqa: BLE001  told below, in the main thread
            problems.append(problem)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if problems:
        raise problems[0]


# ---------------------------------------------------------------- servers and their database


@contextmanager
def own_database(folder: Path) -> Iterator[dict[str, str]]:
    """The environment of everything that is started, with a database that nobody else uses."""
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "ghlportal.settings_test"}
    configured = os.environ.get("DATABASE_URL", "")
    if not configured.startswith("postgres"):
        yield {**environment, "DATABASE_URL": f"sqlite:///{folder}/webhooks.sqlite3"}
        return
    import psycopg

    name = f"benchmark_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(configured, autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name}")
        try:
            yield {**environment, "DATABASE_URL": urlsplit(configured)._replace(path=f"/{name}").geturl()}
        finally:
            server.execute(f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def served(application: str, environment: dict[str, str]) -> Iterator[int]:
    port = free_port()
    server = start_gunicorn(application, environment, port)
    try:
        wait_for(port)
        yield port
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait()


def start_gunicorn(application: str, environment: dict[str, str], port: int) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "gunicorn", application, "--workers", "2", "--threads", "4", "--bind",
               f"127.0.0.1:{port}", "--log-level", "error"]  # fmt: skip
    # Lines of the log would be the terminal's work, not the portal's.
    return subprocess.Popen(command, env=environment, start_new_session=True, stderr=subprocess.DEVNULL)


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def wait_for(port: int) -> None:
    for _ in range(600):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise TimeoutError(f"nothing listens on port {port}")


def in_django(module: str, what: str, environment: dict[str, str], *arguments: str) -> str:
    """What a function prints in a process of its own: Django can be set up for one database only in each."""
    command = [sys.executable, "-c", f"from {module} import {what}; {what}()", *arguments]
    return subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True).stdout
