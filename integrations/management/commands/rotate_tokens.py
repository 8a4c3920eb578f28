"""Encrypts all stored secrets with the newest key."""

from typing import Any

from integrations.locations import rotate_secrets
from integrations.reporting import DONE, FAILED, ReportingCommand


class Command(ReportingCommand):
    help = (
        "Encrypts every API token and webhook secret with the first of FIELD_ENCRYPTION_KEYS. "
        "Afterwards the older keys can be taken out of that list."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        rotation = rotate_secrets()
        if rotation.unreadable:
            self.progress(
                f"No key in FIELD_ENCRYPTION_KEYS reads a secret of: {', '.join(rotation.unreadable)}. Put the key "
                "that it was written with back at the end of the list and run this again, or enter the API token again "
                "and make a new webhook address on the location's page. Until then keep all keys."
            )
        result = {"rotated": rotation.rotated, "unreadable": list(rotation.unreadable)}
        self.report(result, as_json=options["json"], status=FAILED if rotation.unreadable else DONE)
