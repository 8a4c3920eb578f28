"""Pages of records, and the one rule for when a walk through them is over."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Page:
    """Some records as GHL's JSON gave them, none of them looked at yet.

    `cursor` asks for what follows them, None when GHL gave none; hand it back as it is (it is plain JSON, so it can be
    stored). `total` is how many records GHL says there are in all, None when it does not say.
    """

    items: list[Any]
    cursor: Any = None
    total: int | None = None


def walk_is_over(
    *, returned: int, limit: int | None, seen: int, total: int | None, cursor: Any, previous_cursor: Any = None
) -> bool:
    """Whether the page just read was the last. Pure.

    `returned` is how many records the page had, `limit` how many were asked for (None where GHL itself says whether
    there is more), `seen` how many different records the walk has had so far, this page included; `cursor` came with
    this page, `previous_cursor` was sent to get it.

    Over when the page was empty, has no cursor, or repeats the one before it, or when everything was seen. GHL's list
    of contacts says "next page: 2" on every page and names a next page on the last one too (5,453 contacts walked), so
    none of that is asked. A page shorter than asked for ends the walk only if GHL does not say how many there are:
    a server may give fewer to a page than it was asked for. A total that has been exceeded is not believed: records
    were deleted meanwhile, or came twice, and one request too many is better than a record too few.
    """
    if returned == 0 or cursor is None or cursor == previous_cursor:
        return True
    if total is not None and seen <= total:
        return seen == total
    # No total, or one that is wrong by now, since more than that has been seen.
    return limit is not None and returned < limit


def count_in(value: Any) -> int | None:
    """A total, which may come as a number or as its digits; None for anything else."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 12:
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None
