"""How near to GHL's limit the shared pace goes, and that it never goes beyond: `python -m benchmarks.pace`.

Four processes of six threads each send as much as they are let, to nobody: a request is a pause of 150 to 400 ms, as
GHL's answers take. One more thread in each asks as interactive work does, every two seconds. Printed for each backing:
requests sent, the most in any 10 seconds when sent and when they would arrive (20 to 120 ms later), the share of the
limit that was used, the processor time for each request, and how long interactive work had to wait.
"""

import argparse
import multiprocessing
import os
import random
import sys
import tempfile
import threading
import time
import uuid
from bisect import bisect_left
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from integrations.ghl.allowance import Allowance
from integrations.ghl.pace import open_pace

PROCESSES = 4
THREADS = 6
REDIS_URL = os.environ.get("REDIS_URL", "redis://127.0.0.1:6379/9")


class Run(NamedTuple):
    """What one process did: when it sent (machine's monotonic clock), its interactive waits, its processor seconds."""

    sent_at: list[float]
    waits: list[float]
    processor_seconds: float


def send(redis_url: str | None, folder: str, location_id: str, until: float) -> Run:
    """What one worker process does until the given instant."""
    pace = open_pace(redis_url, Path(folder), "https://benchmark.invalid", location_id)
    sent_at: list[float] = []
    waits: list[float] = []

    def bulk() -> None:
        while time.monotonic() < until:
            pace.acquire(True)
            sent_at.append(time.monotonic())
            time.sleep(random.uniform(0.15, 0.4))

    def interactive() -> None:
        while time.monotonic() < until:
            asked_at = time.monotonic()
            pace.acquire(False)
            sent_at.append(time.monotonic())
            waits.append(sent_at[-1] - asked_at)
            time.sleep(2)

    threads = [threading.Thread(target=work) for work in [bulk] * THREADS + [interactive]]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return Run(sent_at, waits, time.process_time())


def most_within(instants: Sequence[float], seconds: float) -> int:
    """The most instants in any stretch of that length, its start included and its end not."""
    ordered = sorted(instants)
    return max((bisect_left(ordered, at + seconds) - place for place, at in enumerate(ordered)), default=0)


def measure(name: str, redis_url: str | None, seconds: float) -> str:
    limits = Allowance()
    with tempfile.TemporaryDirectory() as folder, multiprocessing.get_context("spawn").Pool(PROCESSES) as pool:
        until = time.monotonic() + seconds
        runs = pool.starmap(send, [(redis_url, folder, f"benchmark-{uuid.uuid4().hex}", until)] * PROCESSES)
    sent = sorted(at for run in runs for at in run.sent_at if at < until)
    arrived = [at + random.uniform(0.02, 0.12) for at in sent]
    waits = sorted(wait for run in runs for wait in run.waits)
    allowed = (until - sent[0]) * limits.requests / limits.interval
    processor = sum(run.processor_seconds for run in runs) / len(sent) * 1000
    return (
        f"{name:7} {len(sent):5} sent in {until - sent[0]:5.1f} s, most in any {limits.interval:g} s "
        f"{most_within(sent, limits.interval)} sent / {most_within(arrived, limits.interval)} arrived "
        f"(limit {limits.requests}), used {len(sent) / allowed:.1%}, {processor:.1f} ms of processor for each, "
        f"interactive waited {waits[len(waits) // 2]:.2f} s (median), {waits[-1]:.2f} s (longest)"
    )


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    options.add_argument("--seconds", type=float, default=45.0)
    seconds = options.parse_args().seconds
    for name, redis_url in (("Redis", REDIS_URL), ("SQLite", None)):
        sys.stdout.write(measure(name, redis_url, seconds) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
