"""A bar or candidate number on its way: from GHL or a file into staging, to a person, and into the next comparison."""

from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse

from imports.deciding import review
from imports.deciding.comparing import differences
from imports.files.csv_files import read_csv
from imports.files.csv_import import import_csv
from imports.matching import lookup
from imports.matching.identities import identities_of_people, identity_of_person, identity_of_record
from imports.models import ImportBatch, ReviewDecision, StagedRecord
from imports.reading import FieldMap, read_contact
from imports.side import Side
from imports.tests.pull_cast import pulled, staged
from imports.tests.review_cast import a_record
from imports.undoing import undo
from imports.undoing.undo_plan import plan_of
from integrations.ghl.payloads import ContactRecord, CustomField
from integrations.models import GHLIntegration
from prospects.models import SalesProspect

pytestmark = pytest.mark.django_db
QUEUE = reverse("admin:imports_stagedrecord_changelist")


@pytest.fixture
def bar(ghl: Any) -> str:
    """The id of the location's field “Bar Number”."""
    return next(field["id"] for field in ghl.location.custom_fields if field["name"] == "Bar Number")


def a_lawyer(ghl: Any, field_id: str, number: Any, first: str = "Dana", last: str = "Whitfield", **about: Any) -> Any:
    return ghl.location.add_contact(
        first_name=first, last_name=last, custom_fields=((field_id, number),), **about
    )  # fmt: skip


# ---------------------------------------------------------------- from GHL


def test_a_number_goes_from_ghl_to_a_person_and_the_next_pull_knows_them_by_it(ghl, bar, location, reviewer):
    first = a_lawyer(ghl, bar, "Bar No. 284417", email="dana@whitfield.example")
    record = staged(pulled(location))[first.id]
    assert record.person_number == "Bar No. 284417"
    dana = review.approve_as_new(record.pk, reviewer).person
    assert dana.person_number == "Bar No. 284417"
    again = a_lawyer(ghl, bar, "284-417", last="Ross", phone="+12025550199", company_name="Ross LLP")
    found = staged(pulled(location))[again.id]
    assert (found.matched_prospect, found.match_band) == (dana, "likely")
    assert "number-same" in found.match_reason_codes


def test_a_mapped_field_counts_more_than_one_that_is_named_so(ghl, bar, location):
    ghl.location.custom_fields.append({"id": "own1", "name": "Kennziffer", "dataType": "TEXT"})
    location.custom_field_mapping = {"person_number": "own1"}
    location.save()
    dana = a_lawyer(ghl, "own1", "C-20417")
    other = a_lawyer(ghl, bar, "284417", first="Ben")
    records = staged(pulled(location))
    assert (records[dana.id].person_number, records[other.id].person_number) == ("C-20417", "")


@pytest.mark.parametrize(("value", "number"), [(284417, "284417"), (284417.0, "284417"), (" 284417 ", "284417")])
def test_a_number_field_s_value_is_read_as_text(value, number):
    contact = {"id": "c1", "firstName": "Dana", "customFields": [{"id": "F1", "value": value}]}
    assert read_contact(contact, FieldMap(number_id="F1")).columns["person_number"] == number


@pytest.mark.parametrize(("value", "is_enough"), [("284417", True), ("N/A", False), ("000000", False)])
def test_a_number_alone_is_enough_to_tell_somebody_by(value, is_enough):
    contact = {"id": "c1", "customFields": [{"id": "F1", "value": value}]}
    assert (read_contact(contact, FieldMap(number_id="F1")).error == "") is is_enough


def test_a_field_that_is_not_named_so_is_no_number_of_a_persons_own():
    fields = [CustomField(id="F1", name="Number of lawyers"), CustomField(id="F2", name="Bar exam")]
    assert FieldMap.of({}, fields).number_id == ""


def test_a_contact_without_a_number_keeps_the_digest_that_it_was_kept_with():
    contact = {"id": "c1", "firstName": "Dana", "customFields": [{"id": "F2", "value": "blue"}]}
    kept = ContactRecord.parse(contact).content_digest()
    assert read_contact(contact, FieldMap(number_id="F1")).content_digest == kept


def test_whoever_was_staged_before_the_number_was_known_is_staged_again_with_it(ghl, location):
    ghl.location.custom_fields.append({"id": "own1", "name": "Kennziffer", "dataType": "TEXT"})
    dana = a_lawyer(ghl, "own1", "284417")
    ghl.location.add_contact(first_name="Ben", last_name="Mills")
    pulled(location)
    location.custom_field_mapping = {"person_number": "own1"}
    location.save()
    again = pulled(location)
    assert (again.contacts_staged, again.contacts_unchanged) == (1, 1)
    assert staged(again)[dana.id].person_number == "284417"


# ---------------------------------------------------------------- from a file


def test_a_number_goes_from_a_file_to_a_person_and_the_next_file_finds_them_by_it(integration, tmp_path, reviewer):
    first = brought_in(integration, tmp_path, "Name,Email,State Bar No.\nDana Whitfield,dana@w.example,CA 284417\n")
    record = first.records.get()
    assert record.person_number == "CA 284417"
    dana = review.approve_as_new(record.pk, reviewer).person
    second = brought_in(integration, tmp_path, "Name,Phone,Candidate ID\nDana Ross,202 555 0199,ca-284417\n")
    assert second.records.get().matched_prospect == dana


def brought_in(integration: GHLIntegration, folder: Path, content: str) -> ImportBatch:
    path = folder / "people.csv"
    path.write_text(content)
    return import_csv(read_csv(path.read_bytes()), integration, source_name="people.csv")


# ---------------------------------------------------------------- staging and people


def test_a_number_is_read_by_every_way_to_an_identity(batch):
    record = a_record(batch, person_number="Bar No. 284417")
    dana = SalesProspect.objects.create(contact_last_name="Whitfield", person_number="284-417")
    of_many = identities_of_people(SalesProspect.objects.all(), [dana.pk])[dana.pk]
    assert [one.number for one in (identity_of_record(record), identity_of_person(dana), of_many)] == ["284417"] * 3


def test_people_whose_number_comes_later_are_found_by_it(integration):
    dana = SalesProspect.objects.create(contact_last_name="Whitfield")
    side = Side.internal()
    lookup.refresh(side.name, side.people, identity_of_person, lambda: None)
    dana.person_number = "284417"
    dana.save()
    lookup.refresh(side.name, side.people, identity_of_person, lambda: None)
    key = lookup.hashed("number:284417")
    assert lookup.holders(side.name, [key]) == {key: [dana.pk]}


def test_a_merge_fills_in_a_number_and_an_undo_takes_it_away(batch, reviewer):
    dana = SalesProspect.objects.create(contact_last_name="Whitfield")
    record = a_record(batch, person_number="284417")
    shown = {one.column: one for one in differences(record, dana)}["person_number"]
    assert (shown.label, shown.outcome) == ("Bar or candidate number", "fills")
    decision = review.merge(record.pk, reviewer, kind="prospect", candidate_id=dana.pk).decision
    dana.refresh_from_db()
    assert dana.person_number == "284417"
    undo.undo(decision.pk, reviewer)
    dana.refresh_from_db()
    assert dana.person_number == ""


def test_a_decision_from_before_there_were_numbers_can_be_undone(batch, reviewer):
    dana = SalesProspect.objects.create(contact_last_name="Whitfield")
    record = a_record(batch)
    decision = review.merge(record.pk, reviewer, kind="prospect", candidate_id=dana.pk).decision
    for state in (decision.before, decision.after):
        del state["person_number"]
    decision.save()
    SalesProspect.objects.update(person_number="284417")  # entered since
    assert not plan_of(ReviewDecision.objects.get()).asks
    undo.undo(decision.pk, reviewer)
    dana.refresh_from_db()
    assert (dana.contact_email, dana.person_number) == ("", "284417")


@pytest.mark.parametrize("typed", ["284417", "284-417", "CA 284417", "ca284417"])
def test_records_and_people_are_searched_by_their_number_in_any_form(page, batch, typed):
    record = a_record(batch, person_number="CA 284-417")
    a_record(batch)
    assert [found.pk for found in page.get(QUEUE, {"q": typed}).context["cl"].result_list] == [record.pk]
    dana = SalesProspect.objects.create(contact_last_name="Whitfield", person_number="CA 284-417")
    SalesProspect.objects.create(contact_last_name="Mills")
    people = page.get(reverse("admin:prospects_salesprospect_changelist"), {"q": typed}).context["cl"].result_list
    assert [found.pk for found in people] == [dana.pk]


def test_a_reviewer_sees_the_number_beside_whom_it_may_be(page, batch):
    record = a_record(batch, person_number="CA 284417")
    html = page.get(reverse("admin:imports_stagedrecord_change", args=[record.pk])).content.decode()
    assert "Bar or candidate number" in html
    assert "CA 284417" in html
    assert StagedRecord.objects.get().person_number == "CA 284417"
