"""The two commands about a batch's matches: looking for them again, and writing them out."""

import csv
import io
import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone

from imports.matching.candidate_pairs import candidate_pairs
from imports.models import ImportBatch, MatchCandidate, StagedRecord
from imports.pulling.staging import stage_contacts
from imports.reading import FieldMap
from imports.runner import batch_lock
from prospects.models import SalesProspect

pytestmark = pytest.mark.django_db
COLUMNS = ["ghl_contact_id", "candidate_kind", "candidate_id", "score", "band", "reasons"]
DANA = {"firstName": "Dana", "lastName": "Whitfield", "email": "dana@whitfield.example", "phone": "+12025550143"}


class Run:
    def __init__(self, command: str, *arguments: str, json_wanted: bool = True) -> None:
        self.out, self.err = StringIO(), StringIO()
        self.status: Any = 0
        flags = ["--json"] if json_wanted else []
        try:
            call_command(command, *arguments, *flags, stdout=self.out, stderr=self.err)
        except SystemExit as left:
            self.status = left.code

    @property
    def result(self) -> Any:
        return json.loads(self.out.getvalue().splitlines()[-1])


@pytest.fixture
def prospect() -> SalesProspect:
    return SalesProspect.objects.create(
        contact_first_name="Dana", contact_last_name="Whitfield", contact_email="dana@whitfield.example"
    )


@pytest.fixture
def batch(integration, prospect) -> ImportBatch:
    """Two contacts of GHL who are one person, whom the portal has too; and somebody else."""
    batch = ImportBatch.objects.create(integration=integration, source="ghl")
    contacts = [{"id": "c1", **DANA}, {"id": "c2", **DANA}, {"id": "c3", "firstName": "Al", "lastName": "Bo"}]
    stage_contacts(batch, contacts, FieldMap(), first_position=1)
    return batch


def found(batch: ImportBatch) -> Any:
    run = Run("detect_duplicates", str(batch.pk))
    assert run.status == 0
    return run.result


def table(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


# ---------------------------------------------------------------- looking again


def test_detection_tells_what_it_found(batch):
    result = found(batch)
    assert (result["matched"], result["in_batch_duplicates"]) == (2, 1)
    assert set(result) == {"matched", "in_batch_duplicates", "seconds"}
    batch.refresh_from_db()
    assert (batch.matched, batch.in_batch_duplicates) == (2, 1)


def test_detection_is_safe_to_run_twice(batch):
    found(batch)
    before = sorted(MatchCandidate.objects.values_list("staged_record_id", "candidate_kind", "candidate_id", "score"))
    found(batch)
    assert before == sorted(
        MatchCandidate.objects.values_list("staged_record_id", "candidate_kind", "candidate_id", "score")
    )


def test_decided_records_keep_their_candidates(batch, reviewer):
    found(batch)
    batch.records.filter(ghl_contact_id="c1").update(
        status="rejected", decision="reject", reviewed_by=reviewer, reviewed_at=timezone.now()
    )
    SalesProspect.objects.all().delete()
    kept = set(MatchCandidate.objects.filter(staged_record__ghl_contact_id="c1").values_list("pk", flat=True))
    assert kept
    found(batch)
    assert kept == set(MatchCandidate.objects.filter(staged_record__ghl_contact_id="c1").values_list("pk", flat=True))


def test_detection_finds_whoever_came_since(batch):
    found(batch)
    SalesProspect.objects.create(contact_first_name="Al", contact_last_name="Bo", contact_phone="+12025550199")
    batch.records.filter(ghl_contact_id="c3").update(contact_phone="+12025550199")
    assert found(batch)["matched"] == 3


def test_detection_is_refused_while_a_pull_of_this_machine_runs(batch):
    ImportBatch.objects.filter(pk=batch.pk).update(status="running")
    with batch_lock(batch.pk):
        run = Run("detect_duplicates", str(batch.pk))
    assert (run.status, "worked on" in run.result["error"]) == (1, True)
    assert not MatchCandidate.objects.exists()


def test_two_detections_of_one_batch_do_not_run_at_once(batch):
    with batch_lock(batch.pk):
        assert Run("detect_duplicates", str(batch.pk)).status == 1
    assert not MatchCandidate.objects.exists()


def test_detection_is_refused_while_a_pull_of_another_machine_runs(batch):
    ImportBatch.objects.filter(pk=batch.pk).update(
        status="running", runner="another-machine:1", heartbeat_at=timezone.now()
    )
    run = Run("detect_duplicates", str(batch.pk))
    assert (run.status, "worked on" in run.result["error"]) == (1, True)
    assert not MatchCandidate.objects.exists()


@pytest.mark.parametrize("command", ["detect_duplicates", "export_matches"])
@pytest.mark.parametrize("name", ["8d6f4a0e-0000-4000-8000-000000000000", "latest"])
def test_an_unknown_batch_is_said_to_be(command, name):
    run = Run(command, name)
    assert (run.status, run.result["error"]) == (1, f"There is no batch {name}.")


# ---------------------------------------------------------------- writing out


def test_every_pair_is_one_row_with_these_columns(batch, prospect, tmp_path):
    found(batch)
    run = Run("export_matches", str(batch.pk), "--csv", str(tmp_path / "pairs.csv"))
    rows = table((tmp_path / "pairs.csv").read_text(encoding="utf-8"))
    assert (run.status, run.result) == (0, {"pairs": 3})
    assert list(rows[0]) == COLUMNS
    with_prospect = [row for row in rows if row["candidate_kind"] == "prospect"]
    assert sorted(row["ghl_contact_id"] for row in with_prospect) == ["c1", "c2"]
    assert {row["candidate_id"] for row in with_prospect} == {str(prospect.pk)}


def test_two_records_of_the_batch_are_one_pair_named_by_their_ghl_contacts(batch):
    found(batch)
    assert MatchCandidate.objects.filter(candidate_kind="staged").count() == 2
    (pair,) = [pair for pair in candidate_pairs(batch) if pair["candidate_kind"] == "staged"]
    assert {pair["ghl_contact_id"], pair["candidate_id"]} == {"c1", "c2"}


def test_scores_are_between_0_and_1_best_first_and_reasons_in_words(batch):
    found(batch)
    scores = [float(str(pair["score"])) for pair in candidate_pairs(batch)]
    assert scores == sorted(scores, reverse=True)
    assert 0 <= min(scores) <= max(scores) <= 1
    assert {pair["band"] for pair in candidate_pairs(batch)} <= {"certain", "likely", "possible"}
    assert all(pair["reasons"] for pair in candidate_pairs(batch))


def test_records_of_a_file_are_named_by_their_portal_ids(integration):
    batch = ImportBatch.objects.create(integration=integration, source="csv")
    one, two = (
        StagedRecord.objects.create(batch=batch, record_key=f"line:{line}", position=line, raw_data={})
        for line in (2, 3)
    )
    MatchCandidate.objects.create(
        staged_record=one, candidate_kind="staged", candidate_id=two.pk, score=0.5, band="possible"
    )
    (pair,) = candidate_pairs(batch)
    assert (pair["ghl_contact_id"], pair["candidate_id"]) == (str(one.pk), str(two.pk))


def test_without_a_file_the_table_is_all_of_stdout(batch):
    found(batch)
    run = Run("export_matches", str(batch.pk), json_wanted=False)
    assert len(table(run.out.getvalue())) == 3
    assert "pairs: 3" in run.err.getvalue()


def test_with_json_the_object_is_the_last_line_after_the_table(batch):
    found(batch)
    run = Run("export_matches", str(batch.pk))
    assert run.result == {"pairs": 3}
    assert len(table("\n".join(run.out.getvalue().splitlines()[:-1]))) == 3


def test_a_batch_without_matches_is_a_table_of_column_names(batch, tmp_path):
    run = Run("export_matches", str(batch.pk), "--csv", str(tmp_path / "pairs.csv"))
    assert run.result == {"pairs": 0}
    assert (tmp_path / "pairs.csv").read_text(encoding="utf-8").strip() == ",".join(COLUMNS)


def test_exporting_twice_writes_the_same(batch, tmp_path):
    found(batch)
    paths = [tmp_path / "one.csv", tmp_path / "two.csv"]
    for path in (*paths, paths[1]):
        Run("export_matches", str(batch.pk), "--csv", str(path))
    assert paths[0].read_bytes() == paths[1].read_bytes()


@pytest.mark.parametrize("place", [".", "missing/pairs.csv"])
def test_a_file_that_cannot_be_written_is_named(batch, tmp_path: Path, place):
    run = Run("export_matches", str(batch.pk), "--csv", str(tmp_path / place))
    assert (run.status, "cannot be written" in run.result["error"]) == (1, True)


def test_a_full_disk_is_told_in_words(batch):
    found(batch)
    run = Run("export_matches", str(batch.pk), "--csv", "/dev/full")
    assert (run.status, "No space left" in run.result["error"]) == (1, True)
