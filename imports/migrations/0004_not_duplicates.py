"""Pairs that a reviewer said are two people; and new kinds of lookup keys, so all people's are made again."""

import django.db.models.deletion
import django.db.models.functions.datetime
import integrations.rows
import uuid
from django.db import migrations, models


def make_keys_again(apps, schema_editor):
    for name in ("SalesProspect", "Contact"):
        apps.get_model("prospects", name).objects.filter(keys_made_at__isnull=False).update(keys_made_at=None)


class Migration(migrations.Migration):
    dependencies = [
        ("imports", "0003_decisions"),
        ("prospects", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="NotDuplicate",
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
                ("one", models.CharField(max_length=100)),
                ("other", models.CharField(max_length=100)),
                ("digest", models.CharField(max_length=64)),
                (
                    "decision",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="not_duplicates",
                        to="imports.reviewdecision",
                    ),
                ),
            ],
            options={
                "verbose_name": "pair that is not one person",
                "verbose_name_plural": "pairs that are not one person",
                "db_table": "ghl_import_not_duplicates",
                "indexes": [
                    models.Index(fields=["one"], name="not_duplicate_one"),
                    models.Index(fields=["other"], name="not_duplicate_other"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("decision", "one", "other"), name="not_duplicate_once_per_decision"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("one", models.F("other")), _negated=True), name="not_duplicate_of_two"
                    ),
                ],
            },
        ),
        migrations.RunPython(make_keys_again, migrations.RunPython.noop),
    ]
