"""Reading one record again from GHL, after somebody mended there what made it unreadable."""

import uuid

from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction

from imports.deciding.review import DecisionRefusedError
from imports.matching.recheck import note_newcomers
from imports.models import ImportBatch, StagedRecord
from imports.reading import FieldMap, ReadRecord, read_contact
from integrations.credentials import client_for
from integrations.ghl.client import GHLClient
from integrations.ghl.errors import PermanentGHLError


def read_again(record_id: uuid.UUID, reviewer: AbstractBaseUser) -> StagedRecord:
    """Fetches the contact of a record that could not be read. The record waits for review if it can be read now.

    Raises DecisionRefusedError when there is nothing to read again, LocationNotReadyError, SecretUnreadableError or a
    GHLError when GHL cannot be asked.
    """
    record = _unreadable(record_id)
    with client_for(record.batch.integration, bulk=False) as client:
        fields = _field_map(record, client)
        read = read_contact(client.get_contact(record.ghl_contact_id), fields)
    with transaction.atomic():
        locked = StagedRecord.objects.select_for_update().filter(pk=record_id, status=StagedRecord.Status.ERROR).first()
        if locked is None:
            raise DecisionRefusedError("Somebody decided about this record meanwhile.")
        _take_over(locked, read)
        LogEntry.objects.log_actions(
            user_id=reviewer.pk, queryset=[locked], action_flag=CHANGE, change_message="Read again.", single_object=True
        )
    if locked.is_waiting:
        note_newcomers(StagedRecord.objects.select_related("batch__integration").get(pk=record_id))
    return locked


def _unreadable(record_id: uuid.UUID) -> StagedRecord:
    records = StagedRecord.objects.select_related("batch__integration")
    record = records.filter(pk=record_id, status=StagedRecord.Status.ERROR).first()
    if record is None:
        raise DecisionRefusedError("Only a record that cannot be read is read again.")
    if record.batch.source == ImportBatch.Source.CSV:
        raise DecisionRefusedError("This row came with a file. Mend it there and bring the file in again.")
    if not record.ghl_contact_id:
        raise DecisionRefusedError("GHL named no contact for this record. Pull the location again.")
    return record


def _field_map(record: StagedRecord, client: GHLClient) -> FieldMap:
    mapping = record.batch.integration.custom_field_mapping
    try:
        return FieldMap.of(mapping, client.custom_fields())
    except PermanentGHLError:
        return FieldMap.of(mapping, [])  # as in a pull: a token that may not see the fields still sees the contact


def _take_over(record: StagedRecord, read: ReadRecord) -> None:
    for column, value in read.columns.items():
        setattr(record, column, value)
    record.raw_data = read.raw_data.value
    record.tags = list(read.tags)
    record.content_digest = read.content_digest
    record.remarks = list(read.remarks)
    record.error_message = read.error
    record.status = StagedRecord.Status.ERROR if read.error else StagedRecord.Status.PENDING
    record.save()
