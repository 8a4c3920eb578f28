from django.db import migrations, models


class Migration(migrations.Migration):
    """What was sent to GHL without an answer is told again."""

    dependencies = [("prospects", "0004_told_people")]
    operations = [
        migrations.AddField(
            model_name="toldperson",
            name="unsure",
            field=models.JSONField(blank=True, db_default=models.Value({}, models.JSONField()), default=dict),
        ),
    ]
