# ruff: noqa: F811 (the fixtures are those of the other browser tests)
"""A person brings in a file: chosen, its columns confirmed, its verdict read, its bad rows mended."""

import csv
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse

from ghlportal.tests.browser_cast import browser, portal, visit  # noqa: F401
from imports import tasks
from imports.models import CsvUpload, ImportBatch, StagedRecord
from imports.tests.csv_cast import an_operator

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
FILE = (
    "Firma;Ansprechpartner;E-Mail;Telefon\r\n"
    "Müller & Söhne;Jürgen Groß;juergen@mueller.example;+49 30 5550143\r\n"
    "Nobody GmbH;;;\r\n"
    "Lee & Co;Ann Lee;ann@lee.example;\r\n"
    "Lee & Co;Ann Lee;ann@lee.example;\r\n"
).encode("cp1252")


def go_on(page: Any, button: str) -> None:
    with page.expect_navigation():
        page.get_by_role("button", name=button).click()


def choose(page: Any, path: Path) -> None:
    page.get_by_label("Location").select_option(index=1)
    page.get_by_label("File").set_input_files(str(path))
    go_on(page, "Go on to its columns")


def test_a_person_brings_in_a_file_mends_a_row_and_brings_that_in(visit, integration, tmp_path):
    people = tmp_path / "leads.csv"
    people.write_bytes(FILE)
    page, complaints = visit(reverse("admin:imports_importbatch_changelist"), an_operator(), is_hurried=True)
    page.get_by_role("link", name="Bring in a CSV file").click()
    choose(page, people)
    assert "Müller & Söhne" in page.inner_text(".column-table")
    page.get_by_label("Firma").select_option("Company")
    page.get_by_label("Ansprechpartner").select_option("Contact name, first and last")
    page.get_by_label("Telefon").select_option("Phone")
    go_on(page, "Confirm and check every row")
    assert "Checking every row" in page.inner_text("#progress")
    tasks.check_csv(str(CsvUpload.objects.get().pk))
    page.get_by_text("4 rows checked. Nothing is staged yet.").wait_for()  # by itself
    assert "line 3" in page.inner_text(".verdict-table")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the rows with a problem").click()
    to_mend = tmp_path / download.value.suggested_filename
    download.value.save_as(to_mend)
    go_on(page, "Stage 3 rows")
    tasks.stage_csv(str(ImportBatch.objects.get().pk))
    page.get_by_text("1 with errors").first.wait_for()
    assert "Left out: twice, or here already" in page.inner_text("#progress")

    with to_mend.open(newline="", encoding="utf-8-sig") as file:
        (row,) = csv.DictReader(file)
    with to_mend.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(row))
        writer.writeheader()
        writer.writerow({**row, "Ansprechpartner": "Bo Nobody"})
    page.goto(reverse("admin:imports_importbatch_csv"))
    choose(page, to_mend)
    assert "was brought in before" in page.inner_text("#content")
    go_on(page, "Confirm and check every row")
    tasks.check_csv(str(CsvUpload.objects.get(status="checking").pk))
    page.get_by_text("1 row checked. Nothing is staged yet.").wait_for()
    go_on(page, "Stage 1 row")
    tasks.stage_csv(str(ImportBatch.objects.latest("created_at").pk))
    waiting = StagedRecord.objects.filter(status="pending").values_list("contact_last_name", flat=True)
    assert (sorted(waiting), StagedRecord.objects.filter(status="error").count()) == (["Groß", "Lee", "Nobody"], 0)
    assert complaints == []


def test_a_file_is_brought_in_without_scripts(visit, integration, tmp_path):
    people = tmp_path / "leads.csv"
    people.write_bytes(b"Name,Email\nDana Whitfield,d@w.example\n")
    page, _ = visit(reverse("admin:imports_importbatch_csv"), an_operator(), java_script_enabled=False)
    choose(page, people)
    go_on(page, "Confirm and check every row")
    tasks.check_csv(str(CsvUpload.objects.get().pk))
    page.reload()
    go_on(page, "Stage 1 row")
    tasks.stage_csv(str(ImportBatch.objects.get().pk))
    assert StagedRecord.objects.get().full_name == "Dana Whitfield"


@pytest.mark.parametrize("width", [390, 1366])
def test_every_step_fits_its_width(visit, integration, tmp_path, width):
    people = tmp_path / "leads.csv"
    long = "x" * 300
    people.write_bytes(f"Name,Email,{'Quite a long column name ' * 4}\nDana,d@w.example,{long}\n,,{long}\n".encode())
    page, complaints = visit(
        reverse("admin:imports_importbatch_csv"), an_operator(), viewport={"width": width, "height": 800}
    )
    fits = "document.scrollingElement.scrollWidth <= innerWidth"
    assert page.evaluate(fits)
    choose(page, people)
    assert page.evaluate(fits)
    go_on(page, "Confirm and check every row")
    tasks.check_csv(str(CsvUpload.objects.get().pk))
    page.reload()
    assert page.evaluate(fits)
    go_on(page, "Stage 2 rows")
    tasks.stage_csv(str(ImportBatch.objects.get().pk))
    page.reload()
    assert page.evaluate(fits)
    page.get_by_role("link", name="Summary to send on").click()
    page.get_by_text("Not finished").first.wait_for()
    assert page.evaluate(fits)
    assert complaints == []
