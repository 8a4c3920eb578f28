"""Who plays in the tests of the inbox: deliveries, senders with keys, and domains that do as their test says."""

import base64
import json
import threading
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa
from django.db import connections
from django.test import Client as Browser

from integrations import webhooks
from integrations.events import Handled, Outcome
from integrations.ghl.errors import UnexpectedPayload
from integrations.models import Client, GHLIntegration, RefusedDeliveries, WebhookEvent

APP = "/webhooks/ghl/app/"
HANDLERS = "integrations.tests.inbox_cast."
PERSONAL = "dana@whitfield.example"

# ---------------------------------------------------------------- what is delivered


def call(message_id: str = "m1", **fields: Any) -> dict[str, Any]:
    """A Call Completed workflow's delivery."""
    return {"contact_id": "c1", "customData": {"messageId": message_id, "callStatus": "completed"}, **fields}


def app_call(location_id: str, webhook_id: str = "w1", **fields: Any) -> dict[str, Any]:
    told = {
        "type": "OutboundMessage",
        "messageType": "CALL",
        "messageId": "m1",
        "contactId": "c1",
        "status": "completed",
    }
    return {**told, "locationId": location_id, "webhookId": webhook_id, **fields}


class Sender:
    """GHL, with keys of its own."""

    def __init__(self) -> None:
        self.ed25519 = ed25519.Ed25519PrivateKey.generate()
        self.rsa = rsa.generate_private_key(public_exponent=65537, key_size=2048)

    @property
    def public_keys(self) -> str:
        form = serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        return "".join(key.public_key().public_bytes(*form).decode() for key in (self.ed25519, self.rsa))

    def signature(self, body: bytes) -> dict[str, str]:
        return {"X-GHL-Signature": base64.b64encode(self.ed25519.sign(body)).decode()}

    def older_signature(self, body: bytes) -> dict[str, str]:
        signed = self.rsa.sign(body, padding.PKCS1v15(), hashes.SHA256())
        return {"X-WH-Signature": base64.b64encode(signed).decode()}


def post(path: str, content: Any, **headers: str) -> Any:
    """Posts bytes as they are and anything else as JSON, from a browser without a login."""
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    return Browser().post(path, data=body, content_type="application/json", headers=headers)


# ---------------------------------------------------------------- the domains


def take_in(integration: GHLIntegration, delivery: Any, received_at: datetime) -> Handled:
    """Writes a row, and says so."""
    row = Client.objects.create(name=f"{integration.location_id} {delivery.message_id}")
    return Handled(Outcome.DONE, "A new call.", ("clients", row.pk), then=(("calls.tasks.fetch", str(row.pk)),))


def take_in_with_a_remark(integration: GHLIntegration, delivery: Any, received_at: datetime) -> Handled:
    return Handled(Outcome.DONE, "A new call.", flags=("Unknown disposition: “Maybe”.",))


def break_down(integration: GHLIntegration, delivery: Any, received_at: datetime) -> Handled:
    """Writes a row, then stumbles over something that quotes a person."""
    Client.objects.create(name="half done")
    raise RuntimeError(f"Key (email)=({PERSONAL}) already exists")


def refuse(integration: GHLIntegration, delivery: Any, received_at: datetime) -> Handled:
    raise UnexpectedPayload(detail="the call names no person")


def put_off(integration: GHLIntegration, delivery: Any, received_at: datetime) -> Handled:
    return Handled(Outcome.WAITING, "Its person is not in the portal yet.")


# ---------------------------------------------------------------- fixtures; name them in the test module


@pytest.fixture
def handled_by(settings: Any) -> Callable[[Callable[..., Handled]], None]:
    def choose(handler: Callable[..., Handled]) -> None:
        settings.GHL_EVENT_HANDLERS = dict.fromkeys(("call", "contact"), f"{HANDLERS}{handler.__name__}")

    choose(take_in)
    return choose


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The ids of the deliveries that the workers were told of."""
    found: list[str] = []
    monkeypatch.setattr(webhooks.workers, "tell", found.append)
    return found


@pytest.fixture
def queued(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, tuple[Any, ...]]]:
    """What was handed to the broker: tasks by name, with their arguments."""
    found: list[tuple[str, tuple[Any, ...]]] = []
    monkeypatch.setattr(
        "celery.app.base.Celery.send_task", lambda self, name, args=(), **about: found.append((name, tuple(args)))
    )
    return found


@pytest.fixture(scope="session")
def sender() -> Sender:
    return Sender()


@pytest.fixture
def app(sender: Sender, settings: Any) -> Callable[..., Any]:
    """Delivers as the marketplace app does, signed."""
    settings.GHL_APP_PUBLIC_KEYS = sender.public_keys

    def deliver(content: Any) -> Any:
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        return post(APP, body, **sender.signature(body))

    return deliver


@pytest.fixture
def workflow(integration: GHLIntegration) -> Callable[..., Any]:
    """Delivers as a workflow of the location does."""
    return lambda content: post(integration.webhook_path, content)


@pytest.fixture
def event(integration: GHLIntegration) -> WebhookEvent:
    """A call that waits."""
    return WebhookEvent.objects.create(
        integration=integration,
        delivery_key="k1",
        source="workflow",
        payload=call(location={"id": integration.location_id}),
    )


def at_once(count: int, work: Callable[[], Any]) -> list[Any]:
    """What the work gives in threads that start together, each with a connection of its own."""
    barrier, results = threading.Barrier(count), [None] * count

    def run(number: int) -> None:
        barrier.wait()
        try:
            results[number] = work()
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return results


def refused() -> dict[str, int]:
    return dict(RefusedDeliveries.objects.values_list("source", "count"))
