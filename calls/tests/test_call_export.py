"""Walking through GHL's export of calls, when GHL is odd: every call once, always an end, no gap called whole."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from calls.call_export import OVERLAP, exported_calls
from integrations.ghl.errors import DailyAllowanceSpent, RequestRejected
from integrations.ghl.paging import Page

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)


class Export:
    """A GoHighLevel that answers with these pages, one after the other, and then with the last for ever."""

    def __init__(self, *answers: Page | Exception) -> None:
        self.answers = list(answers)
        self.starts: list[datetime | None] = []

    def export_calls_page(self, *, limit: int, cursor: Any, start: datetime | None) -> Page:
        self.starts.append(start)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


def page(*minutes: float, cursor: Any = None, total: int | None = None) -> Page:
    at = [(NOON + timedelta(minutes=minute)).isoformat() for minute in minutes]
    return Page(
        [{"id": f"m{minute}", "dateAdded": when} for minute, when in zip(minutes, at, strict=True)], cursor, total
    )


def walked(export: Any, since: datetime | None = None) -> tuple[list[str], list[float | None]]:
    """The calls that came, and for each page up to which minute all have come."""
    pages = list(exported_calls(export, since))
    untils = [each.complete_until for each in pages]
    minutes = [None if until is None else (until - NOON) / timedelta(minutes=1) for until in untils]
    return [item["id"] for each in pages for item in each.items], minutes


def test_pages_in_order_say_how_far_they_reach():
    assert walked(Export(page(0, 10, cursor="a"), page(20))) == (["m0", "m10", "m20"], [10, 20])


@pytest.mark.parametrize("pages", [[page(20, 10, cursor="a"), page(0)], [page(10, 20, cursor="a"), page(0, 30)]])
def test_calls_out_of_order_are_given_but_nothing_is_called_complete(pages):
    ids, untils = walked(Export(*pages))
    assert len(ids) == len(set(ids)) == sum(len(each.items) for each in pages)
    assert untils[-1] is None


def test_an_export_that_never_ends_is_left():
    same = [page(0, 10, cursor=f"c{number}") for number in range(5)]
    export = Export(*same)
    assert walked(export)[0] == ["m0", "m10"]
    assert len(export.starts) == 2


def test_a_cursor_that_repeats_ends_the_walk():
    assert walked(Export(page(0, cursor="a"), page(10, cursor="a"), page(20, cursor="a")))[0] == ["m0", "m10"]


def test_after_a_dead_cursor_it_goes_on_a_little_before_the_last_call():
    export = Export(page(0, 10, cursor="a"), RequestRejected("GET"), page(10, 20))
    assert walked(export)[0] == ["m0", "m10", "m20"]
    assert export.starts[-1] == NOON + timedelta(minutes=10) - OVERLAP


@pytest.mark.parametrize(
    "answers",
    [
        [RequestRejected("GET")],
        [page(10, 0, cursor="a"), RequestRejected("GET"), page(20)],  # there may be a gap
        [page(0, 10, cursor="a"), RequestRejected("GET")],
    ],
)
def test_a_refusal_that_beginning_again_cannot_mend_is_raised(answers):
    with pytest.raises(RequestRejected):
        walked(Export(*answers))


def test_a_spent_allowance_is_not_tried_again():
    export = Export(page(0, 10, cursor="a"), DailyAllowanceSpent("GET"), page(20))
    with pytest.raises(DailyAllowanceSpent):
        walked(export)
    assert len(export.starts) == 2


def test_an_export_that_counts_more_than_it_gave_is_asked_once_more():
    assert walked(Export(page(0, 10, total=3), page(10, 20, total=2)))[0] == ["m0", "m10", "m20"]


def test_a_total_that_nobody_can_reach_does_not_keep_it_going():
    assert walked(Export(page(0, 10, total=99)))[0] == ["m0", "m10"]


@pytest.mark.parametrize("odd", [None, "text", {}, {"id": 5}, {"dateAdded": "never"}])
def test_odd_records_are_handed_on_and_end_nothing(odd):
    pages = list(exported_calls(Export(Page([odd], "a"), page(10)), None))
    assert [item for each in pages for item in each.items][0] == odd
    assert len(pages) == 2
