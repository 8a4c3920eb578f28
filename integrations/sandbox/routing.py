"""From method and path to an endpoint, and what every endpoint may rely on."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from integrations.sandbox.answers import Answer, Refusal, Request, unprocessable
from integrations.sandbox.clock import Clock
from integrations.sandbox.exports import ExportCursors
from integrations.sandbox.records import Contact, Message
from integrations.sandbox.store import Location

NO_ACCESS = "The token does not have access to this location."


@dataclass(frozen=True, slots=True)
class ApiCall:
    """A request whose token and version were accepted; ``granted`` are the locations that the token opens."""

    request: Request
    granted: Mapping[str, Location]
    all_locations: Mapping[str, Location]
    clock: Clock
    cursors: ExportCursors
    base_url: str

    def location(self, location_id: object) -> Location:
        """The named location. Raises Refusal: 422 without a name, 403 for another one than the token's."""
        if not location_id or not isinstance(location_id, str):
            raise unprocessable("locationId must be a string", "locationId should not be empty")
        if location_id not in self.granted:
            raise no_access()
        return self.granted[location_id]

    def queried_location(self) -> Location:
        return self.location(self.request.query.get("locationId"))

    def number(self, name: str, default: int, low: int, high: int) -> int:
        """A whole number of the query within its bounds. Raises Refusal (422)."""
        return bounded(name, self.request.query.get(name, default), low, high)

    def contact(self, contact_id: str) -> tuple[Location, Contact]:
        """The contact with its location. Raises Refusal: 400 when nobody has the id, 403 when it is elsewhere."""
        for location in self.all_locations.values():
            if contact_id in location.contacts:
                return self.location(location.id), location.contacts[contact_id]
        raise Refusal(400, f"Contact with id {contact_id} not found", error="Bad Request")

    def message(self, message_id: str) -> tuple[Location, Message]:
        """The message with its location. Raises Refusal as ``contact`` does."""
        for location in self.all_locations.values():
            if message_id in location.messages:
                return self.location(location.id), location.messages[message_id]
        raise Refusal(400, f"Message with id {message_id} not found", error="Bad Request")


def no_access() -> Refusal:
    return Refusal(403, NO_ACCESS, trace=False, error="Forbidden")


def bounded(name: str, value: Any, low: int, high: int) -> int:
    """``value`` as a whole number from ``low`` to ``high``. Raises Refusal (422) with the validator's words."""
    try:
        number = int(value)
    except (TypeError, ValueError, OverflowError):
        raise unprocessable(f"{name} must be a number") from None
    if number < low:
        raise unprocessable(f"{name} must not be less than {low}")
    if number > high:
        raise unprocessable(f"{name} must not be greater than {high}")
    return number


Endpoint = Callable[..., Answer]
Route = tuple[str, re.Pattern[str], Endpoint]


def route(method: str, pattern: str, endpoint: Endpoint) -> Route:
    """``{name}`` in the pattern stands for one path segment, which the endpoint gets as an argument."""
    return method, re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", pattern) + "/?"), endpoint


def dispatch(routes: list[Route], call: ApiCall) -> Answer:
    """The endpoint's answer, or the refusal's; 404 for a path that GHL does not have."""
    for method, pattern, endpoint in routes:
        match = pattern.fullmatch(call.request.path) if method == call.request.method else None
        if match:
            return endpoint(call, **match.groupdict())
    raise Refusal(404, f"Cannot {call.request.method} {call.request.path}", error="Not Found")
