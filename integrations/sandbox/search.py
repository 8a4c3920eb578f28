"""The index behind POST /contacts/search: late by some seconds, filtered, sorted, paged by page or cursor."""

import heapq
import itertools
import threading
from bisect import bisect_right
from collections.abc import Callable, Iterable
from typing import Any

from integrations.sandbox.answers import unprocessable
from integrations.sandbox.clock import Clock, parse_iso
from integrations.sandbox.records import Contact

Key = tuple[Any, ...]
FIELDS = {
    "id": "id", "firstName": "first_name", "lastName": "last_name", "firstNameLowerCase": "first_name",
    "lastNameLowerCase": "last_name", "email": "email", "phone": "phone", "companyName": "company_name",
    "tags": "tags", "source": "source", "type": "type", "assignedTo": "assigned_to", "city": "city",
    "state": "state", "country": "country", "dnd": "dnd", "dateAdded": "date_added", "dateUpdated": "date_updated",
}  # fmt: skip
DATES = ("dateAdded", "dateUpdated")
DEFAULT_SORT = ({"field": "dateAdded", "direction": "desc"},)


class SearchIndex:
    """What searches see. After a write: the old copy, then nothing, then the new one (observed 2026-10-06)."""

    def __init__(self, clock: Clock, lag: float) -> None:
        self.lag = lag
        self._clock = clock
        self._seen: dict[str, Contact] = {}
        self._coming: list[tuple[float, int, str, Contact | None]] = []
        self._order = itertools.count()
        self._lock = threading.RLock()
        self._version = 0
        self._last: tuple[Any, list[tuple[Key, Contact]]] | None = None

    def put_now(self, contact: Contact) -> None:
        """For records that were there long before the sandbox started."""
        self._seen[contact.id] = contact
        self._version += 1

    def put(self, contact: Contact) -> None:
        """The contact was created or changed just now."""
        if self.lag:
            self._schedule(self.lag / 2, contact.id, None)
        self._schedule(self.lag, contact.id, contact)

    def remove(self, contact_id: str) -> None:
        """The contact was deleted just now."""
        self._schedule(self.lag, contact_id, None)

    def _schedule(self, delay: float, contact_id: str, contact: Contact | None) -> None:
        with self._lock:
            heapq.heappush(self._coming, (self._clock.now() + delay, next(self._order), contact_id, contact))

    def _settle(self) -> None:
        now = self._clock.now()
        while self._coming and self._coming[0][0] <= now:
            *_, contact_id, contact = heapq.heappop(self._coming)
            if contact:
                self._seen[contact_id] = contact
            else:
                self._seen.pop(contact_id, None)
            self._version += 1

    def holder(self, value: str | None) -> Contact | None:
        """The oldest contact that searches see with this e-mail address (any case) or phone number."""
        if not value:
            return None
        with self._lock:
            self._settle()
            wanted = value.lower()
            found = (each for each in self._seen.values() if wanted in (each.phone, (each.email or "").lower()))
            return min(found, key=lambda each: (each.date_added, each.id), default=None)

    def find(self, body: dict[str, Any]) -> list[tuple[Key, Contact]]:
        """All hits of a search, sorted, each with its sort key. Raises Refusal (422) for what GHL would not accept."""
        with self._lock:
            self._settle()
            question = (self._version, repr(body.get("filters")), repr(body.get("sort")), body.get("query"))
            if self._last and self._last[0] == question:
                return self._last[1]
            accepts = _joined(body.get("filters") or [])
            query = _query(body.get("query"))
            key = _sort_key(body.get("sort") or DEFAULT_SORT)
            hits = [(key(each), each) for each in self._seen.values() if accepts(each) and query(each)]
            hits.sort(key=lambda hit: hit[0])
            self._last = (question, hits)
            return hits


def hits_after(hits: list[tuple[Key, Contact]], search_after: object, sort: Any) -> int:
    """Where the page after this ``searchAfter`` begins, also when the contact it came from has gone."""
    sort = sort or DEFAULT_SORT
    if not isinstance(search_after, list) or len(search_after) != len(sort) + 1:
        raise unprocessable("searchAfter must be the array that the last contact of the page before carries")
    parts = [_directed(value, rule) for value, rule in zip(search_after, sort, strict=False)]
    try:
        return bisect_right(hits, (*parts, search_after[-1]), key=lambda hit: hit[0])
    except TypeError:
        raise unprocessable("searchAfter does not fit the sort") from None


def search_after_of(contact: Contact, sort: Any) -> list[Any]:
    """The cursor that a contact carries: its sort values and its id."""
    return [*(_sort_value(contact, rule["field"]) for rule in sort or DEFAULT_SORT), contact.id]


def text_query(text: str) -> Callable[[Contact], bool]:
    """Whether a contact has the text in its name, e-mail, phone or firm."""
    wanted = text.lower()

    def accepts(contact: Contact) -> bool:
        parts = (contact.full_name, contact.email, contact.phone, contact.company_name)
        return any(wanted in part.lower() for part in parts if part)

    return accepts


def _query(text: object) -> Callable[[Contact], bool]:
    if text is None or text == "":
        return lambda contact: True
    if not isinstance(text, str) or len(text) > 75:
        raise unprocessable("query must be shorter than or equal to 75 characters")
    return text_query(text)


def _sort_value(contact: Contact, field: str) -> Any:
    value = getattr(contact, FIELDS[field])
    return value if isinstance(value, int) else str(value or "").lower()


def _directed(value: Any, rule: dict[str, Any]) -> Any:
    """A value that sorts in the rule's direction when sorted ascending."""
    if rule.get("direction", "asc") == "asc":
        return value
    if isinstance(value, int):
        return -value
    return (*(-ord(letter) for letter in str(value)), 1)  # the 1 puts "ab" before "a"


def _sort_key(sort: Any) -> Callable[[Contact], Key]:
    if not isinstance(sort, (list, tuple)) or len(sort) > 2:
        raise unprocessable("sort must contain no more than 2 elements")
    for rule in sort:
        fits = isinstance(rule, dict) and _is_field(rule.get("field"))
        if not fits or rule.get("direction", "asc") not in ("asc", "desc"):
            raise unprocessable("each value in sort must name a known field and a direction of asc or desc")

    def key(contact: Contact) -> Key:
        return (*(_directed(_sort_value(contact, rule["field"]), rule) for rule in sort), contact.id)

    return key


def _joined(filters: Any, combine: Callable[[Iterable[bool]], bool] = all) -> Callable[[Contact], bool]:
    if not isinstance(filters, list):
        raise unprocessable("filters must be an array")
    tests = [_test(rule) for rule in filters]
    return lambda contact: combine(test(contact) for test in tests)


def _test(rule: Any) -> Callable[[Contact], bool]:
    if not isinstance(rule, dict):
        raise unprocessable("each value in filters must be an object")
    if "group" in rule:
        return _joined(rule.get("filters") or [], any if str(rule["group"]).upper() == "OR" else all)
    read = _reader(rule.get("field"))
    if rule.get("operator") == "range":
        return _range(read, rule)
    return _comparison(read, rule)


def _is_field(field: object) -> bool:
    return isinstance(field, str) and field in FIELDS


def _reader(field: Any) -> Callable[[Contact], Any]:
    if isinstance(field, str) and field.startswith("customFields."):
        field_id = field.removeprefix("customFields.")
        return lambda contact: dict(contact.custom_fields).get(field_id)
    if not _is_field(field):
        raise unprocessable(f"Invalid field {field}")
    name = FIELDS[field]
    return lambda contact: getattr(contact, name)


def _range(read: Callable[[Contact], Any], rule: dict[str, Any]) -> Callable[[Contact], bool]:
    value = rule.get("value")
    if (
        rule["field"] not in DATES
        or not isinstance(value, dict)
        or not value
        or value.keys() - {"gte", "lte", "gt", "lt"}
    ):
        raise unprocessable("Invalid value for the range operator")
    try:
        bounds = {name: parse_iso(str(text)) for name, text in value.items()}
    except ValueError:
        raise unprocessable("Invalid date in the range") from None
    low = max(bounds.get("gte", 0), bounds.get("gt", -1) + 1)
    high = min(bounds.get("lte", 10**15), bounds.get("lt", 10**15) - 1)
    return lambda contact: low <= read(contact) <= high


def _comparison(read: Callable[[Contact], Any], rule: dict[str, Any]) -> Callable[[Contact], bool]:
    operator, value = rule.get("operator"), rule.get("value")
    wanted = [_folded(each) for each in (value if isinstance(value, list) else [value])]
    if operator in ("eq", "not_eq"):
        return lambda contact: any(each in wanted for each in _values(read(contact))) is (operator == "eq")
    if operator in ("contains", "not_contains"):
        return lambda contact: (
            any(str(want) in str(each) for each in _values(read(contact)) for want in wanted)
            is (operator == "contains")
        )
    if operator in ("exists", "not_exists"):
        return lambda contact: bool(read(contact)) is (operator == "exists")
    raise unprocessable("Invalid Operator")


def _folded(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value


def _values(value: Any) -> list[Any]:
    return [_folded(each) for each in (value if isinstance(value, (list, tuple)) else [value])]
