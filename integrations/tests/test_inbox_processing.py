"""From a kept delivery to its domain: once, with its tick in the same commit, and with a note of what went wrong."""

import uuid

import pytest
from django.db import connection, transaction

from integrations import inbox, tasks
from integrations.models import Client, GHLIntegration, WebhookEvent
from integrations.tests.inbox_cast import (
    PERSONAL,
    app,
    app_call,
    at_once,
    break_down,
    call,
    event,
    handled_by,
    put_off,
    queued,
    refuse,
    sender,
    take_in,
    take_in_with_a_remark,
    told,
    workflow,
)

__all__ = ["app", "event", "handled_by", "queued", "sender", "told", "workflow"]  # fixtures
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("handled_by", "queued", "told")]


def processed(event: WebhookEvent) -> WebhookEvent:
    inbox.process(event.pk)
    return WebhookEvent.objects.get(pk=event.pk)


def test_a_delivery_becomes_a_row_and_says_which(event):
    settled = processed(event)
    assert (settled.status, settled.outcome, settled.attempts) == ("done", "A new call.", 1)
    assert (settled.row_table, settled.row_id) == ("clients", Client.objects.get().pk)
    assert settled.settled_at
    assert (settled.kind, settled.ghl_message_id, settled.ghl_contact_id) == ("call", "m1", "c1")


def test_a_delivery_processed_again_does_nothing(event):
    processed(event)
    assert inbox.process(event.pk) is None
    assert (Client.objects.count(), WebhookEvent.objects.get().attempts) == (1, 1)


def test_a_delivery_that_is_not_there_does_nothing():
    assert inbox.process(uuid.uuid4()) is None


def test_two_workers_with_one_delivery_write_one_row(shared_database, integration, event):
    assert sorted(map(str, at_once(8, lambda: inbox.process(event.pk)))) == ["None"] * 7 + ["done"]
    assert Client.objects.count() == 1


def test_a_delivery_that_another_worker_settles_meanwhile_is_left_alone(event, monkeypatch):
    """Both took it up; the other was first, so the lock finds it settled."""
    read = inbox._read

    def while_another_settles_it(event):
        WebhookEvent.objects.update(status="ignored", settled_at=event.received_at)
        return read(event)

    monkeypatch.setattr(inbox, "_read", while_another_settles_it)
    assert inbox.process(event.pk) is None
    assert not Client.objects.exists()


def test_a_failure_is_not_noted_on_what_another_worker_settled_meanwhile(event, monkeypatch):
    def fail_after_another_settled_it(event):
        WebhookEvent.objects.update(status="done", settled_at=event.received_at)
        raise RuntimeError

    monkeypatch.setattr(inbox, "_read", fail_after_another_settled_it)
    settled = processed(event)
    assert (settled.status, settled.error_message) == ("done", "")


def test_what_follows_is_queued_once_all_is_committed(event, queued, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks() as later:
        processed(event)
    assert queued == []
    for callback in later:
        callback()
    assert queued == [("calls.tasks.fetch", (str(Client.objects.get().pk),))]


def test_remarks_of_the_domain_are_kept(event, handled_by):
    handled_by(take_in_with_a_remark)
    assert processed(event).flags == ["Unknown disposition: “Maybe”."]


# ---------------------------------------------------------------- when it fails


def test_a_failure_undoes_what_was_written_and_is_noted_after_that(event, handled_by):
    handled_by(break_down)
    failed = processed(event)
    assert not Client.objects.exists()
    assert (failed.status, failed.attempts) == ("waiting", 1)
    assert failed.error_message == "An error inside the portal (RuntimeError)."
    assert failed.next_try_at - failed.updated_at >= inbox.WAITS[0] * 0.9
    assert failed.ghl_message_id == "m1"


def test_nobody_s_particulars_are_in_the_note_or_the_log(event, handled_by, caplog):
    handled_by(break_down)
    failed = processed(event)
    assert PERSONAL not in f"{failed.error_message} {failed.outcome} {caplog.text}"
    assert "inbox_cast.py" in caplog.text  # where it happened is told


def test_our_own_errors_are_quoted_and_final_ones_are_parked_at_once(event, handled_by):
    handled_by(refuse)
    failed = processed(event)
    assert (failed.status, failed.attempts, bool(failed.settled_at)) == ("failed", 1, True)
    assert "the call names no person" in failed.error_message


def test_a_delivery_that_cannot_be_read_is_parked_with_the_field_that_is_missing(workflow):
    workflow({"customData": {"callStatus": "completed"}})
    assert "messageId" in processed(WebhookEvent.objects.get()).error_message
    assert WebhookEvent.objects.get().status == "failed"


def test_what_is_no_json_stays_parked_when_it_is_tried_again(workflow):
    workflow(b"{")
    unread = WebhookEvent.objects.get()
    inbox.replay([unread.pk])
    assert processed(unread).status == "failed"
    assert "no JSON object" in WebhookEvent.objects.get().error_message


@pytest.mark.parametrize("handler", [break_down, put_off])
def test_after_the_last_try_it_is_parked_visibly(event, handled_by, handler):
    handled_by(handler)
    waits = []
    for _ in range(inbox.MOST_TRIES - 1):
        tried = processed(event)
        waits.append(round((tried.next_try_at - tried.updated_at).total_seconds()))
        assert tried.status == "waiting"
    assert waits == [wait.total_seconds() for wait in inbox.WAITS]
    parked = processed(event)
    assert (parked.status, "Given up after 9 tries." in parked.error_message) == ("failed", True)
    assert inbox.process(event.pk) is None


def test_a_delivery_that_kills_its_worker_is_parked_in_the_end(event):
    WebhookEvent.objects.update(attempts=inbox.MOST_TRIES)  # counted before each try, and nothing came after
    parked = processed(event)
    assert (parked.status, "its worker ended" in parked.error_message) == ("failed", True)
    assert not Client.objects.exists()


def test_a_delivery_that_cannot_be_placed_yet_waits_with_the_reason(event, handled_by):
    handled_by(put_off)
    waiting = processed(event)
    assert (waiting.status, waiting.settled_at) == ("waiting", None)
    assert waiting.outcome == "Its person is not in the portal yet."
    handled_by(take_in)
    settled = processed(event)
    assert (settled.status, settled.error_message) == ("done", "")


def test_a_worker_that_dies_in_the_middle_leaves_the_delivery_to_the_sweep(event, monkeypatch):
    class Killed(BaseException):
        pass

    def die(*about):
        raise Killed

    monkeypatch.setattr(inbox, "import_string", lambda path: die)
    with pytest.raises(Killed):
        inbox.process(event.pk)
    monkeypatch.undo()
    WebhookEvent.objects.update(next_try_at=event.received_at)
    assert inbox.sweep() == [event.pk]
    assert event.attempts < WebhookEvent.objects.get().attempts


# ---------------------------------------------------------------- whose it is


def test_a_workflow_that_names_another_location_is_parked_and_nothing_is_written(integration, workflow):
    other = GHLIntegration.objects.create(location_id="otherLocation", integration_type="internal")
    workflow(call(location={"id": "otherLocation"}))
    parked = processed(WebhookEvent.objects.get())
    assert (parked.status, parked.integration) == ("failed", integration)
    assert "names the location otherLocation" in parked.error_message
    assert not Client.objects.exists()
    assert not WebhookEvent.objects.filter(integration=other).exists()


def test_the_app_s_delivery_goes_to_the_location_that_it_names(integration, app):
    app(app_call(integration.location_id))
    settled = processed(WebhookEvent.objects.get())
    assert (settled.status, settled.integration) == ("done", integration)
    assert Client.objects.get().name.startswith(integration.location_id)


def test_a_proven_delivery_of_an_unknown_location_is_kept_and_can_be_taken_in_later(app):
    app(app_call("unknownLocation"))
    ignored = processed(WebhookEvent.objects.get())
    assert (ignored.status, ignored.integration) == ("ignored", None)
    assert "no location unknownLocation" in ignored.outcome
    GHLIntegration.objects.create(location_id="unknownLocation", integration_type="internal")
    inbox.replay([ignored.pk])
    assert processed(ignored).status == "done"


@pytest.mark.parametrize("source", ["app", "workflow"])
def test_a_location_that_is_switched_off_takes_nothing_in(integration, app, workflow, source):
    GHLIntegration.objects.update(is_active=False)
    app(app_call(integration.location_id)) if source == "app" else workflow(call())
    ignored = processed(WebhookEvent.objects.get())
    assert (ignored.status, "switched off" in ignored.outcome) == ("ignored", True)
    assert not Client.objects.exists()


def test_what_the_portal_keeps_nothing_of_is_ignored(integration, app):
    app(app_call(integration.location_id, messageType="SMS"))
    ignored = processed(WebhookEvent.objects.get())
    assert (ignored.status, ignored.kind, ignored.event_type) == ("ignored", "other", "OutboundMessage SMS")
    assert not Client.objects.exists()


# ---------------------------------------------------------------- the tasks


def test_the_tasks_take_ids_and_nothing_else(event, integration):
    second = WebhookEvent.objects.create(
        integration=integration, delivery_key="k2", source="workflow", payload=call("m2")
    )
    tasks.process_event(str(event.pk))
    tasks.process_several([str(event.pk), str(second.pk)])
    assert Client.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_the_effect_and_the_tick_are_one_commit(event, monkeypatch):
    """Whatever ends the process between the two takes both away."""
    seen = []
    settle = inbox._settle

    def look_from_outside(*about, **more):
        seen.append(connection.in_atomic_block)
        status = settle(*about, **more)
        transaction.set_rollback(True)
        return status

    monkeypatch.setattr(inbox, "_settle", look_from_outside)
    inbox.process(event.pk)
    assert seen == [True]
    assert (Client.objects.count(), WebhookEvent.objects.get().status) == (0, "waiting")
