"""A decision that a program sends twice is done once: by a key that the program chooses, one for each request.

As on the desk, where each page has a key of its own, the key becomes the decision's id. Here it is worked out from the
program's own text and from what is asked for, so that a text that is used again for something else is no repeat.
"""

import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.request import Request

from imports.deciding import decisions, review
from imports.deciding.together import along_with
from imports.models import ReviewDecision
from integrations.api.answers import Conflict

HEADER = "Idempotency-Key"
LONGEST = 255
IN_SCHEMA = OpenApiParameter(
    HEADER,
    {"type": "string", "maxLength": LONGEST},
    OpenApiParameter.HEADER,
    description="A text of your own, another for each decision. The same request with the same text is done once.",
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a decision; `calls_added` and `also_decided` are those of the first time."""

    record_id: uuid.UUID
    person: Any
    calls_added: int
    also_decided: list[uuid.UUID]
    is_repeat: bool = False


def once(
    request: Request, asked: str, record_id: uuid.UUID, decide: Callable[[uuid.UUID | None], review.Decided]
) -> Outcome:
    """Decides, unless this very request came before: then it tells what became of it.

    `decide` takes the key. Raises what it raises, ValidationError for a key that cannot be one, and Conflict when what
    was decided then has been undone.
    """
    key = _key_of(request, asked, record_id)
    if key and (sent := decisions.sent_before(key, request.user)):
        return _as_before(sent)
    try:
        done = decide(key)
    except review.AlreadyDecidedError:
        if key and (sent := decisions.sent_before(key, request.user)):  # it came twice at once
            return _as_before(sent)
        raise
    return Outcome(done.record.pk, done.person, done.calls_added, [record.pk for record in done.also_decided])


def _key_of(request: Request, asked: str, record_id: uuid.UUID) -> uuid.UUID | None:
    text = request.headers.get(HEADER)
    if text is None:
        return None
    if not 0 < len(text) <= LONGEST:
        raise serializers.ValidationError({HEADER: [f"A key has 1 to {LONGEST} characters."]})
    what = [str(request.user.pk), asked, str(record_id), text, request.data]
    return uuid.uuid5(uuid.NAMESPACE_OID, json.dumps(what, sort_keys=True))


def _as_before(sent: ReviewDecision) -> Outcome:
    if not sent.stands:
        raise Conflict(
            "This was decided before, with the same key, and has been undone since. Nothing was done again. To decide "
            "anew, send another key.",
            "undone_since",
        )
    together = along_with(sent)
    others = [one.staged_record_id for one in together if one.pk != sent.pk]
    calls = sum(len(one.calls) for one in together)
    return Outcome(sent.staged_record_id, decisions.person_of(sent), calls, others, is_repeat=True)
