"""Faults that a test tells the sandbox to commit, each a limited number of times or for good."""

import random
import threading
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any, Literal

from integrations.sandbox.answers import Answer, Request, unprocessable
from integrations.sandbox.shapes import dump

Kind = Literal["status", "html", "truncated", "malformed", "hang", "close", "lost_answer", "created_422"]
HTML = b"<!DOCTYPE html><html><head><title>Just a moment...</title></head><body>Please wait.</body></html>"
# What the endpoint does first, before its answer is spoilt. The others never reach the endpoint.
AFTER_THE_WORK = ("truncated", "malformed", "lost_answer", "created_422")


@dataclass(slots=True)
class Fault:
    """One programmed fault. ``times`` None means for good; ``after`` lets that many requests pass first.

    ``share`` is how many of the requests that fit are hit, by chance: 0.05 is one in twenty.
    """

    kind: Kind
    path: str | None
    method: str | None
    times: int | None
    after: int
    status: int
    body: Any
    headers: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    hits: int = 0
    share: float = 1.0

    def fits(self, request: Request) -> bool:
        if self.method and self.method != request.method:
            return False
        return self.path is None or fnmatchcase(request.path.rstrip("/"), self.path.rstrip("/"))

    def answer(self) -> Answer:
        """What is answered in place of the endpoint."""
        if self.kind in ("hang", "close"):
            return Answer(0, b"", silent=True)
        if self.kind == "html":
            return Answer(self.status, HTML, "text/html; charset=utf-8", self.headers)
        body = {"statusCode": self.status, "message": "Sandbox fault"} if self.body is None else self.body
        content = body if isinstance(body, bytes) else body.encode() if isinstance(body, str) else dump(body)
        return Answer(self.status, content, headers=self.headers)

    def spoil(self, answer: Answer) -> Answer:
        """What becomes of the endpoint's own answer."""
        if self.kind == "truncated":
            answer.sent = len(answer.body) // 2
        elif self.kind == "malformed":
            answer.body = answer.body[: max(1, len(answer.body) - 2)] + b",,"
        elif self.kind == "lost_answer":
            answer.silent = True
        elif self.kind == "created_422":
            return unprocessable("property sandbox should not exist").answer()
        return answer


class Faults:
    """The programmable list: the first fault that fits a request is committed. Safe to change while serving.

    ``path`` is a request path without its query, or a pattern (``/conversations/*/messages``); None fits every path.
    """

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._chance = random.Random(1)
        self._lock = threading.Lock()

    def add(
        self,
        path: str | None = None,
        *,
        kind: Kind = "status",
        method: str | None = None,
        times: int | None = 1,
        after: int = 0,
        status: int | None = None,
        body: Any = None,
        headers: dict[str, str] | None = None,
        seconds: float = 0.0,
        share: float = 1.0,
    ) -> Fault:
        """Programs one fault.

        - ``status``: that status (500 unless given) with ``body`` (bytes, text, or anything JSON), endpoint untouched
        - ``html``: an HTML page, status 200 unless given
        - ``truncated``, ``malformed``: the work is done, half of the body arrives, or no valid JSON
        - ``hang``: silence for ``seconds``, then the connection closes; ``close``: it closes at once, nothing done
        - ``lost_answer``: the work is done, the connection closes without an answer
        - ``created_422``: the work is done, the answer says 422 (issue 64 of the vendor's API docs)
        """
        given = status if status is not None else (200 if kind == "html" else 500)
        fault = Fault(kind, path, method, times, after, given, body, headers or {}, seconds, share=share)
        with self._lock:
            self._faults.append(fault)
        return fault

    def storm(self, times: int, path: str | None = None) -> Fault:
        """That many 429 answers, whatever the window says."""
        body = {"statusCode": 429, "message": "Too Many Requests"}
        return self.add(path, times=times, status=429, body=body, headers={"X-RateLimit-Remaining": "0"})

    def refuse(self, path: str, *, status: int = 404, method: str | None = None) -> Fault:
        """An endpoint that is not there, or not allowed, for good."""
        message = (
            "The token is not authorized for this scope."
            if status in (401, 403)
            else f"Cannot {method or 'GET'} {path}"
        )
        return self.add(path, method=method, times=None, status=status, body={"statusCode": status, "message": message})

    def clear(self) -> None:
        """From now on everything works."""
        with self._lock:
            self._faults.clear()

    def due(self, request: Request) -> Fault | None:
        """The fault to commit on this request, counted down."""
        with self._lock:
            for fault in self._faults:
                if not fault.fits(request) or (fault.times is not None and fault.hits >= fault.times):
                    continue
                if fault.share < 1 and self._chance.random() >= fault.share:
                    continue
                if fault.after > 0:
                    fault.after -= 1
                    continue
                fault.hits += 1
                return fault
        return None
