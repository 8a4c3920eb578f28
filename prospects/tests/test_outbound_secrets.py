"""The token is in nothing that a push leaves or says, whatever goes wrong."""

import io
import json
import logging
from contextlib import suppress

import pytest
from celery import current_app
from django.core.management import call_command
from django.test import Client as Browser

from conftest import LOCATION_ID, TOKEN
from prospects import tasks
from prospects.outbound import runs
from prospects.tests.outbound_cast import email_of, prospect

pytestmark = pytest.mark.django_db
FAULTS = (
    {"kind": "lost_answer"}, {"kind": "html"}, {"kind": "created_422"}, {"status": 500},
    {"status": 422, "body": {"message": [f"Bearer {TOKEN} is not an email"]}},
    {"status": 400, "body": f"<p>{TOKEN}</p>"},
    {"status": 401, "body": {"message": f"Invalid token {TOKEN}"}},
)  # fmt: skip


@pytest.fixture
def everything_said(caplog, capsys, monkeypatch):
    """All that goes to logs, to the broker and to the terminal."""
    messages = []
    monkeypatch.setattr(current_app, "send_task", lambda *about, **more: messages.append((about, more)))
    caplog.set_level(logging.DEBUG)

    def everything_said():
        out, err = capsys.readouterr()
        return "\n".join([caplog.text, out, err, repr(messages)])

    return everything_said


@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_the_token_is_in_no_log_message_error_page_or_dump(
    sandbox, integration, everything_said, admin_client: Browser, fault, settings
):
    settings.GHL_SEARCH_LAG_SECONDS = 0.02
    people = [prospect(number) for number in range(3)]
    sandbox.location.add_contact(first_name="Zoe", last_name="Other", email=email_of(2))
    sandbox.faults.add("/contacts", method="POST", times=2, **fault)
    tasks.push_all_locations()
    run = runs.run_under_way(integration)
    tasks.push_to_ghl(str(run.pk))
    with suppress(SystemExit):  # whether it went well is not the question here
        call_command("sync_prospects_to_ghl", LOCATION_ID, "--json")
    dump = io.StringIO()
    call_command("dumpdata", "integrations", "prospects", stdout=dump)
    pages = [
        f"/admin/integrations/ghlintegration/{integration.pk}/change/",
        f"/admin/integrations/syncrun/{run.pk}/change/",
        "/admin/integrations/syncrun/",
        f"/admin/prospects/salesprospect/{people[0].pk}/change/",
    ]
    shown = [admin_client.get(page, follow=True).content.decode() for page in pages]
    left = [everything_said(), dump.getvalue(), *shown]
    assert len(json.loads(dump.getvalue())) > 5
    assert all(len(page) > 1000 for page in shown)
    assert TOKEN in sandbox.tokens
    for text in left:
        assert TOKEN not in text
