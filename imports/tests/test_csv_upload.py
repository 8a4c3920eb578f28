"""A CSV file brought in through the pages: columns confirmed, every row judged before anything is staged."""

from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.urls import reverse

from imports import tasks
from imports.deciding.review import approve_as_new, reject
from imports.files import csv_handover, csv_uploads
from imports.files.csv_files import REASON_COLUMN, ROW_COLUMN
from imports.models import CsvMapping, CsvUpload, ImportBatch, StagedRecord
from imports.tests.csv_cast import ANN, DANA, HOUSE, NOBODY, UPLOAD, written

pytestmark = pytest.mark.django_db


def told(answer: Any) -> str:
    return " ".join(str(message) for message in get_messages(answer.wsgi_request))


def names() -> list[str]:
    return [record.full_name for record in StagedRecord.objects.order_by("created_at", "position")]


# ---------------------------------------------------------------- who may


def test_the_batches_list_leads_operators_to_the_page_and_nobody_else(desk, client, reviewer):
    batches = reverse("admin:imports_importbatch_changelist")
    assert f'href="{UPLOAD}"' in desk.browser.get(batches).content.decode()
    client.force_login(reviewer)
    assert UPLOAD not in client.get(batches).content.decode()


def test_a_reviewer_brings_nothing_in_and_stages_nothing(desk, client, reviewer):
    upload = desk.confirm(desk.bring(HOUSE + DANA))
    client.force_login(reviewer)
    assert client.get(UPLOAD).status_code == 403
    for name in ("csv_file", "csv_progress", "csv_problems"):
        assert client.get(desk.url(upload, name)).status_code == 403
    for name in ("csv_columns", "csv_stage", "csv_drop"):
        assert client.post(desk.url(upload, name)).status_code == 403
    upload.refresh_from_db()
    assert (upload.status, ImportBatch.objects.count()) == ("checked", 0)


def test_a_reviewer_may_download_the_bad_rows_that_the_queue_shows(desk, client, reviewer):
    batch = desk.all_the_way(HOUSE + DANA + NOBODY)
    client.force_login(reviewer)
    answer = client.get(reverse("admin:imports_importbatch_problems", args=[batch.pk]))
    assert b"Nobody LLP" in b"".join(answer.streaming_content)


def test_what_changes_something_is_posted(desk):
    upload = desk.bring(HOUSE + DANA)
    for name in ("csv_columns", "csv_stage", "csv_drop"):
        assert desk.browser.get(desk.url(upload, name)).status_code == 405


# ---------------------------------------------------------------- the file


def test_a_file_goes_through_its_columns_and_its_verdict_into_a_batch(desk):
    upload = desk.bring(HOUSE + DANA + ANN)
    assert "What the columns mean" in desk.page(upload)
    desk.confirm(upload)
    assert "2 rows checked. Nothing is staged yet." in desk.page(upload)
    assert not StagedRecord.objects.exists()
    batch = desk.stage(upload)
    assert (batch.status, batch.contacts_read, batch.source_name) == ("success", 2, "Fair")
    assert batch.started_by.username == "olga"
    assert names() == ["Dana Whitfield", "Ann Lee"]


def test_the_file_is_kept_until_its_rows_are_staged_and_no_longer(desk):
    upload = desk.confirm(desk.bring(HOUSE + DANA))
    assert bytes(upload.content) == (HOUSE + DANA).encode()
    desk.stage(upload)
    upload.refresh_from_db()
    assert bytes(upload.content) == b""


def test_a_file_without_a_source_takes_its_name(desk):
    desk.choose(HOUSE + DANA, "fair-2026.csv", source_name="")
    assert CsvUpload.objects.get().source_name == "fair-2026.csv"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"PK\x03\x04" + bytes(range(256)), "Save As, “CSV UTF-8”"),
        (b"%PDF-1.7" + bytes(range(256)), "The file is a PDF"),
        (b" \n", "The file is empty"),
        (b"Name,Email\n", "no rows"),
        ((",".join(f"c{n}" for n in range(400)) + "\nx\n").encode(), "400 columns"),
    ],
)
def test_what_is_no_csv_file_is_refused_in_words(desk, content, words):
    answer = desk.choose(content, "people.xlsx")
    assert words in str(answer.context["form"].errors["file"])
    assert not CsvUpload.objects.exists()


def test_a_file_that_is_too_large_is_refused_with_its_size(desk, monkeypatch):
    monkeypatch.setattr("imports.admin.csv_forms.LARGEST_FILE", 10)
    answer = desk.choose(HOUSE + DANA)
    assert "at most 25 MB" in str(answer.context["form"].errors["file"])
    assert "at most 25 MB" in desk.browser.get(UPLOAD).content.decode()


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_a_file_from_excel_is_read_whatever_it_was_saved_as(desk, encoding, delimiter):
    line = delimiter.join(["Name", "Notes"]) + "\r\n" + delimiter.join(["José Núñez", '"one\r\ntwo"']) + "\r\n"
    desk.all_the_way(line.encode(encoding))
    record = StagedRecord.objects.get()
    assert (record.full_name, record.raw_data["Notes"]) == ("José Núñez", "one\r\ntwo")


def test_the_same_file_again_leads_to_its_batch(desk):
    batch = desk.all_the_way(HOUSE + DANA)
    answer = desk.choose(HOUSE + DANA, "renamed.csv")
    assert answer.url == reverse("admin:imports_importbatch_change", args=[batch.pk])
    assert "was brought in before" in told(answer)
    assert CsvUpload.objects.count() == 1


def test_the_same_file_twice_on_its_way_is_one_upload(desk):
    upload = desk.bring(HOUSE + DANA)
    answer = desk.choose(HOUSE + DANA)
    assert answer.url == desk.url(upload, "csv_file")
    assert CsvUpload.objects.count() == 1


def test_a_dropped_file_leaves_nothing_behind_and_may_come_again(desk):
    upload = desk.confirm(desk.bring(HOUSE + DANA))
    desk.browser.post(desk.url(upload, "csv_drop"))
    upload.refresh_from_db()
    assert (upload.status, bytes(upload.content), upload.sample, upload.verdict) == ("dropped", b"", [], {})
    assert desk.browser.get(desk.url(upload, "csv_file")).status_code == 302
    desk.all_the_way(HOUSE + DANA)
    assert names() == ["Dana Whitfield"]


# ---------------------------------------------------------------- columns


def test_columns_are_proposed_by_their_names_beside_the_first_rows(desk):
    page = desk.page(desk.bring(HOUSE + DANA + ANN))
    assert '<option value="full_name" selected>' in page
    assert '<option value="firm_name" selected>' in page
    assert "dana@whitfield.example" in page
    assert "Counsel" in page


def test_columns_in_another_language_are_told_by_hand(desk):
    upload = desk.bring(
        "Société;Personne;Courriel;Remarque\nWhitfield;Dana Whitfield;d@w.example;vue à Lyon\n".encode()
    )
    assert set(upload.columns.values()) == {""}
    desk.confirm(upload, Société="firm_name", Personne="full_name", Courriel="contact_email", Remarque="notes")
    desk.stage(upload)
    record = StagedRecord.objects.get()
    assert (record.firm_name, record.full_name, record.contact_email) == ("Whitfield", "Dana Whitfield", "d@w.example")


def test_what_the_columns_were_said_to_mean_holds_when_a_row_is_approved(desk, reviewer):
    upload = desk.bring("Name,Remark,Notes,Source\nDana Whitfield,said hello,internal only,Old list\n")
    desk.confirm(upload, Remark="notes", Notes="", Source="")
    desk.stage(upload)
    person = approve_as_new(StagedRecord.objects.get().pk, reviewer).person
    assert (person.notes, person.source) == ("said hello", "Fair")


def test_a_confirmed_mapping_is_proposed_for_the_next_file_with_the_same_columns(desk):
    desk.confirm(desk.bring("Who,Mail\nDana,d@w.example\n", "first.csv"), Who="full_name", Mail="")
    upload = desk.bring("Mail,Who\na@b.example,Ann\n", "second.csv")
    assert upload.columns == {"Who": "full_name", "Mail": ""}
    assert "confirmed by olga for “first.csv”" in desk.page(upload)
    other = desk.bring("Who,Mail,Phone\nAnn,a@b.example,\n")
    assert other.columns == {"Who": "", "Mail": "contact_email", "Phone": "contact_phone"}


def test_columns_that_tell_nobody_are_not_taken(desk):
    upload = desk.bring(HOUSE + DANA)
    nothing = {f"column_{number}": "firm_name" for number in range(5)}
    page = desk.browser.post(desk.url(upload, "csv_columns"), nothing).content.decode()
    assert "Choose a column for the name, the e-mail or the phone" in page
    upload.refresh_from_db()
    assert (upload.status, CsvMapping.objects.count()) == ("columns", 0)


def test_other_columns_may_be_chosen_after_the_verdict(desk):
    upload = desk.confirm(desk.bring("Name,Alias\nDana,Ann\n"))
    assert "What the columns mean" in desk.page(upload, columns="1")
    desk.confirm(upload, Name="", Alias="full_name")
    desk.stage(upload)
    assert names() == ["Ann"]


# ---------------------------------------------------------------- the verdict


def test_every_row_has_a_verdict_with_its_line_before_anything_is_staged(desk):
    desk.all_the_way(HOUSE + ANN, "earlier.csv")
    broken = 'Bo LLP,"Bo,bo@b.example,,\n'
    upload = desk.confirm(desk.bring(HOUSE + DANA + NOBODY + DANA + ANN + broken + "A,B,c@d.example,,,surplus\n"))
    verdict = upload.verdict
    assert (verdict["rows"], verdict["good"], verdict["errors"]) == (6, 1, 3)
    assert (verdict["twice"], verdict["known"]) == ({"count": 1, "lines": [4]}, {"count": 1, "lines": [5]})
    assert dict(verdict["problems"]) == {
        "Nothing to tell the person by": {"count": 1, "lines": [3]},
        "A quote is not closed": {"count": 1, "lines": [6]},
        "More values than columns": {"count": 1, "lines": [7]},
    }
    page = desk.page(upload)
    for words in ("Nothing to tell the person by", "line 3", "In the file twice:</strong> line 4", "Stage 4 rows"):
        assert words in page
    assert names() == ["Ann Lee"]


def test_many_lines_are_counted_and_the_first_of_them_named(desk):
    page = desk.page(desk.confirm(desk.bring("Name,Firm\n" + "Dana,\n" + ",Nobody\n" * 30)))
    assert "22 and 10 more" in page


def test_repeats_are_left_out_and_told_of(desk):
    desk.all_the_way(HOUSE + ANN, "earlier.csv")
    batch = desk.all_the_way(HOUSE + DANA + DANA + ANN)
    assert names() == ["Ann Lee", "Dana Whitfield"]
    assert (batch.contacts_read, batch.contacts_staged, batch.contacts_unchanged) == (3, 1, 2)


def test_a_row_is_known_under_other_column_names_and_whatever_was_decided(desk, reviewer):
    desk.all_the_way("Contact Name;E-Mail\nAnn Lee;ann@lee.example\n", "earlier.csv")
    reject(StagedRecord.objects.get().pk, reviewer)
    upload = desk.confirm(desk.bring("email,name,office\nann@lee.example,Ann Lee,Berlin\n"))
    assert upload.verdict["known"]["count"] == 1
    assert "There is nothing to stage" in desk.page(upload)
    answer = desk.browser.post(desk.url(upload, "csv_stage"))
    assert "nothing to stage" in told(answer)
    assert ImportBatch.objects.count() == 1


def test_a_row_that_another_location_brought_is_not_known(desk, integration):
    desk.all_the_way(HOUSE + ANN)
    other = type(integration).objects.create(name="Other", location_id="other", integration_type="internal")
    desk.location = other
    assert desk.confirm(desk.bring(HOUSE + ANN)).verdict["good"] == 1


def test_a_row_that_the_command_brought_is_known(desk, tmp_path):
    from django.core.management import call_command

    file = tmp_path / "by-hand.csv"
    file.write_text(HOUSE + ANN)
    call_command("import_csv", str(file), "--location", desk.location.location_id)
    assert desk.confirm(desk.bring(HOUSE + ANN + DANA)).verdict["known"]["lines"] == [2]


# ---------------------------------------------------------------- bad rows, mended


def test_bad_rows_are_downloaded_with_their_reason_before_and_after_staging(desk):
    upload = desk.confirm(desk.bring(HOUSE + DANA + NOBODY))
    (before,) = desk.rows_to_mend(upload)
    assert (before["Company"], before[ROW_COLUMN].endswith(":3")) == ("Nobody LLP", True)
    assert before[REASON_COLUMN].startswith("Line 3: Nothing to tell this person by")
    assert desk.rows_to_mend(desk.stage(upload)) == [before]


def test_mended_rows_come_again_and_take_the_place_of_the_bad_ones(desk):
    batch = desk.all_the_way(HOUSE + DANA + NOBODY)
    (row,) = desk.rows_to_mend(batch)
    mended = desk.bring(written([{**row, "Contact Name": "Bo Nobody"}]), "mended.csv")
    assert REASON_COLUMN not in mended.headers
    desk.confirm(mended)
    assert "Replace a row with a problem" in desk.page(mended)
    desk.stage(mended)
    assert names()[0] == "Dana Whitfield"
    assert sorted(StagedRecord.objects.values_list("status", "decision", "contact_last_name")) == [
        ("pending", "", "Nobody"),
        ("pending", "", "Whitfield"),
        ("skipped", "superseded", ""),
    ]


def test_the_whole_file_mended_doubles_nothing(desk):
    desk.all_the_way(HOUSE + DANA + NOBODY + ANN)
    upload = desk.confirm(desk.bring(HOUSE + DANA + "Nobody LLP,Bo Nobody,,,\n" + ANN, "mended.csv"))
    assert (upload.verdict["good"], upload.verdict["known"]["lines"]) == (1, [2, 4])
    desk.stage(upload)
    assert sorted(names()) == ["", "Ann Lee", "Bo Nobody", "Dana Whitfield"]


def test_rows_that_come_again_as_broken_as_they_were_are_not_taken_for_good(desk):
    content = HOUSE + DANA + 'Bo LLP,"Bo,bo@b.example,,\n' + "A,B,c@d.example,,,surplus\n" + NOBODY
    batch = desk.all_the_way(content)
    upload = desk.confirm(desk.bring(desk.file_to_mend(batch), "not-mended.csv"))
    assert (upload.verdict["good"], upload.verdict["errors"], upload.verdict["known"]["count"]) == (0, 0, 3)
    assert StagedRecord.objects.filter(status="error").count() == 3


def test_no_downloaded_cell_is_run_as_a_formula_and_each_comes_back_as_it_was(desk):
    formulas = ["=1+1", "+1 202-555-0143", "-1", "@SUM(A1)", "'=quoted"]
    batch = desk.all_the_way("Company,Name\n" + "".join(f"{formula},\n" for formula in formulas))
    rows = desk.rows_to_mend(batch)
    assert [row["Company"] for row in rows] == [f"'{formula}" for formula in formulas]
    upload = desk.confirm(desk.bring(written([{**row, "Name": f"Dana {n}"} for n, row in enumerate(rows)]), "m.csv"))
    desk.stage(upload)
    assert set(StagedRecord.objects.filter(status="pending").values_list("firm_name", flat=True)) == set(formulas)


def test_a_download_opens_in_excel_with_its_accents(desk):
    batch = desk.all_the_way("Company,Name\nSociété,\n")
    assert desk.file_to_mend(batch).startswith(b"\xef\xbb\xbf")


def test_an_excel_user_saves_the_downloaded_file_with_semicolons(desk):
    (row,) = desk.rows_to_mend(desk.all_the_way(HOUSE + NOBODY))
    mended = written([{**row, "Email": "bo@nobody.example"}]).replace(",", ";")
    desk.all_the_way(mended.encode("cp1252", "replace"), "mended.csv")
    assert StagedRecord.objects.get(status="pending").contact_email == "bo@nobody.example"
    assert not StagedRecord.objects.filter(status="error").exists()


# ---------------------------------------------------------------- two people at one file


def test_of_two_people_who_stage_one_file_the_second_is_told(desk):
    upload = desk.confirm(desk.bring(HOUSE + DANA))
    stale = csv_uploads.upload_of(upload.pk)
    desk.stage(upload)
    with pytest.raises(csv_uploads.UploadRefusedError, match="Somebody staged"):
        csv_handover.hand_over(stale, upload.uploaded_by)
    assert (ImportBatch.objects.count(), len(names())) == (1, 1)


def test_a_verdict_on_other_columns_than_those_checked_last_stages_nothing(desk):
    upload = desk.confirm(desk.bring("Name,Alias\nDana,Ann\n"))
    stale = csv_uploads.upload_of(upload.pk)
    desk.confirm(upload, Name="", Alias="full_name")
    with pytest.raises(csv_uploads.UploadRefusedError):
        csv_handover.hand_over(stale, upload.uploaded_by)


def test_an_overtaken_check_writes_nothing(desk, monkeypatch):
    upload = desk.bring("Name,Alias\nDana,Ann\n")
    desk.confirm(upload)
    CsvUpload.objects.update(status="checking")
    judged = csv_uploads.Judge.judge

    def somebody_confirms_others(judge: Any, rows: Any) -> Any:
        CsvUpload.objects.update(check_number=7)
        return judged(judge, rows)

    monkeypatch.setattr(csv_uploads.Judge, "judge", somebody_confirms_others)
    CsvUpload.objects.update(verdict={})
    tasks.check_csv(str(upload.pk))
    upload.refresh_from_db()
    assert (upload.status, upload.verdict) == ("checking", {})
