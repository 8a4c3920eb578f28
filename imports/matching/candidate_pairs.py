"""Every candidate pair of a batch as plain rows, for other programs and for people with spreadsheets."""

import uuid
from collections.abc import Iterator

from imports.models import ImportBatch, MatchCandidate

COLUMNS = ("ghl_contact_id", "candidate_kind", "candidate_id", "score", "band", "reasons")


def candidate_pairs(batch: ImportBatch) -> Iterator[dict[str, object]]:
    """One row a pair, best first. Two records of the batch make one pair, named by their GHL contact ids.

    A record without a GHL contact id (of a CSV file) is named by its portal id.
    """
    names = {
        pk: ghl_contact_id or str(pk)
        for pk, ghl_contact_id in batch.records.values_list("pk", "ghl_contact_id").iterator()
    }
    candidates = MatchCandidate.objects.filter(staged_record__batch=batch).order_by("-score", "id")
    told: set[frozenset[uuid.UUID]] = set()
    for candidate in candidates.iterator():
        is_staged = candidate.candidate_kind == MatchCandidate.Kind.STAGED
        if is_staged:
            pair = frozenset((candidate.staged_record_id, candidate.candidate_id))
            if pair in told or candidate.candidate_id not in names:
                continue  # both records of a pair name each other
            told.add(pair)
        yield {
            "ghl_contact_id": names[candidate.staged_record_id],
            "candidate_kind": candidate.candidate_kind,
            "candidate_id": names[candidate.candidate_id] if is_staged else str(candidate.candidate_id),
            "score": f"{candidate.score:.6f}",
            "band": candidate.band,
            "reasons": "; ".join(reason["words"] for reason in candidate.reasons),
        }
