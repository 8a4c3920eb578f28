"""The number of a person's own in staging, and searches for it.

On PostgreSQL the index that answers searches is made again, over the number too: a million people take a few minutes.
Where the extension `pg_trgm` could not be made there is none, and searches go on to read whole tables.
"""

from typing import Any

from django.db import connection, migrations, models

TABLES = ("sales_prospects", "contacts", "ghl_import_staging")


def _bare(column: str) -> str:
    for sign in " ()-.+/":
        column = f"REPLACE({column}, '{sign}', '')"
    return column


# As `integrations.searching` asks for it.
NAMES = "'' || ' ' || contact_first_name || ' ' || contact_last_name || ' ' || firm_name || ' ' || contact_email"
BEFORE = f"UPPER({NAMES} || ' ' || contact_phone || ' ' || {_bare('contact_phone')})"
NOW = (
    f"UPPER({NAMES} || ' ' || contact_phone || ' ' || person_number || ' ' || {_bare('contact_phone')} || ' ' || "
    f"{_bare('person_number')})"
)


def search_numbers_too(apps: Any, schema_editor: Any) -> None:
    _index_anew(schema_editor, NOW)


def search_numbers_no_more(apps: Any, schema_editor: Any) -> None:
    _index_anew(schema_editor, BEFORE)


def _index_anew(schema_editor: Any, text: str) -> None:
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM pg_extension WHERE extname = 'pg_trgm'")
        has_trigrams = cursor.fetchone()[0]
    for table in TABLES if has_trigrams else ():
        schema_editor.execute(f"DROP INDEX IF EXISTS {table}_search")
        schema_editor.execute(f"CREATE INDEX {table}_search ON {table} USING gin (({text}) gin_trgm_ops)")


class Migration(migrations.Migration):
    dependencies = [("imports", "0007_learning_and_pairs"), ("prospects", "0006_person_number")]

    operations = [
        migrations.AddField(
            model_name="stagedrecord",
            name="person_number",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                help_text="A number of the person’s own: a bar, candidate, registration or national number.",
                max_length=255,
                verbose_name="bar or candidate number",
            ),
        ),
        migrations.RunPython(search_numbers_too, search_numbers_no_more),
    ]
