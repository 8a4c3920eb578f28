"""Choosing field by field what several records are together: whose value, one's own, nothing, both; and taken back."""

import random
import re
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse

from imports.deciding import review
from imports.deciding.choices import UnusableValueError
from imports.deciding.decisions import latest_of, standing
from imports.deciding.group_choices import GroupChoices
from imports.deciding.together import Chosen, decide_together
from imports.models import ImportBatch, ReviewDecision, StagedRecord
from imports.tests.group_cast import DANA, records_of_dana
from imports.tests.review_cast import a_candidate
from imports.tests.test_group_page import decide, shown, told, url_of
from imports.tests.test_undo_any_order import tables
from imports.undoing import undo
from prospects.models import IDENTITY_COLUMNS, SalesProspect

pytestmark = pytest.mark.django_db
PHONES = ("+12125550101", "+12125550102", "+12125550103")


@pytest.fixture
def records(batch: ImportBatch) -> list[StagedRecord]:
    """Three of one person, the oldest first; each says otherwise."""
    records = records_of_dana(batch)
    for record, title, phone in zip(records, ("Partner", "Clerk", "Counsel"), PHONES, strict=True):
        StagedRecord.objects.filter(pk=record.pk).update(contact_title=title, contact_phone=phone)
        record.refresh_from_db()
    return records


@pytest.fixture
def known(db: Any) -> SalesProspect:
    return SalesProspect.objects.create(**{**DANA, "contact_title": "Judge", "contact_email": ""})


def together(records: Any, reviewer: Any, *, leading: Any = None, person: Any = None, **choices: Any) -> Any:
    leads = (leading or person or records[0]).pk
    given = GroupChoices.of(**choices)
    shown_people = SalesProspect.objects.values_list("pk", flat=True)
    ids = [record.pk for record in records]
    decide_together(Chosen(ids, leads, person.pk if person else None, list(shown_people), given), reviewer)
    return SalesProspect.objects.get()


# ---------------------------------------------------------------- what is chosen


@pytest.mark.parametrize("leads", [0, 1, 2])
@pytest.mark.parametrize("chosen", [0, 1, 2])
def test_the_value_of_the_chosen_record_is_kept_whoever_leads(records, reviewer, leads, chosen):
    dana = together(records, reviewer, leading=records[leads], whose={"contact_title": records[chosen].pk})
    assert dana.contact_title == records[chosen].contact_title
    assert dana.contact_phone == records[leads].contact_phone, "where nothing was chosen, the leading one’s"


@pytest.mark.parametrize("chosen", [0, 1, 2])
@pytest.mark.parametrize("leads", [None, 0, 2])
def test_a_chosen_value_replaces_the_portals_too(records, reviewer, known, leads, chosen):
    leading = None if leads is None else records[leads]
    dana = together(records, reviewer, leading=leading, person=known, whose={"contact_title": records[chosen].pk})
    assert dana.contact_title == records[chosen].contact_title
    assert dana.contact_email == DANA["contact_email"]


def test_the_portals_value_stays_where_it_was_chosen_although_a_record_leads(records, reviewer, known):
    dana = together(records, reviewer, leading=records[0], person=known, whose={"contact_title": known.pk})
    assert (dana.contact_title, dana.contact_phone) == ("Judge", PHONES[0])


def test_of_what_the_leading_one_lacks_an_older_ones_value_can_be_chosen(records, reviewer, known):
    dana = together(records, reviewer, person=known, whose={"contact_phone": records[1].pk})
    assert dana.contact_phone == PHONES[1], "not the newest’s, which the rule would have kept"


@pytest.mark.parametrize("leads", [0, 2])
def test_a_written_value_replaces_all_of_theirs(records, reviewer, leads):
    dana = together(records, reviewer, leading=records[leads], written={"contact_title": " Chief   Clerk "})
    assert dana.contact_title == "Chief Clerk"


def test_a_written_value_replaces_the_portals(records, reviewer, known):
    assert together(records, reviewer, person=known, written={"contact_title": "Clerk"}).contact_title == "Clerk"


def test_a_field_is_left_empty_on_purpose_but_a_full_one_of_the_portal_is_not_emptied(records, reviewer, known):
    dana = together(records, reviewer, person=known, empty=["contact_title", "contact_phone"])
    assert (dana.contact_title, dana.contact_phone) == ("Judge", "")


def test_somebody_new_lacks_what_was_left_empty(records, reviewer):
    assert together(records, reviewer, empty=["contact_phone"]).contact_phone == ""


@pytest.mark.parametrize("leads", [0, 1, 2])
@pytest.mark.parametrize("chosen", [{}, {"whose": 0}, {"whose": 2}, {"written": "+12125550199"}, {"empty": 1}])
def test_all_phones_are_kept_those_that_give_way_in_the_notes_each_once(records, reviewer, leads, chosen):
    choices = {"both": ["contact_phone"]}
    kept = PHONES[leads]
    if "whose" in chosen:
        kept = PHONES[chosen["whose"]]
        choices["whose"] = {"contact_phone": records[chosen["whose"]].pk}
    elif "written" in chosen:
        kept = chosen["written"]
        choices["written"] = {"contact_phone": kept}
    elif chosen:
        kept = ""
        choices["empty"] = ["contact_phone"]
    dana = together(records, reviewer, leading=records[leads], **choices)
    assert dana.contact_phone == kept
    assert sorted(dana.notes.splitlines()) == [f"Another phone: {one}" for one in PHONES if one != kept]


@pytest.mark.parametrize("whose", [None, 2])
def test_a_phone_that_is_kept_is_not_noted_as_another_although_an_older_record_has_it_too(records, reviewer, whose):
    StagedRecord.objects.filter(pk=records[1].pk).update(contact_phone=PHONES[2])
    choices = {} if whose is None else {"whose": {"contact_phone": records[whose].pk}}
    dana = together(records, reviewer, leading=records[0 if choices else 2], both=["contact_phone"], **choices)
    assert (dana.contact_phone, dana.notes) == (PHONES[2], f"Another phone: {PHONES[0]}")


def test_nor_is_it_where_the_newest_fills_what_the_portal_lacks(records, reviewer, known):
    StagedRecord.objects.filter(pk=records[0].pk).update(contact_phone=PHONES[2])
    dana = together(records, reviewer, person=known, both=["contact_phone"])
    assert (dana.contact_phone, dana.notes) == (PHONES[2], f"Another phone: {PHONES[1]}")


def test_a_written_phone_is_kept_with_all_of_theirs_although_the_leading_one_has_none(records, reviewer):
    StagedRecord.objects.filter(pk=records[0].pk).update(contact_phone="")
    dana = together(records, reviewer, written={"contact_phone": "+12125550199"}, both=["contact_phone"])
    assert dana.contact_phone == "+12125550199"
    assert sorted(dana.notes.splitlines()) == [f"Another phone: {one}" for one in PHONES[1:]]


def test_of_several_choices_for_one_field_what_was_written_counts_and_then_what_was_left_empty(records, reviewer):
    of_a_record = dict.fromkeys(("contact_title", "contact_phone"), records[2].pk)
    several = {"whose": of_a_record, "empty": ["contact_title", "contact_phone"]}
    dana = together(records, reviewer, **several, written={"contact_title": "Judge"})
    assert (dana.contact_title, dana.contact_phone) == ("Judge", "")


def test_what_was_left_empty_is_not_noted_as_taken(records, reviewer, known):
    together(records, reviewer, leading=records[0], person=known, empty=["contact_title"])
    assert not [one.taken for one in standing() if "contact_title" in one.taken]


def test_the_portals_phone_that_gives_way_is_noted(records, reviewer, known):
    SalesProspect.objects.update(contact_phone="+12125550100")
    choices = {"whose": {"contact_phone": records[1].pk}, "both": ["contact_phone"]}
    dana = together(records, reviewer, person=known, **choices)
    assert dana.contact_phone == PHONES[1]
    lines = {f"Another phone: {one}" for one in ("+12125550100", PHONES[0], PHONES[2])}
    assert set(dana.notes.splitlines()) == lines


def test_without_a_choice_all_is_as_the_rule_says(records, reviewer):
    dana = together(records, reviewer, leading=records[1])
    assert (dana.contact_title, dana.contact_phone, dana.notes) == ("Clerk", PHONES[1], "")


# ---------------------------------------------------------------- refused


def test_a_value_of_somebody_who_was_taken_out_or_has_none_is_refused_and_nothing_is_decided(records, reviewer):
    for column, owner in (("contact_title", records[2]), ("contact_linkedin", records[0])):
        with pytest.raises(review.DecisionRefusedError, match="was taken out, or has none"):
            together(records[:2], reviewer, whose={column: owner.pk})
    assert not ReviewDecision.objects.exists()


def test_a_value_that_cannot_be_kept_is_refused():
    with pytest.raises(UnusableValueError):
        GroupChoices.of(written={"contact_email": "dana at reyes"})


def test_whoever_fits_a_written_value_is_shown_before_a_second_one_is_made(records, reviewer):
    kim = {"contact_last_name": "Kim", "contact_email": "kim@elsewhere.example"}
    SalesProspect.objects.create(contact_first_name="Dana", **kim)
    chosen = Chosen([one.pk for one in records], records[0].pk, choices=GroupChoices.of(written=kim))
    with pytest.raises(review.SomebodyNewError, match="fits what you wrote"):
        decide_together(chosen, reviewer)
    assert SalesProspect.objects.count() == 1


# ---------------------------------------------------------------- told, and taken back


def test_the_history_tells_which_values_were_chosen_and_what_they_replaced(records, reviewer):
    choices = {"whose": {"contact_title": records[1].pk}, "written": {"contact_phone": "+12125550199"}}
    dana = together(records, reviewer, **choices, empty=["contact_email"], both=["contact_phone"])
    said = " ".join(LogEntry.objects.filter(object_id=dana.pk).values_list("change_message", flat=True))
    assert f"Title: “Clerk” chosen by the reviewer, the value of {records[1]}." in said
    assert "Title: “Clerk” in place of “Partner”." in said
    assert "Phone: “+12125550199” written by the reviewer." in said
    assert "Phone: the other values are kept in the notes." in said
    assert "E-mail: left empty by the reviewer." in said


def test_the_page_of_each_decision_tells_which_values_it_brought(page, records, reviewer):
    together(records, reviewer, whose={"contact_title": records[1].pk}, written={"contact_phone": "+12125550199"})

    def of_decision(record: StagedRecord) -> str:
        decision = standing().get(staged_record=record)
        return shown(page, reverse("admin:imports_reviewdecision_change", args=[decision.pk]))

    assert f"Phone: “+12125550199” in place of “{PHONES[0]}”, written by the reviewer." in of_decision(records[0])
    assert "Title: “Clerk” in place of “Partner”." in of_decision(records[1])
    assert "<dt>Values</dt>" not in of_decision(records[2])


@pytest.mark.parametrize("seed", range(8))
def test_undone_in_any_order_the_tables_are_as_at_the_start(records, reviewer, known, seed):
    order = random.Random(seed)  # noqa: S311
    for record in records:
        a_candidate(record, known)
    before = tables()
    choices: dict[str, Any] = {"whose": {}, "empty": [], "written": {}, "both": ["contact_phone"]}
    for column in ("contact_title", "contact_phone"):
        how = order.choice(["whose", "empty", "written", ""])
        if how == "whose":
            choices["whose"][column] = order.choice(records).pk
        elif how == "empty":
            choices["empty"].append(column)
        elif how:
            choices["written"][column] = "+12125550199"
    person = known if seed % 2 else None
    leads = order.choice(records).pk
    chosen = Chosen([one.pk for one in records], leads, person and person.pk, [known.pk], GroupChoices.of(**choices))
    decide_together(chosen, reviewer)
    assert tables() != before
    while decisions := list(standing()):
        undo.undo(order.choice(decisions).pk, reviewer)
    assert tables() == before


def test_one_undo_takes_back_chosen_and_written_values(records, reviewer, known):
    for record in records:
        a_candidate(record, known)
    before = tables()
    choices = {"whose": {"contact_title": records[2].pk}, "written": {"contact_phone": "+12125550199"}}
    together(records, reviewer, person=known, **choices, both=["contact_phone"])
    latest = latest_of(reviewer)
    assert latest is not None
    undo.undo(latest.pk, reviewer)
    assert tables() == before


def test_undoing_the_record_whose_value_was_chosen_leaves_the_leading_ones(records, reviewer):
    dana = together(records, reviewer, whose={"contact_title": records[2].pk})
    undo.undo(standing().get(staged_record=records[2]).pk, reviewer)
    dana.refresh_from_db()
    assert dana.contact_title == "Partner"


# ---------------------------------------------------------------- the page


def sent(page: Client, records: Any, **form: Any) -> Any:
    return decide(page, records[0], *records, leads=records[0], **form)


def test_a_form_that_nobody_touched_decides_as_the_rule_says(page, records):
    html = shown(page, url_of(records[0]))
    untouched = dict(re.findall(r'type="radio" name="(side_\w+)" value="([^"]*)" checked', html))
    assert untouched == {f"side_{column}": "" for column in IDENTITY_COLUMNS if getattr(records[0], column)}
    texts = dict(re.findall(r'name="(value_\w+)" value="([^"]*)"', html))
    sent(page, records, **untouched, **texts)
    dana = SalesProspect.objects.get()
    assert (dana.contact_title, dana.contact_phone, dana.notes) == ("Partner", PHONES[0], "")


def test_each_field_becomes_what_was_chosen_for_it_on_the_page(page, records):
    form = {"side_contact_title": str(records[1].pk), "side_contact_phone": "other", "both_contact_phone": "yes"}
    sent(page, records, **form, value_contact_phone="+1 212 555 0199", side_contact_email="empty")
    dana = SalesProspect.objects.get()
    assert (dana.contact_title, dana.contact_phone, dana.contact_email) == ("Clerk", "+1 212 555 0199", "")
    assert len(dana.notes.splitlines()) == 3


def test_what_is_refused_leaves_the_choices_on_the_page(page, records):
    form = {"side_contact_title": str(records[1].pk), "side_contact_phone": "other", "value_contact_phone": "none"}
    answer = sent(page, records, **form, both_contact_phone="yes")
    html = re.sub(r"\s+", " ", answer.content.decode())
    assert "Nothing was decided yet. “none” is no phone number." in told(answer)
    assert f'name="side_contact_title" value="{records[1].pk}" checked' in html
    assert 'name="value_contact_phone" value="none"' in html
    assert 'name="both_contact_phone" value="yes" checked' in html
    assert "<span data-together>Clerk</span>" in html
    assert not ReviewDecision.objects.exists()


def test_a_value_of_one_who_was_taken_out_is_asked_about_again(page, records):
    answer = decide(page, records[0], *records[:2], leads=records[0], side_contact_title=str(records[2].pk))
    assert "Title: the one whose value you chose was taken out" in told(answer)
    assert f'name="side_contact_title" value="{records[2].pk}" checked' not in answer.content.decode()
    assert "Choose which of them leads" in told(sent(page, records, side_contact_title="nonsense"))


def test_the_portals_full_field_is_not_offered_to_be_left_empty(page, batch, known):
    for record in records_of_dana(batch, 2, contact_title="Clerk"):
        a_candidate(record, known)
        html = shown(page, url_of(record))
    assert 'name="side_contact_title" value="empty"' not in html
    assert 'name="side_contact_email" value="empty"' in html


def test_who_may_only_look_is_offered_no_choice(client, records, django_user_model):
    from django.contrib.auth.models import Permission

    onlooker = django_user_model.objects.create_user("onlooker", is_staff=True)
    onlooker.user_permissions.add(Permission.objects.get(codename="view_stagedrecord"))
    client.force_login(onlooker)
    html = shown(client, url_of(records[0]))
    assert "Counsel" in html
    assert 'name="side_' not in html


def test_a_value_that_would_break_out_of_the_page_is_escaped(page, batch):
    records = records_of_dana(batch, 3)
    StagedRecord.objects.filter(pk=records[0].pk).update(contact_title='"><script>alert(1)</script>')
    StagedRecord.objects.filter(pk=records[1].pk).update(contact_title="Clerk")
    assert "<script>alert" not in shown(page, url_of(records[0]))
