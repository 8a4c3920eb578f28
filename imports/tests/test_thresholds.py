"""How sure is sure: staff set the bands, within what bulk decisions rest on, and have batches compared again."""

from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.db import IntegrityError, transaction
from django.urls import reverse

from imports.admin import comparing_again
from imports.duplicates import BANDS, Bands
from imports.matching.detection import detect
from imports.matching.recheck import note_newcomers
from imports.matching.thresholds import UnusableBandsError, bands_now, set_bands, usable_bands
from imports.models import Thresholds
from imports.tasks import compare_batch_again
from imports.tests.apart_cast import FATHER, SON, pulled
from prospects.models import SalesProspect

pytestmark = pytest.mark.django_db
PAGE = reverse("admin:imports_thresholds_changelist")
STRICT = {"possible": 0.5, "likely": 0.999, "certain": 0.9999, "certain_if_even": 0.99999}


@pytest.fixture
def page(client: Any, admin_user: Any) -> Any:
    client.force_login(admin_user)
    return client


def entered(page: Any, **percents: Any) -> Any:
    values = {"possible": 35, "likely": 90, "certain": 98, "certain_if_even": 99.5, **percents}
    page.get(PAGE)
    return page.post(reverse("admin:imports_thresholds_change", args=[Thresholds.objects.get().pk]), values)


def test_without_a_row_the_defaults_in_code_hold():
    assert bands_now() == BANDS
    assert not Thresholds.objects.exists()


def test_what_staff_set_is_what_detections_go_by(integration, admin_user):
    SalesProspect.objects.create(**FATHER)
    usual = pulled(integration)
    set_bands(usable_bands(**STRICT), admin_user)
    assert bands_now() == Bands(0.99999, 0.9999, 0.999, 0.5)
    assert usual.match_band == "certain"
    assert pulled(integration).match_band == "possible"


def test_records_that_wait_keep_their_matches_until_they_are_compared_again(integration, admin_user):
    SalesProspect.objects.create(**FATHER)
    record = pulled(integration)
    set_bands(usable_bands(**STRICT), admin_user)
    record.refresh_from_db()
    assert record.match_band == "certain"
    detect(record.batch)
    record.refresh_from_db()
    assert record.match_band == "possible"


def test_a_second_look_goes_by_them(integration, admin_user):
    record = pulled(integration)
    SalesProspect.objects.create(**SON)
    set_bands(usable_bands(possible=0.9, likely=0.99999999, certain=0.99999999, certain_if_even=0.99999999), admin_user)
    assert note_newcomers(record) == []
    Thresholds.objects.all().delete()
    assert note_newcomers(record)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"likely": 0.3}, "at least as high"),
        ({"certain_if_even": 0.97}, "at least as high"),
        ({"possible": 0.0}, "above 0 %"),
        ({"certain_if_even": 1.0}, "below 100 %"),
        ({"certain": 0.94, "likely": 0.9}, "at least 95 %"),
    ],
)
def test_bands_that_cannot_be_are_refused_with_the_reason(wrong, words):
    usual = {name: getattr(BANDS, name) for name in STRICT}
    with pytest.raises(UnusableBandsError, match=words):
        usable_bands(**{**usual, **wrong})


@pytest.mark.parametrize("wrong", [{"likely": 0.3}, {"possible": 0}, {"certain_if_even": 1}, {"certain": 0.94}])
def test_the_database_refuses_them_too(wrong):
    Thresholds.objects.create()
    with pytest.raises(IntegrityError), transaction.atomic():
        Thresholds.objects.update(**wrong)


def test_there_is_one_row():
    Thresholds.objects.create()
    with pytest.raises(IntegrityError), transaction.atomic():
        Thresholds.objects.create()


# ---------------------------------------------------------------- the page


def test_the_page_shows_percents_beside_what_is_usual(page):
    html = page.get(PAGE).content.decode()
    for words in ('value="35"', 'value="99.5"', "Usually 98.", "How sure is sure"):
        assert words in html


def test_saving_says_what_happens_next(page, admin_user):
    answer = entered(page, likely=92.5)
    assert bands_now() == Bands(likely=0.925)
    assert Thresholds.objects.get().changed_by == admin_user
    assert "keep their matches until they are compared again" in " ".join(map(str, get_messages(answer.wsgi_request)))


@pytest.mark.parametrize(
    ("wrong", "words"),
    [({"likely": 20}, "at least as high"), ({"certain": 80, "likely": 70}, "at least 95"), ({"likely": "x"}, "number")],
)
def test_the_page_refuses_what_cannot_be_and_says_why(page, wrong, words):
    answer = entered(page, **wrong)
    assert words in answer.content.decode()
    assert bands_now() == BANDS


def test_batches_that_wait_can_be_compared_again_from_the_page(page, integration, monkeypatch):
    SalesProspect.objects.create(**FATHER)
    record = pulled(integration)
    entered(page, likely=99.9, certain=99.99, certain_if_even=99.999)
    queued: list[Any] = []
    monkeypatch.setattr(comparing_again, "queue", lambda *told: queued.append(told) or True)
    url = reverse("admin:imports_thresholds_compare", args=[record.batch_id])
    assert url in page.get(PAGE).content.decode()
    assert "is compared again" in page.post(url, follow=True).content.decode()
    assert queued == [("imports.tasks.compare_batch_again", str(record.batch_id))]
    compare_batch_again(str(record.batch_id))
    record.refresh_from_db()
    assert record.match_band == "possible"


@pytest.mark.parametrize("role", ["Reviewer", "Operator"])
def test_only_administrators_set_them(client, reviewer, integration, role):
    from django.contrib.auth.models import Group

    reviewer.groups.set([Group.objects.get(name=role)])
    client.force_login(reviewer)
    assert client.get(PAGE).status_code == 403
    record = pulled(integration)
    assert client.post(reverse("admin:imports_thresholds_compare", args=[record.batch_id])).status_code == 403
