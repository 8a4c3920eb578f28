"""Who plays in the tests of pushes: people to push, a GoHighLevel that can hold its answers, processes to kill."""

import threading
import time
from collections.abc import Callable
from typing import Any

from conftest import LOCATION_ID, TOKEN
from integrations.models import GHLIntegration, SyncRun
from integrations.sandbox.answers import Answer, Request
from integrations.sandbox.journal import Entry
from integrations.sandbox.records import Contact
from integrations.sandbox.server import Sandbox
from integrations.tests.installation import Database, Installation
from prospects.models import OutboundPerson, SalesCampaign, SalesProspect
from prospects.outbound import runs, where
from prospects.outbound.eligibility import people_of

CREATE = "/contacts/"
LAG = 1.0  # seconds that the searches of the tests' GoHighLevel are behind
KNOWN_AFTER = 1.3  # seconds after which the portal takes them to show everything
GIVEN = ["Ada", "Ben", "Cleo", "Dov", "Ema", "Finn", "Gia", "Hugo", "Ida", "Jon"]


class HoldingGHL(Sandbox):
    """A GoHighLevel that does what it is asked, but may hold its answers to creates, or updates, till told to `let_go`.

    `arrived` is set when it has done such a request.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__({LOCATION_ID: TOKEN}, **{"rate_limit": None, "index_lag": LAG, **options})
        self.arrived = threading.Event()
        self._may_answer = threading.Event()
        self._may_answer.set()
        self._held = "POST"

    def hold(self, method: str = "POST") -> None:
        self._held = method
        self.arrived.clear()
        self._may_answer.clear()

    def let_go(self) -> None:
        self._may_answer.set()

    def stop(self) -> None:
        self.let_go()
        super().stop()

    def _work(self, request: Request, opened: set[str]) -> Answer:
        answer = super()._work(request, opened)
        is_held = request.path == CREATE if self._held == "POST" else request.path.startswith(CREATE)
        if request.method == self._held and is_held:
            self.arrived.set()
            self._may_answer.wait(30)
        return answer

    def creates(self) -> int:
        """How many requests to create somebody were done. One that a kill cut in half is refused."""
        return sum(entry.status in (0, 201) for entry in self.journal.entries(CREATE, "POST"))


def prospect(number: int = 1, **columns: Any) -> SalesProspect:
    """Somebody who can be pushed, each number somebody else."""
    return SalesProspect.objects.create(**{**columns_of(number), **columns})


def columns_of(number: int) -> dict[str, str]:
    return {
        "firm_name": f"Firm {number}",
        "contact_first_name": GIVEN[number % len(GIVEN)],
        "contact_last_name": f"Surname{'abcdefghij'[number // 10 % 10]}{'abcdefghij'[number // 100 % 10]}",
        "contact_email": email_of(number),
        "contact_phone": f"+1617555{number:04d}",
    }


def email_of(number: int) -> str:
    return f"person{number}@firm{number}.example"


def as_contact(number: int) -> Contact:
    """The same person as a record that `Database.add_prospects` takes."""
    columns = columns_of(number)
    return Contact(
        id=f"person{number}", location_id=LOCATION_ID, date_added=0, date_updated=0,
        first_name=columns["contact_first_name"], last_name=columns["contact_last_name"],
        email=columns["contact_email"], phone=columns["contact_phone"], company_name=columns["firm_name"],
    )  # fmt: skip


def pushed(integration: GHLIntegration, **options: Any) -> SyncRun:
    """A new push, worked on to its end."""
    return runs.work_on(runs.start(integration, **options).pk)


def creates(ghl: Sandbox) -> list[Entry]:
    """The requests to create somebody."""
    return ghl.journal.entries(CREATE, "POST")


def fault(ghl: Sandbox, kind: str = "status", times: int | None = 1, **about: Any) -> None:
    """The next requests to create somebody fail like this."""
    ghl.faults.add("/contacts", method="POST", kind=kind, times=times, **about)


def the_contact(ghl: Sandbox) -> Contact:
    """The only one there is."""
    (contact,) = ghl.location.contacts.values()
    return contact


def standing_of(integration: GHLIntegration, campaign: SalesCampaign | None = None) -> where.Standing:
    return where.standing_of(people_of(integration, campaign.pk if campaign else None))


def row_of(person: Any) -> OutboundPerson:
    return OutboundPerson.objects.get(prospect=person)


def until(holds: Callable[[], Any], seconds: float = 60.0) -> None:
    """Waits until something holds; fails when it takes too long."""
    give_up_at = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < give_up_at, "it did not come about"
        time.sleep(0.01)


# ---------------------------------------------------------------- real processes


def installation_of(database: Database, ghl: Sandbox) -> Installation:
    return Installation(database, ghl.url, GHL_SEARCH_LAG_SECONDS=str(KNOWN_AFTER), GHL_TIMEOUT_SECONDS="5")


def forget_the_pace(installation: Installation) -> None:
    """As if nothing had been sent lately: the allowance has tests of its own, and these would wait for it."""
    for path in installation.runtime.glob("pace-*"):
        path.unlink(missing_ok=True)


def what_is_wrong(database: Database, ghl: Sandbox, count: int) -> list[str]:
    """What GHL and the portal have against being exactly right: nothing, when everybody is there once and linked."""
    people = database.rows("SELECT contact_email, ghl_contact_id, ghl_location_id FROM sales_prospects")
    contacts = ghl.location.contacts
    wrong = [] if len(people) == count else [f"{len(people)} people instead of {count}"]
    if len(contacts) != count:
        wrong.append(f"{len(contacts)} contacts instead of {count}")
    held = [contact.email for contact in contacts.values()]
    wrong += [f"{email} twice in GHL" for email in {email for email in held if held.count(email) > 1}]
    for person in people:
        contact = contacts.get(person["ghl_contact_id"] or "")
        if contact is None or contact.email != person["contact_email"]:
            wrong.append(f"{person['contact_email']} is linked to {contact}")
    return wrong
