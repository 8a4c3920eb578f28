"""A son and his father, who share nearly everything, for tests of telling two people apart."""

from typing import Any

from imports.deciding.telling_apart import tell_apart
from imports.matching.detection import detect
from imports.models import ImportBatch, StagedRecord, ToldApart
from imports.tests.review_cast import a_batch, a_record

SON = {
    "contact_first_name": "Robert", "contact_last_name": "Keller", "firm_name": "Marlow & Finch LLP",
    "contact_email": "rk@kellers.example", "contact_phone": "+12125550143",
}  # fmt: skip
FATHER = {**SON, "contact_email": "robert@kellers.example"}


def pulled(integration: Any, source: str = "ghl", **values: Any) -> StagedRecord:
    """A batch with one contact, compared."""
    batch = a_batch(integration, source=source, source_digest=str(ImportBatch.objects.count()))
    record = a_record(batch, **{"ghl_contact_id": "sonInGHL", **SON, **values})
    detect(record.batch)
    record.refresh_from_db()
    return record


def candidates(record: StagedRecord) -> set[Any]:
    return set(record.candidates.values_list("candidate_id", flat=True))


def apart(record: StagedRecord, who: Any, reviewer: Any) -> ToldApart:
    kind = "staged" if isinstance(who, StagedRecord) else "prospect"
    return tell_apart(record.pk, reviewer, kind=kind, candidate_id=who.pk)
