"""Who may deliver: what cannot prove itself leaves nothing but a count."""

import base64
import json
import logging
from datetime import timedelta

import pytest
from django.utils import timezone

from integrations.models import GHLIntegration, WebhookEvent
from integrations.tests.inbox_cast import APP, app, app_call, call, post, refused, sender, told, workflow
from integrations.webhook_secrets import OVERLAP, location_behind, retire_previous_secret, rotate_webhook_secret

__all__ = ["app", "sender", "told", "workflow"]  # fixtures
pytestmark = pytest.mark.django_db


def nothing_kept(told: list[str]) -> bool:
    return not WebhookEvent.objects.exists() and not told


def test_an_address_with_a_wrong_secret_keeps_and_queues_nothing(integration, told):
    answer = post("/webhooks/ghl/calls/not-the-secret/", call())
    assert (answer.status_code, answer.json()) == (401, {"detail": "This delivery is not accepted."})
    assert nothing_kept(told)
    assert refused() == {"workflow": 1}


def test_refusals_of_a_day_share_one_row(integration):
    for guess in ("a", "b", "c"):
        post(f"/webhooks/ghl/calls/{guess}/", call())
    post(APP, app_call("loc"))
    assert refused() == {"workflow": 3, "app": 1}


@pytest.mark.parametrize("secret", ["%00", "é", "a" * 5000, "' OR 1=1 --", "None", "%ff"])
def test_an_odd_secret_is_refused_like_any_other(integration, told, secret):
    assert post(f"/webhooks/ghl/calls/{secret}/", call()).status_code == 401
    assert nothing_kept(told)


def test_a_location_without_a_secret_cannot_be_guessed(integration, told):
    GHLIntegration.objects.update(webhook_secret_digest=None)
    assert post("/webhooks/ghl/calls/None/", call()).status_code == 401
    assert nothing_kept(told)


def test_the_address_works_with_and_without_its_last_slash(integration, told):
    assert post(integration.webhook_path.rstrip("/"), call("m1")).status_code == 200
    assert post(integration.webhook_path, call("m2")).status_code == 200
    assert len(told) == 2


# ---------------------------------------------------------------- secrets that change


def test_after_a_rotation_both_addresses_work(integration, told):
    old = integration.webhook_path
    new = rotate_webhook_secret(integration.pk).webhook_path
    assert old != new
    assert [post(old, call("m1")).status_code, post(new, call("m2")).status_code] == [200, 200]
    assert {event.integration_id for event in WebhookEvent.objects.all()} == {integration.pk}


def test_the_old_address_ends_with_the_overlap(integration, told):
    old = integration.webhook_path
    rotate_webhook_secret(integration.pk)
    integration.refresh_from_db()
    assert timedelta(0) < timezone.now() + OVERLAP - integration.webhook_previous_until < timedelta(minutes=1)
    GHLIntegration.objects.update(webhook_previous_until=timezone.now())
    assert post(old, call()).status_code == 401
    assert nothing_kept(told)


def test_an_address_in_wrong_hands_can_be_ended_at_once(integration, told):
    old = integration.webhook_path
    new = rotate_webhook_secret(integration.pk).webhook_path
    assert retire_previous_secret(integration.pk)
    assert not retire_previous_secret(integration.pk)
    assert post(old, call()).status_code == 401
    assert nothing_kept(told)
    assert post(new, call()).status_code == 200


def test_a_location_s_first_secret_has_none_before_it(integration):
    GHLIntegration.objects.update(webhook_secret_digest=None)
    assert rotate_webhook_secret(integration.pk).webhook_previous_until is None
    assert location_behind("None") is None


# ---------------------------------------------------------------- signatures


def test_a_signed_delivery_is_kept(app, told):
    assert app(app_call("loc")).status_code == 200
    assert told == [str(WebhookEvent.objects.get(source="app").pk)]


def test_the_older_signature_is_taken_where_the_newer_is_missing(app, sender):
    body = json.dumps(app_call("loc")).encode()
    assert post(APP, body, **sender.older_signature(body), **{"X-GHL-Signature": "N/A"}).status_code == 200


def test_the_older_signature_does_not_save_a_bad_newer_one(app, sender, told):
    body = json.dumps(app_call("loc")).encode()
    bad = {"X-GHL-Signature": base64.b64encode(b"x" * 64).decode()}
    assert post(APP, body, **sender.older_signature(body), **bad).status_code == 401
    assert nothing_kept(told)


def test_a_signature_covers_the_very_bytes(app, sender, told):
    body = json.dumps(app_call("loc")).encode()
    for changed in (body + b" ", body.replace(b"m1", b"m2"), json.dumps(json.loads(body), indent=1).encode()):
        assert post(APP, changed, **sender.signature(body)).status_code == 401
    assert post(APP, body).status_code == 401
    assert nothing_kept(told)
    assert refused() == {"app": 4}


@pytest.mark.parametrize("keys", ["", "  ", "no key at all"])
def test_a_stranger_s_key_opens_nothing(sender, settings, told, keys):
    settings.GHL_APP_PUBLIC_KEYS = keys
    body = json.dumps(app_call("loc")).encode()
    assert post(APP, body, **sender.signature(body)).status_code == 401
    assert nothing_kept(told)


def test_a_location_s_secret_does_not_open_the_app_s_door(integration, told):
    body = json.dumps(app_call(integration.location_id)).encode()
    assert post(APP, body, Authorization=f"Bearer {integration.webhook_secret.reveal()}").status_code == 401
    assert nothing_kept(told)


# ---------------------------------------------------------------- what is not told to anybody


def test_no_log_line_holds_the_secret(integration, caplog):
    path = integration.webhook_path
    with caplog.at_level(logging.DEBUG):
        post(path, call())
        post(path, b"not json")
        post(path, b"x" * 300_000)
        post(path + "more", call())
        post("/webhooks/ghl/calls/mistyped-secret", call())
    assert "/webhooks/ghl/calls/…" in caplog.text
    assert integration.webhook_secret.reveal() not in caplog.text
    assert "mistyped-secret" not in caplog.text


def test_the_inbox_keeps_neither_the_address_nor_the_headers(integration, workflow, told):
    workflow(call())
    row = str(WebhookEvent.objects.values().get())
    assert integration.webhook_secret.reveal() not in row
    assert integration.webhook_secret_digest not in row
    assert "application/json" not in row
