"""Choosing field by field what a merge leaves on a person: proposed, chosen, written, kept both, and taken back."""

import re
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse

from imports.admin.weighing import weighing
from imports.deciding import review
from imports.deciding.choices import Choices, UnusableValueError
from imports.deciding.comparing import differences, marks_in_words
from imports.models import ImportBatch, ReviewDecision, StagedRecord
from imports.tests.review_cast import REASONS, a_candidate, a_record
from imports.undoing import undo
from prospects.models import IDENTITY_COLUMNS, SalesProspect

NEVER_COMPARED = {"updated_at", "keys_made_at", "calls_counted_at"}
OURS, GHLS = "+12125550100", "+12125550200"


@pytest.fixture
def known(db: None) -> SalesProspect:
    return SalesProspect.objects.create(
        contact_first_name="Ann", contact_last_name="Lee", contact_phone=OURS, contact_email="ann@lee.example"
    )


@pytest.fixture
def record(batch: ImportBatch, known: SalesProspect) -> StagedRecord:
    values = {"contact_first_name": "Ann", "contact_last_name": "Lee", "contact_phone": GHLS, "contact_title": "Clerk"}
    record = a_record(batch, **values)
    a_candidate(record, known)
    return record


def row_of(person: SalesProspect) -> dict[str, Any]:
    row = SalesProspect.objects.filter(pk=person.pk).values().get()
    return {name: value for name, value in row.items() if name not in NEVER_COMPARED}


def send(page: Client, record: StagedRecord, person: SalesProspect, **form: str) -> Any:
    url = reverse("admin:imports_stagedrecord_decide", args=[record.pk])
    return page.post(url, {"decision": "merge", "candidate": f"prospect:{person.pk}", **form})


def shown(page: Client, record: StagedRecord) -> str:
    return page.get(reverse("admin:imports_stagedrecord_change", args=[record.pk])).content.decode()


def untouched(html: str) -> dict[str, str]:
    """What a browser sends of the choices when nobody touches them."""
    chosen = re.findall(r'type="radio" name="(\w+)" value="(\w+)" checked', html)
    texts = re.findall(r'name="(value_\w+)" value="([^"]*)"', html)
    return dict(chosen) | dict(texts)


def merged(record: StagedRecord, person: SalesProspect, reviewer: Any, **chosen: Any) -> ReviewDecision:
    choices = Choices.of(**chosen)
    return review.merge(record.pk, reviewer, kind="prospect", candidate_id=person.pk, choices=choices).decision


# ---------------------------------------------------------------- what is chosen


def test_a_form_that_nobody_touched_merges_as_the_rule_says(page, batch, reviewer, known, record):
    twin = SalesProspect.objects.create(
        contact_first_name="Ann", contact_last_name="Lee", contact_phone=OURS, contact_email="ann@lee.example"
    )
    alike = a_record(batch, firm_name=record.firm_name, contact_first_name="Ann", contact_last_name="Lee",
                     contact_phone=GHLS, contact_title="Clerk")  # fmt: skip
    form = untouched(shown(page, record))
    assert [name for name in form if name.startswith("side_")] == [f"side_{column}" for column in IDENTITY_COLUMNS]
    send(page, record, known, **form)
    review.merge(alike.pk, reviewer, kind="prospect", candidate_id=twin.pk)
    for column in ("contact_phone", "contact_email", "contact_title", "firm_name", "notes"):
        assert row_of(known)[column] == row_of(twin)[column]
    assert ReviewDecision.objects.get(staged_record=record).taken == []


def test_what_was_written_into_an_empty_field_meanwhile_is_not_filled_over(page, known, record):
    form = untouched(shown(page, record))
    SalesProspect.objects.filter(pk=known.pk).update(contact_title="Counsel")
    send(page, record, known, **form)
    assert row_of(known)["contact_title"] == "Counsel"


def test_each_field_becomes_what_was_chosen_for_it(page, known, record):
    form = {"side_contact_phone": "theirs", "side_contact_title": "other", "value_contact_title": " Chief   Clerk "}
    form |= {"side_firm_name": "ours", "side_contact_email": "ours", "value_contact_email": "not@chosen.example"}
    send(page, record, known, **form)
    row = row_of(known)
    assert (row["contact_phone"], row["contact_title"]) == (GHLS, "Chief Clerk")
    assert (row["firm_name"], row["contact_email"]) == ("", "ann@lee.example"), "left empty on purpose; kept"


def test_nothing_chosen_empties_a_full_field(batch, reviewer, known):
    record = a_record(batch, contact_phone="", contact_email="")
    merged(record, known, reviewer, take=["contact_phone", "contact_email"])
    assert (row_of(known)["contact_phone"], row_of(known)["contact_email"]) == (OURS, "ann@lee.example")


@pytest.mark.parametrize(("take", "kept", "in_notes"), [([], OURS, GHLS), (["contact_phone"], GHLS, OURS)])
def test_both_phones_are_kept_the_one_that_gives_way_in_the_notes(reviewer, known, record, take, kept, in_notes):
    SalesProspect.objects.filter(pk=known.pk).update(notes="Met in May")
    merged(record, known, reviewer, take=take, both=["contact_phone"])
    row = row_of(known)
    assert (row["contact_phone"], row["notes"]) == (kept, f"Met in May\nAnother phone: {in_notes}")


def test_a_phone_that_the_notes_have_already_is_not_noted_twice(reviewer, known, record):
    SalesProspect.objects.filter(pk=known.pk).update(notes=f"Another phone: {GHLS}")
    merged(record, known, reviewer, both=["contact_phone"])
    assert row_of(known)["notes"] == f"Another phone: {GHLS}"


@pytest.mark.parametrize(
    ("column", "text"),
    [("contact_title", "  "), ("contact_email", "ann at lee"), ("contact_phone", "none"), ("firm_name", "x" * 501),
     ("contact_title", "a\x00b")],
)  # fmt: skip
def test_a_value_that_cannot_be_kept_is_refused(column, text):
    with pytest.raises(UnusableValueError):
        Choices.of(written={column: text})


def test_a_refused_value_decides_nothing_and_stays_on_the_page_with_the_other_choices(page, known, record):
    form = {"side_contact_email": "other", "value_contact_email": "ann at lee", "side_contact_phone": "theirs"}
    answer = send(page, record, known, **form, both_contact_phone="yes")
    html = answer.content.decode()
    assert "“ann at lee” is no e-mail address" in " ".join(map(str, get_messages(answer.wsgi_request)))
    assert 'name="value_contact_email" value="ann at lee"' in html
    assert 'name="side_contact_phone" value="theirs" checked' in html
    assert 'name="both_contact_phone" value="yes" checked' in html
    record.refresh_from_db()
    assert record.is_waiting


def test_twins_that_become_one_person_take_chosen_values_too(page, batch):
    record, twin = a_record(batch, contact_phone=GHLS), a_record(batch, contact_phone=OURS)
    a_candidate(record, twin)
    url = reverse("admin:imports_stagedrecord_decide", args=[record.pk])
    form = {"decision": "merge", "candidate": f"staged:{twin.pk}", "side_contact_phone": "theirs"}
    page.post(url, {**form, "side_contact_title": "other", "value_contact_title": "Counsel"})
    person = SalesProspect.objects.get()
    assert (person.contact_phone, person.contact_title) == (GHLS, "Counsel")


# ---------------------------------------------------------------- taken back


def test_after_an_undo_of_chosen_and_written_values_the_person_is_as_at_the_start(reviewer, known, record):
    start, waiting = row_of(known), StagedRecord.objects.filter(pk=record.pk).values("status", "decision").get()
    decision = merged(
        record, known, reviewer,
        take=["contact_phone"], keep=["firm_name"], written={"contact_title": "Counsel"}, both=["contact_phone"],
    )  # fmt: skip
    assert row_of(known) != start
    undo.undo(decision.pk, reviewer)
    assert row_of(known) == start
    assert StagedRecord.objects.filter(pk=record.pk).values("status", "decision").get() == waiting


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 0, 2), (1, 2, 0)])
def test_chosen_values_of_several_merges_are_undone_in_any_order(batch, reviewer, known, order):
    start = row_of(known)
    chosen = [
        {"take": ["contact_phone"], "both": ["contact_phone"]},
        {"written": {"contact_phone": "+12125550999", "contact_title": "Counsel"}, "both": ["contact_phone"]},
        {"keep": ["contact_title", "contact_linkedin"], "both": ["contact_phone", "contact_email"]},
    ]
    decisions = [merged(a_record(batch), known, reviewer, **one) for one in chosen]
    for number in order:
        undo.undo(decisions[number].pk, reviewer)
    assert row_of(known) == start


def test_an_undo_leaves_what_a_later_merge_chose(batch, reviewer, known, record):
    earlier = merged(record, known, reviewer, written={"contact_title": "Counsel"}, both=["contact_phone"])
    later = a_record(batch, contact_phone="", contact_title="Partner")
    merged(later, known, reviewer, written={"contact_linkedin": "linkedin.com/in/annlee"})
    undo.undo(earlier.pk, reviewer)
    row = row_of(known)
    assert (row["contact_title"], row["notes"]) == ("Partner", "")
    assert row["contact_linkedin"] == "linkedin.com/in/annlee"


def test_a_side_kept_only_because_it_was_full_gives_way_when_what_filled_it_is_undone(batch, reviewer):
    made = review.approve_as_new(a_record(batch, contact_title="Clerk").pk, reviewer)
    assert made.person is not None
    merged(a_record(batch, contact_title="Partner"), made.person, reviewer, keep=["contact_title"])
    undo.undo(made.decision.pk, reviewer)
    assert row_of(made.person)["contact_title"] == "Partner"


def test_the_history_of_the_person_tells_what_was_written_by_hand_and_what_it_replaced(reviewer, known, record):
    merged(record, known, reviewer, written={"contact_phone": "+12125550999"}, both=["contact_phone"])
    told = LogEntry.objects.get(object_id=known.pk).change_message
    assert f"Phone: “+12125550999” in place of “{OURS}”, written by the reviewer." in told
    assert f"Another phone: {OURS}\nAnother phone: {GHLS}” added." in told


# ---------------------------------------------------------------- what is proposed and shown


@pytest.mark.parametrize(
    ("ours", "ghls", "told", "why"),
    [("J.", "James", "", "longer"), ("Lee", "Lee & Partners", "", "longer"), ("Lee", "Leeds", "", ""),
     ("Lee", "Lee & Partners", "Smith", ""), ("James", "Jim", "", "")],
)  # fmt: skip
def test_a_longer_value_is_proposed_unless_staff_wrote_the_shorter(batch, ours, ghls, told, why):
    person = SalesProspect(firm_name=ours, ghl_values={"firm_name": told} if told else {})
    firm = differences(a_record(batch, firm_name=ghls), person)[0]
    assert (firm.why_staged, firm.kept_value) == (why, ghls if why else ours)


def test_the_marks_are_told_to_those_who_cannot_see_them(batch):
    phone = differences(a_record(batch, contact_phone=GHLS), SalesProspect(contact_phone=OURS))[5]
    assert (marks_in_words(phone.staged_parts), marks_in_words(phone.known_parts)) == ("“2”", "“1”")


def test_the_bars_lead_from_where_the_pair_began_to_its_certainty():
    shown = weighing(REASONS, 0.995)
    found = [reason for group in shown.groups.values() for reason in group]
    assert shown.begun.weight + sum(reason.weight for reason in found) == pytest.approx(shown.sum.weight)
    assert [reason.signed for reason in (shown.begun, *found, shown.sum)] == ["−3.1", "+12.4", "−1.7", "+7.6"]
    forward, back = (reason.bar for reason in found)
    assert shown.begun.bar.start == forward.start == 0
    assert back.start + back.width == pytest.approx(forward.start + forward.width, abs=0.02)
    assert shown.sum.bar.start + shown.sum.bar.width == pytest.approx(back.start, abs=0.02)


def test_the_page_draws_the_weights_without_any_style_of_its_own(page, record):
    html = shown(page, record)
    assert html.count('class="fall-bar"') == len(REASONS) + 2
    assert " style=" not in html
