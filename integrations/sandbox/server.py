"""A GoHighLevel to develop against: the endpoints that the portal uses, with their real quirks, on loopback.

Plain Python, neither Django nor a database::

    with Sandbox({"loc1": "pit-token"}, contacts=300, index_lag=0) as sandbox:
        requests.get(f"{sandbox.url}/contacts/?locationId=loc1", headers=...)
"""

import threading
import time
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self

from integrations.sandbox import contact_endpoints, conversation_endpoints
from integrations.sandbox.answers import Answer, Refusal, Request
from integrations.sandbox.clock import Clock
from integrations.sandbox.exports import ExportCursors
from integrations.sandbox.faults import AFTER_THE_WORK, Fault, Faults
from integrations.sandbox.journal import Entry, Journal
from integrations.sandbox.loading import read_contacts
from integrations.sandbox.population import DAY_MS, add_calls, populate
from integrations.sandbox.rate import REQUESTS_PER_DAY, REQUESTS_PER_INTERVAL, Allowance
from integrations.sandbox.records import stable_id
from integrations.sandbox.routing import ApiCall, dispatch
from integrations.sandbox.store import Location
from integrations.sandbox.wire import SandboxHTTPServer

VERSIONS = ("v3", "2023-02-21", "2021-07-28", "2021-04-15")
ROUTES = contact_endpoints.ROUTES + conversation_endpoints.ROUTES
Tokens = Mapping[str, str | Sequence[str]]


def sandbox_token(location_id: str) -> str:
    """The token that the sandbox gives a location when none is named. It opens nothing but a sandbox."""
    return f"pit-sandbox-{stable_id('token', location_id)}"


class Sandbox:
    """A server on a loopback port, from ``start`` (or ``with``) to ``stop``.

    ``locations`` maps location ids to a token or several; ``data`` is a folder with a contacts.json, whose locations
    are served too. ``contacts`` and ``calls`` are made up for each location that ``data`` does not fill, the n-th
    from ``seed + n``; ``calls`` None means 1.2 for each made-up contact. ``rate_limit`` None turns limits off,
    ``other_users`` is what other apps take of every window, ``latency`` delays every answer by that many seconds.
    What happens can be watched in ``journal``, and changed through ``location``/``locations``, ``faults``, ``clock``.
    """

    def __init__(
        self,
        locations: Tokens | None = None,
        *,
        contacts: int = 0,
        calls: int | None = None,
        seed: int = 1,
        data: Path | str | None = None,
        port: int = 0,
        rate_limit: int | None = REQUESTS_PER_INTERVAL,
        daily_limit: int = REQUESTS_PER_DAY,
        other_users: int = 0,
        index_lag: float = 10.0,
        allow_duplicates: bool = False,
        latency: float = 0.0,
        clock: Clock | None = None,
    ) -> None:
        self.clock = clock or Clock()
        self.faults = Faults()
        self.journal = Journal()
        self.latency = latency
        self.locations: dict[str, Location] = {}
        self.tokens: dict[str, set[str]] = {}  # token → ids of the locations that it opens
        self._cursors = ExportCursors(self.clock)
        self._allowances: dict[str, Allowance] = {}
        self._new_allowance = partial(
            Allowance, self.clock, limit=rate_limit, daily_limit=daily_limit, other_users=other_users
        )
        self._new_location = partial(Location, clock=self.clock, index_lag=index_lag, allow_duplicates=allow_duplicates)
        self._port = port
        self._stopping = threading.Event()
        self._server: SandboxHTTPServer | None = None
        fallback = {} if data else {"sandboxLocation00001": sandbox_token("sandboxLocation00001")}
        for location_id, tokens in (fallback if locations is None else locations).items():
            self.add_location(location_id, *([tokens] if isinstance(tokens, str) else tokens))
        self._fill(Path(data) if data else None, contacts, calls, seed)

    def _fill(self, data: Path | None, contacts: int, calls: int | None, seed: int) -> None:
        filled = self._load(data, calls, seed) if data else set()
        for number, location_id in enumerate(self.locations):
            if contacts and location_id not in filled:
                self.populate(location_id, contacts=contacts, calls=calls, seed=seed + number)

    def _load(self, data: Path, calls: int | None, seed: int) -> set[str]:
        fields, found = read_contacts(data)
        for location_id, contacts in found.items():
            location = self.locations.get(location_id) or self.add_location(location_id, sandbox_token(location_id))
            location.custom_fields = fields
            location.load(contacts)
            add_calls(location, seed=seed, calls=calls or 0, until_ms=self._midnight_ms())
        return set(found)

    def populate(self, location_id: str, *, contacts: int, calls: int | None = None, seed: int = 1) -> None:
        """Makes up people and calls for a location. The same seed on the same day gives the same records."""
        location = self.locations[location_id]
        populate(location, seed=seed, contacts=contacts, calls=calls, until_ms=self._midnight_ms())

    def _midnight_ms(self) -> int:
        return int(self.clock.now() // 86_400) * DAY_MS

    # ------------------------------------------------------------ the cast

    def add_location(self, location_id: str, *tokens: str) -> Location:
        """One more location and what opens it. A token may open several locations, and a location have several."""
        location = self._new_location(location_id)
        self.locations[location_id] = location
        self._allowances[location_id] = self._new_allowance()
        for token in tokens:
            self.tokens.setdefault(token, set()).add(location_id)
        return location

    @property
    def location(self) -> Location:
        """The first location, for the many tests that have only one."""
        return next(iter(self.locations.values()))

    def token(self, location_id: str | None = None) -> str:
        """A token of the location, or of the first one. Raises StopIteration when it has been revoked."""
        wanted = location_id or self.location.id
        return next(token for token, opened in self.tokens.items() if wanted in opened)

    def revoke(self, token: str) -> None:
        """From now on the token is answered 401."""
        self.tokens.pop(token, None)

    def allowance(self, location_id: str | None = None) -> Allowance:
        """The location's rate window; ``rejected`` counts its 429 answers."""
        return self._allowances[location_id or self.location.id]

    # ------------------------------------------------------------ the server

    @property
    def url(self) -> str:
        """Where the sandbox answers, without a slash at the end. Raises RuntimeError when it was not started."""
        if self._server is None:
            raise RuntimeError("The sandbox is not running: call start() or use it in a with statement.")
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def start(self) -> Self:
        """Serves from a thread. Raises OSError when the port is taken."""
        self._stopping.clear()
        self._server = SandboxHTTPServer(self._port, self)
        self._server.begin()
        return self

    def stop(self) -> None:
        """Ends every connection; what hangs is let go at once."""
        if self._server is None:
            return
        self._stopping.set()
        self._server.end()
        self._server = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    # ------------------------------------------------------------ one request

    def answer(self, request: Request) -> Answer:
        """The answer to a request, noted in the journal."""
        began, started = self.clock.now(), time.perf_counter()
        if self.latency:
            self._stopping.wait(self.latency)
        location_id, answer = self._handle(request)
        kept = request.body if request.method != "GET" else b""
        status = 0 if answer.silent else answer.status
        self.journal.note(
            Entry(
                began,
                request.method,
                request.path,
                request.query,
                status,
                location_id,
                time.perf_counter() - started,
                kept,
            )
        )
        return answer

    def _handle(self, request: Request) -> tuple[str | None, Answer]:
        try:
            opened = self._authenticate(request)
        except Refusal as refusal:
            return None, refusal.answer()
        asked = request.query.get("locationId")
        location_id = asked if asked in opened else min(opened)
        verdict = self._allowances[location_id].admit()
        answer = self._admitted(request, opened) if verdict.admitted else too_many_requests()
        answer.headers = {**verdict.headers(), **answer.headers}
        return location_id, answer

    def _authenticate(self, request: Request) -> set[str]:
        """The ids that the token opens. Raises Refusal (401) for the token, then for the Version header."""
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        opened = self.tokens.get(token)
        if not opened:
            raise Refusal(401, "Invalid token: access token is invalid", trace=False, error="Unauthorized")
        version = request.headers.get("version")
        if version not in VERSIONS:
            message = "version header is invalid" if version else "version header was not found."
            raise Refusal(401, message, trace=False)
        return opened

    def _admitted(self, request: Request, opened: set[str]) -> Answer:
        fault = self.faults.due(request)
        if fault is None:
            return self._work(request, opened)
        if fault.kind in AFTER_THE_WORK:
            return fault.spoil(self._work(request, opened))
        return self._commit(fault)

    def _commit(self, fault: Fault) -> Answer:
        if fault.kind == "hang":
            self._stopping.wait(fault.seconds)
        return fault.answer()

    def _work(self, request: Request, opened: set[str]) -> Answer:
        granted = {location_id: self.locations[location_id] for location_id in opened}
        call = ApiCall(request, granted, self.locations, self.clock, self._cursors, self.url)
        try:
            return dispatch(ROUTES, call)
        except Refusal as refusal:
            return refusal.answer()


def too_many_requests() -> Answer:
    """429. The body is not documented; neither a reset header nor Retry-After comes with it."""
    return Refusal(429, "Too Many Requests", trace=False).answer()
