"""The identities of staged records and of people, read from their rows in one way."""

import uuid
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import F, Func, JSONField, QuerySet
from django.db.models.sql.compiler import SQLCompiler

from imports.models import StagedRecord
from prospects.identity import Identity, identity_of
from prospects.models import IDENTITY_COLUMNS, Person, PersonQuerySet


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


def identity_as_staged(ghl_contact_id: str, raw_data: Mapping[str, Any], columns: Mapping[str, str]) -> Identity:
    """The identity that a record will have once it is staged."""
    return _identity(ghl_contact_id, *map(raw_data.get, READ_OF_RAW), *(columns[name] for name in IDENTITY_COLUMNS))


def identity_of_person(person: Person) -> Identity:
    columns = (getattr(person, column) for column in IDENTITY_COLUMNS)
    return _identity(person.ghl_contact_id or "", *(None for _ in READ_OF_RAW), *columns)


def identities_of_people(people: PersonQuerySet, ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, Identity]:
    """The identities of these people, as far as they are still there; plain values, as of staged records."""
    remaining, found = iter(ids), {}
    nothing_else = (None,) * len(READ_OF_RAW)
    while some := list(islice(remaining, AT_ONCE)):
        for pk, ghl_contact_id, *columns in people.filter(pk__in=some).values_list(
            "pk", "ghl_contact_id", *IDENTITY_COLUMNS
        ):
            found[pk] = _identity(ghl_contact_id or "", *nothing_else, *columns)
    return found


AT_ONCE = 5_000  # SQLite takes at most 32,766 parameters in a statement
READ_OF_RAW = ("additionalEmails", "additionalPhones", "country", "address1", "address", "postalCode", "dateOfBirth")


class _OfRaw(Func):
    """The values of `READ_OF_RAW` as one list: several times as fast as one look into the JSON for each."""

    output_field = JSONField()

    def __init__(self) -> None:
        super().__init__(F("raw_data"))

    def as_sqlite(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **context: Any) -> tuple[str, Any]:
        paths = ", ".join(f"'$.{key}'" for key in READ_OF_RAW)
        return self.as_sql(compiler, connection, template=f"JSON_EXTRACT(%(expressions)s, {paths})")

    def as_postgresql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **context: Any) -> tuple[str, Any]:
        column, params = compiler.compile(self.source_expressions[0])
        return f"JSONB_BUILD_ARRAY({', '.join(f'{column} -> {key!r}' for key in READ_OF_RAW)})", params


def named(record_ids: Collection[uuid.UUID]) -> QuerySet[StagedRecord]:
    """By id alone: with batch or status named too, SQLite reads the whole batch instead."""
    return StagedRecord.objects.filter(pk__in=record_ids).order_by("position", "id")


def read_waiting(records: QuerySet[StagedRecord]) -> list[Waiting]:
    """Those that wait; plain values rather than model instances, since a detection reads a record several times."""
    return [
        Waiting(pk, position, _identity(ghl_contact_id, *of_raw, *columns))
        for status, pk, position, ghl_contact_id, of_raw, *columns in records.values_list(
            "status", "pk", "position", "ghl_contact_id", _OfRaw(), *IDENTITY_COLUMNS
        )
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
    born: Any,
    firm: Any,
    first: Any,
    last: Any,
    title: Any,
    email: Any,
    phone: Any,
    linkedin: Any,
    number: Any,
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
        born=_text(born),
        number=number,
    )


def _others(values: Any, key: str) -> tuple[str, ...]:
    """Further e-mails or phones: GHL sends texts, or objects with the text inside."""
    if not isinstance(values, list):
        return ()
    texts = (value.get(key) if isinstance(value, dict) else value for value in values)
    return tuple(text for text in texts if isinstance(text, str))


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
