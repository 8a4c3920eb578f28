"""The cast that the tests of calls share."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest

from calls.tests.call_cast import PHONE, PLACED_AT, FreePace, ms
from conftest import LOCATION_ID, TOKEN
from integrations import credentials
from integrations.ghl.client import GHLClient
from integrations.models import GHLIntegration
from integrations.sandbox.server import Sandbox
from integrations.tests.inbox_cast import queued

__all__ = ["queued"]


@pytest.fixture
def ghl(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    """A GoHighLevel that nobody waits for, with Dana in it and one call with her."""
    monkeypatch.setattr(credentials, "open_pace", lambda **about: FreePace())
    monkeypatch.setattr(credentials, "GHLClient", partial(GHLClient, sleep=lambda seconds: None))
    settings.GHL_TIMEOUT_SECONDS = 5.0
    with Sandbox({LOCATION_ID: TOKEN}, rate_limit=None, index_lag=0) as server:
        settings.GHL_API_BASE_URL = server.url
        server.location.add_contact(id="c1", first_name="Dana", last_name="Whitfield", phone=PHONE)
        server.location.add_call("c1", id="m1", date_added=ms(PLACED_AT), duration=96, user_id="u1")
        yield server


@pytest.fixture
def location(integration: GHLIntegration) -> GHLIntegration:
    """The internal location that `ghl` serves."""
    return integration
