"""What the pages of reviewers cost on a large installation: 1,000,000 prospects and 200,000 records that wait.

    python -m benchmarks.desk [--prospects 1000000 --staged 200000] [--keep NAME] [--times 20] [--only WORDS]

On PostgreSQL: DATABASE_URL names the server, and a database of its own is made there, filled, and dropped at the end.
With --keep it has that name and stays, so that a second run begins at once. Each page is asked for in this process by
Django's test client, through every middleware of the settings: what is timed is the server's own work, without network
and web server. Decisions are taken for real, on the records that the queue leads to.

Printed are the queries, and seconds as p50 and p95 of the runs, beside the limit and beside a trivial page of the
admin (the list of clients) in the same process: times of that page are what to compare between machines.
"""

import argparse
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from statistics import median, quantiles
from typing import Any
from urllib.parse import urlencode, urlsplit

PAGE, NEXT = 0.3, 0.2  # seconds
MOST_QUERIES = 15
WORKING_COPY = {"DJANGO_SETTINGS_MODULE": "ghlportal.settings_test"}
QUEUE = "/admin/imports/stagedrecord/"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--prospects", type=int, default=1_000_000)
    parser.add_argument("--staged", type=int, default=200_000)
    parser.add_argument("--keep", default="", metavar="NAME", help="use this database, and leave it there")
    parser.add_argument("--times", type=int, default=20, help="how often each page is asked for")
    parser.add_argument("--only", default="", help="only the pages whose name has these words")
    given = parser.parse_args()
    server = os.environ.get("DATABASE_URL", "")
    if not server.startswith("postgres"):
        sys.exit("Set DATABASE_URL to a PostgreSQL server on which a database may be made.")
    with _database(server, given.keep) as (address, is_new):
        environment = {**os.environ, **WORKING_COPY, "DATABASE_URL": address}
        if is_new:
            _in_a_process("load", environment, str(given.prospects), str(given.staged))
        _in_a_process("measure", environment, str(given.times), given.only)


@contextmanager
def _database(server: str, name: str) -> Iterator[tuple[str, bool]]:
    import psycopg

    own = name or f"benchmark_desk_{os.getpid()}"
    with psycopg.connect(server, autocommit=True) as connection:
        known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [own]).fetchone()
        if not known:
            connection.execute(f'CREATE DATABASE "{own}"')
        try:
            yield urlsplit(server)._replace(path=f"/{own}").geturl(), not known
        finally:
            if not name:
                connection.execute(f'DROP DATABASE "{own}" WITH (FORCE)')


def _in_a_process(what: str, environment: dict[str, str], *arguments: str) -> None:
    module = "benchmarks.large_installation" if what == "load" else "benchmarks.desk"
    command = [sys.executable, "-c", f"from {module} import {what}; {what}()", *arguments]
    subprocess.run(command, env=environment, check=True)


# ---------------------------------------------------------------- pages


@dataclass(slots=True)
class Timed:
    """One page, asked for several times."""

    name: str
    limit: float
    seconds: list[float] = field(default_factory=list)
    queries: list[int] = field(default_factory=list)

    @property
    def p95(self) -> float:
        return quantiles(self.seconds, n=20, method="inclusive")[-1] if len(self.seconds) > 1 else self.seconds[0]

    def line(self, trivial: float) -> str:
        holds = self.p95 <= self.limit and max(self.queries) <= MOST_QUERIES
        return (
            f"{self.name:<44}{max(self.queries):>8}{1000 * median(self.seconds):>9.0f}{1000 * self.p95:>9.0f}"
            f"{1000 * self.limit:>8.0f}{median(self.seconds) / trivial:>8.1f}  {'' if holds else 'MISSED'}"
        )


def measure() -> None:
    """What a process does: asks for each page and prints the table."""
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    times, only = int(sys.argv[1]), sys.argv[2]
    browser = _Browser(times)
    trivial = browser.timed("the list of clients (trivial)", lambda n: "/admin/integrations/client/", PAGE)
    print(f"load average {os.getloadavg()[0]:.1f}\n"
          f"{'page':<44}{'queries':>8}{'p50 ms':>9}{'p95 ms':>9}{'limit':>8}{'times':>8}")  # fmt: skip
    print(trivial.line(median(trivial.seconds)))
    for name, url in {**_queue_pages(browser), **_lists(browser)}.items():
        if only in name:
            print(browser.timed(name, url, PAGE).line(median(trivial.seconds)), flush=True)
    for name, decide in (("skip", "skip"), ("approve", "approve"), ("merge", "merge")):
        if only in (title := f"{name}: deciding and the next record"):
            print(browser.decided(title, decide).line(median(trivial.seconds)), flush=True)


class _Browser:
    """A reviewer in this process."""

    def __init__(self, times: int) -> None:
        from django.contrib.auth.models import User
        from django.test import Client

        self.times = times
        self.chance = random.Random(5)
        self.client = Client(SERVER_NAME="localhost")
        self.client.force_login(User.objects.get(username="desk"))

    def timed(self, name: str, url: Callable[[int], str], limit: float) -> Timed:
        timed = Timed(name, limit)
        self._ask(url(0))  # templates are read, statements planned, rows cached
        for number in range(self.times):
            address = url(number)
            seconds, queries, _ = self._ask(address)
            timed.seconds.append(seconds)
            timed.queries.append(queries)
        return timed

    def decided(self, name: str, decision: str) -> Timed:
        """The time from pressing a button to the next record's page, at any depth of the queue."""
        timed = Timed(name, NEXT)
        query = "kind=matched" if decision == "merge" else "kind=new&location=deskLocation1"
        filters = urlencode({"_changelist_filters": query})
        for record_id, who in _somewhere(self.chance, self.times + 1, decision == "merge"):
            form = {"decision": decision, "candidate": f"prospect:{who}"}
            began = time.perf_counter()
            with _counting() as posted:
                answer = self.client.post(f"{QUEUE}{record_id}/decide/?{filters}", form)
            assert answer.status_code == 302, answer.content
            deciding = time.perf_counter() - began
            seconds, _, page = self._ask(answer.headers["Location"])
            if str(record_id) in answer.headers["Location"]:
                continue  # refused: somebody likely the same is in the portal
            timed.seconds.append(deciding + seconds)
            timed.queries.append(posted.count if deciding > seconds else page)
        del timed.seconds[:1], timed.queries[:1]
        return timed

    def _ask(self, url: str) -> tuple[float, int, int]:
        with _counting() as counted:
            began = time.perf_counter()
            answer = self.client.get(url)
            seconds = time.perf_counter() - began
        assert answer.status_code == 200, (url, answer.status_code)
        return seconds, counted.count, counted.count


class _Counted:
    count = 0

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        self.count += 1
        return execute(sql, params, many, context)


@contextmanager
def _counting() -> Iterator[_Counted]:
    from django.db import connection

    counted = _Counted()
    with connection.execute_wrapper(counted):
        yield counted


def _at(path: str, query: str, depth: float) -> Callable[[int], str]:
    """A page of a list, from its first (0) to its last (1)."""

    @cache
    def number() -> int:
        from django.contrib import admin
        from django.contrib.auth.models import User
        from django.http import QueryDict
        from django.test import RequestFactory
        from django.urls import resolve

        request = RequestFactory(SERVER_NAME="localhost").get(path, QueryDict(query).dict())
        request.user = User.objects.get(username="desk")
        model_admin = resolve(path).func.model_admin
        assert isinstance(model_admin, admin.ModelAdmin)
        pages = model_admin.get_changelist_instance(request).paginator.num_pages
        return 1 + round(depth * (pages - 1))

    return lambda _: f"{path}?{query}{'&' if query else ''}p={number()}"


def _queue_pages(browser: _Browser) -> dict[str, Callable[[int], str]]:
    from imports.models import ImportBatch, StagedRecord

    large = ImportBatch.objects.order_by("-created_at")[0].pk
    pages: dict[str, Callable[[int], str]] = {}
    ways = {
        "": "", " matched": "kind=matched", " new": "kind=new", " twice": "kind=twice", " certain": "band=certain",
        " reason": "reason=email-same", " largest batch": f"batch={large}", " location": "location=deskLocation1",
        " decided": "status=decided", " errors": "kind=errors", " all": "status=all", " by me": "by=1",
        " a rare name": "q=Vaszil", " a common word": "q=llp", " two words": "q=ann+tas", " a phone": "q=212+555",
        " an e-mail": "q=renzo.karen%40", " by name": "o=1", " by score": "o=-4",
    }  # fmt: skip
    for words, query in ways.items():
        for depth, where in ((0, "first"), (0.5, "middle"), (1, "last")):
            pages[f"queue{words}, {where} page"] = _at(QUEUE, query, depth)
    waiting = StagedRecord.objects.filter(status__in=StagedRecord.WAITING)
    ids = list(waiting.values_list("pk", flat=True))
    for words, query in {"": "", " matched": "kind=matched", " a search": "q=llp", " by name": "o=1"}.items():
        for depth, where in ((0, "first"), (0.5, "middle"), (1, "last")):
            filters = urlencode({"_changelist_filters": query})
            place = round(depth * (len(ids) - browser.times - 1))
            pages[f"desk{words}, {where} records"] = lambda n, p=place, f=filters: f"{QUEUE}{ids[p + n]}/change/?{f}"
    return pages


def _lists(browser: _Browser) -> dict[str, Callable[[int], str]]:
    lists = {
        "prospects": ("/admin/prospects/salesprospect/", {"": "", " search": "q=renzo+vas", " phone": "q=212+555",
                                                        " in GHL": "in_ghl=yes", " to push": "in_ghl=waiting"}),
        "contacts": ("/admin/prospects/contact/", {"": "", " search": "q=renzo+vas"}),
        "sales calls": ("/admin/calls/salescall/", {"": "", " search": "q=vaszil", " no transcript": "transcript=no"}),
        "client calls": ("/admin/calls/call/", {"": ""}),
        "decisions": ("/admin/imports/reviewdecision/", {"": "", " search": "q=vaszil", " new": "decision__exact=new"}),
        "batches": ("/admin/imports/importbatch/", {"": ""}),
    }  # fmt: skip
    pages: dict[str, Callable[[int], str]] = {"today": lambda n: "/admin/"}
    for name, (path, queries) in lists.items():
        for words, query in queries.items():
            for depth, where in ((0, "first"), (0.5, "middle"), (1, "last")):
                pages[f"{name}{words}, {where} page"] = _at(path, query, depth)
    return pages


def _somewhere(chance: random.Random, count: int, matched: bool) -> list[tuple[Any, Any]]:
    """Records to decide about, from anywhere in the queue, each with its first candidate."""
    from imports.models import StagedRecord

    status = "matched" if matched else "pending"
    rows = StagedRecord.objects.filter(status=status, batch__integration__location_id="deskLocation1")
    return chance.sample(list(rows.values_list("pk", "matched_prospect_id")), count)


if __name__ == "__main__":
    main()
