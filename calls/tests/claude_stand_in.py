"""A Messages API on loopback: reads transcripts after a fashion, and misbehaves in whatever way a test asks for.

It answers what the real one does to a request that its models would not take, so that a request which no model would
accept fails here too.
"""

import json
import re
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from calls.dispositions import DISPOSITIONS, infer

KEY = "sk-ant-test-4b1d5c0ffee"
LINE = re.compile(r"(?m)^(\d+) \| ([^|]*) \| ([\d:]*) \| (.*)$")
Answer = Callable[["Asked"], "Told"]


@dataclass(frozen=True)
class Asked:
    """One request as it came."""

    headers: dict[str, str]
    body: dict[str, Any]

    @property
    def key(self) -> str:
        """The SDK sends an API key as a bearer token; the API takes it as x-api-key too."""
        return self.headers.get("x-api-key") or self.headers.get("authorization", "").removeprefix("Bearer ")

    @property
    def text(self) -> str:
        return str(self.body["messages"][-1]["content"])

    @property
    def sentences(self) -> list[tuple[int, str, str]]:
        """Number, speaker and words of each line of the transcript."""
        return [(int(number), who, said) for number, who, _, said in LINE.findall(self.text)]


@dataclass(frozen=True)
class Told:
    """One answer: a body (JSON unless it is text), after so many seconds; `drops` ends the connection instead."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    after: float = 0.0
    drops: bool = False


# ---------------------------------------------------------------- answers


def message(content: Any, *, stop: str = "end_turn", tokens: tuple[int, int] = (900, 300)) -> Told:
    """An answer of the model."""
    text = content if isinstance(content, str) else json.dumps(content)
    usage = {"input_tokens": tokens[0], "output_tokens": tokens[1]}
    return Told(
        body={
            "id": "msg_1",
            "type": "message",
            "role": "assistant",
            "model": "claude-sonnet-5-5",
            "content": [{"type": "text", "text": text}] if text else [],
            "stop_reason": stop,
            "stop_sequence": None,
            "usage": usage,
        }
    )


def error(status: int, kind: str, words: str = "no", **headers: str) -> Told:
    body = {"type": "error", "error": {"type": kind, "message": words}, "request_id": "req_1"}
    return Told(status, body, {name.replace("_", "-"): value for name, value in headers.items()})


def summary(sentences: list[tuple[int, str, str]], **changes: Any) -> dict[str, Any]:
    """What a model that keeps to its instructions makes of these sentences."""
    said = [(number, text) for number, _, text in sentences if len(text.split()) >= 3 and text != "[left out]"]
    said = said or [(number, text) for number, _, text in sentences]
    claims = [{"text": f"About “{text[:40]}”", "quote": text, "sentence": number} for number, text in said[:4]]
    outcome = infer("completed", "", "\n".join(text for _, _, text in sentences)) or "unsure"
    return {
        "disposition": outcome,
        "disposition_quote": {"quote": claims[-1]["quote"], "sentence": claims[-1]["sentence"]} if claims else None,
        "key_points": claims,
        "objections": [],
        "buying_signals": claims[:1],
        "action_items": [],
        "sentiment": "neutral",
        "engagement_assessment": "They listened.",
        "conversation_quality": "warm",
        "interest_level": 4,
    } | changes


def honest(asked: Asked) -> Told:
    """Reads the transcript, or joins the parts that it is given."""
    if "<parts>" in asked.text:
        parts = [
            json.loads(line) for line in asked.text.partition("<parts>\n")[2].partition("\n</parts>")[0].split("\n")
        ]
        return message(parts[-1] | {"key_points": [part["key_points"][0] for part in parts][:5]})
    return message(summary(asked.sentences))


def gullible(asked: Asked) -> Told:
    """Does whatever a transcript says, and quotes it: the outcome it names, the fields it wants, the HTML it shows."""
    told = asked.text.lower()
    outcome = next(
        (word for word in DISPOSITIONS if word.lower() in told or word.lower().replace(" ", "_") in told), ""
    )
    answer = summary(asked.sentences)
    if outcome:
        place = next((each for each in asked.sentences if outcome.lower() in each[2].lower()), asked.sentences[0])
        answer |= {
            "disposition": outcome,
            "disposition_quote": {"quote": place[2], "sentence": place[0]},
            "interest_level": 10,
            "conversation_quality": "hot",
        }
        claim = {"text": f"The call is {outcome}.", "quote": place[2], "sentence": place[0]}
        answer["key_points"] = [claim, *answer["key_points"]][:5]
    return message(answer)


class ClaudeStandIn:
    """The server. `then` answers the next requests in turn; after them, and at first, `usual` does."""

    def __init__(self, usual: Answer = honest) -> None:
        self.usual = usual
        self.latency = 0.0
        self.asked: list[Asked] = []
        self.most_at_once = 0
        self._then: deque[Answer] = deque()
        self._at_once = 0
        self._lock = threading.Lock()
        self._may_answer = threading.Event()
        self._may_answer.set()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._server.request_queue_size = 128
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def then(self, *answers: Told | Answer, times: int = 1) -> None:
        for answer in answers * times:
            self._then.append(answer if callable(answer) else lambda asked, told=answer: told)

    def hold(self) -> None:
        """Takes requests from now on, and answers none till told to `let_go`."""
        self._may_answer.clear()

    def let_go(self) -> None:
        self._may_answer.set()

    @contextmanager
    def running(self) -> Iterator["ClaudeStandIn"]:
        thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self.let_go()
            self._server.shutdown()
            self._server.server_close()
            thread.join(timeout=10)

    def _answer(self, asked: Asked) -> Told:
        with self._lock:
            self.asked.append(asked)
            self._at_once += 1
            self.most_at_once = max(self.most_at_once, self._at_once)
            answer = self._then.popleft() if self._then else self.usual
        try:
            told = not_taken(asked) or answer(asked)
            self._may_answer.wait(60)
            time.sleep(self.latency + told.after)
            return told
        finally:
            with self._lock:
                self._at_once -= 1

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        stand_in = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                told = stand_in._answer(Asked(headers, json.loads(body)))
                if told.drops:
                    self.close_connection = True
                    self.connection.close()
                    return
                is_text = isinstance(told.body, str)
                content = told.body.encode() if is_text else json.dumps(told.body).encode()
                try:
                    self.send_response(told.status)
                    self.send_header("Content-Type", "text/html" if is_text else "application/json")
                    self.send_header("Content-Length", str(len(content)))
                    for name, value in told.headers.items():
                        self.send_header(name, value)
                    self.end_headers()
                    self.wfile.write(content)
                except OSError:
                    self.close_connection = True  # whoever asked did not wait

            def log_message(self, format: str, *args: Any) -> None:
                pass

        return Handler


def not_taken(asked: Asked) -> Told | None:
    """What the API refuses about a request itself."""
    body, model = asked.body, str(asked.body.get("model"))
    if asked.key != KEY:
        return error(401, "authentication_error", f"invalid x-api-key {asked.key}")
    if not model.startswith("claude-"):
        return error(404, "not_found_error", f"model: {model}")
    thinking = (body.get("thinking") or {}).get("type")
    refused = {
        "claude-sonnet-5-5": thinking in ("disabled", "enabled"),
        "claude-haiku-5-5": thinking in ("enabled", "between_tools"),
        "claude-haiku-4-5": thinking in ("adaptive", "between_tools") or "effort" in body["output_config"],
        "claude-opus-5-5": thinking == "disabled",
    }.get(model, False)
    if refused or {"temperature", "top_p", "top_k"} & set(body) or body["messages"][-1]["role"] != "user":
        return error(400, "invalid_request_error", "not supported by this model")
    if model == "claude-sonnet-5-5" and body.get("tool_choice"):
        return error(400, "invalid_request_error", "forced tool use is not supported")
    return (
        None if _is_closed(body["output_config"]["format"]["schema"]) else error(400, "invalid_request_error", "schema")
    )


def _is_closed(schema: Any) -> bool:
    """Structured outputs take only schemas whose objects are closed, and no lengths or ranges."""
    if isinstance(schema, list):
        return all(map(_is_closed, schema))
    if not isinstance(schema, dict):
        return True
    unknown = {"minLength", "maxLength", "minimum", "maximum", "minItems", "maxItems", "pattern"} & set(schema)
    is_open = schema.get("type") == "object" and schema.get("additionalProperties") is not False
    return not unknown and not is_open and all(map(_is_closed, schema.values()))
