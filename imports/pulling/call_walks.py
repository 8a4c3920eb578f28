"""Walking through all calls of a location: by GHL's export, or contact by contact. As in `walks`: no database."""

import logging
import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

from imports.pulling.walks import Cursor, Page, parse_instant
from integrations.ghl.client import GHLClient
from integrations.ghl.errors import (
    CredentialRejected,
    DailyAllowanceSpent,
    GHLError,
    LocationForbidden,
    PermanentGHLError,
    TransientGHLError,
)
from integrations.ghl.paging import walk_is_over

logger = logging.getLogger(__name__)

EXPORT_PAGE = 500  # GET /conversations/messages/export: the most it gives
# A call may be exported before it ended, and clocks differ: a resumed export starts this much before where it stopped.
EXPORT_OVERLAP = timedelta(minutes=5)
CALLS_IN_FLIGHT = 6  # enough to use 10 requests a second at the usual 150 to 400 ms an answer


# ---------------------------------------------------------------- by export


def exported_call_pages(client: GHLClient, cursor: Cursor) -> Iterator[Page]:
    """The whole location's calls, oldest first, 500 to a page.

    GHL's own cursor dies two minutes after its last use, so what is stored is the time of the last call seen.
    """
    state: Cursor = {"since": cursor.get("since")}
    at_end = cursor.get("at_end", False)
    while not at_end:
        began_at = state["since"]
        try:
            at_end = yield from _walk_export(client, state)
        except DailyAllowanceSpent:
            raise
        except PermanentGHLError:
            # A cursor that died while we were kept waiting: start again at the last call seen, if that is any further.
            if state["since"] in (None, began_at):
                raise


def _walk_export(client: GHLClient, state: Cursor) -> Generator[Page, None, bool]:
    """One walk to where the export ends. Returns whether there are no more calls: GHL counts no more than it gave, or
    has been asked for them once again.
    """
    began_at = state["since"]
    since = parse_instant(began_at)
    start = since - EXPORT_OVERLAP if since else None
    state["latest"] = None  # the overlap goes back in time once
    after: str | None = None
    ids: set[str] = set()
    while True:
        page = client.export_calls_page(limit=EXPORT_PAGE, cursor=after, start=start)
        before = len(ids)
        ids.update(_key_of(item) for item in page.items)
        # `nextCursor` is what ends an export; a page of nothing but known calls guards against one that never ends.
        over = walk_is_over(
            returned=len(ids) - before,
            limit=None,
            seen=len(ids),
            total=None,
            cursor=page.cursor,
            previous_cursor=after,
        )
        _note_progress(state, page.items)
        is_complete = page.total is None or len(ids) >= page.total
        at_end = over and (is_complete or state["since"] in (None, began_at))
        yield Page(page.items, {"since": state["since"], "at_end": at_end}, page.total)
        if over:
            return at_end
        after = page.cursor


def _key_of(item: Any) -> str:
    message_id = item.get("id") if isinstance(item, dict) else None
    return message_id if isinstance(message_id, str) else repr(item)


def _note_progress(state: Cursor, items: Sequence[Any]) -> None:
    """Moves `since` forward, as long as the pages do come oldest first."""
    times = [instant for instant in map(_placed_at, items) if instant is not None]
    before = parse_instant(state["latest"])
    ordered = times == sorted(times) and (before is None or not times or times[0] >= before)
    if not ordered:
        state["in_order"] = False  # a resumed export then starts over rather than leave a gap
    if not state.get("in_order", True):
        state["since"] = None
    elif times:
        state["latest"] = times[-1].isoformat()
        known = parse_instant(state["since"])
        state["since"] = max(times[-1], known or times[-1]).isoformat()


def _placed_at(item: Any) -> datetime | None:
    return parse_instant(item.get("dateAdded")) if isinstance(item, dict) else None


# ---------------------------------------------------------------- contact by contact


def calls_contact_by_contact(
    client: GHLClient, cursor: Cursor, contact_ids_after: Callable[[str], list[str]]
) -> Iterator[Page]:
    """Each contact's conversations, then their messages: the documented way, two requests and more for a contact.

    `contact_ids_after` gives the next contact ids in their order. A contact whose calls GHL does not give, while it
    gives those of others, is named in the page's `problems`; the walk goes on.
    """
    last = cursor.get("after_contact", "")
    with ThreadPoolExecutor(max_workers=CALLS_IN_FLIGHT, thread_name_prefix="calls") as pool:
        asking = _Asking(client, pool)
        while contact_ids := contact_ids_after(last):
            answers = asking.calls_of_each(contact_ids)
            problems = {each: str(answer) for each, answer in answers.items() if isinstance(answer, GHLError)}
            items = [item for answer in answers.values() if isinstance(answer, list) for item in answer]
            last = contact_ids[-1]
            yield Page(items, {"after_contact": last}, asked=contact_ids, problems=problems)


Answer = list[Any] | GHLError | None  # None: not asked


class _Asking:
    """Asks for the calls of many contacts, and tells trouble with one of them from trouble with all."""

    def __init__(self, client: GHLClient, pool: ThreadPoolExecutor) -> None:
        self._client = client
        self._pool = pool
        self._answered = ""  # a contact that GHL gave the calls of
        self._trouble = threading.Event()

    def calls_of_each(self, contact_ids: Sequence[str]) -> dict[str, Answer]:
        """Each contact's calls, or why GHL does not give them. Raises that error when it concerns everybody."""
        self._trouble.clear()
        answers = self._ask(self._unless_trouble, contact_ids)
        if self._trouble.is_set():
            self._see_whether_anybody_is_answered(answers)
            again = [each for each, answer in answers.items() if answer is None or _may_concern_everybody(answer)]
            logger.info("%d contacts are asked for their calls again", len(again))
            answers |= self._ask(self._calls_of, again)
        self._answered = next((each for each in answers if isinstance(answers[each], list)), self._answered)
        return answers

    def _ask(self, ask: Callable[[str], Answer], contact_ids: Sequence[str]) -> dict[str, Answer]:
        return dict(zip(contact_ids, self._pool.map(ask, contact_ids), strict=True))

    def _see_whether_anybody_is_answered(self, answers: dict[str, Answer]) -> None:
        others = [each for each, answer in answers.items() if isinstance(answer, list)]
        others += [self._answered] if self._answered else []
        others += [each for each, answer in answers.items() if answer is None]
        failed = next(answer for answer in answers.values() if _may_concern_everybody(answer))
        probe = self._calls_of(others[0]) if others else failed
        if isinstance(probe, GHLError) and _may_concern_everybody(probe):
            raise probe

    def _unless_trouble(self, contact_id: str) -> Answer:
        """So that GHL being down is noticed after one contact's patience rather than that of all."""
        if self._trouble.is_set():
            return None
        answer = self._calls_of(contact_id)
        if _may_concern_everybody(answer):
            self._trouble.set()
        return answer

    def _calls_of(self, contact_id: str) -> list[Any] | GHLError:
        try:
            return [
                message
                for conversation_id in self._client.conversation_ids_of(contact_id)
                for message in self._client.call_messages(conversation_id)
            ]
        except DailyAllowanceSpent:
            raise
        except GHLError as problem:
            return problem


def _may_concern_everybody(answer: Answer) -> bool:
    return isinstance(answer, TransientGHLError | CredentialRejected | LocationForbidden)
