"""The identities of staged records and of people, read from their rows in one way."""

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from imports.models import StagedRecord
from prospects.identity import Identity, identity_of
from prospects.models import IDENTITY_COLUMNS, Person


@dataclass(frozen=True, slots=True)
class Waiting:
    """What the comparison needs of a waiting record. `position` is its place in the batch."""

    id: uuid.UUID
    position: int
    identity: Identity


def identity_of_record(record: StagedRecord) -> Identity:
    given = record.raw_data if isinstance(record.raw_data, dict) else {}
    columns = (getattr(record, column) for column in IDENTITY_COLUMNS)
    return _identity(record.ghl_contact_id, *(given.get(key) for key in READ_OF_RAW), *columns)


def identity_of_person(person: Person) -> Identity:
    columns = (getattr(person, column) for column in IDENTITY_COLUMNS)
    return _identity(person.ghl_contact_id or "", *(None for _ in READ_OF_RAW), *columns)


READ_OF_RAW = ("additionalEmails", "additionalPhones", "country", "address1", "address", "postalCode")
READ = ("status", "pk", "position", "ghl_contact_id", *(f"raw_data__{key}" for key in READ_OF_RAW), *IDENTITY_COLUMNS)


def named(record_ids: Collection[uuid.UUID]) -> QuerySet[StagedRecord]:
    """By id alone: with batch or status named too, SQLite reads the whole batch instead."""
    return StagedRecord.objects.filter(pk__in=record_ids).order_by("position", "id")


def read_waiting(records: QuerySet[StagedRecord]) -> list[Waiting]:
    """Those that wait; plain values rather than model instances, since a detection reads a record several times."""
    return [
        Waiting(pk, position, _identity(*values))
        for status, pk, position, *values in records.values_list(*READ)
        if status in StagedRecord.WAITING
    ]


def _identity(
    ghl_contact_id: Any,
    emails: Any,
    phones: Any,
    country: Any,
    listed_address: Any,
    searched_address: Any,
    postal_code: Any,
    firm: Any,
    first: Any,
    last: Any,
    title: Any,
    email: Any,
    phone: Any,
    linkedin: Any,
) -> Identity:
    """The identity of a row: what GHL knows besides, then the columns in the order of IDENTITY_COLUMNS."""
    return identity_of(
        first_name=first,
        last_name=last,
        firm=firm,
        email=email,
        phone=phone,
        linkedin=linkedin,
        title=title,
        ghl_contact_id=ghl_contact_id,
        other_emails=_others(emails, "email"),
        other_phones=_others(phones, "phone"),
        country=country if isinstance(country, str) and len(country) == 2 else "US",
        address=_text(listed_address) or _text(searched_address),  # GHL's list and search name it differently
        postal_code=_text(postal_code),
    )


def _others(values: Any, key: str) -> tuple[str, ...]:
    """Further e-mails or phones: GHL sends texts, or objects with the text inside."""
    if not isinstance(values, list):
        return ()
    texts = (value.get(key) if isinstance(value, dict) else value for value in values)
    return tuple(text for text in texts if isinstance(text, str))


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
