"""The command that works off the inbox in the foreground."""

import json
from io import StringIO

import pytest
from django.core.management import call_command

from integrations import inbox
from integrations.events import Handled, Outcome
from integrations.models import Client, GHLIntegration, WebhookEvent
from integrations.tests import inbox_cast
from integrations.tests.inbox_cast import break_down, call, event, handled_by, put_off, queued, refuse, take_in

__all__ = ["event", "handled_by", "queued"]  # fixtures
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("handled_by", "queued")]


def run(*arguments: str) -> tuple[int, dict[str, int]]:
    out, status = StringIO(), 0
    try:
        call_command("process_events", *arguments, "--json", stdout=out, stderr=StringIO())
    except SystemExit as left:
        status = int(left.code or 0)
    return status, json.loads(out.getvalue().splitlines()[-1])


def another(integration: GHLIntegration, key: str) -> WebhookEvent:
    return WebhookEvent.objects.create(integration=integration, delivery_key=key, source="workflow", payload=call(key))


def test_all_that_waits_is_processed_whether_due_or_not(integration, event):
    another(integration, "k2")
    inbox.sweep()  # so that none is due
    assert run() == (0, {"processed": 2, "failed": 0, "waiting": 0})
    assert Client.objects.count() == 2


def test_run_twice_it_finds_nothing_more_to_do(event):
    run()
    assert run() == (0, {"processed": 0, "failed": 0, "waiting": 0})
    assert Client.objects.count() == 1


def test_an_empty_inbox_is_done():
    assert run("--once") == (0, {"processed": 0, "failed": 0, "waiting": 0})


def test_ignored_deliveries_count_as_processed(integration, event):
    GHLIntegration.objects.update(is_active=False)
    assert run() == (0, {"processed": 1, "failed": 0, "waiting": 0})


def test_what_fails_is_told_by_the_exit_status(event, handled_by):
    handled_by(refuse)
    assert run() == (1, {"processed": 0, "failed": 1, "waiting": 0})


@pytest.mark.parametrize("handler", [break_down, put_off])
def test_what_cannot_be_settled_now_is_tried_once_and_still_waits(event, handled_by, handler):
    handled_by(handler)
    assert run() == (1, {"processed": 0, "failed": 0, "waiting": 1})
    assert WebhookEvent.objects.get().attempts == 1


def test_failed_ones_are_replayed_on_request_only(event, handled_by):
    handled_by(refuse)
    run()
    handled_by(take_in)
    assert run() == (0, {"processed": 0, "failed": 0, "waiting": 0})
    assert run("--failed") == (0, {"processed": 1, "failed": 0, "waiting": 0})


@pytest.mark.parametrize(("arguments", "processed", "waiting"), [((), 2, 0), (("--once",), 1, 1)])
def test_what_arrives_meanwhile_is_taken_in_unless_once(event, monkeypatch, arguments, processed, waiting):
    def take_in_while_another_comes(integration: GHLIntegration, delivery: object, received_at: object) -> Handled:
        if WebhookEvent.objects.count() == 1:
            another(integration, "k2")
        return Handled(Outcome.DONE)

    monkeypatch.setattr(inbox_cast, "take_in", take_in_while_another_comes)
    assert run(*arguments) == (0, {"processed": processed, "failed": 0, "waiting": waiting})
