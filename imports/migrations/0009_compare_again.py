"""That a batch is to be compared again is kept with it, so that no lost message loses it."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("imports", "0008_person_number")]

    operations = [
        migrations.AddField("importbatch", "compare_asked_at", models.DateTimeField(editable=False, null=True)),
        migrations.AddField("importbatch", "compare_told_at", models.DateTimeField(editable=False, null=True)),
        migrations.AddConstraint(
            "importbatch",
            models.CheckConstraint(
                condition=Q(compare_asked_at__isnull=True, compare_told_at__isnull=True)
                | Q(compare_asked_at__isnull=False, compare_told_at__isnull=False),
                name="batch_asked_to_be_compared_is_told_of",
            ),
        ),
    ]
