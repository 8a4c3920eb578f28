"""What is proven is kept once, as it came, whatever it is and however often it comes."""

import json
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.module_loading import import_string
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from integrations.models import GHLIntegration, WebhookEvent
from integrations.receiving import ONE_CALL_WITHIN
from integrations.tests.inbox_cast import (
    app,
    app_call,
    at_once,
    call,
    post,
    refused,
    sender,
    told,
    workflow,
)
from integrations.webhooks import AppDeliveryView, WorkflowDeliveryView

__all__ = ["app", "sender", "told", "workflow"]  # fixtures
pytestmark = pytest.mark.django_db
NAMELESS = {"contact_id": "c1", "customData": {"callStatus": "no answer"}}  # tells its call from no other


def age(minutes: int) -> None:
    WebhookEvent.objects.update(received_at=timezone.now() - timedelta(minutes=minutes))


@pytest.mark.parametrize("kind", ["call", "contact"])
def test_every_handler_that_the_settings_name_is_there(settings, kind):
    assert callable(import_string(settings.GHL_EVENT_HANDLERS[kind]))


def test_a_delivery_is_kept_as_it_came_and_the_workers_are_told(integration, workflow, told):
    answer = workflow(call(note="“x” ✓"))
    event = WebhookEvent.objects.get()
    assert (answer.status_code, told) == (200, [str(event.pk)])
    assert (event.payload, event.integration, event.source) == (call(note="“x” ✓"), integration, "workflow")
    assert (event.status, event.attempts, event.settled_at) == ("waiting", 0, None)


@pytest.mark.parametrize("times", [2, 5])
def test_a_repeat_is_acknowledged_but_neither_kept_nor_queued_again(workflow, told, times):
    assert {workflow(call()).status_code for _ in range(times)} == {200}
    assert (WebhookEvent.objects.count(), len(told)) == (1, 1)


def test_a_repeat_after_days_is_still_a_repeat(workflow, told):
    workflow(call())
    age(minutes=3 * 24 * 60)
    assert workflow(call()).json() == {"detail": "Received before."}
    assert (WebhookEvent.objects.count(), len(told)) == (1, 1)


def test_the_app_s_repeats_are_known_by_their_webhook_id(app, told):
    app(app_call("loc", "w1"))
    app(app_call("loc", "w1", timestamp="2026-11-22T10:00:00Z"))
    app(app_call("loc", "w2"))
    assert (WebhookEvent.objects.count(), len(told)) == (2, 2)


def test_a_workflow_cannot_use_up_the_app_s_delivery_ids(app, workflow, told):
    workflow(app_call("loc", "w1"))
    app(app_call("loc", "w1"))
    assert WebhookEvent.objects.filter(source="app").count() == 1


def test_an_id_that_somebody_typed_into_a_workflow_makes_no_call_a_repeat(workflow, told):
    workflow(call("m1", webhookId="always the same"))
    workflow(call("m2", webhookId="always the same"))
    assert (WebhookEvent.objects.count(), len(told)) == (2, 2)


def test_the_same_body_at_two_locations_is_two_deliveries(integration, workflow, told):
    other = GHLIntegration(location_id="otherLocation", integration_type="internal")
    other.make_webhook_secret()
    other.save()
    workflow(call())
    post(other.webhook_path, call())
    assert {event.integration for event in WebhookEvent.objects.all()} == {integration, other}


def test_the_same_nameless_body_within_minutes_is_a_repeat(workflow, told):
    workflow(NAMELESS)
    workflow(NAMELESS)
    assert (WebhookEvent.objects.count(), len(told)) == (1, 1)


def test_the_same_nameless_body_later_is_another_call_and_its_repeats_are_repeats(workflow, told):
    workflow(NAMELESS)
    age(minutes=ONE_CALL_WITHIN.seconds // 60 + 1)
    workflow(NAMELESS)
    workflow(NAMELESS)
    assert (WebhookEvent.objects.count(), len(told)) == (2, 2)


def test_fifty_copies_at_once_give_one_row_and_one_task(shared_database, integration, told):
    path = integration.webhook_path
    answers = at_once(50, lambda: post(path, call()).status_code)
    assert answers == [200] * 50
    assert (WebhookEvent.objects.count(), len(told)) == (1, 1)


def test_fifty_strangers_at_once_are_all_counted(shared_database, integration, told):
    assert at_once(50, lambda: post("/webhooks/ghl/calls/x/", call()).status_code) == [401] * 50
    assert refused() == {"workflow": 50}
    assert not WebhookEvent.objects.exists()


# ---------------------------------------------------------------- what cannot be read


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "empty"),
        (b"{", "not JSON"),
        (b'{"a": NaN}', "not JSON"),
        (b'{"a": 1e999}', "not JSON"),
        (b'{"a": ' + b"9" * 5000 + b"}", "not JSON"),
        (b'{"a": "\x00"}', "not JSON"),
        (b'{"a": "\xff"}', "not text in UTF-8"),
        (b"a=1&b=2", "not JSON"),
        (b"[]", "not an object"),
        (b"null", "not an object"),
        (b'{"a": ' + b"[" * 3000 + b"]" * 3000 + b"}", "nested too deeply"),
        (b'{"a": ' + b"[" * 300 + b"]" * 300 + b"}", "nested too deeply"),
    ],
)
def test_what_is_no_json_object_is_kept_as_text_with_the_reason(workflow, told, body, reason):
    assert workflow(body).status_code == 200
    event = WebhookEvent.objects.get()
    assert (event.status, event.payload, told) == ("failed", None, [])
    assert reason in event.error_message
    assert event.body == body.decode("utf-8", "replace").replace("\x00", "\ufffd")


def test_unreadable_and_unproven_is_only_unproven(integration, told):
    assert post("/webhooks/ghl/calls/x/", b"{").status_code == 401
    assert not WebhookEvent.objects.exists()


def test_characters_that_no_database_keeps_are_replaced_and_the_rest_stays(workflow, told):
    workflow(rb'{"contact_id": "c1", "a\u0000": ["b\ud800", "\ud83d\ude00 \\u0000"]}')
    assert WebhookEvent.objects.get().payload == {"contact_id": "c1", "a\ufffd": ["b\ufffd", "😀 \\u0000"]}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec=None), max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(st.characters(codec=None), max_size=4), inner),
    max_leaves=8,
)


@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=40) | st.dictionaries(st.text(max_size=4), JSON).map(json.dumps).map(str.encode))
def test_whatever_a_proven_sender_posts_is_kept(workflow, told, content):
    WebhookEvent.objects.all().delete()
    assert workflow(content).status_code == 200
    assert WebhookEvent.objects.count() == 1


def test_a_body_larger_than_any_delivery_is_refused(integration, workflow, told):
    small = json.dumps({"contact_id": "c1", "pad": ""}).encode()
    largest = json.dumps({"contact_id": "c1", "pad": "x" * (256 * 1024 - len(small))}).encode()
    assert [workflow(largest + more).status_code for more in (b" ", b" " * 3_000_000)] == [413, 413]
    assert not WebhookEvent.objects.exists()
    assert (workflow(largest).status_code, len(told)) == (200, 1)


# ---------------------------------------------------------------- while a part is down


def test_while_the_database_is_down_ghl_is_asked_to_send_again(shared_database, integration, monkeypatch, told, caplog):
    path = integration.webhook_path
    away: dict[str, Any] = (
        {"HOST": "127.0.0.1", "PORT": "1"} if connection.vendor == "postgresql" else {"NAME": "/none/x"}
    )
    with monkeypatch.context() as down:
        connection.close()
        for name, value in away.items():
            down.setitem(connection.settings_dict, name, value)
        assert post(path, call()).status_code == 429
    assert "could not be kept" in caplog.text
    assert "c1" not in caplog.text
    assert not WebhookEvent.objects.exists()
    assert (post(path, call()).status_code, len(told)) == (200, 1)


def test_a_kept_connection_that_the_database_has_closed_costs_no_delivery(shared_database, integration, told):
    path = integration.webhook_path
    if connection.vendor == "postgresql":  # SQLite has nobody at the other end who could close it
        with psycopg.connect(**connection.get_connection_params() | {"cursor_factory": None, "context": None}) as other:
            other.execute("SELECT pg_terminate_backend(%s)", [connection.connection.info.backend_pid])
    assert (post(path, call()).status_code, len(told)) == (200, 1)
    assert WebhookEvent.objects.count() == 1


def test_while_the_database_is_down_a_forged_app_delivery_is_refused_all_the_same(shared_database, monkeypatch, told):
    with monkeypatch.context() as down:
        connection.close()
        down.setitem(connection.settings_dict, "PORT", "1")
        down.setitem(connection.settings_dict, "HOST", "127.0.0.1")
        down.setitem(connection.settings_dict, "NAME", "/none/x")
        assert post("/webhooks/ghl/app/", app_call("loc")).status_code == 401
    assert not told


# ---------------------------------------------------------------- the edges of HTTP


@pytest.mark.parametrize("accept", ["text/html", "application/xml", "nonsense"])
def test_what_the_sender_would_like_to_be_answered_in_does_not_matter(integration, told, accept):
    assert post(integration.webhook_path, call(), Accept=accept).status_code == 200


def test_only_posts_deliver(client, integration):
    for path in (integration.webhook_path, "/webhooks/ghl/app/"):
        assert client.get(path).status_code == 405
    assert not WebhookEvent.objects.exists()


def test_a_delivery_needs_no_login_and_takes_none(admin_client, integration, told):
    answer = admin_client.post("/webhooks/ghl/calls/x/", data=call(), content_type="application/json")
    assert answer.status_code == 401
    assert WorkflowDeliveryView.authentication_classes == AppDeliveryView.authentication_classes == ()


def test_keeping_takes_one_question_to_the_database(integration, workflow, app, told):
    for deliver, content in ((workflow, call()), (app, app_call("loc"))):
        with CaptureQueriesContext(connection) as queries:
            deliver(content)
        assert len(queries) == 1
