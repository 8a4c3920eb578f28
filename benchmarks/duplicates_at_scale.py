"""How the duplicate engine grows: 20,000, 100,000 and 200,000 records among themselves, and 500 new against 100,000.

Part of `python -m benchmarks.duplicates --scale`. Each measurement is a process of its own, so that its memory is its
own. The last one goes through the database, as a pull does: a temporary SQLite file, or BENCHMARK_DATABASE_URL.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from typing import Any

from benchmarks.invented_people import Pool, Row
from prospects.identity import Identity, identity_of

SIZES = (20_000, 100_000, 200_000)
KNOWN, NEW = 100_000, 500
MOST_SECONDS, MOST_MB, MOST_GROWTH, MOST_SECONDS_OF_NEW = 60.0, 2000.0, 1.5, 3.0


def measure() -> bool:
    """Prints all figures; whether every target is met."""
    found = {size: _alone("among_themselves", str(size)) for size in SIZES}
    for size, one in found.items():
        print(f"{size:,} among themselves: {_timed(one)}, peak {one['peak_mb']:,.0f} MB, {one['pairs']:,} pairs")
    first, last = (found[size]["cpu_seconds"] / size for size in (SIZES[0], SIZES[-1]))
    print(f"time per record from {SIZES[0]:,} to {SIZES[-1]:,}: {last / first:.2f} times")
    with tempfile.TemporaryDirectory() as folder:
        new = _alone("new_against_known", f"sqlite:///{folder}/known.sqlite3")
    print(f"{KNOWN:,} known people loaded, keys made in {new['keys_seconds']:.1f} s")
    print(f"{NEW} new against them: {_timed(new)}, {new['matched']} with a match, peak {new['peak_mb']:,.0f} MB")
    middle = found[SIZES[1]]
    return (
        middle["seconds"] <= MOST_SECONDS
        and max(one["peak_mb"] for one in (middle, new)) <= MOST_MB
        and last / first < MOST_GROWTH
        and new["seconds"] <= MOST_SECONDS_OF_NEW
    )


def _timed(one: dict[str, Any]) -> str:
    return f"{one['seconds']:.1f} s ({one['cpu_seconds']:.1f} s of processor)"


def _alone(what: str, argument: str) -> dict[str, Any]:
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "ghlportal.settings_test"}
    if what == "new_against_known":
        environment["DATABASE_URL"] = os.environ.get("BENCHMARK_DATABASE_URL", argument)
    code = f"from benchmarks.duplicates_at_scale import {what}; {what}()"
    answer = subprocess.run(
        [sys.executable, "-c", code, argument], env=environment, check=True, stdout=subprocess.PIPE, text=True
    )
    return dict(json.loads(answer.stdout.splitlines()[-1]))


def _answer(work: Callable[[], dict[str, Any]], **more: Any) -> None:
    began, processor = time.perf_counter(), time.process_time()
    done = work()
    print(json.dumps({
        **done, **more, "seconds": time.perf_counter() - began, "cpu_seconds": time.process_time() - processor,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }))  # fmt: skip


def _rows(count: int) -> list[Row]:
    rows = Pool(7, count * 2 // 3 + 500).rows[:count]
    assert len(rows) == count, "the pool is too small"
    return rows


def _identity(row: Row) -> Identity:
    return identity_of(
        first_name=row.first, last_name=row.last, firm=row.firm, email=row.email,
        phone=row.phone, linkedin=row.linkedin, title=row.title,
    )  # fmt: skip


def among_themselves() -> None:
    """What a process does: `SIZE` on its command line. From text as typed to scored pairs."""
    from imports.duplicates import find_pairs

    rows = _rows(int(sys.argv[1]))

    def work() -> dict[str, Any]:
        return {"pairs": len(find_pairs([(str(place), _identity(row)) for place, row in enumerate(rows)]))}

    _answer(work)


def new_against_known() -> None:
    """What a process does: known people into the database, their keys made; then a batch of new ones is compared."""
    import django

    django.setup()
    from django.core.management import call_command

    from imports.matching import lookup
    from imports.matching.detection import detect
    from imports.matching.identities import identity_of_person
    from imports.models import ImportBatch, StagedRecord
    from integrations.locations import save_location
    from prospects.models import SalesProspect

    call_command("migrate", verbosity=0)
    rows = _rows(KNOWN + NEW)
    SalesProspect.objects.bulk_create([SalesProspect(**_columns(row)) for row in rows[:KNOWN]], batch_size=2000)
    began = time.perf_counter()
    lookup.refresh("internal", SalesProspect.objects.all(), identity_of_person, lambda: None)
    keys_seconds = time.perf_counter() - began
    location = save_location(location_id="scaleLocation0000001", integration_type="internal", token="scale-token")
    batch = ImportBatch.objects.create(integration=location, source="ghl")
    StagedRecord.objects.bulk_create(
        StagedRecord(batch=batch, record_key=f"c{n}", ghl_contact_id=f"c{n}", position=n, raw_data={}, **_columns(row))
        for n, row in enumerate(rows[KNOWN:])
    )
    _answer(lambda: {"matched": detect(batch).matched}, keys_seconds=keys_seconds)


def _columns(row: Row) -> dict[str, str]:
    return {
        "contact_first_name": row.first, "contact_last_name": row.last, "firm_name": row.firm,
        "contact_email": row.email, "contact_phone": row.phone, "contact_title": row.title,
        "contact_linkedin": row.linkedin,
    }  # fmt: skip
