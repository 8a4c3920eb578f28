"""Whether a record's page leads to the page where several are decided together: asked cheaply, on every record."""

from collections.abc import Sequence

from imports.admin.candidates import Shown
from imports.deciding.groups import resemble_others
from imports.matching.recheck import TOLD
from imports.models import StagedRecord


def leads_to_group(record: StagedRecord, candidates: Sequence[Shown]) -> bool:
    """Whether three or more may be one person. The group's own page looks closer, and says so if they are not."""
    if not record.is_waiting:
        return False
    band_of = {row.candidate_id: row.band for row in record.candidates.all()}
    # Who has no row is known to be this very GHL contact.
    good = [one for one in candidates if band_of.get(one.candidate_id, TOLD[0]) in TOLD]
    twins = {one.candidate_id for one in good if one.is_waiting_twin}
    people = {one.who.pk for one in good if not isinstance(one.who, StagedRecord)}
    if len(twins) + bool(people) > 1:
        return True
    return resemble_others(record, twins=twins, people=people)
