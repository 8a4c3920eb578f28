"""Deliveries as GHL sends them: a call's two workflow hits, the app's signed message, and what strangers forge."""

import base64
import json
import random
import uuid
from dataclasses import dataclass, field

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

LOCATION = "benchLocation0000001"
APP_PATH = "/webhooks/ghl/app/"
PEOPLE = 200  # who the calls are with; the last tenth is not in the portal
STRANGERS = PEOPLE // 10


@dataclass(frozen=True, order=True)
class Delivery:
    """`due` is in seconds since the beginning. `tells` names what is stored of it; "" for a forged one."""

    due: float
    tells: str
    path: str
    body: bytes
    headers: tuple[tuple[str, str], ...] = field(default=())


class Signer:
    """Whoever signs the app's deliveries: GHL, or a stranger."""

    def __init__(self) -> None:
        self._key = Ed25519PrivateKey.generate()

    @property
    def public_key(self) -> str:
        form = serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        return self._key.public_key().public_bytes(*form).decode()

    def headers(self, body: bytes) -> tuple[tuple[str, str], ...]:
        return (("X-GHL-Signature", base64.b64encode(self._key.sign(body)).decode()),)


def a_storm(
    total: int, seconds: float, *, path: str, ghl: Signer, repeats: float = 0.05, crossed: float = 0.05,
    forged: float = 0.01,
) -> list[Delivery]:  # fmt: skip
    """So many deliveries, spread over some seconds: two for each call, half of the first ones from the app.

    `repeats`, `crossed` and `forged` are shares of all. Those that cross come the other way round: the outcome first.
    """
    chance = random.Random(7)
    count_forged, count_repeats = int(total * forged), int(total * repeats)
    calls = (total - count_forged - count_repeats) // 2
    crossing = set(chance.sample(range(calls), int(total * crossed) // 2))
    hits: list[Delivery] = []
    for number in range(calls):
        ended = chance.uniform(0, seconds * 0.95)
        chosen = ended + chance.uniform(0.5, seconds * 0.05) * (-1 if number in crossing else 1)
        hits += [_first_hit(number, max(ended, 0.0), path, ghl), _second_hit(number, max(chosen, 0.0), path)]
    copies = [
        Delivery(hit.due + chance.choice((0.0, chance.uniform(0, 20))), hit.tells, hit.path, hit.body, hit.headers)
        for hit in chance.sample(hits, count_repeats)
    ]
    bad = [_forged(number, chance.uniform(0, seconds), path, ghl, Signer()) for number in range(count_forged)]
    return sorted(hits + copies + bad)


def _first_hit(number: int, due: float, path: str, ghl: Signer) -> Delivery:
    message_id, contact_id = f"storm{number}", f"person{number % PEOPLE}"
    if number % 2:
        return Delivery(due, f"ended {message_id}", path, a_call(message_id, contact_id))
    body = an_app_call(message_id, contact_id)
    return Delivery(due, f"ended {message_id}", APP_PATH, body, ghl.headers(body))


def _second_hit(number: int, due: float, path: str) -> Delivery:
    message_id, contact_id = f"storm{number}", f"person{number % PEOPLE}"
    return Delivery(due, f"chosen {message_id}", path, a_choice(message_id, contact_id))


def _forged(number: int, due: float, path: str, ghl: Signer, stranger: Signer) -> Delivery:
    """A wrong secret, another's signature, one of another body, none at all."""
    call, app_call = a_call(f"forged{number}", "person0"), an_app_call(f"forged{number}", "person0")
    made = (
        Delivery(due, "", f"{path[:-6]}wrong/", call),
        Delivery(due, "", APP_PATH, app_call, stranger.headers(app_call)),
        Delivery(due, "", APP_PATH, app_call, ghl.headers(app_call + b" ")),
        Delivery(due, "", APP_PATH, app_call),
    )
    return made[number % len(made)]


def a_call(message_id: str, contact_id: str = "") -> bytes:
    """The Call Completed workflow's hit, as big as a real one."""
    return json.dumps({
        "contact_id": contact_id or f"contact{message_id}", "first_name": "Dana", "last_name": "Whitfield",
        "full_name": "Dana Whitfield",
        "email": "dana@whitfield.example", "phone": "+12025550142", "tags": "texas,partner", "country": "US",
        "date_created": "2026-08-04T15:42:10.123Z", "full_address": "", "contact_type": "lead",
        "location": {"name": "Our own", "address": "1 Main St", "city": "Austin", "state": "TX", "id": LOCATION},
        "workflow": {"id": "3d1f6c7e-8d0b-4c62-9a52-0d7a4c1f2b11", "name": "Call Completed"},
        "triggerData": {}, "contact": {"attributionSource": {"sessionSource": "CRM UI", "mediumId": None}},
        "customData": {
            "messageId": message_id, "callStatus": "completed", "duration": "37", "direction": "outbound",
            "notes": "Spoke about two open associate positions. " * 4,
        },
    }).encode()  # fmt: skip


def an_app_call(message_id: str, contact_id: str) -> bytes:
    """The marketplace app's message about a call."""
    return json.dumps({
        "type": "OutboundMessage", "locationId": LOCATION, "webhookId": str(uuid.uuid5(uuid.NAMESPACE_URL, message_id)),
        "appId": "benchApp", "versionId": "benchApp", "timestamp": "2026-08-04T15:42:10.123Z", "messageType": "CALL",
        "messageId": message_id, "contactId": contact_id, "conversationId": f"conversation{contact_id}",
        "direction": "outbound", "status": "completed", "callStatus": "completed", "callDuration": 37,
        "dateAdded": "2026-08-04T15:42:09.000Z", "userId": "user1", "attachments": [],
    }).encode()  # fmt: skip


def a_choice(message_id: str, contact_id: str) -> bytes:
    """The Disposition workflow's hit about the same call."""
    return json.dumps({
        "contact_id": contact_id, "location": {"id": LOCATION},
        "customData": {"source": "disposition_workflow", "messageId": message_id, "disposition": "Meeting Booked"},
    }).encode()  # fmt: skip
