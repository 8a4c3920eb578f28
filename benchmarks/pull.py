"""What a pull costs: requests, seconds against the floor of GHL's rate limit, refusals, memory.

    python -m benchmarks.pull [--contacts 10000 --calls 12000] [--also 50000] [--latency 0.15] [--per-contact 300]

The sandbox runs in a process of its own with GHL's real rate limit (100 requests in 10 s), each pull in another. The
floor is what the limit alone allows for the requests made: one every 0.1 s. The ways that ask contact by contact are
measured on fewer contacts, since they take two requests each, and scaled up; the original asked one by one and slept
200 ms after every request.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

LOCATION = "benchLocation0000001"
REQUESTS_PER_SECOND = 10.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--contacts", type=int, default=10_000)
    parser.add_argument("--calls", type=int, default=12_000)
    parser.add_argument("--also", type=int, default=50_000, help="contacts of the second pull, to see memory stay flat")
    parser.add_argument("--latency", type=float, default=0.15, help="seconds that each answer takes on its way")
    parser.add_argument("--per-contact", type=int, default=300, help="contacts to measure the slow ways with; 0: none")
    given = parser.parse_args()
    per_contact = given.calls / given.contacts
    rows = [_measured("export", given.contacts, given.calls, given.latency)]
    if given.also:
        rows.append(_measured("export", given.also, round(given.also * per_contact), given.latency))
    if given.per_contact:
        for way in ("per-contact", "one by one"):
            rows.append(_measured(way, given.per_contact, round(given.per_contact * per_contact), given.latency))
    _print(rows, given.contacts)


def _print(rows: list[dict[str, Any]], contacts: int) -> None:
    print(f"{'way':<12}{'contacts':>9}{'calls':>8}{'requests':>10}{'seconds':>9}{'floor':>8}{'ratio':>7}"
          f"{'429s':>6}{'peak MB':>9}   for {contacts:,} contacts")  # fmt: skip
    for row in rows:
        floor = row["requests"] / REQUESTS_PER_SECOND
        scaled = row["seconds"] * contacts / row["contacts"]
        print(f"{row['way']:<12}{row['contacts']:>9,}{row['calls']:>8,}{row['requests']:>10,}{row['seconds']:>9.1f}"
              f"{floor:>8.1f}{row['seconds'] / floor:>7.2f}{row['refused']:>6}{row['peak_mb']:>9.0f}"
              f"   {scaled:,.0f} s")  # fmt: skip


def _measured(way: str, contacts: int, calls: int, latency: float) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder, _sandbox(contacts, calls, latency, Path(folder)) as address:
        environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "ghlportal.settings_test",
            "DATABASE_URL": os.environ.get("BENCHMARK_DATABASE_URL", f"sqlite:///{folder}/pull.sqlite3"),
            "REDIS_URL": os.environ.get("REDIS_URL", ""),
            "GHL_API_BASE_URL": address,
        }
        answer = subprocess.run(
            [sys.executable, "-c", "from benchmarks.pull import run; run()", way],
            env=environment, check=True, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        refused = json.loads((Path(folder) / "statuses.json").read_text()).get("429", 0)
    return {"way": way, "contacts": contacts, "calls": calls, "refused": refused, **json.loads(answer.stdout)}


@contextmanager
def _sandbox(contacts: int, calls: int, latency: float, folder: Path) -> Iterator[str]:
    """A sandbox in a process of its own, so that its work is not counted as ours; keeps its statuses up to date."""
    command = [sys.executable, "-c", "from benchmarks.pull import serve; serve()", str(contacts), str(calls),
               str(latency), str(folder)]  # fmt: skip
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


def serve() -> None:
    from integrations.sandbox.server import Sandbox

    contacts, calls, latency, folder = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]), Path(sys.argv[4])
    with Sandbox({LOCATION: "bench-token"}, contacts=contacts, calls=calls, latency=latency, index_lag=0) as sandbox:
        print(sandbox.url, flush=True)
        while True:
            (folder / "statuses.new").write_text(json.dumps(dict(sandbox.journal.statuses)))
            (folder / "statuses.new").rename(folder / "statuses.json")
            time.sleep(0.2)


def run() -> None:
    """What the measured process does: the pull, then its figures as JSON."""
    import django

    django.setup()
    import resource

    from django.core.management import call_command

    from integrations.locations import save_location

    call_command("migrate", verbosity=0)
    integration = save_location(location_id=LOCATION, integration_type="internal", token="bench-token")
    way = sys.argv[1]
    began = time.monotonic()
    requests = _one_by_one(integration) if way == "one by one" else _pull(integration, way)
    figures = {
        "requests": requests,
        "seconds": time.monotonic() - began,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }
    print(json.dumps(figures))


def _pull(integration: Any, strategy: str) -> int:
    from imports.pulling import batches, pull

    batch = pull.run(batches.start(integration, strategy=strategy).pk)
    assert batch.status == "success", batch.error
    return int(batch.requests)


def _one_by_one(integration: Any) -> int:
    """As the original did it: 20 contacts to a page, then each contact's conversations and messages, a sleep each."""
    from django.conf import settings

    from integrations.ghl.client import GHLClient
    from integrations.ghl.pace import open_pace

    pace = open_pace(redis_url=settings.REDIS_URL, runtime_dir=settings.RUNTIME_DIR,
                     base_url=settings.GHL_API_BASE_URL, location_id=LOCATION)  # fmt: skip
    client = GHLClient("bench-token", LOCATION, base_url=settings.GHL_API_BASE_URL, pace=pace)
    cursor: Any = None
    while True:
        page = client.contacts_page(limit=20, start_after=cursor)
        for contact in page.items:
            time.sleep(0.2)
            for conversation_id in client.conversation_ids_of(contact["id"]):
                time.sleep(0.2)
                client.call_messages(conversation_id)
        if len(page.items) < 20:
            return client.requests_made
        cursor = page.cursor


if __name__ == "__main__":
    main()
