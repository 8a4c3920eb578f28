"""How many deliveries the webhook takes in, against a bare Django view with one INSERT; and what a storm leaves.

    DATABASE_URL=postgres://… REDIS_URL=redis://… python -m benchmarks.webhooks [--seconds 4 --rounds 3] [--storm 2000]

All are served by gunicorn (2 workers of 4 threads), by turns, in the same run. The bare view has no proof of the
sender, no location to look up, no index but its key's and no broker; it is measured without middleware, and with that
of the portal. Rows go into a database of its own beside the configured one, or a SQLite file.
The storm sends calls several times, in any order, with forged ones among them, while web server and worker are killed
and started again; whatever is not answered with 200 is sent again, as GHL does.
"""

import argparse
import json
import os
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections import Counter
from pathlib import Path
from typing import Any

from benchmarks.web_load import (
    Connection,
    free_port,
    in_threads,
    own_database,
    served,
    start_gunicorn,
    start_worker,
    wait_for,
)

LOCATION = "benchLocation0000001"
CONNECTIONS = 16
FLOOR = 0.6
SECONDS_BETWEEN_KILLS = 12.0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=4.0, help="length of each measurement")
    parser.add_argument("--rounds", type=int, default=3, help="measurements of each, by turns")
    parser.add_argument("--storm", type=int, default=0, metavar="CALLS", help="also a storm of this many calls")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, own_database(Path(folder)) as environment:
        prepared = json.loads(in_django("prepare", environment))
        result = measure(environment, prepared["path"], given.seconds, given.rounds)
        print(json.dumps(result, indent=1))
        good = result["ratio"] >= FLOOR
        if given.storm:
            outcome = storm(environment, prepared["path"], given.storm)
            print(json.dumps(outcome, indent=1))
            good = good and outcome["stored"] == given.storm * 2 and outcome["sales_calls"] == given.storm
            good = good and not outcome["forged_accepted"] and not outcome["doubled"]
    return int(not good)


# ---------------------------------------------------------------- what is measured


def measure(environment: dict[str, str], path: str, seconds: float, rounds: int) -> dict[str, Any]:
    with_middleware = {**environment, "BENCHMARK_MIDDLEWARE": "1"}
    with (
        served("benchmarks.bare_insert:application", environment) as bare,
        served("benchmarks.bare_insert:application", with_middleware) as same,
        served("ghlportal.wsgi:application", environment) as portal,
    ):
        targets = {"bare": (bare, "/"), "bare_with_middleware": (same, "/"), "webhook": (portal, path)}
        rates: dict[str, list[float]] = {name: [] for name in targets}
        for port, at in targets.values():
            full_speed(port, at, 1.0)  # connections, imports, caches
        for _ in range(rounds):
            for name, (port, at) in targets.items():
                rates[name].append(full_speed(port, at, seconds))
        found = {name: statistics.median(each) for name, each in rates.items()}
        latencies = at_rate(portal, path, found["webhook"] / 2, seconds * 2)
    cuts = statistics.quantiles(latencies, n=100)
    return {
        "per_second": {name: round(rate) for name, rate in found.items()},
        "ratio": round(found["webhook"] / found["bare"], 2),
        "ratio_with_middleware": round(found["webhook"] / found["bare_with_middleware"], 2),
        "p50_ms_at_half_load": round(cuts[49] * 1000, 1), "p99_ms_at_half_load": round(cuts[98] * 1000, 1),
        "rounds": {name: [round(rate) for rate in each] for name, each in rates.items()},
    }  # fmt: skip


def full_speed(port: int, path: str, seconds: float) -> float:
    """Deliveries a second that are taken in when the next is always there."""
    end, counts = time.monotonic() + seconds, [0] * CONNECTIONS

    def send(number: int) -> None:
        with Connection(port) as connection:
            while time.monotonic() < end:
                assert connection.post(path, a_call(uuid.uuid4().hex[:20])) == 200
                counts[number] += 1

    began = time.monotonic()
    in_threads(CONNECTIONS, send)
    return sum(counts) / (time.monotonic() - began)


def at_rate(port: int, path: str, rate: float, seconds: float) -> list[float]:
    """Seconds that each delivery took, when they come at this rate whether or not earlier ones are answered."""
    began, total = time.monotonic() + 0.1, int(rate * seconds)
    found: list[list[float]] = [[] for _ in range(CONNECTIONS)]

    def send(number: int) -> None:
        with Connection(port) as connection:
            for place in range(number, total, CONNECTIONS):
                due = began + place / rate
                time.sleep(max(0.0, due - time.monotonic()))
                assert connection.post(path, a_call(uuid.uuid4().hex[:20])) == 200
                found[number].append(time.monotonic() - due)

    in_threads(CONNECTIONS, send)
    return [one for each in found for one in each]


# ---------------------------------------------------------------- the storm


def storm(environment: dict[str, str], path: str, calls: int) -> dict[str, Any]:
    """Two hits for each call, each sent one to three times, crossed; one forged delivery in five."""
    in_django("forget", environment)
    chance = random.Random(7)
    hits = [
        (path, hit, True) for number in range(calls) for hit in (a_call(f"storm{number}"), a_choice(f"storm{number}"))
    ]
    forged = [("/webhooks/ghl/calls/not-the-secret/", a_call(f"forged{number}"), False) for number in range(calls // 5)]
    deliveries = [each for hit in hits for each in [hit] * chance.randint(1, 3)] + forged
    chance.shuffle(deliveries)
    answers: Counter[str] = Counter()
    port, done = free_port(), threading.Event()
    killer = threading.Thread(target=kill_and_restart, args=(environment, port, done, answers))
    killer.start()
    wait_for(port)

    def send(number: int) -> None:
        for at, body, is_ours in deliveries[number::CONNECTIONS]:
            status = until_answered(port, at, body, answers)
            answers["forged_accepted" if not is_ours and status == 200 else "accepted" if is_ours else "refused"] += 1

    in_threads(CONNECTIONS, send)
    done.set()
    killer.join()
    return {
        "calls": calls,
        "sent": len(deliveries),
        "forged_accepted": 0,
        **answers,
        **json.loads(in_django("count", environment)),
    }


def until_answered(port: int, path: str, body: bytes, answers: Counter[str]) -> int:
    while True:
        try:
            with Connection(port) as connection:
                status = connection.post(path, body)
            if status in (200, 401):
                return status
        except OSError:
            time.sleep(0.05)
        answers["sent_again"] += 1


def kill_and_restart(environment: dict[str, str], port: int, done: threading.Event, answers: Counter[str]) -> None:
    """Web server and worker run for a few seconds, are killed without a warning, and start again."""
    while not done.is_set():
        processes = [start_gunicorn("ghlportal.wsgi:application", environment, port), start_worker(environment)]
        done.wait(SECONDS_BETWEEN_KILLS)
        for process in processes:
            os.killpg(process.pid, signal.SIGTERM if done.is_set() else signal.SIGKILL)
        for process in processes:
            process.wait()
        answers["kills"] += not done.is_set()


# ---------------------------------------------------------------- deliveries


def a_call(message_id: str) -> bytes:
    """The Call Completed workflow's hit, as big as a real one."""
    return json.dumps({
        "contact_id": f"contact{message_id}", "first_name": "Dana", "last_name": "Whitfield",
        "full_name": "Dana Whitfield",
        "email": "dana@whitfield.example", "phone": "+12025550142", "tags": "texas,partner", "country": "US",
        "date_created": "2026-08-04T15:42:10.123Z", "full_address": "", "contact_type": "lead",
        "location": {"name": "Our own", "address": "1 Main St", "city": "Austin", "state": "TX", "id": LOCATION},
        "workflow": {"id": "3d1f6c7e-8d0b-4c62-9a52-0d7a4c1f2b11", "name": "Call Completed"},
        "triggerData": {}, "contact": {"attributionSource": {"sessionSource": "CRM UI", "mediumId": None}},
        "customData": {
            "messageId": message_id, "callStatus": "completed", "duration": "37", "direction": "outbound",
            "notes": "Spoke about two open associate positions. " * 4,
        },
    }).encode()  # fmt: skip


def a_choice(message_id: str) -> bytes:
    """The Disposition workflow's hit about the same call."""
    return json.dumps({
        "contact_id": f"contact{message_id}", "location": {"id": LOCATION},
        "customData": {"source": "disposition_workflow", "messageId": message_id, "disposition": "Meeting Booked"},
    }).encode()  # fmt: skip


# ---------------------------------------------------------------- run in processes of their own


def prepare() -> None:
    """Makes the tables and a location; prints the path of its webhook."""
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    from integrations.locations import save_location

    call_command("migrate", verbosity=0)
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE benchmark_bodies (id varchar(36) PRIMARY KEY, body text NOT NULL)")
    integration = save_location(location_id=LOCATION, integration_type="internal", name="Our own")
    print(json.dumps({"path": integration.webhook_path}))


def forget() -> None:
    """Empties the inbox and the broker."""
    import django

    django.setup()
    from celery import current_app

    from integrations.models import WebhookEvent

    WebhookEvent.objects.all().delete()
    current_app.control.purge()


def count() -> None:
    """Prints what lies in the inbox, and what processing it makes of it."""
    import logging

    import django

    django.setup()
    logging.disable(logging.INFO)
    from django.apps import apps

    from integrations import inbox
    from integrations.models import RefusedDeliveries, WebhookEvent

    stored = WebhookEvent.objects.count()
    done_by_workers = WebhookEvent.objects.exclude(status="waiting").count()
    for _ in inbox.drain(once=True):
        pass
    by_status = {status: WebhookEvent.objects.filter(status=status).count() for status in WebhookEvent.Status.values}
    refused = sum(RefusedDeliveries.objects.values_list("count", flat=True))
    calls = apps.get_model("calls", "SalesCall").objects
    found = {"stored": stored, "settled_by_workers": done_by_workers, "sales_calls": calls.count()}
    found["doubled"] = calls.count() - calls.values("external_call_id").distinct().count()
    print(json.dumps({**found, "counted_as_refused": refused, **by_status}))


def in_django(what: str, environment: dict[str, str]) -> str:
    command = [sys.executable, "-c", f"from benchmarks.webhooks import {what}; {what}()"]
    return subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True).stdout


if __name__ == "__main__":
    sys.exit(main())
