"""Walking through all contacts and all calls of a location, page by page, from wherever an earlier walk stopped.

Plain functions over a GHL client: no database. A walk's `cursor` is a JSON object that is stored with what came before
it; handed back, it makes the next walk go on there. Overlaps are allowed (what is staged is staged once), gaps are not.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from integrations.ghl.client import GHLClient
from integrations.ghl.errors import CredentialRejected, DailyAllowanceSpent, LocationForbidden, PermanentGHLError
from integrations.ghl.paging import walk_is_over

logger = logging.getLogger(__name__)

Cursor = dict[str, Any]

SEARCH_PAGE = 500  # POST /contacts/search: the most it gives
LIST_PAGE = 100  # GET /contacts/: the most it gives
EXPORT_PAGE = 500  # GET /conversations/messages/export: the most it gives
BY_NUMBER = "page"  # marks a cursor that is a page number
SEARCH_BY_PAGE_NUMBER = 10_000  # records; beyond that GHL wants `searchAfter`
# A call may be exported before it ended, and clocks differ: a resumed export starts this much before where it stopped.
EXPORT_OVERLAP = timedelta(minutes=5)
CALLS_IN_FLIGHT = 6  # enough to use 10 requests a second at the usual 150 to 400 ms an answer


@dataclass(frozen=True, slots=True)
class Page:
    """Some records, as GHL sent them, and the cursor that goes on after them. `total`: how many GHL says there are."""

    items: Sequence[Any]
    cursor: Cursor
    total: int | None = None
    remarks: tuple[str, ...] = ()
    asked: Sequence[str] = ()  # the contacts whose calls the page holds, when read contact by contact
    problems: dict[str, str] = field(default_factory=dict)  # contact id → why its calls could not be read


# ---------------------------------------------------------------- contacts


def contact_pages(client: GHLClient, cursor: Cursor) -> Iterator[Page]:
    """All contacts: by search, 500 to a page, or by the list, 100 to a page; either stands in when one is refused.

    Raises the first way's error when both are refused.
    """
    way = cursor.get("way", "search")
    other = {"search": "list", "list": "search"}[way]
    try:
        yield from _walk_contacts(client, way, cursor)
    except PermanentGHLError as refusal:
        if isinstance(refusal, DailyAllowanceSpent) or cursor.get("way_is_a_stand_in"):
            raise
        logger.info("contacts by %s refused (%s), going on by %s", way, type(refusal).__name__, other)
        yield from _walk_by_stand_in(client, other, refusal)


def _walk_by_stand_in(client: GHLClient, way: str, refusal: PermanentGHLError) -> Iterator[Page]:
    pages = _walk_contacts(client, way, {"way_is_a_stand_in": True})
    try:
        first = next(pages, None)
    except PermanentGHLError:
        raise refusal from None  # both are refused: the usual way's reason is the one to act on
    if first is not None:
        words = {"search": "the contact search", "list": "the older contact list"}[way]
        yield Page(first.items, first.cursor, first.total, (f"Read through {words}, since GHL refused: {refusal}",))
        yield from pages


def _walk_contacts(client: GHLClient, way: str, cursor: Cursor) -> Iterator[Page]:
    fetch = {"search": _search_page, "list": _list_page}[way]
    limit = {"search": SEARCH_PAGE, "list": LIST_PAGE}[way]
    state: Cursor = {**cursor, "way": way}
    while not state.get("at_end"):
        items, after, total = fetch(client, state)
        seen = state.get("seen", 0) + len(items)
        over = walk_is_over(
            returned=len(items), limit=limit, seen=seen, total=total, cursor=after, previous_cursor=state.get("after")
        )
        state = {**state, "after": after, "seen": seen, "at_end": over}
        state.setdefault("newest", _newest_if_descending(items))
        yield Page(items, state, total)
    yield from _newcomers(client, fetch, state)


def _newcomers(client: GHLClient, fetch: Callable[..., Any], state: Cursor) -> Iterator[Page]:
    """Contacts made during a walk from new to old lie before its start: read the top again until it is known ground.

    GET /contacts/ is ordered by dateAdded, newest first (measured over 5,453 contacts).
    """
    newest = state.get("newest")
    top: Cursor = {}
    while newest is not None:
        items, after, total = fetch(client, top)
        fresh = [item for item in items if (_added_ms(item) or 0) > newest]
        if fresh:
            yield Page(fresh, state, total)
        if len(fresh) < len(items) or not items or after is None:
            return
        top = {"after": after}


def _search_page(client: GHLClient, state: Cursor) -> tuple[list[Any], list[Any] | None, int | None]:
    after = state.get("after")
    number = after[1] if after and after[0] == BY_NUMBER else 1
    page = client.search_contacts_page(
        page_limit=SEARCH_PAGE,
        search_after=after if after and after[0] != BY_NUMBER else None,
        page=number if not after or after[0] == BY_NUMBER else None,
        sort=[{"field": "dateAdded", "direction": "asc"}],  # newcomers come last, so that none is missed
    )
    following = page.cursor
    if following is None and number * SEARCH_PAGE < SEARCH_BY_PAGE_NUMBER:
        following = [BY_NUMBER, number + 1]  # records without a `searchAfter` of their own
    return page.items, following, page.total


def _list_page(client: GHLClient, state: Cursor) -> tuple[list[Any], list[Any] | None, int | None]:
    page = client.contacts_page(limit=LIST_PAGE, start_after=state.get("after"))
    return page.items, page.cursor, page.total


def _newest_if_descending(items: Sequence[Any]) -> int | None:
    added = [instant for instant in map(_added_ms, items) if instant is not None]
    return added[0] if len(added) > 1 and added[0] > added[-1] else None


def _added_ms(item: Any) -> int | None:
    instant = parse_instant(item.get("dateAdded")) if isinstance(item, dict) else None
    return None if instant is None else int(instant.timestamp() * 1000)


# ---------------------------------------------------------------- calls, by export


def exported_call_pages(client: GHLClient, cursor: Cursor) -> Iterator[Page]:
    """The whole location's calls, oldest first, 500 to a page.

    GHL's own cursor dies two minutes after its last use, so what is stored is the time of the last call seen.
    """
    state: Cursor = {"since": cursor.get("since"), "seen": 0}
    while True:
        try:
            yield from _walk_export(client, state)
        except PermanentGHLError as refusal:
            # A cursor that died while we were kept waiting: start again from the last call seen, if there is progress.
            if isinstance(refusal, DailyAllowanceSpent) or not state.get("progressed"):
                raise
            state.update(progressed=False)
            continue
        return


def _walk_export(client: GHLClient, state: Cursor) -> Iterator[Page]:
    since = parse_instant(state.get("since"))
    start = since - EXPORT_OVERLAP if since else None
    state["latest"] = None  # the overlap goes back in time once
    after: str | None = None
    seen = 0
    while True:
        page = client.export_calls_page(limit=EXPORT_PAGE, cursor=after, start=start)
        seen += len(page.items)
        over = walk_is_over(
            returned=len(page.items),
            limit=EXPORT_PAGE,
            seen=seen,
            total=page.total,
            cursor=page.cursor,
            previous_cursor=after,
        )
        _note_progress(state, page.items)
        yield Page(page.items, {"since": state["since"]}, page.total)
        if over:
            return
        after = page.cursor


def _note_progress(state: Cursor, items: Sequence[Any]) -> None:
    """Moves `since` forward, as long as the pages do come oldest first."""
    times = [instant for instant in (_placed_at(item) for item in items) if instant is not None]
    before = parse_instant(state.get("latest"))
    ordered = times == sorted(times) and (before is None or not times or times[0] >= before)
    if not ordered:
        state["in_order"] = False  # a resumed export then starts over rather than leave a gap
    if times:
        state["latest"] = times[-1].isoformat()
        state["since"] = state["latest"] if state.get("in_order", True) else None
    state["progressed"] = bool(items)


def _placed_at(item: Any) -> datetime | None:
    return parse_instant(item.get("dateAdded")) if isinstance(item, dict) else None


# ---------------------------------------------------------------- calls, contact by contact


def calls_contact_by_contact(
    client: GHLClient, cursor: Cursor, contact_ids_after: Callable[[str], list[str]]
) -> Iterator[Page]:
    """Each contact's conversations, then their messages: the documented way, two requests and more for a contact.

    `contact_ids_after` gives the next contact ids in their order. A contact whose calls GHL refuses to give is named
    in the page's `problems`; the walk goes on.
    """
    last = cursor.get("after_contact", "")
    with ThreadPoolExecutor(max_workers=CALLS_IN_FLIGHT, thread_name_prefix="calls") as pool:
        while contact_ids := contact_ids_after(last):
            answers = list(pool.map(lambda contact_id: _calls_of(client, contact_id), contact_ids))
            last = contact_ids[-1]
            problems = {
                contact_id: answer
                for contact_id, answer in zip(contact_ids, answers, strict=True)
                if isinstance(answer, str)
            }
            items = [item for answer in answers if not isinstance(answer, str) for item in answer]
            yield Page(items, {"after_contact": last}, asked=contact_ids, problems=problems)


def _calls_of(client: GHLClient, contact_id: str) -> list[Any] | str:
    try:
        return [
            message
            for conversation_id in client.conversation_ids_of(contact_id)
            for message in client.call_messages(conversation_id)
        ]
    except (DailyAllowanceSpent, CredentialRejected, LocationForbidden):
        raise
    except PermanentGHLError as problem:
        return str(problem)


def parse_instant(value: Any) -> datetime | None:
    """An ISO text or epoch milliseconds as an aware instant; None for anything else."""
    try:
        if isinstance(value, int | float) and not isinstance(value, bool):
            return datetime.fromtimestamp(value / 1000, UTC)
        instant = datetime.fromisoformat(value)
    except (TypeError, ValueError, OverflowError, OSError):
        return None
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)
