"""All calls of a location, by export or contact by contact: none missed, and always an end."""

from datetime import timedelta

import pytest

from imports.pulling import call_walks, walks
from imports.tests.pull_cast import CONVERSATIONS, EXPORT, client_of, raised
from integrations.ghl.errors import CredentialRejected, DailyAllowanceSpent, LocationForbidden, ServerFault

REFUSED = {"statusCode": 403, "message": "The token does not have access to this location."}


@pytest.fixture
def export(crowd):
    """Walks through the location's calls by export and tells what came, page by page."""

    def export(cursor=None, at_each_page=lambda page: None):
        pages = []
        for page in call_walks.exported_call_pages(client_of(crowd), cursor or {}):
            pages.append(page)
            at_each_page(page)
        return pages

    return export


@pytest.fixture
def by_contact(crowd):
    """Walks through the calls contact by contact, seven contacts to a page."""

    def by_contact(cursor=None, at_once=7, contact_ids=None):
        known = sorted(contact_ids or crowd.location.contacts)
        return list(
            call_walks.calls_contact_by_contact(
                client_of(crowd), cursor or {}, lambda last: [each for each in known if each > last][:at_once]
            )
        )

    return by_contact


def ids_in(pages):
    return {item["id"] for page in pages for item in page.items}


def refuse_conversations_of(ghl, contact_id, **fault):
    """Only this contact's conversations, which share their path with all others'."""
    bend = ghl.bend_request

    def bend_request(request):
        bend(request)
        if request.query.get("contactId") == contact_id:
            request.path = f"/conversations/of/{contact_id}"
            request.query["locationId"] = "elsewhere"

    ghl.bend_request = bend_request


# ---------------------------------------------------------------- by export


@pytest.mark.parametrize("cap", [10, 20, 100, 500])
def test_every_call_comes_once_however_few_a_page_holds(crowd, export, cap):
    crowd.gives_at_most(cap)
    items = [item["id"] for page in export() for item in page.items]
    assert sorted(items) == sorted(crowd.call_ids())


@pytest.mark.parametrize("total", [None, 20, "many", 100_000])
def test_the_export_goes_by_its_cursor_whatever_total_it_names(crowd, export, total):
    crowd.bend_answer = lambda path, body: body.update(total=total)
    assert ids_in(export()) == crowd.call_ids()


def test_an_export_goes_on_from_any_of_its_cursors(crowd, export):
    pages = export()
    for count in range(1, len(pages)):
        assert ids_in(pages[:count]) | ids_in(export(pages[count - 1].cursor)) == crowd.call_ids()


def test_a_resumed_export_reads_only_what_is_left_and_a_little_before(crowd, export):
    cursor = {"since": export()[-1].cursor["since"]}
    overlap_ms = call_walks.EXPORT_OVERLAP / timedelta(milliseconds=1)
    since = max(message.date_added for message in crowd.location.messages.values()) - overlap_ms
    again = ids_in(export(cursor))
    assert 0 < len(again) < 10
    assert all(crowd.location.messages[call_id].date_added >= since for call_id in again)


def test_an_export_that_came_to_its_end_is_not_read_again(crowd, export):
    assert export(export()[-1].cursor) == []


def test_a_cursor_that_died_meanwhile_does_not_end_the_export(crowd, export):
    pages = export(at_each_page=lambda page: crowd.clock.advance(150) if page.cursor["since"] else None)
    assert ids_in(pages) == crowd.call_ids()
    assert crowd.journal.statuses[400] > 2


def test_cursors_that_never_work_lead_to_pages_by_time(crowd, export):
    def forget_cursors(request):
        crowd.bend(request)
        if "cursor" in request.query:
            request.query["cursor"] = "unknown"

    crowd.bend, crowd.bend_request = crowd.bend_request, forget_cursors
    assert ids_in(export()) == crowd.call_ids()


def test_an_export_that_cannot_get_any_further_ends_with_the_reason(crowd, export, monkeypatch):
    """All calls within the overlap: beginning again would give the same page for ever."""
    monkeypatch.setattr(call_walks, "EXPORT_OVERLAP", timedelta(days=10_000))
    crowd.faults.add(EXPORT, status=400, body={"message": "Invalid or expired cursor"}, after=1, times=None)
    assert raised(export) is not None
    assert crowd.journal.total < 5


def test_an_export_whose_cursors_die_within_the_overlap_does_not_go_to_and_fro(crowd, export, monkeypatch):
    monkeypatch.setattr(call_walks, "EXPORT_OVERLAP", timedelta(days=10_000))
    lives, bend = iter([3, 2, *[1, 2] * 20]), crowd.bend_request
    left = [0]

    def die_sometime(request):
        bend(request)
        left[0] = left[0] - 1 if request.query.get("cursor") else next(lives)
        if left[0] == 0:
            request.query["cursor"] = "dead"

    crowd.bend_request = die_sometime
    assert raised(export) is not None
    assert crowd.journal.total < 10


def test_a_call_that_shows_late_is_found_when_an_export_is_resumed(crowd, export):
    pages = export()
    cursor = {"since": pages[1].cursor["since"]}
    seen_last = max(crowd.location.messages[call_id].date_added for call_id in ids_in(pages[:2]))
    somebody = next(iter(crowd.location.contacts))
    late = crowd.location.add_call(somebody, date_added=seen_last - 60_000)
    assert late.id in ids_in(export(cursor))


@pytest.mark.parametrize("status", [401, 403, 404, 422])
def test_an_export_that_is_refused_from_some_page_on_ends_with_the_reason(crowd, export, status):
    crowd.faults.add(EXPORT, status=status, after=2, times=None)
    error = raised(export)
    assert error is not None
    assert error.status == status
    assert crowd.journal.total < 10


def test_a_spent_allowance_ends_the_export_at_once(crowd, export):
    crowd.faults.add(EXPORT, status=429, headers={"X-RateLimit-Daily-Remaining": "0"}, after=2, times=None)
    assert isinstance(raised(export), DailyAllowanceSpent)
    assert crowd.journal.total == 3


@pytest.mark.parametrize("pages_given", [1, 2, 4])
def test_an_export_that_names_no_next_page_too_early_is_taken_up_again(crowd, export, pages_given):
    given = []

    def stop_early(path, body):
        if path == EXPORT and len(given) < 4:
            given.append(path)
            if len(given) == pages_given:
                body["nextCursor"] = None

    crowd.bend_answer = stop_early
    assert ids_in(export()) == crowd.call_ids()


def test_an_export_that_gives_one_page_for_ever_ends(crowd, export):
    first = []

    def repeat(path, body):
        first.append(body)
        body.update(first[0], nextCursor=f"cursor {len(first)}")

    crowd.bend_request = lambda request: request.query.update(limit="20", cursor="")
    crowd.bend_answer = repeat
    assert len(ids_in(export())) == 20
    assert crowd.journal.total < 8


def test_an_export_in_the_wrong_order_is_read_whole_and_begun_again_when_resumed(crowd, export):
    def newest_first(request):
        request.query.update(sortOrder="desc", limit="20")

    crowd.bend_request = newest_first
    pages = export()
    assert ids_in(pages) == crowd.call_ids()
    assert {page.cursor["since"] for page in pages} == {None}


@pytest.mark.parametrize("odd", [None, "text", {}, {"dateAdded": "never"}, {"dateAdded": 10**30}])
def test_odd_calls_do_not_end_an_export(crowd, export, odd):
    crowd.bend_answer = lambda path, body: body["messages"].insert(3, odd)
    ids = {item["id"] for page in export() for item in page.items if isinstance(item, dict) and item.get("id")}
    assert ids == crowd.call_ids()


# ---------------------------------------------------------------- contact by contact


def test_every_contacts_calls_come_and_nothing_but_calls(crowd, by_contact):
    somebody = next(iter(crowd.location.contacts))
    crowd.location.add_call(somebody, kind="TYPE_SMS", body="hello")
    assert ids_in(by_contact()) == crowd.call_ids()


def test_the_walk_by_contact_goes_on_from_any_of_its_cursors(crowd, by_contact):
    pages = by_contact()
    for count in range(1, len(pages)):
        rest = by_contact(pages[count - 1].cursor)
        assert ids_in(pages[:count]) | ids_in(rest) == crowd.call_ids()
        assert not ids_in(pages[:count]) & ids_in(rest)


def problems_of(pages):
    return {contact_id: problem for page in pages for contact_id, problem in page.problems.items()}


@pytest.mark.parametrize("place", [0, 30, -1])
def test_one_contact_that_is_refused_is_named_and_the_walk_goes_on(crowd, by_contact, place):
    refused = sorted(crowd.location.contacts)[place]
    refuse_conversations_of(crowd, refused)
    pages = by_contact()
    others = {each.id for each in crowd.location.messages.values() if each.is_call and each.contact_id != refused}
    assert problems_of(pages).keys() == {refused}
    assert ids_in(pages) == others


@pytest.mark.parametrize("status", [400, 401, 403, 404, 422, 500, 503])
def test_one_conversation_that_cannot_be_read_concerns_its_contact_only(crowd, by_contact, status):
    conversation = next(each for each in crowd.location.conversations.values() if each.messages)
    crowd.faults.add(f"/conversations/{conversation.id}/messages", status=status, times=None)
    pages = by_contact()
    assert problems_of(pages).keys() == {conversation.contact_id}
    assert f"status {status}" in problems_of(pages)[conversation.contact_id]


@pytest.mark.parametrize("status", [401, 403, 500])
def test_a_contact_that_is_asked_about_alone_is_told_from_everybody_by_an_earlier_one(crowd, by_contact, status):
    conversation = max(crowd.location.conversations.values(), key=lambda each: each.contact_id)
    crowd.faults.add(f"/conversations/{conversation.id}/messages", status=status, times=None)
    assert problems_of(by_contact(at_once=1)).keys() == {conversation.contact_id}


def test_trouble_with_two_contacts_in_a_row_is_not_trouble_with_everybody(crowd, by_contact, monkeypatch):
    """The one that is asked to see whether GHL answers at all is refused by itself."""
    monkeypatch.setattr(call_walks, "CALLS_IN_FLIGHT", 1)
    first, second = sorted(crowd.location.conversations.values(), key=lambda each: each.contact_id)[:2]
    crowd.faults.add(f"/conversations/{first.id}/messages", status=403, times=None)
    crowd.faults.add(f"/conversations/{second.id}/messages", status=404, times=None)
    pages = by_contact(contact_ids=[each.contact_id for each in crowd.location.conversations.values()])
    assert problems_of(pages).keys() == {first.contact_id, second.contact_id}


def test_a_contact_that_failed_for_a_moment_is_asked_again(crowd, by_contact):
    conversation = next(each for each in crowd.location.conversations.values() if each.messages)
    crowd.faults.add(f"/conversations/{conversation.id}/messages", status=500, times=5)
    pages = by_contact()
    assert not problems_of(pages)
    assert ids_in(pages) == crowd.call_ids()


@pytest.mark.parametrize(
    ("status", "error"), [(401, CredentialRejected), (403, LocationForbidden), (500, ServerFault), (502, ServerFault)]
)
@pytest.mark.parametrize("after", [0, 5, 40])
def test_what_concerns_everybody_ends_the_walk(crowd, by_contact, status, error, after):
    crowd.faults.add("/conversations/*", status=status, after=after, times=None)
    assert isinstance(raised(by_contact), error)


def test_trouble_with_everybody_is_noticed_without_asking_for_everybody(crowd, by_contact):
    crowd.faults.add("/conversations/*", status=500, times=None)
    assert isinstance(raised(lambda: by_contact(at_once=60)), ServerFault)
    assert crowd.journal.total <= 2 * 5 * call_walks.CALLS_IN_FLIGHT


def test_a_spent_allowance_ends_the_walk_by_contact(crowd, by_contact):
    crowd.faults.add(CONVERSATIONS, status=429, headers={"X-RateLimit-Daily-Remaining": "0"}, after=9, times=None)
    assert isinstance(raised(by_contact), DailyAllowanceSpent)


def test_a_location_without_contacts_has_no_calls_to_ask_for(ghl):
    assert list(call_walks.calls_contact_by_contact(client_of(ghl), {}, lambda last: [])) == []


@pytest.mark.parametrize("value", ["2026-01-02T03:04:05.000Z", "2026-01-02T03:04:05", 1767323045000, 1767323045000.0])
def test_instants_are_read_as_text_or_as_milliseconds(value):
    assert walks.parse_instant(value).isoformat() == "2026-01-02T03:04:05+00:00"


@pytest.mark.parametrize("value", [None, True, "", "soon", [], {}, 10**400, float("inf"), -(10**18)])
def test_what_is_no_instant_is_none(value):
    assert walks.parse_instant(value) is None
