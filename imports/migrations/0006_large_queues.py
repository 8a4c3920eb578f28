"""What keeps queue, lists and searches fast on large installations.

The order of the queue moves into the staged records, where an index can have it. On PostgreSQL there are further
indexes: for searches (of `pg_trgm`, which comes with PostgreSQL, and whose extension the owner of a database may make),
of the people whose lookup keys are to be made, and of the columns that filters list the values of. Where the extension
may not be made, all works as before: searches read whole tables. A million people take a few minutes.
"""

from typing import Any

from django.db import DatabaseError, connection, migrations, models, transaction
from django.db.models.functions import Now

PEOPLE = ("sales_prospects", "contacts")
# What filters offer the values of.
VALUES = (
    ("sales_prospects", "engagement_level"),
    ("sales_prospects", "cadence_stage"),
    ("contacts", "engagement_level"),
)
BARE_PHONE = "contact_phone"
for sign in " ()-.+/":
    BARE_PHONE = f"REPLACE({BARE_PHONE}, '{sign}', '')"
# As `integrations.searching` asks for it.
TEXT = (
    "UPPER('' || ' ' || contact_first_name || ' ' || contact_last_name || ' ' || firm_name || ' ' || contact_email "
    f"|| ' ' || contact_phone || ' ' || {BARE_PHONE})"
)


def copy_times_of_batches(apps: Any, schema_editor: Any) -> None:
    schema_editor.execute(
        "UPDATE ghl_import_staging SET batch_made_at = "
        "(SELECT created_at FROM ghl_import_batches WHERE ghl_import_batches.id = ghl_import_staging.batch_id)"
    )


def add_indexes_of_postgresql(apps: Any, schema_editor: Any) -> None:
    if connection.vendor != "postgresql":
        return
    for table, column in VALUES:
        schema_editor.execute(f"CREATE INDEX IF NOT EXISTS {table}_{column} ON {table} ({column})")
    for table in PEOPLE:
        # Empty but for a moment: so that looking for them, before each comparison, does not read the table.
        schema_editor.execute(
            f"CREATE INDEX IF NOT EXISTS {table}_needing_keys ON {table} (id) "
            "WHERE keys_made_at IS NULL OR keys_made_at < updated_at"
        )
    try:
        with transaction.atomic():
            schema_editor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    except DatabaseError:
        print("\n  The extension pg_trgm may not be made here: searches go on to read whole tables.", end="")
        return
    for table in (*PEOPLE, "ghl_import_staging"):
        schema_editor.execute(f"CREATE INDEX IF NOT EXISTS {table}_search ON {table} USING gin (({TEXT}) gin_trgm_ops)")


def remove_indexes_of_postgresql(apps: Any, schema_editor: Any) -> None:
    if connection.vendor == "postgresql":
        for table, column in VALUES:
            schema_editor.execute(f"DROP INDEX IF EXISTS {table}_{column}")
        for table in PEOPLE:
            schema_editor.execute(f"DROP INDEX IF EXISTS {table}_needing_keys")
        for table in (*PEOPLE, "ghl_import_staging"):
            schema_editor.execute(f"DROP INDEX IF EXISTS {table}_search")


class Migration(migrations.Migration):
    dependencies = [("imports", "0005_csv_files")]

    operations = [
        migrations.AddField(
            model_name="stagedrecord",
            name="batch_made_at",
            field=models.DateTimeField(db_default=Now(), editable=False),
        ),
        migrations.RunPython(copy_times_of_batches, migrations.RunPython.noop),
        migrations.AlterModelOptions(
            name="stagedrecord",
            options={
                "ordering": ["-batch_made_at", "position", "id"],
                "permissions": [("review_stagedrecord", "Can decide about staged records")],
                "verbose_name": "staged record",
            },
        ),
        migrations.RemoveIndex(model_name="stagedrecord", name="staged_by_score"),
        migrations.AddIndex(
            model_name="stagedrecord",
            index=models.Index(
                fields=[
                    "-batch_made_at",
                    "position",
                    "id",
                    "batch",
                    "status",
                    "match_band",
                    "match_score",
                    "is_in_batch_duplicate",
                    "changes",
                    "match_reason_codes",
                ],
                condition=models.Q(("status__in", ["pending", "matched", "error"])),
                name="staged_undecided",
            ),
        ),
        migrations.AddIndex(
            model_name="stagedrecord",
            index=models.Index(
                fields=["-batch_made_at", "position", "id", "status", "reviewed_by", "batch"], name="staged_all"
            ),
        ),
        migrations.AddIndex(
            model_name="stagedrecord",
            index=models.Index(
                fields=["contact_last_name", "-id", "status"],
                condition=models.Q(("status__in", ["pending", "matched", "error"])),
                name="staged_undecided_by_name",
            ),
        ),
        migrations.AddIndex(
            model_name="stagedrecord",
            index=models.Index(
                fields=["-match_score", "-id", "status"],
                condition=models.Q(("status__in", ["pending", "matched", "error"])),
                name="staged_undecided_by_score",
            ),
        ),
        migrations.RunPython(add_indexes_of_postgresql, remove_indexes_of_postgresql),
    ]
