# ruff: noqa: F811 (the fixtures are those of the cast)
"""What axe-core finds on the pages of reviewers and operators: nothing serious, in the light, the dark, on a phone."""

from contextlib import nullcontext
from typing import Any

import pytest
from django.urls import reverse

from ghlportal.tests.browser_cast import LAPTOP, PHONE, batch, browser, portal, review_url, visit  # noqa: F401
from imports.deciding import review
from imports.tests.csv_cast import ANN, DANA, HOUSE, NOBODY, Desk
from imports.tests.review_cast import a_call, a_candidate, a_record, an_error
from prospects.models import SalesProspect

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SERIOUS = ("serious", "critical")


@pytest.fixture
def addresses(portal: str, batch: Any, admin_user: Any) -> list[str]:
    """The desk in its states, the queue, a batch, Today, decisions, files, a group, a pair, and what judges pairs."""
    known = SalesProspect.objects.create(contact_first_name="Ann", contact_last_name="Lee", contact_title="Clerk")
    record = a_record(batch, contact_first_name="Ann", contact_title="Partner")
    alone, decided = a_record(batch), a_record(batch)
    a_candidate(record, known), a_candidate(record, alone, score=0.91, band="likely"), a_call(record)
    decision = review.approve_as_new(decided.pk, admin_user).decision
    desk = Desk(admin_user, batch.integration, lambda execute: nullcontext())
    uploaded = desk.bring(HOUSE + DANA + ANN)
    checked = desk.confirm(desk.bring(HOUSE + ANN + NOBODY))
    return [
        *(review_url(one) for one in (record, alone, decided, an_error(batch))),
        reverse("admin:index"),
        reverse("admin:imports_stagedrecord_changelist"),
        reverse("admin:imports_importbatch_changelist"),
        reverse("admin:imports_importbatch_change", args=[batch.pk]),
        reverse("admin:imports_reviewdecision_changelist"),
        reverse("admin:imports_reviewdecision_change", args=[decision.pk]),
        reverse("admin:imports_importbatch_csv"),
        reverse("admin:imports_stagedrecord_group", args=[record.pk]),
        f"{reverse('admin:imports_toldapart_changelist')}?one=staged:{record.pk}&other=prospect:{known.pk}",
        reverse("admin:imports_thresholds_changelist"),
        reverse("admin:imports_fittedcalibration_changelist"),
        *(desk.url(one, "csv_file") for one in (uploaded, checked)),
    ]


def found_on(page: Any, axe: Any) -> list[str]:
    """What is serious, with the first element that it is about."""
    violations = axe.run(page).response["violations"]
    return [f"{one['id']}: {one['nodes'][0]['html']}" for one in violations if one["impact"] in SERIOUS]


@pytest.mark.parametrize(("size", "scheme"), [(LAPTOP, "light"), (PHONE, "dark")], ids=["light", "dark"])
def test_nothing_serious_is_found_on_any_page(visit, addresses, admin_user, size, scheme):
    from axe_playwright_python.sync_playwright import Axe  # brought by Playwright's side of the requirements

    axe = Axe()
    page, _ = visit(addresses[0], admin_user, viewport=size, color_scheme=scheme, reduced_motion="reduce")
    found = {address: found_on(page, axe) for address in addresses if page.goto(address)}
    page.goto(addresses[0])
    page.keyboard.press("?")
    found["the keys"] = found_on(page, axe)
    assert {address: what for address, what in found.items() if what} == {}
