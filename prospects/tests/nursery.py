"""Processes that push or tell changes, brought forth at once: for tests and benchmarks that kill many of them."""

import os
import sys
from collections.abc import Mapping

from integrations.tests.forking import Forking, fork_for_each_line


class Nursery(Forking):
    """Makes processes that work for a location, at once."""

    def __init__(self, environment: Mapping[str, str], location_id: str) -> None:
        super().__init__(environment, "prospects.tests.nursery:bring_forth", location_id)

    def push(self) -> int:
        """Starts one more process that pushes; its id."""
        return self.start("push")

    def tell(self) -> int:
        """Starts one more process that tells GHL what was changed; its id."""
        return self.start("tell")


def bring_forth() -> None:
    """What the nursery's process does."""
    import django

    django.setup()
    from django.core.management import call_command

    from integrations.models import GHLIntegration
    from prospects.outbound.changes import tell_changes

    location_id = sys.argv[1]

    def do(work: str) -> None:
        if work == "push":
            call_command("sync_prospects_to_ghl", location_id, stdout=open(os.devnull, "w"))  # noqa: SIM115
        else:
            tell_changes(GHLIntegration.objects.get(location_id=location_id))

    fork_for_each_line(do)
