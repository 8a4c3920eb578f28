"""Processes that push or tell changes, brought forth at once: for tests and benchmarks that kill many of them."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


class Nursery:
    """Makes processes that work, at once: one process that has everything loaded, and forks."""

    def __init__(self, environment: Mapping[str, str], location_id: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", "from prospects.tests.nursery import bring_forth; bring_forth()", location_id],
            cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, text=True,
        )  # fmt: skip

    def push(self) -> int:
        """Starts one more process that pushes; its id."""
        return self._more("push")

    def tell(self) -> int:
        """Starts one more process that tells GHL what was changed; its id."""
        return self._more("tell")

    def _more(self, work: str) -> int:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(f"{work}\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())

    def close(self) -> None:
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait(30)
        assert self._process.stdout
        self._process.stdout.close()


def bring_forth() -> None:
    """What the nursery's process does: for each line it reads, one child that does so; it prints the child's id."""
    import django

    django.setup()
    from django.core.management import call_command

    from integrations.models import GHLIntegration
    from prospects.outbound.changes import tell_changes

    location_id = sys.argv[1]
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the children
    while work := sys.stdin.readline().strip():
        if (child := os.fork()) == 0:
            try:
                if work == "push":
                    call_command("sync_prospects_to_ghl", location_id, stdout=open(os.devnull, "w"))  # noqa: SIM115
                else:
                    tell_changes(GHLIntegration.objects.get(location_id=location_id))
            finally:
                os._exit(0)
        print(child, flush=True)  # noqa: T201
