"""The cast that the tests of pushes share."""

from collections.abc import Iterator
from typing import Any

import pytest

from integrations.sandbox.server import Sandbox
from prospects.outbound import push
from prospects.tests.outbound_cast import HoldingGHL


@pytest.fixture
def quick_search(settings: Any) -> None:
    """The portal takes GHL's searches to show everything at once, and waits for no answer for long."""
    settings.GHL_SEARCH_LAG_SECONDS = 0.02
    settings.GHL_TIMEOUT_SECONDS = 5.0


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pushes look at what changed meanwhile many times a second rather than once."""
    monkeypatch.setattr(push, "SHOWN_EVERY", 0.0)
    monkeypatch.setattr(push, "LONGEST_NAP", 0.02)


@pytest.fixture
def ghl(sandbox: Sandbox) -> Sandbox:
    return sandbox


@pytest.fixture
def holding(settings: Any) -> Iterator[HoldingGHL]:
    """A GoHighLevel of the portal's that may hold its answers."""
    with HoldingGHL(index_lag=0) as server:
        settings.GHL_API_BASE_URL = server.url
        yield server
