"""All calls of a location since an instant, oldest first, as GHL's export gives them. No database.

GHL's cursor dies two minutes after its last use, and a page may take us longer than that; an export may also name no
next page though it counts more calls than it gave. Either way the walk begins again just before the last call seen.
Each call is given once.
"""

from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from integrations.ghl.client import GHLClient
from integrations.ghl.errors import DailyAllowanceSpent, PermanentGHLError
from integrations.ghl.json_values import instant_of

PAGE = 500  # the most that the export gives
OVERLAP = timedelta(minutes=5)  # clocks differ, and calls of one moment may lie on two pages


@dataclass(frozen=True, slots=True)
class ExportPage:
    """Some calls, and the instant up to which all have come; None while the calls do not come in order."""

    items: Sequence[Any]
    complete_until: datetime | None


def exported_calls(client: GHLClient, since: datetime | None) -> Iterator[ExportPage]:
    """Pages of all calls since an instant, or of all that there are. Raises GHLError."""
    walk = _Walk(client)
    while True:
        walk.latest = None
        try:
            is_complete = yield from walk.from_(since)
        except DailyAllowanceSpent:
            raise
        except PermanentGHLError:
            if not walk.got_further_than(since):
                raise  # no cursor that died on the way: beginning again would end in the same place
            is_complete = False
        if is_complete or not walk.got_further_than(since):
            return
        since = walk.latest - OVERLAP if walk.latest else None


class _Walk:
    """What has been given so far, and how far in time that reaches."""

    def __init__(self, client: GHLClient) -> None:
        self.client = client
        self.given: set[str] = set()
        self.latest: datetime | None = None
        self.in_order = True

    def got_further_than(self, since: datetime | None) -> bool:
        return self.in_order and self.latest is not None and (since is None or self.latest - OVERLAP > since)

    def from_(self, since: datetime | None) -> Generator[ExportPage, None, bool]:
        """One walk to where the export ends. Returns whether it gave as many calls as it counts."""
        cursor: str | None = None
        seen: set[str] = set()
        while True:
            page = self.client.export_calls_page(limit=PAGE, cursor=cursor, start=since)
            found = {_key(item): item for item in page.items}
            has_news = not found.keys() <= seen
            seen |= found.keys()
            self._note_times(found.values())
            news = [item for key, item in found.items() if key not in self.given]
            self.given |= found.keys()
            yield ExportPage(news, self.latest if self.in_order else None)
            # Nothing but known calls guards against an export that never ends.
            if page.cursor is None or page.cursor == cursor or not has_news:
                return page.total is None or len(seen) >= page.total
            cursor = page.cursor

    def _note_times(self, items: Iterable[Any]) -> None:
        times = [instant for instant in map(_placed_at, items) if instant is not None]
        expected = [self.latest, *times] if self.latest else times
        self.in_order = self.in_order and expected == sorted(expected)
        self.latest = max(expected, default=None)


def _key(item: Any) -> str:
    message_id = item.get("id") if isinstance(item, dict) else None
    return message_id if isinstance(message_id, str) else repr(item)


def _placed_at(item: Any) -> datetime | None:
    return instant_of(item.get("dateAdded")) if isinstance(item, dict) else None
