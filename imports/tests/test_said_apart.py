"""Whom a record was told apart from is on its page: who said so and when, whether it holds, and the way back."""

import re
from typing import Any

import pytest
from django.urls import reverse
from django.utils.html import escape

from imports.deciding import review
from imports.deciding.telling_apart import take_back
from imports.matching.said_apart import said_of
from imports.models import StagedRecord
from imports.tests.apart_cast import FATHER, SON, apart, candidates, pulled
from imports.tests.review_cast import a_candidate, a_record
from imports.undoing.undo import undo
from prospects.models import SalesProspect

pytestmark = pytest.mark.django_db


def said(record: StagedRecord) -> list[tuple[str, bool]]:
    return [(one.name, one.holds) for one in said_of(record)]


def page_of(record: StagedRecord) -> str:
    return reverse("admin:imports_stagedrecord_change", args=[record.pk])


def shown(client: Any, record: StagedRecord) -> str:
    return re.sub(r"\s+", " ", client.get(page_of(record)).content.decode())


# ---------------------------------------------------------------- what is remembered


def test_nothing_is_said_of_a_record_that_nobody_told_apart(record):
    assert said_of(record) == []


def test_a_pair_that_was_told_apart_is_said_of_later_versions_too(integration, record, father, reviewer):
    apart(record, father, reviewer)
    later = pulled(integration, contact_title="Partner")
    assert said(record) == said(later) == [(str(father), True)]
    (one,) = said_of(later)
    assert (one.who, one.by) == (father, reviewer)


def test_of_two_records_of_a_batch_each_is_named_on_the_others(batch, reviewer):
    first, second = a_record(batch), a_record(batch)
    a_candidate(first, second), a_candidate(second, first)
    apart(first, second, reviewer)
    assert said(first) == [(str(second), True)]
    assert said(second) == [(str(first), True)]


def test_somebody_beside_whom_a_record_was_approved_as_new_is_named(integration, record, father, reviewer):
    decided = review.approve_as_new(record.pk, reviewer)
    assert said(record) == [(str(father), True)]
    (one,) = said_of(record)
    assert (one.decision, one.told_apart, one.at) == (decided.decision, None, decided.decision.decided_at)
    undo(decided.decision.pk, reviewer)
    assert said(record) == []


def test_what_was_said_holds_no_longer_when_what_was_compared_has_changed(record, father, reviewer):
    apart(record, father, reviewer)
    SalesProspect.objects.update(contact_first_name="Alfred")
    father.refresh_from_db()
    assert said(record) == [(str(father), False)]


def test_what_was_taken_back_is_not_said_and_who_is_gone_keeps_the_name(record, father, reviewer):
    told = apart(record, father, reviewer)
    name = told.candidate_name
    father.delete()
    (one,) = said_of(record)
    assert (one.who, one.name) == (None, name)
    take_back(told.pk, reviewer)
    assert said(record) == []


def test_a_person_who_is_linked_to_ghl_is_named_once(integration, record, father, reviewer):
    SalesProspect.objects.update(ghl_contact_id="ofFather", ghl_location_id=integration.location_id)
    review.approve_as_new(record.pk, reviewer)
    assert len(said_of(record)) == 1
    of_father = pulled(integration, ghl_contact_id="ofFather", **{
        name: value for name, value in FATHER.items() if name != "ghl_contact_id"
    })  # fmt: skip
    (one,) = said_of(of_father)
    assert one.who == record


# ---------------------------------------------------------------- the page


def test_the_page_says_who_said_it_and_when_and_one_press_takes_it_back(client, record, father, reviewer):
    told = apart(record, father, reviewer)
    client.force_login(reviewer)
    html = shown(client, record)
    assert "Not the same person" in html
    assert f"reviewer said on {told.said_at:%b} {told.said_at.day}, {told.said_at:%Y %H:%M} that these are" in html
    assert reverse("admin:prospects_salesprospect_change", args=[father.pk]) in html
    (back,) = re.findall(rf'formaction="({reverse("admin:imports_toldapart_take_back", args=[told.pk])}[^"]*)"', html)
    answer = client.post(back.replace("&amp;", "&"), follow=True)
    assert answer.redirect_chain[-1][0].startswith(page_of(record))
    assert "may be one person again" in answer.content.decode()
    assert "Not the same person" not in answer.content.decode()
    assert candidates(record) == {father.pk}


def test_from_a_later_versions_page_the_way_back_leads_there(client, integration, record, father, reviewer):
    told = apart(record, father, reviewer)
    later = pulled(integration, contact_title="Partner")
    client.force_login(reviewer)
    back = reverse("admin:imports_toldapart_take_back", args=[told.pk])
    assert f"{back}?record={later.pk}" in shown(client, later)
    assert client.post(f"{back}?record={later.pk}").url.startswith(page_of(later))


def test_what_a_decision_said_leads_to_the_decision(client, record, father, reviewer):
    decided = review.approve_as_new(record.pk, reviewer)
    client.force_login(reviewer)
    html = shown(client, record)
    assert escape(f"reviewer approved {record} as new beside the other on") in html
    assert f'href="{reverse("admin:imports_reviewdecision_change", args=[decided.decision.pk])}' in html


def test_what_holds_no_longer_is_said_to(client, record, father, reviewer):
    apart(record, father, reviewer)
    SalesProspect.objects.update(contact_first_name="Alfred")
    client.force_login(reviewer)
    assert "What was compared has changed since, so they are compared again." in shown(client, record)


def test_who_may_only_look_reads_it_without_a_button(client, record, father, reviewer, django_user_model):
    from django.contrib.auth.models import Permission

    told = apart(record, father, reviewer)
    onlooker = django_user_model.objects.create_user("onlooker", is_staff=True)
    onlooker.user_permissions.add(Permission.objects.get(codename="view_stagedrecord"))
    client.force_login(onlooker)
    html = shown(client, record)
    assert "Not the same person" in html
    assert reverse("admin:imports_toldapart_take_back", args=[told.pk]) not in html


def test_many_of_them_ask_the_database_no_oftener(batch, reviewer, django_assert_max_num_queries):
    record = a_record(batch, **SON)
    for number in range(5):
        known = SalesProspect.objects.create(contact_last_name=f"Keller {number}")
        a_candidate(record, known)
        apart(record, known, reviewer)
    read = StagedRecord.objects.select_related("batch__integration__client").get(pk=record.pk)
    with django_assert_max_num_queries(2):
        assert len(said_of(read)) == 5
