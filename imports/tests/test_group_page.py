"""The page where several records are decided together: what it shows, what it sends, and what it says afterwards."""

import re
from typing import Any
from urllib.parse import urlencode

from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse

from imports.deciding import review
from imports.deciding.decisions import standing
from imports.models import StagedRecord
from imports.tests.group_cast import DANA, are_alike, records_of_dana
from imports.tests.review_cast import a_batch, a_call, a_candidate, a_record
from prospects.models import SalesProspect


def url_of(record: StagedRecord, filters: str = "") -> str:
    query = f"?{urlencode({'_changelist_filters': filters})}" if filters else ""
    return reverse("admin:imports_stagedrecord_group", args=[record.pk]) + query


def review_url(record: StagedRecord) -> str:
    return reverse("admin:imports_stagedrecord_change", args=[record.pk])


def shown(page: Client, address: str) -> str:
    return re.sub(r"\s+", " ", page.get(address).content.decode())


def told(answer: Any) -> str:
    return " ".join(str(message) for message in get_messages(answer.wsgi_request))


def decide(
    page: Client, record: StagedRecord, *members: StagedRecord, leads: Any, filters: str = "", **form: Any
) -> Any:
    return page.post(url_of(record, filters), {"member": [one.pk for one in members], "leads": leads.pk, **form})


def test_the_review_page_leads_there_when_three_or_more_look_like_one_person(page, batch):
    record, *_ = records_of_dana(batch)
    html = shown(page, review_url(record))
    assert "Several waiting records look like this person." in html
    assert f'href="{url_of(record)}' in html
    assert 'data-key="g"' in html
    pair, twin = records_of_dana(batch, 2, contact_last_name="Kim")
    assert 'data-key="g"' not in shown(page, review_url(pair))
    known = SalesProspect.objects.create(**DANA)
    a_candidate(twin, known)
    assert 'data-key="g"' in shown(page, review_url(pair)), "its twin resembles somebody else"


def test_a_record_leads_there_by_a_person_whom_a_record_of_another_batch_resembles_too(page, batch):
    known = SalesProspect.objects.create(**DANA)
    record, other = a_record(batch, **DANA), a_record(a_batch(batch.integration), **DANA)
    a_candidate(record, known)
    assert 'data-key="g"' not in shown(page, review_url(record))
    a_candidate(other, known)
    assert 'data-key="g"' in shown(page, review_url(record))
    assert "These 2 records look like one person, whom the portal has" in shown(page, url_of(record))


def test_the_page_shows_all_of_them_with_calls_differences_and_what_links_them(page, batch):
    known = SalesProspect.objects.create(**{**DANA, "contact_phone": "+12125550100"})
    old, new = records_of_dana(batch, 2, contact_phone="+12125550200")
    a_call(old, dateAdded="2026-07-01T10:00:00.000Z"), a_call(old, dateAdded="2026-07-25T18:34:36.728Z")
    for record in (old, new):
        a_candidate(record, known)
    html = shown(page, url_of(old))
    assert "These 2 records look like one person, whom the portal has" in html
    assert "2, the last on Jul 25, 2026" in html
    assert "+12125550<mark>2</mark>00" in html
    assert "Prospect in the portal" in html
    assert "Like 1, <span" in html
    assert "Same e-mail address: ann@lee.example" in html
    assert "Against: Different titles: partner / associate" in html
    assert f'name="leads" value="{known.pk}" checked' in html
    assert "<span data-together>+12125550100</span>" in html


def test_the_fullest_and_then_the_newest_leads_where_nobody_is_known(page, batch):
    records = records_of_dana(batch, 4)
    StagedRecord.objects.filter(pk__in=[one.pk for one in records[1:3]]).update(contact_title="Partner")
    assert f'name="leads" value="{records[2].pk}" checked' in shown(page, url_of(records[0]))


def test_one_press_makes_one_person_of_all_and_one_takes_it_back(page, batch):
    first, second, third, other = *records_of_dana(batch), a_record(batch)
    a_call(third)
    answer = decide(page, first, first, second, third, leads=third, filters=f"batch={batch.pk}")
    assert "Decided together: 3 records became" in told(answer)
    assert "with 1 call" in told(answer)
    html = shown(page, answer.url)
    assert "3 records decided together" in html
    assert review_url(other) in html, "and the next one is there"
    dana = SalesProspect.objects.get()
    assert f"/admin/prospects/salesprospect/{dana.pk}/change/" in html
    (address,) = re.findall(r'action="(/[^"]*/undo/[^"]*)"', html)
    assert "Undone" in told(page.post(address))
    assert set(StagedRecord.objects.values_list("status", flat=True)) == {"pending"}
    assert not SalesProspect.objects.exists()


def test_whoever_is_taken_out_stays_in_the_queue(page, batch):
    first, second, third = records_of_dana(batch)
    decide(page, first, second, third, leads=second)
    first.refresh_from_db()
    assert first.is_waiting
    assert SalesProspect.objects.count() == 1


def test_the_portals_person_can_be_taken_out_since_the_page_has_shown_them(page, batch):
    known = SalesProspect.objects.create(**DANA)
    first, second = records_of_dana(batch, 2)
    for record in (first, second):
        a_candidate(record, known)
    decide(page, first, first, second, leads=first, shown=[known.pk])
    assert SalesProspect.objects.count() == 2
    assert not StagedRecord.objects.filter(imported_prospect=known).exists()


def test_what_is_refused_leaves_everything_as_it_was_chosen(page, batch):
    first, second, third = records_of_dana(batch)
    html = decide(page, first, first, second, leads=third).content.decode()
    assert "Nothing was decided yet. The one that leads was taken out." in html
    assert [f'value="{one.pk}" checked' in html for one in (first, second)] == [True, True]
    assert f'name="member" value="{third.pk}" checked' not in html
    assert set(StagedRecord.objects.values_list("status", flat=True)) == {"pending"}
    for nonsense in ({}, {"leads": "x"}, {"member": "x", "leads": str(first.pk)}):
        assert "Choose which of them leads" in page.post(url_of(first), nonsense).content.decode()


def test_when_somebody_decided_one_meanwhile_the_page_says_so_and_changes_nothing(page, batch, admin_user):
    first, second, third, fourth = records_of_dana(batch, 4)
    review.reject(second.pk, admin_user)
    answer = decide(page, first, first, second, third, fourth, leads=first)
    assert "has been decided about already: rejected by admin" in told(answer)
    assert "These 3 records look like one person" in shown(page, answer.url)
    assert standing().count() == 1


def test_a_record_without_a_group_and_a_decided_one_lead_to_their_own_page(page, batch, reviewer):
    alone = a_record(batch)
    answer = page.get(url_of(alone))
    assert answer.url.startswith(review_url(alone))
    assert "Fewer than three look like this person" in told(answer)
    review.skip(alone.pk, reviewer)
    assert page.get(url_of(alone)).url.startswith(review_url(alone))
    unknown = reverse("admin:imports_stagedrecord_group", args=["00000000-0000-0000-0000-000000000000"])
    assert page.get(unknown).url == reverse("admin:imports_stagedrecord_changelist")


def test_a_chain_is_cut_and_the_page_says_why(page, batch):
    records = records_of_dana(batch)
    stranger = a_record(batch, contact_first_name="Boris", contact_last_name="Pratt")
    are_alike(records[0], stranger, "likely", 0.95)
    html = shown(page, url_of(records[0]))
    assert "Left out" in html
    assert "Boris Pratt" in html
    assert "What they say of themselves speaks against one person." in html


def test_who_may_only_look_sees_no_button_and_cannot_decide(client, batch, django_user_model):
    from django.contrib.auth.models import Permission

    onlooker = django_user_model.objects.create_user("onlooker", is_staff=True)
    onlooker.user_permissions.add(Permission.objects.get(codename="view_stagedrecord"))
    client.force_login(onlooker)
    records = records_of_dana(batch)
    html = shown(client, url_of(records[0]))
    assert 'data-key="m"' not in html
    assert 'name="member"' not in html
    assert decide(client, records[0], *records, leads=records[0]).status_code == 403
    assert not standing().exists()


def test_a_page_with_twelve_asks_the_database_fifteen_times_at_most(page, batch, django_assert_max_num_queries):
    known = SalesProspect.objects.create(**DANA)
    records = records_of_dana(batch, 11)
    for record in records:
        a_candidate(record, known)
        a_call(record)
    with django_assert_max_num_queries(15):
        html = shown(page, url_of(records[0]))
    assert "These 11 records look like one person" in html


# ---------------------------------------------------------------- one record of a group, decided by itself


def test_after_one_of_twins_is_approved_by_itself_the_others_are_shown_with_whom_it_became(page, batch, reviewer):
    first, second, third = records_of_dana(batch)
    dana = review.approve_as_new(first.pk, reviewer).person
    html = shown(page, review_url(second))
    assert "In the same batch, imported already" in html
    assert "Several waiting records look like this person." in html
    decide(page, second, second, third, leads=dana, person=dana.pk)
    assert SalesProspect.objects.get() == dana
    assert set(StagedRecord.objects.values_list("imported_prospect", flat=True)) == {dana.pk}
