"""Encrypts all stored secrets with the newest key."""

from typing import Any

from integrations.fields import SecretUnreadableError
from integrations.locations import rotate_secrets
from integrations.reporting import ReportingCommand


class Command(ReportingCommand):
    help = (
        "Encrypts every API token and webhook secret with the first of FIELD_ENCRYPTION_KEYS. "
        "Afterwards the older keys can be taken out of that list."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            rotated = rotate_secrets()
        except SecretUnreadableError as problem:
            self.fail(str(problem), as_json=options["json"])
        self.report({"rotated": rotated}, as_json=options["json"])
