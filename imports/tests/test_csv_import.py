"""A CSV file as a batch: every row staged, bad ones with their reason and line, the same file once."""

import json
import signal
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from conftest import LOCATION_ID
from imports.deciding.review import reject
from imports.files.csv_files import read_csv
from imports.files.csv_import import ROWS_AT_ONCE, import_csv
from imports.models import ImportBatch, StagedRecord
from imports.pulling import batches
from imports.runner import NotToBeRunError, batch_lock
from integrations.tests.installation import Installation
from prospects.models import SalesProspect

ROWS = 50_000
HOUSE = "company name,contact name,email,phone,title,LinkedIn URL,source,notes\n"
DANA = 'Whitfield LLP,Dana Whitfield,dana@whitfield.example,+1 202-555-0143,Partner,linkedin.com/in/dana,Fair,"a, b"\n'


class Run:
    """One run of import_csv: its exit status and the object of its last line."""

    def __init__(self, file: Path, *arguments: str, location: str = "testLocation00000001") -> None:
        out, self.err = StringIO(), StringIO()
        self.status: Any = 0
        line = [str(file), "--location", location, *arguments, "--json"]
        try:
            call_command("import_csv", *line, stdout=out, stderr=self.err)
        except SystemExit as left:
            self.status = left.code
        (told,) = out.getvalue().splitlines()
        self.result: dict[str, Any] = json.loads(told)


@pytest.fixture
def file(tmp_path: Path) -> Any:
    """Writes a file to import."""

    def write(content: str | bytes, name: str = "people.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write


def records() -> list[StagedRecord]:
    return list(StagedRecord.objects.order_by("position"))


# ---------------------------------------------------------------- rows


@pytest.mark.django_db
def test_a_file_with_the_house_headers_is_staged(integration, file):
    run = Run(file(HOUSE + DANA))
    (record,) = records()
    assert (run.status, run.result["rows"], run.result["errors"], run.result["status"]) == (0, 1, 0, "success")
    assert (record.firm_name, record.full_name, record.contact_title) == ("Whitfield LLP", "Dana Whitfield", "Partner")
    assert (record.contact_email, record.contact_phone) == ("dana@whitfield.example", "+1 202-555-0143")
    assert (record.contact_linkedin, record.raw_data["notes"]) == ("linkedin.com/in/dana", "a, b")
    assert (record.status, record.position, record.ghl_contact_id) == ("pending", 2, "")


@pytest.mark.django_db
def test_a_file_with_our_own_columns_is_staged(integration, file):
    headers = "external_id,firm_name,contact_first_name,contact_last_name,contact_email,contact_phone,contact_title,"
    Run(file(headers + "contact_linkedin,tags\nEX1,W LLP,Dana,Whitfield,d@w.example,202,Partner,,imported;xid-EX1\n"))
    (record,) = records()
    assert (record.full_name, record.tags, record.contact_phone) == ("Dana Whitfield", ["imported", "xid-EX1"], "202")
    assert record.raw_data["external_id"] == "EX1"


@pytest.mark.django_db
def test_every_bad_row_is_staged_with_its_reason_and_line(integration, file):
    long = "x" * 10_000
    content = f'name,email,firm\n,,Nobody LLP\nAl,,,surplus\n{long},,\nBo,"bo@b.example,\nDana,d@w.example,W\n'
    run = Run(file(content))
    told = [(record.status, record.error_message.partition(".")[0]) for record in records()]
    assert told == [
        (
            "error",
            "Line 2: Nothing to tell this person by: no name, no e-mail, no phone, no LinkedIn address and no bar or "
            "candidate number",
        ),
        ("error", "Line 3: 4 values for 3 columns, so a delimiter or a quote is out of place"),
        ("error", "Line 4: The first name is 10,000 characters long; at most 255 can be kept"),
        ("error", "Line 5: a quote is not closed, or not where its value ends"),
        ("pending", ""),
    ]
    assert (run.status, run.result["rows"], run.result["errors"], run.result["status"]) == (1, 5, 4, "partial")


@pytest.mark.django_db
def test_a_bad_row_keeps_all_that_it_held(integration, file):
    long = "x" * 10_000
    Run(file(f"name,email\nAl,,surplus\n{long},\n"))
    surplus, too_long = records()
    assert surplus.raw_data["(beyond the last column)"] == "surplus"
    assert too_long.raw_data["name"] == long
    assert too_long.contact_first_name == long[:255]


@pytest.mark.django_db
def test_emoji_and_nul_reach_the_table(integration, file):
    Run(file("name,firm\nDana 🦊 Fox,A\x00B\n"))
    assert (records()[0].full_name, records()[0].firm_name) == ("Dana 🦊 Fox", "A\ufffdB")


@pytest.mark.django_db
def test_a_source_may_be_named(integration, file):
    Run(file(HOUSE + DANA, "fair.csv"), "--source", "Fair 2026")
    Run(file(HOUSE + DANA + "X,Al Bo,,,,,,\n", "other.csv"))
    assert {batch.source_name for batch in ImportBatch.objects.all()} == {"Fair 2026", "other.csv"}


@pytest.mark.django_db
def test_somebody_whom_the_portal_has_is_matched_and_a_repeated_row_found(integration, file):
    SalesProspect.objects.create(
        contact_first_name="Dana", contact_last_name="Whitfield", contact_email="dana@whitfield.example"
    )
    other = "W,Al Bo,al@bo.example,,,,,\n"
    run = Run(file(HOUSE + DANA + other + other))
    assert (run.result["matched"], run.result["in_batch_duplicates"]) == (1, 1)


@pytest.mark.django_db
def test_what_was_odd_about_a_file_is_told(integration, file):
    run = Run(file("Name;Kürzel\nDana;D\n".encode("cp1252")))
    assert "Windows-1252" in run.err.getvalue()
    assert "Kürzel" in " ".join(ImportBatch.objects.get().remarks)


# ---------------------------------------------------------------- the file as a whole


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"name,email\n", "no rows"),
        (b"PK\x03\x04" + bytes(range(256)), "Excel"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "picture"),
        (b"Dana,d@w.example\nAl,a@b.example\n", "No column names a person"),
    ],
)
def test_a_file_that_is_no_list_of_people_makes_no_batch(integration, file, content, words):
    run = Run(file(content))
    assert (run.status, run.result["status"], words in run.result["error"]) == (1, "failed", True)
    assert run.result["error"].startswith("people.csv: ")
    assert not ImportBatch.objects.exists()


@pytest.mark.django_db
def test_a_missing_file_and_a_folder_are_said_to_be(integration, tmp_path):
    assert "No such file" in Run(tmp_path / "none.csv").result["error"]
    assert "directory" in Run(tmp_path).result["error"]


@pytest.mark.django_db
def test_an_unknown_location_is_said_to_be(file):
    run = Run(file(HOUSE + DANA), location="nowhere")
    assert (run.status, "no location nowhere" in run.result["error"]) == (1, True)


@pytest.mark.django_db
def test_the_same_file_again_is_the_same_batch(integration, file):
    first = Run(file(HOUSE + DANA))
    again = Run(file(HOUSE + DANA, "renamed.csv"))
    assert again.result == first.result
    assert (ImportBatch.objects.count(), len(records())) == (1, 1)


@pytest.mark.django_db
def test_the_same_file_again_leaves_decisions_alone(integration, file, reviewer):
    Run(file(HOUSE + DANA))
    reject(records()[0].pk, reviewer)
    Run(file(HOUSE + DANA))
    assert [record.status for record in records()] == ["rejected"]


# ---------------------------------------------------------------- cut off and gone on with


class PowerCutError(Exception):
    pass


def many(count: int) -> str:
    return "name,email\n" + "".join(f"Person {n},p{n}@example{n}.example\n" for n in range(count))


@pytest.fixture
def cut_off(integration, monkeypatch) -> ImportBatch:
    """An import that ended after its first chunk of two rows."""

    def cut(batch: ImportBatch) -> None:
        raise PowerCutError

    monkeypatch.setattr("imports.files.csv_import.ROWS_AT_ONCE", 2)
    with pytest.raises(PowerCutError):
        import_csv(read_csv(many(5).encode()), integration, source_name="x", on_progress=cut)
    return ImportBatch.objects.get()


@pytest.mark.django_db
def test_a_cut_off_import_goes_on_without_staging_a_row_twice(cut_off, integration):
    assert (cut_off.status, len(records())) == ("running", 2)
    batch = import_csv(read_csv(many(5).encode()), integration, source_name="x")
    assert (batch.pk, batch.status, batch.contacts_read) == (cut_off.pk, "success", 5)
    assert [record.position for record in records()] == [2, 3, 4, 5, 6]


@pytest.mark.django_db
def test_a_cut_off_import_goes_on_after_it_was_noticed(cut_off, integration):
    assert batches.note_dead() == 1
    cut_off.refresh_from_db()
    assert cut_off.status == "failed"
    batch = import_csv(read_csv(many(5).encode()), integration, source_name="x")
    assert (batch.pk, batch.status, batch.error, len(records())) == (cut_off.pk, "success", "", 5)


@pytest.mark.django_db
def test_two_processes_do_not_import_one_file_at_once(cut_off, integration):
    with batch_lock(cut_off.pk), pytest.raises(NotToBeRunError):
        import_csv(read_csv(many(5).encode()), integration, source_name="x")
    assert len(records()) == 2


@pytest.mark.django_db
def test_an_import_that_somebody_is_at_is_told_in_words(cut_off, integration, file):
    with batch_lock(cut_off.pk):
        run = Run(file(many(5)))
    assert (run.status, "worked on" in run.result["error"]) == (1, True)


@pytest.mark.django_db
def test_rows_are_staged_in_chunks(integration):
    seen: list[int] = []
    import_csv(
        read_csv(many(ROWS_AT_ONCE + 1).encode()),
        integration,
        source_name="x",
        on_progress=lambda batch: seen.append(batch.contacts_read),
    )
    assert seen == [ROWS_AT_ONCE, ROWS_AT_ONCE + 1, ROWS_AT_ONCE + 1]


@pytest.mark.slow
@pytest.mark.django_db
def test_a_killed_import_of_many_rows_goes_on(databases, file):
    path = str(file(many(ROWS)))
    installation = Installation(databases.copy(), "http://127.0.0.1:9")
    first = installation.start("import_csv", path, "--location", LOCATION_ID, "--json")
    assert first.stderr is not None
    while "1,000 rows staged" not in first.stderr.readline():
        pass
    first.kill()
    first.communicate()
    assert first.returncode == -signal.SIGKILL
    status, told, _ = installation.manage("import_csv", path, "--location", LOCATION_ID, "--json")
    assert (status, told["rows"], told["status"], told["errors"]) == (0, ROWS, "success", 0)
