"""Talking to Claude: one request, one reply, no retries of its own. The key goes nowhere but to the API."""

import logging
from dataclasses import dataclass
from typing import Any

from anthropic import Anthropic, AnthropicError, DefaultHttpxClient
from anthropic.types import Message
from django.conf import settings

from calls.summaries.schema import SCHEMA
from calls.summaries.troubles import Remedy, Trouble, invalid, refused, too_long, trouble_of, truncated

# What they write below a warning are whole requests: what people said on the phone. ANTHROPIC_LOG must not undo this.
for _chatty in ("anthropic", "httpx2", "httpcore2"):
    logging.getLogger(_chatty).setLevel(logging.WARNING)

MOST_OUTPUT = 1024  # tokens
# Newer models think before they answer unless told otherwise, and that would use up what they may write. How it is
# turned off differs, and where a model does not know the switch it refuses the request; those of 4.6 and before think
# only when asked to. From platform.claude.com/docs/en/models/sonnet-5-5/whats-new-sonnet-5-5 (November 2026).
THINKING_OFF = {
    "claude-sonnet-5-5": "between_tools",
    "claude-sonnet-5": "disabled",
    "claude-opus-5": "disabled",
    "claude-haiku-5-5": "disabled",
}
ALWAYS_THINK = ("claude-opus-5-5", "claude-fable", "claude-mythos")  # then as little as possible


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back: the text, or the trouble in place of it, and what it took."""

    text: str
    trouble: Trouble | None
    model: str
    tokens_in: int
    tokens_out: int


class Claude:
    """A connection to the API, as the settings name it. Several threads may use it. To be closed."""

    def __init__(self) -> None:
        self.model: str = settings.ANTHROPIC_MODEL
        timeout: float = settings.ANTHROPIC_TIMEOUT_SECONDS
        self._sdk = Anthropic(
            api_key=settings.ANTHROPIC_API_KEY,
            base_url=settings.ANTHROPIC_BASE_URL,
            timeout=timeout,
            max_retries=0,  # ours are in the row, where they can be seen
            open_telemetry=False,
            # A redirect would take the key along.
            http_client=DefaultHttpxClient(follow_redirects=False, timeout=timeout),
        )

    def __enter__(self) -> "Claude":
        return self

    def __exit__(self, *about: object) -> None:
        self._sdk.close()

    def ask(self, system: str, request: str) -> Reply:
        """One request. Raises Trouble when no answer came; one that came but is of no use is in the reply."""
        config: dict[str, Any] = {"format": {"type": "json_schema", "schema": SCHEMA}}
        thinking: dict[str, Any] = {}
        if self.model.startswith(ALWAYS_THINK):
            config["effort"] = "low"
        elif off := _thinking_off(self.model):
            thinking = {"thinking": {"type": off}}
        create: Any = self._sdk.messages.create  # its types know each model's name and no others
        try:
            message = create(
                model=self.model,
                max_tokens=MOST_OUTPUT,
                system=system,
                messages=[{"role": "user", "content": request}],
                output_config=config,
                **thinking,
            )
        except AnthropicError as problem:
            # From None: the SDK's error holds the request with its headers.
            raise trouble_of(problem, self.model, settings.ANTHROPIC_API_KEY) from None
        if not isinstance(message, Message):
            raise Trouble("What answers at ANTHROPIC_BASE_URL is not Claude.", Remedy.PAUSE)
        return _reply(message, self.model)


def _reply(message: Message, asked: str) -> Reply:
    """Read with care: the SDK does not check what it is given."""
    usage: Any = getattr(message, "usage", None)
    tokens_in = sum(
        _count(usage, name) for name in ("input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens")
    )
    content: Any = getattr(message, "content", None)
    blocks = content if isinstance(content, list) else []
    texts = [block.text for block in blocks if getattr(block, "type", "") == "text"]
    text = "".join(text for text in texts if isinstance(text, str))
    return Reply(text, _trouble_in(message, text), asked, tokens_in, _count(usage, "output_tokens"))


def _trouble_in(message: Message, text: str) -> Trouble | None:
    ends = {"refusal": refused, "max_tokens": truncated, "model_context_window_exceeded": too_long}
    stop = str(getattr(message, "stop_reason", None))
    if stop in ends:
        return ends[stop]()
    return None if text.strip() else invalid("it is empty")


def _count(usage: Any, name: str) -> int:
    number = getattr(usage, name, 0)
    return number if isinstance(number, int) and 0 <= number < 10**8 else 0


def _thinking_off(model: str) -> str | None:
    """By the longest name that the model's begins with, which may be a dated one."""
    known = [name for name in THINKING_OFF if model == name or model.startswith(f"{name}-20")]
    return THINKING_OFF[max(known, key=len)] if known else None
