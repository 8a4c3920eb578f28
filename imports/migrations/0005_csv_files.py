"""Files that staff bring in, what their columns were confirmed to mean, and the hash by which the same row is found."""

import django.db.models.deletion
import django.db.models.functions.datetime
import integrations.rows
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("imports", "0004_not_duplicates"),
        ("integrations", "0004_push_runs"),
        ("prospects", "0004_told_people"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="CsvMapping",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        db_default=integrations.rows.RandomUUID(),
                        default=uuid.uuid4,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                (
                    "created_at",
                    models.DateTimeField(auto_now_add=True, db_default=django.db.models.functions.datetime.Now()),
                ),
                (
                    "updated_at",
                    models.DateTimeField(auto_now=True, db_default=django.db.models.functions.datetime.Now()),
                ),
                ("headers_digest", models.CharField(max_length=64, unique=True)),
                (
                    "columns",
                    models.JSONField(blank=True, db_default=models.Value({}, models.JSONField()), default=dict),
                ),
                ("file_name", models.CharField(max_length=255)),
            ],
            options={
                "verbose_name": "column mapping",
                "db_table": "ghl_import_csv_mappings",
            },
        ),
        migrations.CreateModel(
            name="CsvUpload",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        db_default=integrations.rows.RandomUUID(),
                        default=uuid.uuid4,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                (
                    "created_at",
                    models.DateTimeField(auto_now_add=True, db_default=django.db.models.functions.datetime.Now()),
                ),
                (
                    "updated_at",
                    models.DateTimeField(auto_now=True, db_default=django.db.models.functions.datetime.Now()),
                ),
                ("source_name", models.CharField(max_length=255)),
                ("file_name", models.CharField(max_length=255)),
                ("digest", models.CharField(max_length=64)),
                ("content", models.BinaryField()),
                ("size", models.PositiveIntegerField()),
                (
                    "headers",
                    models.JSONField(blank=True, db_default=models.Value([], models.JSONField()), default=list),
                ),
                ("sample", models.JSONField(blank=True, db_default=models.Value([], models.JSONField()), default=list)),
                (
                    "columns",
                    models.JSONField(blank=True, db_default=models.Value({}, models.JSONField()), default=dict),
                ),
                (
                    "remarks",
                    models.JSONField(blank=True, db_default=models.Value([], models.JSONField()), default=list),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("columns", "Columns to be confirmed"),
                            ("checking", "Rows are being checked"),
                            ("checked", "Checked, nothing staged yet"),
                            ("staged", "Handed over to its batch"),
                            ("dropped", "Dropped"),
                        ],
                        db_default="columns",
                        default="columns",
                        max_length=16,
                    ),
                ),
                ("problem", models.TextField(blank=True, db_default="", default="")),
                ("check_number", models.PositiveIntegerField(db_default=0, default=0)),
                ("rows_checked", models.PositiveIntegerField(db_default=0, default=0)),
                ("heartbeat_at", models.DateTimeField(null=True)),
                (
                    "verdict",
                    models.JSONField(blank=True, db_default=models.Value({}, models.JSONField()), default=dict),
                ),
            ],
            options={
                "verbose_name": "CSV file",
                "db_table": "ghl_import_csv_uploads",
                "ordering": ["-created_at"],
            },
        ),
        migrations.AddField(
            model_name="stagedrecord",
            name="row_hash",
            field=models.BigIntegerField(
                editable=False,
                help_text="The first 64 bits of a CSV row's digest, by which the same row is found.",
                null=True,
            ),
        ),
        migrations.AlterField(
            model_name="stagedrecord",
            name="decision",
            field=models.CharField(
                blank=True,
                choices=[
                    ("new", "Approved as new"),
                    ("merge", "Merged"),
                    ("skip", "Skipped"),
                    ("reject", "Rejected"),
                    ("superseded", "Replaced by a later version"),
                ],
                db_default="",
                default="",
                max_length=16,
            ),
        ),
        migrations.AddIndex(
            model_name="stagedrecord",
            index=models.Index(
                condition=models.Q(("row_hash__isnull", False)), fields=["row_hash"], name="staged_csv_row"
            ),
        ),
        migrations.AddField(
            model_name="csvmapping",
            name="confirmed_by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="csvupload",
            name="batch",
            field=models.OneToOneField(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="csv_upload",
                to="imports.importbatch",
            ),
        ),
        migrations.AddField(
            model_name="csvupload",
            name="integration",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="csv_uploads",
                to="integrations.ghlintegration",
                verbose_name="location",
            ),
        ),
        migrations.AddField(
            model_name="csvupload",
            name="uploaded_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="csv_uploads", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddConstraint(
            model_name="csvupload",
            constraint=models.UniqueConstraint(
                condition=models.Q(("status__in", ["columns", "checking", "checked"])),
                fields=("integration", "digest"),
                name="csv_upload_one_open_per_file",
            ),
        ),
        migrations.AddConstraint(
            model_name="csvupload",
            constraint=models.CheckConstraint(
                condition=models.Q(("status__in", ["columns", "checking", "checked", "staged", "dropped"])),
                name="csv_upload_status",
            ),
        ),
        migrations.AddConstraint(
            model_name="csvupload",
            constraint=models.CheckConstraint(
                condition=models.Q(models.Q(("status", "dropped"), _negated=True), ("content", b""), _connector="OR"),
                name="csv_upload_dropped_keeps_no_content",
            ),
        ),
    ]
