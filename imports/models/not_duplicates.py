"""The memory of who is not the same person as whom."""

from django.db import models

from integrations.rows import Row


class NotDuplicate(Row):
    """A reviewer saw these two side by side and said that they are two people.

    Either by approving the one as new (`decision`), or of this pair alone (`told_apart`). `one` and `other` name them
    as `imports.matching.not_duplicates` does, and `digest` is of what was compared. The memory stands until what was
    said is undone.
    """

    decision = models.ForeignKey(
        "imports.ReviewDecision", on_delete=models.CASCADE, null=True, related_name="not_duplicates"
    )
    told_apart = models.ForeignKey(
        "imports.ToldApart", on_delete=models.CASCADE, null=True, related_name="not_duplicates"
    )
    one = models.CharField(max_length=100)
    other = models.CharField(max_length=100)
    digest = models.CharField(max_length=64)

    class Meta:
        db_table = "ghl_import_not_duplicates"
        verbose_name = "pair that is not one person"
        verbose_name_plural = "pairs that are not one person"
        indexes = [
            models.Index(fields=["one"], name="not_duplicate_one"),
            models.Index(fields=["other"], name="not_duplicate_other"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["decision", "one", "other"], name="not_duplicate_once_per_decision"),
            models.UniqueConstraint(
                fields=["told_apart", "one", "other", "digest"], name="not_duplicate_once_per_pair"
            ),
            models.CheckConstraint(condition=~models.Q(one=models.F("other")), name="not_duplicate_of_two"),
            models.CheckConstraint(
                condition=models.Q(decision__isnull=False, told_apart__isnull=True)
                | models.Q(decision__isnull=True, told_apart__isnull=False),
                name="not_duplicate_said_in_one_way",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.one} is not {self.other}"
