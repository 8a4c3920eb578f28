from django.db import migrations, models


class Migration(migrations.Migration):
    """Staff see that a mapped custom field is gone before the next push leaves it out."""

    dependencies = [("integrations", "0006_forget_old_deliveries")]
    operations = [
        migrations.AddField(
            model_name="ghlintegration",
            name="mapping_problem",
            field=models.TextField(blank=True, db_default="", default="", editable=False),
        ),
    ]
