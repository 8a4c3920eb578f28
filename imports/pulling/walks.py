"""Walking through all contacts of a location, page by page, from wherever an earlier walk stopped.

Plain functions over a GHL client: no database. A walk's `cursor` is a JSON object that is stored with what came before
it; handed back, it makes the next walk go on there. Overlaps are allowed (what is staged is staged once), gaps are not.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from integrations.ghl.client import GHLClient
from integrations.ghl.errors import DailyAllowanceSpent, GHLError, PermanentGHLError
from integrations.ghl.paging import walk_is_over

logger = logging.getLogger(__name__)

Cursor = dict[str, Any]
Fetched = tuple[list[Any], list[Any] | None, int | None]  # records, cursor of what follows them, GHL's count of all

SEARCH, LIST = "search", "list"
IN_WORDS = {SEARCH: "the contact search", LIST: "the older contact list"}
SEARCH_PAGE = 500  # POST /contacts/search: the most it gives
LIST_PAGE = 100  # GET /contacts/: the most it gives
BY_NUMBER = "page"  # marks a cursor that is a page number


@dataclass(frozen=True, slots=True)
class Page:
    """Some records, as GHL sent them, and the cursor that goes on after them. `total`: how many GHL says there are."""

    items: Sequence[Any]
    cursor: Cursor
    total: int | None = None
    remarks: tuple[str, ...] = ()
    starts_over: bool = False  # another way of reading begins at the first record again
    asked: Sequence[str] = ()  # the contacts whose calls the page holds, when read contact by contact
    problems: dict[str, str] = field(default_factory=dict)  # contact id → why its calls could not be read


class CutShortError(PermanentGHLError):
    """GHL gives no further contacts, though it counts more than it gave."""

    happened = "GoHighLevel stopped before the last contact"


def contact_pages(client: GHLClient, cursor: Cursor) -> Iterator[Page]:
    """All contacts: by search, 500 to a page, or by the list, 100 to a page; either stands in when one is refused.

    It also stands in, once, when the first gave fewer contacts than there are. Raises the first way's error when both
    are refused.
    """
    way = cursor.get("way", SEARCH)
    try:
        yield from _walk_contacts(client, way, cursor)
    except DailyAllowanceSpent:
        raise
    except CutShortError as short:
        if cursor.get("stands_in"):
            yield _last_page(cursor, short)
        else:
            yield from _walk_by_stand_in(client, way, short)
    except PermanentGHLError as refusal:
        yield from _walk_by_stand_in(client, way, refusal)


def _walk_by_stand_in(client: GHLClient, refused: str, why: PermanentGHLError) -> Iterator[Page]:
    way = {SEARCH: LIST, LIST: SEARCH}[refused]
    logger.info("contacts by %s ended with %s, going on by %s", refused, type(why).__name__, way)
    cursor: Cursor = {"way": way, "stands_in": True}
    pages = _walk_contacts(client, way, cursor)
    try:
        first = next(pages)
    except DailyAllowanceSpent:
        raise
    except PermanentGHLError:
        if not isinstance(why, CutShortError):
            raise why from None  # both are refused: the usual way's reason is the one to act on
        yield _last_page(cursor, why)
        return
    yield replace(first, remarks=(f"Read through {IN_WORDS[way]}: {why}",), starts_over=True)
    try:
        yield from pages
    except CutShortError as short:
        yield _last_page(cursor, short)


def _last_page(cursor: Cursor, short: CutShortError) -> Page:
    """Neither way gave them all: that is said, and what did come is kept."""
    return Page((), {**cursor, "at_end": True}, remarks=(f"Some contacts may be missing: {short}",))


def _walk_contacts(client: GHLClient, way: str, cursor: Cursor) -> Iterator[Page]:
    fetch = _WAYS[way]
    state: Cursor = {**cursor, "way": way}
    known: set[str] = set()
    while not state.get("at_end"):
        items, after, total = fetch(client, state)
        new = _count_new(items, known)
        seen = state.get("seen", 0) + new
        over = walk_is_over(
            # Neither a short page nor one of nothing but known records says that the list is over or goes on: a
            # server may give fewer than it was asked for, or the same page for ever.
            returned=new,
            limit=None,
            seen=seen,
            total=_trusted(total, way, len(items)),
            cursor=after,
            previous_cursor=state.get("after"),
        )
        state = {
            **state,
            "after": after,
            "seen": seen,
            "total": total,
            "newest": max(_newest(items), state.get("newest", 0)),
            "at_end": over,
        }
        yield Page(items, state, total)
    yield from _to_the_last(client, state)


def _trusted(total: int | None, way: str, count: int) -> int | None:
    """The total as far as it may end a walk: an index may count no further than some round number, so that a search
    that gave a full page is asked for another one whatever it counts.
    """
    return None if way == SEARCH and count >= SEARCH_PAGE else total


def _to_the_last(client: GHLClient, state: Cursor) -> Iterator[Page]:
    """What the walk could not see yet: the list shows a contact at once, and the newest first.

    The search lags about 10 seconds behind, and leaves out for a moment what was just changed; the list's own walk
    began below the contacts that were made during it (dateAdded descending, measured over 5,453 contacts).
    Raises CutShortError when there are more contacts than came.
    """
    top: Cursor = {}
    seen, total = state.get("seen", 0), state.get("total")
    while True:
        try:
            items, after, counted = _list_page(client, top)
        except GHLError as problem:
            if state["way"] == LIST:
                raise
            logger.info("no second look for newcomers: %s", type(problem).__name__)
            break
        total = total if counted is None else counted
        fresh = [item for item in items if _added_ms(item) > state.get("newest", 0)]
        seen += len(fresh)
        if fresh:
            yield Page(fresh, state, total)
        if len(fresh) < len(items) or not items or after is None or after == top.get("after"):
            break
        top = {"after": after}
    if total is not None and seen < total:
        raise CutShortError(detail=f"it gave {seen:,} of the {total:,} that it counts")


# ---------------------------------------------------------------- one page


def _search_page(client: GHLClient, state: Cursor) -> Fetched:
    after = state.get("after") or [BY_NUMBER, 1]
    number = after[1] if after[0] == BY_NUMBER else None
    page = client.search_contacts_page(
        page_limit=SEARCH_PAGE,
        search_after=after if number is None else None,
        page=number,
        sort=[{"field": "dateAdded", "direction": "asc"}],  # newcomers come last, so that none is missed
    )
    following = page.cursor or _last_search_after(page.items)
    if following is None and number is not None:
        following = [BY_NUMBER, number + 1]  # records without a `searchAfter` of their own; GHL refuses beyond 10,000
    return page.items, following, page.total


def _last_search_after(items: Sequence[Any]) -> list[Any] | None:
    """The cursor of the last record that has one: what a damaged record after it hides comes again."""
    cursors = (item.get("searchAfter") for item in reversed(items) if isinstance(item, dict))
    return next((cursor for cursor in cursors if isinstance(cursor, list) and cursor), None)


def _list_page(client: GHLClient, state: Cursor) -> Fetched:
    page = client.contacts_page(limit=LIST_PAGE, start_after=state.get("after"))
    return page.items, page.cursor, page.total


_WAYS: dict[str, Callable[[GHLClient, Cursor], Fetched]] = {SEARCH: _search_page, LIST: _list_page}


# ---------------------------------------------------------------- one record


def _count_new(items: Sequence[Any], known: set[str]) -> int:
    """How many of these records the walk has not had on an earlier page; notes them all.

    What has no id is known by its content, but counts each time on a page, as it does in GHL's own count.
    """
    with_id = {item["id"] for item in items if _has_id(item)}
    without = [repr(item) for item in items if not _has_id(item)]
    new = len(with_id - known) + sum(text not in known for text in without)
    known.update(with_id, without)
    return new


def _has_id(item: Any) -> bool:
    return isinstance(item, dict) and isinstance(item.get("id"), str)


def _newest(items: Sequence[Any]) -> int:
    return max(map(_added_ms, items), default=0)


def _added_ms(item: Any) -> int:
    """When the contact was added, in epoch milliseconds; 0 when it does not say."""
    instant = parse_instant(item.get("dateAdded")) if isinstance(item, dict) else None
    return 0 if instant is None else round(instant.timestamp() * 1000)


def parse_instant(value: Any) -> datetime | None:
    """An ISO text or epoch milliseconds as an aware instant; None for anything else."""
    try:
        if isinstance(value, int | float) and not isinstance(value, bool):
            return datetime.fromtimestamp(value / 1000, UTC)
        instant = datetime.fromisoformat(value)
    except (TypeError, ValueError, OverflowError, OSError):
        return None
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)
