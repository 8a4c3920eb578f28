"""Who a staged record becomes: a person made of it, or one that it is joined to.

Runs inside the transaction of the decision, on rows that the caller has locked.
"""

import uuid
from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from imports.attaching import Attached, attach, linked_people, people_of_contacts
from imports.deciding.choices import Choices
from imports.deciding.claims import DecisionRefusedError
from imports.deciding.decision_words import change_in_words, left_out_in_words
from imports.deciding.decisions import Offer
from imports.deciding.person_history import set_columns
from imports.deciding.replay import FIELDS, NOBODY, Step, joined
from imports.files.csv_files import columns_of
from imports.models import ImportBatch, StagedRecord
from imports.reading import complaint
from imports.side import Side
from integrations.ghl.payloads import ContactRecord
from prospects.models import IDENTITY_COLUMNS, Contact, SalesProspect


def refuse_if_in_the_portal(record: StagedRecord) -> None:
    """One GHL contact is one person: linked to somebody, or merged into somebody earlier."""
    if not record.ghl_contact_id:
        return
    people = people_of_contacts(record.batch.integration, [record.ghl_contact_id])
    for person in people.values():
        raise DecisionRefusedError(
            f"This GHL contact is in the portal already, as {person}. Merge into that one instead of making a second."
        )


def offer_of(
    record: StagedRecord, person: SalesProspect | Contact | None = None, choices: Choices | None = None
) -> Offer:
    """What the record has to say of a person, as the reviewer chose.

    The link to GHL is left out where somebody else has it.
    """
    columns = columns_of(record.raw_data) if record.batch.source == ImportBatch.Source.CSV else {}
    founding = {
        "source": columns.get("source", "")[:255] or record.batch.source_name,
        "notes": columns.get("notes", ""),
    }
    link = _link_to_ghl(record)
    if person is not None and link:
        linked = linked_people(record.batch.integration).filter(ghl_contact_id=record.ghl_contact_id)
        link = {} if linked.exclude(pk=person.pk).exists() else link
    return Offer(record, founding, link, _ban_on_calls(record), choices or Choices())


def create_person(record: StagedRecord, offer: Offer) -> SalesProspect | Contact:
    """Somebody with the record's values, but for those that the reviewer wrote otherwise or left out."""
    integration = record.batch.integration
    made = joined(NOBODY, Step(offer.as_kept()), makes=True)
    if offer.choices.keep and complaint({name: made[name] for name in IDENTITY_COLUMNS}):
        raise DecisionRefusedError(
            "With what you leave out there is nothing to tell this person by. Leave a name, an e-mail, a phone, a "
            "LinkedIn address or a bar or candidate number, or reject the record."
        )
    values: dict[str, object] = {
        **{name: made[name] for name in FIELDS},
        "tags": record.tag_list,
        "engagement_level": "new",
        **offer.link,
        **offer.ban,
    }
    try:
        with transaction.atomic():
            if integration.is_internal:
                return SalesProspect.objects.create(**values)
            return Contact.objects.create(**{"client_id": integration.client_id, **values})
    except IntegrityError:
        raise DecisionRefusedError(
            "Somebody linked this GHL contact to a person just now. Open the record again and merge into that person."
        ) from None


def _link_to_ghl(record: StagedRecord) -> dict[str, object]:
    if not record.ghl_contact_id:
        return {}
    return {
        "ghl_values": {name: value for name in IDENTITY_COLUMNS if (value := getattr(record, name))},
        "ghl_contact_id": record.ghl_contact_id,
        "ghl_location_id": record.batch.integration.location_id,
        "ghl_synced_at": timezone.now(),
    }


def _ban_on_calls(record: StagedRecord) -> dict[str, object]:
    """GHL's do-not-disturb, which a person keeps whoever they are merged into."""
    if record.batch.source == ImportBatch.Source.CSV or not ContactRecord.parse(record.raw_data).dnd_call:
        return {}
    return {"do_not_call": True, "do_not_call_since": timezone.now()}


def person_on_side(record: StagedRecord, person_id: uuid.UUID) -> SalesProspect | Contact:
    """The candidate, locked; only from the side that the batch belongs to."""
    person = Side.of(record.batch).people.select_for_update().filter(pk=person_id).first()
    if not isinstance(person, SalesProspect | Contact):
        raise DecisionRefusedError("The person to merge into is no longer there. Choose another or approve as new.")
    return person


def join(person: SalesProspect | Contact, before: Mapping[str, Any], offer: Offer) -> list[str]:
    """Brings over what the person lacks, and what the reviewer chose; never empty over full.

    Returns a sentence for each change, with the value that was replaced, for the person's history. What is written is
    what `imports.deciding.replay` works out: an undo relies on it.
    """
    after = joined(before, Step(offer.as_kept(), offer.choices.replacing), makes=False)
    changed = {name: value for name, value in after.items() if value != before[name]}
    set_columns(person, changed)
    person.save()
    written = offer.choices.written
    return [
        change_in_words(name, before[name], value, by_hand=name in written)
        for name, value in changed.items()
        if name in FIELDS
    ]


def corrections_in_words(offer: Offer) -> list[str]:
    """A sentence for each value of a new person that the reviewer wrote or left out."""
    said = []
    for column in IDENTITY_COLUMNS:
        old = getattr(offer.record, column)
        if column in offer.choices.written:
            said.append(change_in_words(column, old, offer.choices.written[column], by_hand=True))
        elif column in offer.choices.keep and old:
            said.append(left_out_in_words(column, old))
    return said


def became(record: StagedRecord, person: SalesProspect | Contact) -> Attached:
    """Notes whom the record became, and brings its calls along."""
    if isinstance(person, SalesProspect):
        record.imported_prospect = person
    else:
        record.imported_contact = person
    record.save(update_fields=["imported_prospect", "imported_contact", "updated_at"])
    contact_ids = [record.ghl_contact_id] if record.ghl_contact_id else []
    return attach(record.batch.integration, person, contact_ids)
