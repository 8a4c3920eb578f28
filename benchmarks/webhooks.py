"""How many deliveries the webhook takes in, against a bare Django view with one INSERT; and what a storm leaves.

    DATABASE_URL=postgres://… REDIS_URL=redis://… python -m benchmarks.webhooks [--seconds 4 --rounds 3]
    python -m benchmarks.webhooks --storm [20000]

All are served by gunicorn (2 workers of 4 threads), by turns, in the same run. The bare view has no proof of the
sender, no location to look up, no index but its key's and no broker; it is measured without middleware, and with that
of the portal. Rows go into a database of its own beside the configured one, or a SQLite file.
The storm (benchmarks/storm.py) is a run of its own, on a PostgreSQL and a Redis of its own, whose parts are all killed
(-9) and started again meanwhile. Exit status 0: nothing lost, doubled, forged or otherwise wrong.
"""

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
import uuid
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from benchmarks import storm
from benchmarks.deliveries import LOCATION, a_call
from benchmarks.web_load import Connection, in_django, in_threads, own_database, served

CONNECTIONS = 16
FLOOR, LONGEST_MS = 0.6, 50.0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=4.0, help="length of each measurement")
    parser.add_argument("--rounds", type=int, default=3, help="measurements of each, by turns")
    parser.add_argument("--storm", type=int, nargs="?", const=20_000, metavar="DELIVERIES", help="only this")
    parser.add_argument("--rate", type=float, default=100.0, help="of the storm: deliveries a second")
    parser.add_argument("--kills", type=int, default=4, help="of the storm: how often each part is killed")
    given = parser.parse_args()
    if given.storm:
        return storm.run(given.storm, given.rate, given.kills)
    with tempfile.TemporaryDirectory() as folder, own_database(Path(folder)) as environment:
        prepared = json.loads(in_django("benchmarks.webhooks", "prepare", environment))
        result = measure(environment, prepared["path"], given.seconds, given.rounds)
    result = {"database": urlsplit(environment["DATABASE_URL"]).scheme, **result}
    print(json.dumps(result, indent=1))
    return int(result["ratio"] < FLOOR or result["p99_ms_at_half_load"] > LONGEST_MS)


# ---------------------------------------------------------------- what is measured


def measure(environment: dict[str, str], path: str, seconds: float, rounds: int) -> dict[str, Any]:
    before = os.getloadavg()[:2]
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
        "ratio": ratio(rates["webhook"], rates["bare"]),
        "ratio_with_middleware": ratio(rates["webhook"], rates["bare_with_middleware"]),
        "p50_ms_at_half_load": round(cuts[49] * 1000, 1), "p99_ms_at_half_load": round(cuts[98] * 1000, 1),
        "load_average": [round(load, 1) for load in (*before, os.getloadavg()[0])],  # the last: our own, too
        "rounds": {name: [round(rate) for rate in each] for name, each in rates.items()},
    }  # fmt: skip


def ratio(rates: list[float], others: list[float]) -> float:
    """The middle one of those of each round: what else the machine does changes from round to round."""
    return round(statistics.median(one / other for one, other in zip(rates, others, strict=True)), 2)


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


if __name__ == "__main__":
    sys.exit(main())
