"""Which batches have records that wait for a decision, and how many."""

from django.db.models import Count, Exists, OuterRef, QuerySet

from imports.models import ImportBatch, StagedRecord


def with_waiting_records(batches: QuerySet[ImportBatch], most: int) -> list[tuple[ImportBatch, int]]:
    """The latest of these batches that have records that wait, each with how many.

    Counted for those that are shown only: a join over all records reads every one of them.
    """
    waiting = StagedRecord.objects.filter(status__in=StagedRecord.WAITING).order_by()
    found = batches.select_related("integration").filter(Exists(waiting.filter(batch=OuterRef("pk"))))
    latest = list(found.order_by("-created_at")[:most])
    counts = dict(waiting.filter(batch__in=latest).values_list("batch").annotate(count=Count("pk")))
    return [(batch, counts.get(batch.pk, 0)) for batch in latest]
