"""The cast that the tests of imports share."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from conftest import LOCATION_ID, TOKEN
from imports.models import ImportBatch, StagedRecord
from imports.tests.apart_cast import FATHER, pulled
from imports.tests.csv_cast import Desk, an_operator
from imports.tests.pull_cast import FreePace, OddGHL
from imports.tests.review_cast import a_batch
from integrations import credentials
from integrations.ghl.client import GHLClient
from integrations.models import GHLIntegration
from prospects.models import SalesProspect


@pytest.fixture
def ghl(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[OddGHL]:
    """A GoHighLevel that can be bent, with one empty location, that nobody waits for."""
    monkeypatch.setattr(credentials, "open_pace", lambda **about: FreePace())
    monkeypatch.setattr(credentials, "GHLClient", partial(GHLClient, sleep=lambda seconds: None))
    settings.GHL_TIMEOUT_SECONDS = 5.0
    with OddGHL({LOCATION_ID: TOKEN}, rate_limit=None, index_lag=0) as server:
        settings.GHL_API_BASE_URL = server.url
        yield server


@pytest.fixture
def crowd(ghl: OddGHL) -> OddGHL:
    """The same, with 60 people and 90 calls, given 20 to a page."""
    ghl.populate(LOCATION_ID, contacts=60, calls=90)
    ghl.gives_at_most(20)
    return ghl


@pytest.fixture
def location(integration: GHLIntegration) -> GHLIntegration:
    """The internal location that `ghl` serves."""
    return integration


@pytest.fixture
def desk(integration: GHLIntegration, django_capture_on_commit_callbacks: Any) -> Desk:
    """An operator who brings in CSV files for `integration`."""
    return Desk(an_operator(), integration, django_capture_on_commit_callbacks)


@pytest.fixture
def batch(integration: GHLIntegration) -> ImportBatch:
    """A batch of `integration`, to put records into."""
    return a_batch(integration)


@pytest.fixture
def page(client: Client, reviewer: User) -> Client:
    """A browser in which the reviewer is logged in."""
    client.force_login(reviewer)
    return client


@pytest.fixture
def known(db: None) -> SalesProspect:
    """Somebody who is in the portal already, to merge records into."""
    return SalesProspect.objects.create(contact_last_name="Known", contact_phone="+12125550000", tags="old; big")


@pytest.fixture
def father(db: None) -> SalesProspect:
    """In the portal; his son comes from GHL."""
    return SalesProspect.objects.create(**FATHER)


@pytest.fixture
def record(integration: GHLIntegration, father: SalesProspect) -> StagedRecord:
    """The son, who waits with his father as the only candidate."""
    return pulled(integration)
