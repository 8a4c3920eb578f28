"""What the processes do that work on bulk runs, and are killed at it."""

import sys
import uuid

from integrations.tests.forking import fork_for_each_line

RECORDS, CHANGED_SINCE = 160, 10


def bring_forth() -> None:
    """What the process does that the others are forked from."""
    import django

    django.setup()
    from django.contrib.auth.models import User

    from imports.bulk import bulk_runs
    from imports.models import BulkRun

    def do(work: str) -> None:
        if work == "prepare":
            prepare()
        elif work == "undo":
            assert bulk_runs.request_undo(BulkRun.objects.get().pk, User.objects.get())
        else:
            bulk_runs.work(BulkRun.objects.get().pk, seconds=600)

    fork_for_each_line(do)


def prepare() -> None:
    """A run that was released: records with a certain match and a call each, and some that have changed since."""
    from django.contrib.auth.models import User

    from imports.models import BulkItem, BulkRun
    from imports.tests.review_cast import a_batch, a_call, a_candidate, a_record
    from integrations.models import GHLIntegration
    from prospects.models import SalesProspect

    reviewer = User.objects.create_superuser("reviewer")
    batch = a_batch(GHLIntegration.objects.get(location_id=sys.argv[1]))
    run = BulkRun.objects.create(decision="merge", status="queued", about="Merge", started_by=reviewer)
    for number in range(RECORDS):
        record, known = a_record(batch), SalesProspect.objects.create(contact_last_name=f"Known {number}")
        a_candidate(record, known)
        a_call(record)
        planned = uuid.uuid4() if number < CHANGED_SINCE else known.pk
        BulkItem.objects.create(run=run, staged_record=record, number=number, candidate_id=planned)
