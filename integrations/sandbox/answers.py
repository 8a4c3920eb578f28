"""Requests as the endpoints see them, and the answers and refusals they give."""

import json
import uuid
from dataclasses import dataclass, field
from typing import Any

from integrations.sandbox.shapes import dump

JSON = "application/json; charset=utf-8"


@dataclass(slots=True)
class Request:
    """One request; the names of its headers are in lower case."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes = b""

    def json(self) -> dict[str, Any]:
        """The body as an object. Raises Refusal (400) when it is none."""
        try:
            value = json.loads(self.body or b"{}")
        except ValueError:
            raise Refusal(400, "Unexpected token in JSON at position 0", error="Bad Request") from None
        if not isinstance(value, dict):
            raise Refusal(400, "The body must be a JSON object", error="Bad Request")
        return value


@dataclass(slots=True)
class Answer:
    """One answer. ``sent`` less than the body's length breaks the connection there; ``silent`` sends nothing at all."""

    status: int
    body: bytes
    content_type: str = JSON
    headers: dict[str, str] = field(default_factory=dict)
    sent: int | None = None
    silent: bool = False


class Refusal(Exception):
    """An error answer of the API. ``message`` is a text, and for 422 a list of texts."""

    def __init__(self, status: int, message: str | list[str], *, trace: bool = True, **extra: Any) -> None:
        super().__init__(message)
        self.status = status
        self.body: dict[str, Any] = {"statusCode": status, "message": message, **extra}
        if trace:
            self.body["traceId"] = trace_id()

    def answer(self) -> Answer:
        return Answer(self.status, dump(self.body))


def unprocessable(*messages: str) -> Refusal:
    """422 with its list of messages."""
    return Refusal(422, list(messages), error="Unprocessable Entity")


def trace_id() -> str:
    return str(uuid.uuid4())


def ok(body: dict[str, Any], status: int = 200) -> Answer:
    """The body with a trace id."""
    return Answer(status, dump({**body, "traceId": trace_id()}))


def joined(name: str, records: list[bytes], rest: dict[str, Any]) -> Answer:
    """A page put together from records that are JSON already: ``{name: [records], **rest, traceId}``."""
    tail = dump({**rest, "traceId": trace_id()})
    return Answer(200, b'{"' + name.encode() + b'":[' + b",".join(records) + b"]," + tail[1:])
