"""Thresholds and what decisions teach as rows; single pairs that are told apart while their record waits."""

import django.db.models.deletion
import django.db.models.functions.datetime
import integrations.rows
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("imports", "0006_large_queues"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name="notduplicate",
            name="decision",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="not_duplicates",
                to="imports.reviewdecision",
            ),
        ),
        migrations.CreateModel(
            name="FittedCalibration",
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
                ("decisions", models.PositiveIntegerField()),
                ("same", models.PositiveIntegerField()),
                ("different", models.PositiveIntegerField()),
                ("decided_until", models.DateTimeField()),
                ("parameters", models.JSONField()),
                ("effect", models.JSONField()),
                ("helps", models.BooleanField()),
                ("is_on", models.BooleanField(db_default=False, default=False)),
                ("switched_on_at", models.DateTimeField(null=True)),
                ("switched_off_at", models.DateTimeField(null=True)),
                (
                    "fitted_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "switched_off_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "switched_on_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "what decisions teach",
                "verbose_name_plural": "what decisions teach",
                "db_table": "ghl_import_calibrations",
                "ordering": ["-created_at", "id"],
            },
        ),
        migrations.CreateModel(
            name="Thresholds",
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
                ("only", models.BooleanField(db_default=True, default=True, editable=False, unique=True)),
                ("possible", models.FloatField(db_default=0.35, default=0.35)),
                ("likely", models.FloatField(db_default=0.9, default=0.9)),
                ("certain", models.FloatField(db_default=0.98, default=0.98)),
                ("certain_if_even", models.FloatField(db_default=0.995, default=0.995)),
                (
                    "changed_by",
                    models.ForeignKey(
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "how sure is sure",
                "verbose_name_plural": "how sure is sure",
                "db_table": "ghl_import_thresholds",
            },
        ),
        migrations.CreateModel(
            name="ToldApart",
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
                (
                    "candidate_kind",
                    models.CharField(
                        choices=[("prospect", "Prospect"), ("contact", "Contact"), ("staged", "In the same batch")],
                        max_length=16,
                    ),
                ),
                ("candidate_id", models.UUIDField()),
                ("candidate_name", models.CharField(blank=True, db_default="", default="", max_length=800)),
                ("score", models.FloatField()),
                ("band", models.CharField(max_length=16)),
                ("reasons", models.JSONField(db_default=models.Value([], models.JSONField()), default=list)),
                ("said_at", models.DateTimeField()),
                ("undone_at", models.DateTimeField(null=True)),
                (
                    "said_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="told_apart",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "staged_record",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="told_apart",
                        to="imports.stagedrecord",
                    ),
                ),
                (
                    "undone_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "pair told apart",
                "verbose_name_plural": "pairs told apart",
                "db_table": "ghl_import_told_apart",
                "ordering": ["-said_at", "id"],
            },
        ),
        migrations.AddField(
            model_name="notduplicate",
            name="told_apart",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="not_duplicates",
                to="imports.toldapart",
            ),
        ),
        migrations.AddConstraint(
            model_name="notduplicate",
            constraint=models.UniqueConstraint(
                fields=("told_apart", "one", "other", "digest"), name="not_duplicate_once_per_pair"
            ),
        ),
        migrations.AddConstraint(
            model_name="notduplicate",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("decision__isnull", False), ("told_apart__isnull", True)),
                    models.Q(("decision__isnull", True), ("told_apart__isnull", False)),
                    _connector="OR",
                ),
                name="not_duplicate_said_in_one_way",
            ),
        ),
        migrations.AddConstraint(
            model_name="fittedcalibration",
            constraint=models.UniqueConstraint(
                condition=models.Q(("is_on", True)), fields=("is_on",), name="calibration_one_is_on"
            ),
        ),
        migrations.AddConstraint(
            model_name="fittedcalibration",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("is_on", False),
                    models.Q(("helps", True), ("switched_off_at__isnull", True), ("switched_on_at__isnull", False)),
                    _connector="OR",
                ),
                name="calibration_on_helps",
            ),
        ),
        migrations.AddConstraint(
            model_name="thresholds",
            constraint=models.CheckConstraint(condition=models.Q(("only", True)), name="thresholds_are_one_row"),
        ),
        migrations.AddConstraint(
            model_name="thresholds",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("certain__gte", models.F("likely")),
                    ("certain_if_even__gte", models.F("certain")),
                    ("certain_if_even__lt", 1),
                    ("likely__gte", models.F("possible")),
                    ("possible__gt", 0),
                ),
                name="thresholds_rise",
            ),
        ),
        migrations.AddConstraint(
            model_name="thresholds",
            constraint=models.CheckConstraint(
                condition=models.Q(("certain__gte", 0.95)), name="thresholds_certain_is_certain"
            ),
        ),
        migrations.AddIndex(
            model_name="toldapart",
            index=models.Index(fields=["-said_at", "id"], name="told_apart_by_time"),
        ),
        migrations.AddConstraint(
            model_name="toldapart",
            constraint=models.UniqueConstraint(
                condition=models.Q(("undone_at__isnull", True)),
                fields=("staged_record", "candidate_kind", "candidate_id"),
                name="told_apart_once_per_pair",
            ),
        ),
        migrations.AddConstraint(
            model_name="toldapart",
            constraint=models.CheckConstraint(
                condition=models.Q(("candidate_kind__in", ["prospect", "contact", "staged"])), name="told_apart_kind"
            ),
        ),
        migrations.AddConstraint(
            model_name="toldapart",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("undone_at__isnull", True), ("undone_by__isnull", True)),
                    models.Q(("undone_at__isnull", False), ("undone_by__isnull", False)),
                    _connector="OR",
                ),
                name="told_apart_undone_names_by_whom",
            ),
        ),
    ]
