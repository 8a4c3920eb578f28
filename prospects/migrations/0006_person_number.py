from django.db import migrations, models


class Migration(migrations.Migration):
    """A number of a person's own: a bar, candidate, registration or national number."""

    dependencies = [("prospects", "0005_told_unsure")]
    operations = [
        migrations.AddField(
            model_name=name,
            name="person_number",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                help_text="A number of the person’s own: a bar, candidate, registration or national number.",
                max_length=255,
                verbose_name="bar or candidate number",
            ),
        )
        for name in ("contact", "salesprospect")
    ]
