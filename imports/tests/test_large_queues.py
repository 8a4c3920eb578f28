"""Queue and lists stay the same however they are found: by index, from the nearer end, from a row's own values."""

from typing import Any

import pytest
from django.contrib import admin
from django.db import connection
from django.test import Client
from django.urls import reverse

from imports.models import ImportBatch, StagedRecord
from imports.tests.review_cast import a_batch, a_candidate, a_client_location, a_record, an_error
from integrations import admin_pages
from integrations.admin_pages import FoundRows, LongList
from prospects.models import SalesProspect

QUEUE = reverse("admin:imports_stagedrecord_changelist")


@pytest.fixture
def queue(integration: Any) -> list[StagedRecord]:
    """Two batches, people of one name, and scores for some."""
    older, newer = a_batch(integration), a_batch(a_client_location())
    records = [a_record(batch, contact_last_name=name) for batch in (older, newer) for name in ("Lee", "Adams", "Lee")]
    a_candidate(records[1], SalesProspect.objects.create(contact_last_name="Known"), score=0.97, band="likely")
    a_candidate(records[4], SalesProspect.objects.create(contact_last_name="Known"), score=0.97, band="likely")
    a_candidate(records[5], SalesProspect.objects.create(contact_last_name="Known"), score=0.995)
    an_error(older)
    return records


def listed(page: Client, query: str) -> list[Any]:
    return [record.pk for record in page.get(f"{QUEUE}?{query}").context["cl"].result_list]


def place(page: Client, record_id: Any, query: str) -> Any:
    url = reverse("admin:imports_stagedrecord_change", args=[record_id])
    return page.get(url, {"_changelist_filters": query}).context["place"]


@pytest.mark.parametrize("query", ["", "o=1", "o=-1", "o=4", "o=-4", "o=8.-4", "status=all", "kind=matched", "q=lee"])
def test_from_record_to_record_is_the_way_of_the_list_whatever_it_is_sorted_by(page, queue, query):
    ids = listed(page, query)
    assert len(ids) > 1
    for number, record_id in enumerate(ids):
        here = place(page, record_id, query)
        before, after = ids[number - 1] if number else None, ids[number + 1] if number + 1 < len(ids) else None
        assert (here.position, here.total, here.previous, here.next) == (number + 1, str(len(ids)), before, after)


def test_who_is_not_in_the_queue_has_no_place_there_and_the_first_one_behind_it(page, queue):
    error = StagedRecord.objects.get(status="error")
    here = place(page, error.pk, "")
    assert (here.position, here.previous, here.next) == (None, None, listed(page, "")[0])


def test_far_down_a_record_has_neighbours_but_no_number(page, queue, monkeypatch):
    monkeypatch.setattr("imports.admin.queue_place.MOST_PLACES", 2)
    ids = listed(page, "")
    here = place(page, ids[3], "")
    assert (here.position, here.total, here.previous, here.next) == (None, "2+", ids[2], ids[4])


def test_the_newest_batch_comes_first_and_each_in_its_own_order(page, queue):
    assert listed(page, "") == [record.pk for record in [*queue[3:], *queue[:3]]]
    newest = ImportBatch.objects.latest("created_at")
    assert {record.batch_made_at for record in newest.records.all()} == {newest.created_at}


@pytest.mark.parametrize("per_page", [1, 2, 4, 6, 7])
def test_every_page_holds_what_counting_from_the_beginning_gives(queue, per_page):
    rows = StagedRecord.objects.order_by("match_score", "-pk")
    pages = LongList(rows, per_page)
    found = [list(pages.page(number)) for number in pages.page_range]
    assert [record for one in found for record in one] == list(rows)
    assert {len(one) for one in found[:-1]} <= {per_page}


def test_what_a_search_finds_is_counted_no_further_than_anybody_pages(queue, monkeypatch):
    monkeypatch.setattr(admin_pages, "MOST_FOUND", 4)
    rows = StagedRecord.objects.order_by("contact_last_name", "pk")
    pages = FoundRows(rows, 2)
    assert (f"{pages.count}", pages.num_pages) == ("more than 4", 2)
    assert list(pages.page(2)) == list(rows[2:4])
    assert FoundRows(rows.filter(contact_last_name="Adams"), 2).count == 2


def test_a_word_of_two_letters_is_the_beginning_of_a_name(page, integration):
    batch = a_batch(integration)
    wanted = a_record(batch, contact_first_name="Or", contact_last_name="Hale", firm_name="Baker LLP")
    a_record(batch, contact_first_name="Ann", contact_last_name="Luxor", firm_name="Baker LLP")
    assert listed(page, "q=or") == [wanted.pk]
    assert len(listed(page, "q=uxo")) == 1


def test_words_in_quotes_are_looked_for_as_they_stand(page, integration):
    batch = a_batch(integration)
    wanted = a_record(batch, contact_first_name="Ann", contact_last_name="Hale")
    a_record(batch, contact_first_name="Hale", contact_last_name="Ann")
    assert listed(page, "q=%22ann+hale%22") == [wanted.pk]


def test_people_are_narrowed_down_to_values_that_somebody_has(page, db):
    for level in ("new", "interested", "new"):
        SalesProspect.objects.create(engagement_level=level)
    [levels] = [
        spec
        for spec in page.get(reverse("admin:prospects_salesprospect_changelist")).context["cl"].filter_specs
        if getattr(spec, "lookup_kwarg", "") == "engagement_level"
    ]
    assert list(levels.lookup_choices) == ["interested", "new"]


@pytest.mark.parametrize("model", [SalesProspect, StagedRecord])
def test_postgresql_has_an_index_for_just_what_a_search_asks(rf, admin_user, model):
    model_admin = admin.site._registry[model]
    request = rf.get("/", {"q": "quill 2125550177"})
    request.user = admin_user
    found, _ = model_admin.get_search_results(request, model._default_manager.all(), "quill baker")
    phones, _ = model_admin.get_search_results(request, model._default_manager.all(), "(212) 555-0177")
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
        assert f"{model._meta.db_table}_search" in found.order_by().explain()
        assert f"{model._meta.db_table}_search" in phones.order_by().explain()
    assert not found.exists()
    assert not phones.exists()
