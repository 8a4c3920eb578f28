"""The sandbox's HTTP: keep-alive, one write per answer, and broken connections on demand."""

import contextlib
import socket
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Protocol
from urllib.parse import parse_qsl, urlsplit

from integrations.sandbox.answers import Answer, Request


class Answers(Protocol):
    """What the server asks for answers."""

    def answer(self, request: Request) -> Answer: ...


class Handler(BaseHTTPRequestHandler):
    """Reads a request, sends what the sandbox answers."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: "SandboxHTTPServer"

    def handle_request(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length) if length else b""
        parts = urlsplit(self.path)
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self._send(self.server.sandbox.answer(Request(self.command, parts.path, query, headers, body)))

    do_GET = do_POST = do_PUT = do_DELETE = handle_request

    def _send(self, answer: Answer) -> None:
        if answer.silent:
            self.close_connection = True
            return
        reason = self.responses.get(answer.status, ("Unknown", ""))[0]
        lines = [
            f"{self.protocol_version} {answer.status} {reason}",
            f"Date: {self.date_time_string()}",
            f"Content-Type: {answer.content_type}",
            f"Content-Length: {len(answer.body)}",
            *(f"{name}: {value}" for name, value in answer.headers.items()),
        ]
        head = "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n"
        if answer.sent is not None:
            self.close_connection = True
        self.wfile.write(head + answer.body[: answer.sent])

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing on stderr: the journal has it."""


class SandboxHTTPServer(ThreadingHTTPServer):
    """A thread for each connection, all of which can be ended from outside."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int, sandbox: Answers) -> None:
        self.sandbox = sandbox
        self._ended = False
        self._thread = threading.Thread(target=self._serve, name="ghl-sandbox", daemon=True)
        self._connections: set[socket.socket] = set()
        self._connections_lock = threading.Lock()
        super().__init__(("127.0.0.1", port), Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._connections_lock:
            self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._connections_lock:
            self._connections.discard(request)
        super().shutdown_request(request)

    def begin(self) -> None:
        """Takes connections in a thread of its own until ``end``."""
        self._thread.start()

    def _serve(self) -> None:
        while not self._ended:  # unlike serve_forever it notices the end at once, which saves tests much waiting
            self.handle_request()

    def end(self) -> None:
        """Stops listening and ends the connections that clients keep open."""
        self._ended = True
        with contextlib.suppress(OSError):  # a last connection wakes the one who waits for connections
            socket.create_connection(("127.0.0.1", self.server_port), timeout=1).close()
        self._thread.join()
        self.server_close()
        with self._connections_lock:
            connections = list(self._connections)
        for connection in connections:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is not worth a word; an error of the sandbox itself is."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)
