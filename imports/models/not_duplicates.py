"""The memory of who is not the same person as whom."""

from django.db import models

from integrations.rows import Row


class NotDuplicate(Row):
    """A reviewer saw these two side by side and approved the one as new: they are two people.

    `one` and `other` name them as `imports.matching.not_duplicates` does, and `digest` is of what was compared. The
    memory stands as long as the decision does.
    """

    decision = models.ForeignKey("imports.ReviewDecision", on_delete=models.CASCADE, related_name="not_duplicates")
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
            models.CheckConstraint(condition=~models.Q(one=models.F("other")), name="not_duplicate_of_two"),
        ]

    def __str__(self) -> str:
        return f"{self.one} is not {self.other}"
