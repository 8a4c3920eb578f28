"""A storm of deliveries while every part of the installation is killed (-9) and started again, more than once.

GHL behaves as its guide says of an app's deliveries: what is not answered with 2xx, or not at all, is sent again up to
12 times with growing waits, here of seconds instead of hours. A 429 is all that its older policy sends again, so an
answer of any other kind than 200, 401 and 429 counts as a fault. When all is sent, nobody helps: worker and beat
settle what is left.
"""

import heapq
import json
import random
import sys
import threading
import time
from collections import Counter
from typing import Any

from benchmarks.deliveries import PEOPLE, STRANGERS, Delivery, Signer, a_storm
from benchmarks.outages import Installation, Part, installation
from benchmarks.web_load import Connection, in_django, in_threads

SENDERS = 24
MOST_RETRIES = 12
FIRST_WAIT, LONGEST_WAIT = 0.25, 30.0  # seconds
KILLED = ("web", "worker", "beat", "broker", "database")
DOWN_FOR = (1.0, 5.0)  # seconds
LATER = 2.0  # seconds from the start of one part to that of the next
LONGEST_STANDSTILL = 300  # seconds in which nothing is settled


def run(total: int, rate: float, kills: int) -> int:
    ghl = Signer()
    with installation(GHL_APP_PUBLIC_KEYS=ghl.public_key) as own:
        try:
            return _run(own, ghl, total, rate, kills)
        except BaseException:
            for part in own.parts.values():
                print(f"── {part.name}\n{part.tail()}", file=sys.stderr)
            raise


def _run(own: Installation, ghl: Signer, total: int, rate: float, kills: int) -> int:
    own.start(*[name for name in ("database", "broker") if name in own.parts])
    path = json.loads(in_django("benchmarks.storm", "prepare", own.environment))["path"]
    own.start("web", "worker", "beat")
    deliveries = a_storm(total, total / rate, path=path, ghl=ghl)
    told = {each.tells for each in deliveries if each.tells}
    sending = Sending(own.port, deliveries)
    over = threading.Event()
    killer = threading.Thread(target=_kill_and_restart, args=(own, total / rate, kills, over))
    killer.start()
    began = time.monotonic()
    in_threads(SENDERS, lambda number: sending.run())
    sent_in = time.monotonic() - began
    over.set()
    killer.join()
    (own.folder / "told.json").write_text(json.dumps(sorted(told)))
    found = json.loads(in_django("benchmarks.storm", "settle_and_count", own.environment, str(own.folder)))
    return _verdict(own, sending, deliveries, found, sent_in, kills)


# ---------------------------------------------------------------- GHL


class Sending:
    """All deliveries, each sent when it is due, and again as GHL does; by several threads."""

    def __init__(self, port: int, deliveries: list[Delivery]) -> None:
        self._port, self._began = port, time.monotonic() + 0.5
        self._due = [(each.due, number, 0, each) for number, each in enumerate(deliveries)]
        self._under_way, self._lock, self._chance = 0, threading.Lock(), random.Random(11)
        self.answers: Counter[str] = Counter()

    def run(self) -> None:
        connection: Connection | None = None
        while (task := self._next()) is not None:
            if not task:
                time.sleep(0.02)
                continue
            _, number, attempt, delivery = task
            try:
                connection = connection or Connection(self._port)
                status = connection.post(delivery.path, delivery.body, dict(delivery.headers))
            except OSError:
                connection, status = None, 0
            self._note(number, attempt, delivery, status)

    def _next(self) -> Any:
        """The delivery whose turn it is; () while none is due, None when all are done."""
        with self._lock:
            if not self._due:
                return () if self._under_way else None
            if self._due[0][0] > time.monotonic() - self._began:
                return ()
            self._under_way += 1
            return heapq.heappop(self._due)

    def _note(self, number: int, attempt: int, delivery: Delivery, status: int) -> None:
        is_final = status == 200 or (status == 401 and not delivery.tells)
        with self._lock:
            self._under_way -= 1
            self.answers[str(status) if status else "no answer"] += 1
            if is_final:
                self.answers["forged accepted"] += status == 200 and not delivery.tells
                return
            if status == 401:
                self.answers["proven but refused"] += 1
            if attempt == MOST_RETRIES:
                self.answers["given up"] += 1
                return
            wait = min(FIRST_WAIT * 2**attempt, LONGEST_WAIT) * self._chance.uniform(0.5, 1.5)
            due = time.monotonic() - self._began + wait
            heapq.heappush(self._due, (due, number, attempt + 1, delivery))


# ---------------------------------------------------------------- who kills, and who starts again


def _kill_and_restart(own: Installation, seconds: float, kills: int, over: threading.Event) -> None:
    """Each part in turn, all at once in the end; whatever ends by itself is noted, and started again too."""
    chance = random.Random(13)
    parts = _to_kill(own)
    turns = [[part] for _ in range(kills - 1) for part in parts] + [parts]
    began = time.monotonic()
    for number, turn in enumerate(turns, start=1):
        due = began + number * seconds / (len(turns) + 1)
        if _watch(own, due - time.monotonic(), over):
            break
        print(f"killing {', '.join(part.name for part in turn)}", file=sys.stderr)
        for part in turn:
            part.kill()
        time.sleep(chance.uniform(*DOWN_FOR))
        for part in turn:  # all at once: in an order in which none finds what it needs, as after a power cut
            part.start()
            time.sleep(LATER if len(turn) > 1 else 0)
        for part in turn:
            part.wait_until_up()
    while not _watch(own, 1.0, over):
        pass


def _to_kill(own: Installation) -> list[Part]:
    return [own.parts[name] for name in KILLED if name in own.parts]


def _watch(own: Installation, seconds: float, over: threading.Event) -> bool:
    """Waits, and starts again what has ended by itself. True when the storm is over."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        for part in own.parts.values():
            if part.has_ended():
                print(f"{part.name} ended by itself\n{part.tail()}", file=sys.stderr)
                part.ended_by_itself += 1
                part.start()
        if over.wait(0.5):
            return True
    return over.is_set()


# ---------------------------------------------------------------- what is left of it


def _verdict(
    own: Installation, sending: Sending, deliveries: list[Delivery], found: dict[str, Any], sent_in: float, kills: int
) -> int:
    answers = sending.answers
    told = Counter(each.tells for each in deliveries if each.tells)
    forged = sum(not each.tells for each in deliveries)
    known = {"200", "401", "429", "no answer", "given up", "forged accepted", "proven but refused"}
    others = {answer: count for answer, count in answers.items() if answer not in known}
    calls = len(told) // 2
    wanted_of_people = sum(number % PEOPLE < PEOPLE - STRANGERS for number in range(calls))
    faults = {
        "lost": found["lost"],
        "doubled": found["doubled"],
        "forged accepted": answers["forged accepted"] + found["foreign"],
        "given up by the sender": answers["given up"],
        "proven but refused": answers["proven but refused"],
        "answers other than 200, 401, 429": sum(others.values()),
        "not settled": found["waiting"] + found["failed"],
        "calls missing or doubled": abs(calls - found["calls"]),
        "calls not as told": found["calls_not_as_told"],
        "dial attempts miscounted": abs(wanted_of_people - found["dial_attempts"]),
        "kills that were not made": sum(kills - part.kills for part in _to_kill(own)),
        "parts that ended by themselves": sum(part.ended_by_itself + part.has_ended() for part in own.parts.values()),
    }
    killed = ", ".join(f"{part.name} {part.kills}" for part in own.parts.values() if part.kills)
    rows: list[tuple[str, Any]] = [
        ("deliveries", f"{len(deliveries):,}: {len(told):,} of {calls:,} calls, "
                       f"{sum(told.values()) - len(told):,} repeats, {forged:,} forged"),
        ("sent again, not answered", f"{answers['no answer']:,}"),
        ("sent again, answered 429", f"{answers['429']:,}"),
        ("sent within", f"{sent_in:.0f} s"),
        ("killed (-9) and started again", killed),
        ("stored once each", f"{found['stored']:,} of {len(told):,}"),
        ("settled, after the last delivery", f"{found['settled_after']:.0f} s"),
        *faults.items(),
    ]  # fmt: skip
    for name, value in rows:
        print(f"{name:<36}{value}")
    for text in own.left_out:
        print(f"left out: {text}")
    if others:
        print(f"other answers: {others}")
    return int(any(faults.values()) or found["stored"] != len(told))


# ---------------------------------------------------------------- run in processes of their own


def prepare() -> None:
    """Makes the tables, a location and the people it calls; prints the path of its webhook."""
    import django

    django.setup()
    from django.core.management import call_command

    from benchmarks.deliveries import LOCATION
    from integrations.locations import save_location
    from prospects.models import SalesProspect

    call_command("migrate", verbosity=0)
    integration = save_location(location_id=LOCATION, integration_type="internal", name="Our own")
    SalesProspect.objects.bulk_create(
        SalesProspect(ghl_contact_id=f"person{number}", ghl_location_id=LOCATION, contact_last_name=f"Number {number}")
        for number in range(PEOPLE - STRANGERS)
    )
    print(json.dumps({"path": integration.webhook_path}))


def settle_and_count() -> None:
    """Waits until the workers have settled everything, then prints what lies in the portal."""
    import django

    django.setup()
    from pathlib import Path

    from django.db.models import Sum

    from calls.models import SalesCall
    from integrations.models import WebhookEvent
    from prospects.models import SalesProspect

    told = set(json.loads((Path(sys.argv[1]) / "told.json").read_text()))
    waiting, began = WebhookEvent.objects.filter(status="waiting"), time.monotonic()
    fewest, last_settled = waiting.count(), began
    while fewest and time.monotonic() - last_settled < LONGEST_STANDSTILL:
        time.sleep(1)
        if (now := waiting.count()) < fewest:
            fewest, last_settled = now, time.monotonic()
    settled_after = time.monotonic() - began
    stored = Counter(map(_what_it_tells, WebhookEvent.objects.values_list("payload", flat=True).iterator()))
    calls = SalesCall.objects
    as_told = calls.filter(
        call_status="completed", duration=37, disposition="Meeting Booked", disposition_source="bdr",
        direction="outbound",
    )  # fmt: skip
    print(json.dumps({
        "stored": sum(stored.values()), "lost": len(told - stored.keys()), "foreign": len(stored.keys() - told),
        "doubled": sum(count - 1 for count in stored.values()), "settled_after": settled_after,
        "waiting": waiting.count(), "failed": WebhookEvent.objects.filter(status="failed").count(),
        "calls": calls.count(), "calls_not_as_told": calls.count() - as_told.count(),
        "dial_attempts": SalesProspect.objects.aggregate(sum=Sum("dial_attempts"))["sum"],
    }))  # fmt: skip


def _what_it_tells(payload: dict[str, Any]) -> str:
    custom = payload.get("customData", {})
    message_id = payload.get("messageId") or custom.get("messageId")
    return f"{'chosen' if 'disposition' in custom else 'ended'} {message_id}"
