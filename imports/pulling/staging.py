"""From pages of GHL to staged rows: what is new or changed is staged, what is known is left in peace."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from imports.models import ImportBatch, StagedCall, StagedRecord
from imports.reading import LONGEST, FieldMap, ReadRecord, digest_key, read_contact
from imports.storable import Storable, storable
from integrations.bulk_insert import JsonText, insert_rows
from integrations.ghl.errors import UnexpectedPayload
from integrations.ghl.payloads import CallMessage
from integrations.models import GHLIntegration

UNREAD = "unread:"  # begins the key of a line that says why a contact's calls could not be read
LONGEST_CALL_ID = 64  # as long as the ids of calls and contacts can be in the tables of calls
KIND_OF_MESSAGE = ("messageType", "messageTypeString", "messageTypeId", "type")
NO_COLUMNS = dict.fromkeys(LONGEST, "")
RECORD_COLUMNS = (
    "id", "created_at", "updated_at", "batch_id", "batch_made_at", "record_key", "position", "ghl_contact_id",
    "raw_data", "content_digest", "status", "error_message", "remarks", "tags", "changes_id", *LONGEST,
)  # fmt: skip
CALL_COLUMNS = (
    "created_at", "integration_id", "batch_id", "external_call_id", "ghl_contact_id", "raw_data", "error_message",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ReadCall:
    """One call, read: `error` says why it is none; `raw_data` is what goes into the database."""

    external_call_id: str
    raw_data: Storable
    ghl_contact_id: str = ""
    error: str = ""


@dataclass(frozen=True, slots=True)
class Staged:
    """What became of one page of contacts. `waiting` are those staged that can be compared, each with its row's id."""

    read: int
    staged: int
    unchanged: int
    waiting: Sequence[tuple[uuid.UUID, ReadRecord]]


def stage_contacts(batch: ImportBatch, raws: Sequence[Any], fields: FieldMap, *, first_position: int) -> Staged:
    """Stages a page of contacts. Call inside a transaction, together with the cursor that follows the page.

    A contact that this batch holds already is not staged again, so that a page may come twice. One whose content is
    as it was at an earlier pull is counted as unchanged. One that nobody decided about yet replaces its older row;
    one that was decided comes back as a change of it.
    """
    records = {record.record_key: record for record in (read_contact(raw, fields) for raw in raws)}
    for known in batch.records.filter(record_key__in=records).values_list("record_key", flat=True):
        del records[known]
    latest = latest_records(batch.integration, records)
    changed = [record for record in records.values() if _is_news(record, latest.get(record.record_key))]
    earlier = _superseded([latest[record.record_key] for record in changed if record.record_key in latest])
    now = timezone.now()
    new = [(uuid.uuid4(), record) for record in changed]
    insert_rows(
        StagedRecord,
        RECORD_COLUMNS,
        (
            _values(batch, record_id, record, earlier.get(record.record_key), position, now)
            for position, (record_id, record) in enumerate(new, first_position)
        ),
    )
    return Staged(
        read=len(records),
        staged=len(new),
        unchanged=len(records) - len(new),
        waiting=[(record_id, record) for record_id, record in new if not record.error],
    )


def latest_records(integration: GHLIntegration, keys: Iterable[str]) -> dict[str, StagedRecord]:
    """For each GHL contact, the row that earlier pulls of the location left last."""
    rows = (
        StagedRecord.objects.filter(batch__integration=integration, batch__source="ghl", record_key__in=list(keys))
        .select_related("batch")
        .defer("raw_data")
        .order_by("created_at")
    )
    return {row.record_key: row for row in rows}


def stage_calls(batch: ImportBatch, raws: Sequence[Any]) -> int:
    """Keeps a page of calls beside the records. Returns how many of them this batch had not met yet.

    A call that is kept already is brought up to date; one that is no call record at all is kept with the reason.
    Call inside a transaction, together with the cursor that follows the page.
    """
    calls = {call.external_call_id: call for call in (_read_call(raw) for raw in raws if not _is_no_call(raw))}
    known = _known_calls(batch, calls)
    fresh = [call for key, call in calls.items() if key not in known]
    now = timezone.now()
    insert_rows(StagedCall, CALL_COLUMNS, (_call_values(batch, call, now) for call in fresh))
    _refresh_calls(known, calls)
    # A call belongs to the batch that met it last, so that a page that comes twice is counted once. One that cannot be
    # read stays with the batch that told of it.
    met_earlier = [row.pk for row in known.values() if row.batch_id != batch.pk]
    StagedCall.objects.filter(pk__in=met_earlier, error_message="").update(batch=batch)
    return len(fresh) + len(met_earlier)


def contact_ids_after(batch: ImportBatch, last: str, count: int) -> list[str]:
    """The location's next GHL contact ids in their order, unchanged ones too: their calls may be new."""
    rows = StagedRecord.objects.filter(batch__integration_id=batch.integration_id, ghl_contact_id__gt=last)
    return list(rows.order_by("ghl_contact_id").values_list("ghl_contact_id", flat=True).distinct()[:count])


def note_call_problems(batch: ImportBatch, asked: Sequence[str], problems: Mapping[str, str]) -> None:
    """Keeps a line for each contact whose calls GHL would not give, until a later pull gets them."""
    marks = {contact_id: f"{UNREAD}{contact_id}" for contact_id in asked}
    StagedCall.objects.filter(integration_id=batch.integration_id, external_call_id__in=marks.values()).delete()
    StagedCall.objects.bulk_create(
        StagedCall(
            integration_id=batch.integration_id,
            batch=batch,
            external_call_id=marks[contact_id],
            ghl_contact_id=contact_id,
            raw_data={},
            error_message=f"The calls of this contact could not be read. {problem}",
        )
        for contact_id, problem in problems.items()
    )


def forget_call_problems(integration: GHLIntegration) -> None:
    """To be called when all calls of a location were read another way than contact by contact."""
    StagedCall.objects.filter(integration=integration, external_call_id__startswith=UNREAD).delete()


def count_errors(batch: ImportBatch) -> int:
    """Records that cannot be reviewed, and calls that could not be read."""
    return (
        batch.records.filter(status=StagedRecord.Status.ERROR).count()
        + batch.staged_calls.exclude(error_message="").count()
    )


def _known_calls(batch: ImportBatch, calls: Iterable[str]) -> dict[str, StagedCall]:
    rows = StagedCall.objects.filter(integration_id=batch.integration_id, external_call_id__in=list(calls))
    return {row.external_call_id: row for row in rows}


def _refresh_calls(known: dict[str, StagedCall], calls: dict[str, ReadCall]) -> None:
    stale = [row for key, row in known.items() if row.raw_data != calls[key].raw_data.value]
    for row in stale:
        call = calls[row.external_call_id]
        row.raw_data = call.raw_data.value
        row.ghl_contact_id = call.ghl_contact_id or row.ghl_contact_id
        row.recorded_at = None  # so that the call's own row is brought up to date too
    StagedCall.objects.bulk_update(stale, ["raw_data", "ghl_contact_id", "recorded_at"])


def _is_no_call(raw: Any) -> bool:
    """Whether this is plainly a message of another kind; what says nothing of its kind is kept."""
    if not isinstance(raw, Mapping) or not any(raw.get(key) for key in KIND_OF_MESSAGE):
        return False
    return not CallMessage.is_call(raw)


def _read_call(raw: Any) -> ReadCall:
    stored = storable(raw)
    try:
        call_id, contact_id = CallMessage.ids_of(stored.value)
    except UnexpectedPayload as problem:
        return ReadCall(
            digest_key(stored.value), stored.as_object(), error=f"GHL sent something that is not a call: {problem}"
        )
    if max(len(call_id), len(contact_id)) > LONGEST_CALL_ID:
        error = f"GHL sent a call with an id of more than {LONGEST_CALL_ID} characters, which is none."
        return ReadCall(digest_key(stored.value), stored, error=error)
    return ReadCall(call_id, stored, contact_id)


def _call_values(batch: ImportBatch, call: ReadCall, now: datetime) -> tuple[Any, ...]:
    """The values of CALL_COLUMNS."""
    raw_data = JsonText(call.raw_data.text)
    return now, batch.integration_id, batch.pk, call.external_call_id, call.ghl_contact_id, raw_data, call.error


def _is_news(record: ReadRecord, earlier: StagedRecord | None) -> bool:
    if earlier is None or (earlier.content_digest, earlier.error_message) != (record.content_digest, record.error):
        return True
    # A pull that was given up never looked for duplicates: what nobody decided about comes along with the next one.
    return earlier.status in StagedRecord.UNDECIDED and earlier.batch.status == ImportBatch.Status.FAILED


def _superseded(rows: Sequence[StagedRecord]) -> dict[str, StagedRecord]:
    """Takes rows that nobody decided about out of the queue: a newer one of the same contact is about to come.

    Returns the rows as they are now: a reviewer may have been faster, and the database is the referee.
    """
    now = timezone.now()
    ids = [row.pk for row in rows]
    undecided(StagedRecord.objects.filter(pk__in=ids)).update(
        status=StagedRecord.Status.SKIPPED,
        decision=StagedRecord.Decision.SUPERSEDED,
        reviewed_at=now,
        updated_at=now,
    )
    return {row.record_key: row for row in StagedRecord.objects.filter(pk__in=ids).defer("raw_data")}


def undecided(rows: QuerySet[StagedRecord]) -> QuerySet[StagedRecord]:
    return rows.filter(status__in=StagedRecord.UNDECIDED)


def _changed_decision(earlier: StagedRecord | None) -> uuid.UUID | None:
    """The decided row that a new one changes: the earlier row, or what that one, undecided, was a change of."""
    if earlier is None:
        return None
    return earlier.changes_id if earlier.decision == StagedRecord.Decision.SUPERSEDED else earlier.pk


def _values(
    batch: ImportBatch,
    record_id: uuid.UUID,
    record: ReadRecord,
    earlier: StagedRecord | None,
    position: int,
    now: datetime,
) -> tuple[Any, ...]:
    """The values of RECORD_COLUMNS."""
    return (
        record_id,
        now,
        now,
        batch.pk,
        batch.created_at,
        record.record_key,
        position,
        record.ghl_contact_id,
        JsonText(record.raw_data.text),
        record.content_digest,
        (StagedRecord.Status.ERROR if record.error else StagedRecord.Status.PENDING).value,
        record.error,
        record.remarks,
        record.tags,
        _changed_decision(earlier),
        *(record.columns or NO_COLUMNS).values(),
    )
