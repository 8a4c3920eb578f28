"""CSV files that staff bring in: the file until its rows are staged, and the columns that were confirmed for it."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from integrations.models import GHLIntegration
from integrations.rows import Row


def _json(default: type[dict] | type[list]) -> models.JSONField:
    return models.JSONField(default=default, blank=True, db_default=models.Value(default(), models.JSONField()))


class CsvUpload(Row):
    """One file on its way to a batch. `content` is kept, and emptied as soon as nobody needs it any more.

    `headers` are the file's column names, `sample` its first rows under them, `columns` what each name means: one of
    our columns, or "" where it is left out. `verdict` is what checking every row found; see `Tally` in
    `imports.files.csv_check`. `check_number` tells one check from the next: a check that was overtaken writes nothing
    more.
    """

    class Status(models.TextChoices):
        COLUMNS = "columns", "Columns to be confirmed"
        CHECKING = "checking", "Rows are being checked"
        CHECKED = "checked", "Checked, nothing staged yet"
        STAGED = "staged", "Handed over to its batch"
        DROPPED = "dropped", "Dropped"

    OPEN = (Status.COLUMNS, Status.CHECKING, Status.CHECKED)

    integration = models.ForeignKey(
        GHLIntegration, on_delete=models.PROTECT, related_name="csv_uploads", verbose_name="location"
    )
    source_name = models.CharField(max_length=255)
    file_name = models.CharField(max_length=255)
    digest = models.CharField(max_length=64)
    content = models.BinaryField()
    size = models.PositiveIntegerField()
    headers = _json(list)
    sample = _json(list)
    columns = _json(dict)
    remarks = _json(list)
    status = models.CharField(max_length=16, choices=Status.choices, default=Status.COLUMNS, db_default=Status.COLUMNS)
    problem = models.TextField(blank=True, default="", db_default="")
    check_number = models.PositiveIntegerField(default=0, db_default=0)
    rows_checked = models.PositiveIntegerField(default=0, db_default=0)
    heartbeat_at = models.DateTimeField(null=True)
    verdict = _json(dict)
    batch = models.OneToOneField("imports.ImportBatch", on_delete=models.SET_NULL, null=True, related_name="csv_upload")
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="csv_uploads")

    class Meta:
        db_table = "ghl_import_csv_uploads"
        verbose_name = "CSV file"
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["integration", "digest"],
                condition=Q(status__in=["columns", "checking", "checked"]),
                name="csv_upload_one_open_per_file",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["columns", "checking", "checked", "staged", "dropped"]),
                name="csv_upload_status",
            ),
            models.CheckConstraint(
                condition=~Q(status="dropped") | Q(content=b""), name="csv_upload_dropped_keeps_no_content"
            ),
        ]

    def __str__(self) -> str:
        return self.file_name

    @property
    def is_open(self) -> bool:
        return self.status in self.OPEN


class CsvMapping(Row):
    """What somebody confirmed the columns of a kind of file to mean: proposed for the next file with the same ones."""

    headers_digest = models.CharField(max_length=64, unique=True)
    columns = _json(dict)
    file_name = models.CharField(max_length=255)
    confirmed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        db_table = "ghl_import_csv_mappings"
        verbose_name = "column mapping"

    def __str__(self) -> str:
        return self.file_name
