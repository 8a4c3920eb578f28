"""Who plays in the tests of summaries: calls with transcripts, and a Claude that does as the test says."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from calls.models import Call, CallSummary, PhoneCall, SalesCall
from calls.summaries.asking import written_down
from calls.summaries.claude import Claude
from calls.summaries.making import make
from calls.summaries.standing import Standing, standing_of
from calls.tests.claude_stand_in import KEY, ClaudeStandIn
from integrations.models import Client, GHLIntegration

__all__ = ["call", "claude", "client_call"]

TALK = """\
Speaker 1 [00:00]: Hi Dana, this is Sam with First Recruiting. Do you have a minute?
Speaker 2 [00:04]: Sure, go ahead. What is this about?
Speaker 1 [00:07]: We place partners with litigation firms in Texas and I wanted to compare notes about your practice.
Speaker 2 [00:15]: Interesting. We are growing the group next year. Budget is tight until March, though.
Speaker 1 [01:02]: Shall we meet on Tuesday at ten?
Speaker 2 [01:05]: Tuesday at ten works for me. Please send an invitation."""
GREETING = "You have reached the voicemail of Dana Whitfield. Please leave a message after the tone."


@pytest.fixture
def claude(settings: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[ClaudeStandIn]:
    """A Claude that answers at once; the portal's settings point at it."""
    # It does without TLS, and reading all the world's certificates takes longer than the rest of a summary.
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))
    settings.ANTHROPIC_API_KEY = KEY
    settings.ANTHROPIC_TIMEOUT_SECONDS = 5.0
    with ClaudeStandIn().running() as server:
        settings.ANTHROPIC_BASE_URL = server.url
        yield server


@pytest.fixture
def call(integration: GHLIntegration) -> SalesCall:
    """A call of the internal side that has been talked in."""
    return sales_call(integration)


@pytest.fixture
def client_call(db: None) -> Call:
    acme = Client.objects.create(name="Acme Search")
    location = GHLIntegration.objects.create(
        location_id="clientLocation000001", integration_type="client", client=acme, name="Acme"
    )
    return Call.objects.create(
        integration=location, external_call_id="m1", call_status="completed", direction="outbound", transcript=TALK
    )


def sales_call(integration: GHLIntegration, message_id: str = "m1", **columns: Any) -> SalesCall:
    told = {"call_status": "completed", "direction": "outbound", "transcript": TALK}
    return SalesCall.objects.create(integration=integration, external_call_id=message_id, **told | columns)


def summarised(call: PhoneCall) -> Standing:
    """Asks for a call's summary, has it made, and says where it stands."""
    standing = written_down(call)
    if standing.latest is not None:
        with Claude() as connection:
            make(standing.latest.pk, connection)
    call.refresh_from_db()
    return standing_of(call)


def due_now() -> None:
    """As if every wait were over."""
    from django.utils import timezone

    from calls.models import SummaryBudget

    CallSummary.objects.exclude(next_at=None).update(next_at=timezone.now())
    SummaryBudget.objects.exclude(paused_until=None).update(paused_until=timezone.now())
