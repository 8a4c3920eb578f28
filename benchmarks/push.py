"""How fast prospects go out, and that each goes out once.

    python -m benchmarks.push [--prospects 2000] [--workers 4] [--latency 0.15] [--sample 60] [--locations 8]
    python -m benchmarks.push --kills 200 [--prospects 1000]

The first prints, against a sandbox with GHL's real limit of 100 requests in 10 seconds: how much of the allowance the
workers used from the first request to the last (600 a minute), and what was refused; the original's way (one by one,
sleeping 200 ms after each) on a sample; and several locations at once against one. The second kills pushes at random
points, some two or three at a time, against a sandbox that allows duplicates, lets its searches lag ten seconds, and
loses answers; it says whether GHL ended with exactly the right contacts. BENCHMARK_DATABASE_URL names an empty
PostgreSQL database; without it rows go into SQLite.
"""

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from hashlib import sha256
from pathlib import Path
from typing import Any

from integrations.sandbox.server import Sandbox

ROOT = Path(__file__).resolve().parents[1]
ALLOWED_A_SECOND = 10.0  # 100 requests in 10 seconds
GIVEN = ("Ada", "Ben", "Cleo", "Dov", "Ema", "Finn", "Gia", "Hugo", "Ida", "Jon")
LOST, CREATED_422 = 0.05, 0.02  # of all creates


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--prospects", type=int)
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--latency", type=float, default=0.15, help="seconds that each answer takes on its way")
    parser.add_argument("--sample", type=int, default=60, help="prospects for the original's way; 0: none")
    parser.add_argument("--locations", type=int, default=8, help="locations at once; 0: none")
    parser.add_argument("--kills", type=int, default=0, help="kill pushes this often instead of measuring them")
    given = parser.parse_args()
    if given.kills:
        kill_many(given.kills, given.prospects or 1000)
        return
    print(f"{'way':<34}{'people':>7}{'requests':>9}{'seconds':>9}{'a minute':>9}{'allowance':>10}{'429s':>6}{'CPU':>6}"
          "   created, GHL has")  # fmt: skip
    _line(f"{given.workers} workers, one location", _measured(given.prospects or 2000, 1, given.workers, given.latency))
    if given.sample:
        _line("one by one, 200 ms after each", _measured(given.sample, 1, 0, given.latency))
    if given.locations:
        one = _measured(300, 1, 1, given.latency)
        _line("one location", one)
        several = _measured(300, given.locations, given.locations, given.latency)
        _line(f"{given.locations} locations at once", several)
        print(f"{given.locations} at once are {several['a_minute'] / one['a_minute']:.2f} times as fast as one")


def _line(way: str, row: dict[str, Any]) -> None:
    print(f"{way:<34}{row['people']:>7,}{row['requests']:>9,}{row['seconds']:>9.1f}{row['a_minute']:>9.0f}"
          f"{row['share']:>10.1%}{row['refused']:>6}{row['cpu']:>6.0%}   {row['created']:,}, {row['contacts']:,}",
          flush=True)  # fmt: skip


# ---------------------------------------------------------------- an installation


class Place:
    """A database with locations and people, and a sandbox that serves them, in this process."""

    def __init__(self, folder: str, sandbox: Sandbox, **environment: str) -> None:
        self.sandbox = sandbox
        url = os.environ.get("BENCHMARK_DATABASE_URL", f"sqlite:///{folder}/push.sqlite3")
        self.runtime = ROOT / "var" / sha256(url.encode()).hexdigest()[:12]
        self.environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "ghlportal.settings_test",
            "DATABASE_URL": url,
            "REDIS_URL": os.environ.get("REDIS_URL", ""),
            "GHL_API_BASE_URL": sandbox.url,
            **environment,
        }

    def call(self, what: str, *arguments: object) -> dict[str, Any]:
        """Runs one of the functions below in a process of its own; the JSON that it prints."""
        process = self.start(what, *arguments)
        out, _ = process.communicate()
        assert process.returncode == 0, what
        return json.loads((out.splitlines() or ["{}"])[-1])

    def start(self, what: str, *arguments: object) -> "subprocess.Popen[str]":
        code = f"from benchmarks import push; push.in_a_process(push.{what})"
        return subprocess.Popen(
            [sys.executable, "-c", code, *map(str, arguments)], env=self.environment, cwd=ROOT, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )  # fmt: skip

    def forget_the_pace(self) -> None:
        for path in self.runtime.glob("pace-*"):
            path.unlink(missing_ok=True)


def location_name(number: int) -> str:
    return f"benchLocation{number:07d}"


def in_a_process(act: Any) -> None:
    import django

    django.setup()
    print(json.dumps(act(*sys.argv[1:])), flush=True)


def populate(people: str, locations: str) -> None:
    """Migrates, and makes locations with their own people: the first internal, the others clients'."""
    from django.core.management import call_command

    from integrations.locations import save_location
    from integrations.models import SyncRun
    from prospects.models import Contact, OutboundPerson, SalesProspect

    call_command("migrate", verbosity=0)
    for made in (OutboundPerson, SalesProspect, Contact, SyncRun):  # by an earlier measurement
        made.objects.all().delete()
    for number in range(int(locations)):
        kind: dict[str, Any] = {"integration_type": "internal"}
        if number:
            kind = {"integration_type": "client", "client_name": f"Client {number}"}
        location = save_location(location_id=location_name(number), token=f"token-{number}", **kind)
        model: Any = Contact if number else SalesProspect
        own = {"client": location.client} if number else {}
        rows = [model(**columns_of(number, person), **own) for person in range(int(people))]
        model.objects.bulk_create(rows, batch_size=500)


def columns_of(location: int, number: int) -> dict[str, str]:
    return {
        "firm_name": f"Firm {number}",
        "contact_first_name": random.choice(GIVEN),
        "contact_last_name": f"Surname{''.join(chr(97 + number // 26**place % 26) for place in range(3))}",
        "contact_email": f"person{number}@location{location}firm{number}.example",
        "contact_phone": f"+1617{200 + number // 10_000:03d}{number % 10_000:04d}",
    }


def begin(location: str) -> dict[str, Any]:
    from integrations.models import GHLIntegration
    from prospects.outbound import runs

    return {"run": str(runs.start(GHLIntegration.objects.get(location_id=location)).pk)}


def work(run_id: str) -> dict[str, Any]:
    """One worker, as a Celery worker would be: ready, then at work as soon as it is told."""
    import resource
    import uuid

    from prospects.outbound import runs

    print("ready", flush=True)
    sys.stdin.readline()
    run = runs.work_on(uuid.UUID(run_id))
    while run.is_under_way:
        time.sleep(0.1)
        run = runs.work_on(run.pk)
    used = resource.getrusage(resource.RUSAGE_SELF)
    ended = run.finished_at.timestamp() if run.finished_at else time.time()
    return {"cpu": used.ru_utime + used.ru_stime, "created": run.created, "ended": ended}


def one_by_one(location: str) -> dict[str, Any]:
    """As the original did it: one after the other, and 200 ms of sleep after each."""
    import resource

    from integrations.credentials import client_for
    from integrations.models import GHLIntegration
    from prospects.models import SalesProspect
    from prospects.outbound.body import body_of

    print("ready", flush=True)
    sys.stdin.readline()
    integration = GHLIntegration.objects.get(location_id=location)
    created = 0
    with client_for(integration, bulk=True) as client:
        for person in SalesProspect.objects.filter(ghl_contact_id=None):
            contact = client.create_contact(body_of(person, {}))
            SalesProspect.objects.filter(pk=person.pk).update(ghl_contact_id=contact["id"])
            created += 1
            time.sleep(0.2)
    used = resource.getrusage(resource.RUSAGE_SELF)
    return {"cpu": used.ru_utime + used.ru_stime, "created": created, "ended": time.time()}


# ---------------------------------------------------------------- how fast


def _measured(people: int, locations: int, workers: int, latency: float) -> dict[str, Any]:
    """People for each location; the workers are shared out among the locations, none: the original's way."""
    tokens = {location_name(number): f"token-{number}" for number in range(locations)}
    with (
        tempfile.TemporaryDirectory() as folder,
        Sandbox(tokens, latency=latency, index_lag=0) as sandbox,
    ):
        place = Place(folder, sandbox)
        shutil.rmtree(place.runtime, ignore_errors=True)
        place.call("populate", people, locations)
        if workers:
            began = [place.call("begin", name)["run"] for name in tokens]
            processes = [place.start("work", began[number % locations]) for number in range(workers)]
        else:
            processes = [place.start("one_by_one", location_name(0))]
        for process in processes:
            assert process.stdout
            assert process.stdout.readline() == "ready\n"
        started = time.time()
        for process in processes:
            assert process.stdin
            process.stdin.write("go\n")
            process.stdin.flush()
        figures = [json.loads(process.communicate()[0].splitlines()[-1]) for process in processes]
        seconds = max(each["ended"] for each in figures) - started
        requests = sandbox.journal.total
        arrived = sorted(entry.at for entry in sandbox.journal.entries())
        refused = sandbox.journal.statuses[429]
        contacts = sum(len(location.contacts) for location in sandbox.locations.values())
        shutil.rmtree(place.runtime, ignore_errors=True)
    return {
        "people": people * locations,
        "requests": requests,
        "seconds": seconds,
        "a_minute": requests / seconds * 60,
        "share": (requests - locations) / (arrived[-1] - arrived[0]) / locations / ALLOWED_A_SECOND,
        "refused": refused,
        "cpu": sum(each["cpu"] for each in figures) / seconds,
        "created": sum(each["created"] for each in figures[:locations]),
        "contacts": contacts,
    }


# ---------------------------------------------------------------- each once


def kill_many(kills: int, people: int) -> None:
    from prospects.tests.nursery import Nursery

    chance = random.Random(20)
    options: dict[str, Any] = {"rate_limit": None, "index_lag": 10.0, "allow_duplicates": True, "latency": 0.15}
    with tempfile.TemporaryDirectory() as folder, Sandbox({location_name(0): "token-0"}, **options) as sandbox:
        place = Place(folder, sandbox)
        shutil.rmtree(place.runtime, ignore_errors=True)
        place.call("populate", people, 1)
        sandbox.faults.add("/contacts", method="POST", kind="lost_answer", share=LOST, times=None)
        sandbox.faults.add("/contacts", method="POST", kind="created_422", share=CREATED_422, times=None)
        nursery = Nursery(place.environment, location_name(0))
        done, began = 0, time.monotonic()
        while done < kills:
            place.forget_the_pace()
            processes = [nursery.push() for _ in range(min(chance.choice((1, 1, 2, 3)), kills - done))]
            # Somewhere within the work of so many people, or, near the end, of the waits and look-ups.
            enough = len(sandbox.location.contacts) + chance.randint(0, max(1, 2 * people // kills))
            give_up_at = time.monotonic() + chance.uniform(0.2, 4.0)
            while len(sandbox.location.contacts) < enough and time.monotonic() < give_up_at:
                time.sleep(0.005)
            time.sleep(chance.uniform(0, 0.2))
            done += sum(_kill(process) for process in processes)
            print(f"\r{done} kills, {len(sandbox.location.contacts)} contacts", end="", file=sys.stderr)
        nursery.close()
        killed_for = time.monotonic() - began
        figures: dict[str, Any] = {}
        for _ in range(3):
            place.forget_the_pace()
            figures = place.call("to_the_end", location_name(0))
        contacts = list(sandbox.location.contacts.values())
        emails = Counter(contact.email for contact in contacts)
        linked = place.call("links")
        right = {contact.id: contact.email for contact in contacts}
        shutil.rmtree(place.runtime, ignore_errors=True)
    answers = sandbox.journal.entries("/contacts", "POST")
    lost = sum(entry.status in (0, 422) for entry in answers)
    print(f"\n{people:,} people, {done} kills in {killed_for:.0f} s, {lost} answers of {len(answers)} lost or wrong")
    print(f"GHL has {len(contacts):,} contacts, {sum(count > 1 for count in emails.values())} doubled, "
          f"{people - len(emails)} missing; {sum(right.get(key) == email for key, email in linked.items()):,} linked "
          f"rightly; last push: {figures}")  # fmt: skip


def to_the_end(location: str) -> dict[str, Any]:
    from integrations.models import GHLIntegration
    from prospects.outbound import runs

    integration = GHLIntegration.objects.get(location_id=location)
    run = runs.run_under_way(integration) or runs.start(integration)
    while run.is_under_way:
        run = runs.work_on(run.pk)
    return {"status": run.status, "created": run.created, "adopted": run.adopted, "failed": run.failed}


def links() -> dict[str, str]:
    from prospects.models import SalesProspect

    return dict(SalesProspect.objects.filter(ghl_contact_id__gt="").values_list("ghl_contact_id", "contact_email"))


def _kill(process_id: int) -> int:
    """1 when it lived until then."""
    try:
        os.kill(process_id, signal.SIGKILL)
    except ProcessLookupError:
        return 0
    return 1


if __name__ == "__main__":
    main()
