"""The keys of programs that use the portal's API in the name of a member of staff."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from integrations.rows import Row


class ApiToken(Row):
    """One program's way in: it may do what its user may. Only a digest of the token is kept.

    A token is as good as lost with its text: whoever needs it again makes another. It ends when it is revoked, when
    `expires_at` has come, or when its user may not log in any more. `last_used_at` is right to the minute.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=100, help_text="The program or script that uses it.")
    digest = models.CharField(max_length=64, unique=True, editable=False)
    expires_at = models.DateTimeField(
        "expires", null=True, blank=True, help_text="Leave empty for a token that works until it is revoked."
    )
    last_used_at = models.DateTimeField("last used", null=True, editable=False)
    revoked_at = models.DateTimeField("revoked", null=True, editable=False)

    class Meta:
        db_table = "api_tokens"
        verbose_name = "API token"
        ordering = ["-created_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "name"], condition=Q(revoked_at__isnull=True), name="api_token_name_of_user"
            ),
            models.CheckConstraint(condition=~Q(digest="") & ~Q(name=""), name="api_token_has_digest_and_name"),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.user})"

    @property
    def works(self) -> bool:
        """Whether it opens anything now, as far as the token itself goes."""
        return self.revoked_at is None and (self.expires_at is None or self.expires_at > timezone.now())
