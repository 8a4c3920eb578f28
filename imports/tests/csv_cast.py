"""An operator at the pages for CSV files, with workers that take up at once what the pages hand over."""

import csv
import io
from typing import Any

from django.contrib.auth.models import Group, User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from imports import tasks
from imports.models import CsvUpload, ImportBatch
from integrations.models import GHLIntegration

UPLOAD = reverse("admin:imports_importbatch_csv")
HOUSE = "Company,Contact Name,Email,Phone,Title\n"
DANA = "Whitfield LLP,Dana Whitfield,dana@whitfield.example,+1 202-555-0143,Partner\n"
ANN = "Lee & Co,Ann Lee,ann@lee.example,,Counsel\n"
NOBODY = "Nobody LLP,,,,\n"


def an_operator(name: str = "olga") -> User:
    user = User.objects.create_user(name, is_staff=True)
    user.groups.add(Group.objects.get(name="Operator"))
    return user


def many(count: int) -> str:
    return "name,email\n" + "".join(f"Person {n},p{n}@example{n}.example\n" for n in range(count))


class Desk:
    """An operator at the pages, with workers that take up at once what the pages hand over."""

    def __init__(self, user: User, location: GHLIntegration, capture: Any) -> None:
        self.browser = Client()
        self.browser.force_login(user)
        self.location = location
        self.capture = capture

    def choose(self, content: str | bytes, name: str = "people.csv", **given: Any) -> Any:
        content = content.encode() if isinstance(content, str) else content
        data = {"location": self.location.pk, "source_name": "Fair", "file": SimpleUploadedFile(name, content)}
        return self.browser.post(UPLOAD, {**data, **given})

    def bring(self, content: str | bytes, name: str = "people.csv") -> CsvUpload:
        """Chooses a file, which is taken."""
        answer = self.choose(content, name)
        assert answer.status_code == 302, answer.context["form"].errors
        return CsvUpload.objects.latest("created_at")

    def page(self, upload: CsvUpload, name: str = "csv_file", **query: str) -> str:
        return self.browser.get(self.url(upload, name), query).content.decode()

    def url(self, upload: CsvUpload, name: str) -> str:
        return reverse(f"admin:imports_importbatch_{name}", args=[upload.pk])

    def confirm(self, upload: CsvUpload, **columns: str) -> CsvUpload:
        """Confirms what is proposed, but for the columns named, and lets the rows be checked."""
        meaning = {**upload.columns, **columns}
        chosen = {f"column_{number}": meaning[header] for number, header in enumerate(upload.headers)}
        with self.capture(execute=True):
            self.browser.post(self.url(upload, "csv_columns"), chosen)
        tasks.check_csv(str(upload.pk))
        upload.refresh_from_db()
        return upload

    def stage(self, upload: CsvUpload) -> ImportBatch:
        with self.capture(execute=True):
            self.browser.post(self.url(upload, "csv_stage"))
        upload.refresh_from_db()
        assert upload.batch is not None
        tasks.stage_csv(str(upload.batch_id))
        return ImportBatch.objects.get(pk=upload.batch_id)

    def all_the_way(self, content: str | bytes, name: str = "people.csv") -> ImportBatch:
        return self.stage(self.confirm(self.bring(content, name)))

    def rows_to_mend(self, row: Any) -> list[dict[str, str]]:
        text = self.file_to_mend(row).decode("utf-8-sig")
        return list(csv.DictReader(io.StringIO(text, newline="")))

    def file_to_mend(self, row: Any) -> bytes:
        name = "csv_problems" if isinstance(row, CsvUpload) else "problems"
        return b"".join(self.browser.get(self.url(row, name)).streaming_content)


def written(rows: list[dict[str, str]]) -> str:
    file = io.StringIO()
    writer = csv.DictWriter(file, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return file.getvalue()
