"""All contacts of a location, whatever GHL's pages look like: none missed, and always an end."""

import pytest

from imports.pulling import walks
from imports.tests.pull_cast import LIST, SEARCH, client_of, raised
from integrations.ghl.errors import CredentialRejected, DailyAllowanceSpent, GHLError, NotFound, RequestRejected


@pytest.fixture
def walk(ghl):
    """Walks through the location's contacts and tells what came: pages, ids and remarks."""

    def walk(cursor=None, at_each_page=lambda page: None):
        pages = []
        for page in walks.contact_pages(client_of(ghl), cursor or {}):
            pages.append(page)
            at_each_page(page)
        return pages

    return walk


def ids_in(pages):
    return {item["id"] for page in pages for item in page.items if isinstance(item, dict) and item.get("id")}


def remarks_of(pages):
    return " ".join(remark for page in pages for remark in page.remarks)


def filled(ghl, contacts, cap=500):
    ghl.populate(ghl.location.id, contacts=contacts, calls=0)
    ghl.gives_at_most(cap)
    return ghl.contact_ids()


@pytest.mark.parametrize("contacts", [0, 1, 20, 99, 100, 101, 260])
@pytest.mark.parametrize("refused", [None, SEARCH, LIST])
def test_every_contact_comes_once_by_search_or_by_list(ghl, walk, contacts, refused):
    wanted = filled(ghl, contacts, cap=100)
    if refused:
        ghl.faults.refuse(refused)
    items = [item["id"] for page in walk() for item in page.items]
    assert sorted(items) == sorted(wanted)


@pytest.mark.parametrize("status", [400, 403, 404, 405, 410, 422])
def test_a_refused_search_is_stood_in_for_by_the_list_and_the_remark_says_why(ghl, walk, status):
    wanted = filled(ghl, 30)
    ghl.faults.refuse(SEARCH, status=status)
    pages = walk()
    assert ids_in(pages) == wanted
    assert "Read through the older contact list" in remarks_of(pages)
    assert f"status {status}" in remarks_of(pages)


def test_when_both_ways_are_refused_the_reason_is_that_of_the_usual_one(ghl, walk):
    ghl.faults.refuse(SEARCH, status=422)
    ghl.faults.refuse(LIST, status=404)
    assert isinstance(raised(walk), RequestRejected)


def test_a_search_that_is_refused_on_its_way_is_begun_again_by_list(ghl, walk):
    wanted = filled(ghl, 90, cap=20)
    ghl.faults.add(SEARCH, status=403, after=2, times=None)
    pages = walk()
    assert ids_in(pages) == wanted
    assert [page.starts_over for page in pages].count(True) == 1


def test_a_list_that_is_refused_on_its_way_is_begun_again_by_search(ghl, walk):
    wanted = filled(ghl, 90, cap=20)
    ghl.faults.add(LIST, status=404, after=2, times=None)
    assert ids_in(walk({"way": "list"})) == wanted


def test_a_stand_in_that_is_refused_on_its_way_ends_the_walk(ghl, walk):
    filled(ghl, 90, cap=20)
    ghl.faults.refuse(SEARCH, status=422)
    ghl.faults.add(LIST, status=404, after=2, times=None)
    assert isinstance(raised(walk), NotFound)


def test_a_spent_allowance_is_no_reason_to_read_another_way(ghl, walk):
    filled(ghl, 30)
    spent = {"status": 429, "headers": {"X-RateLimit-Daily-Remaining": "0"}, "times": None}
    ghl.faults.add(SEARCH, **spent)
    assert isinstance(raised(walk), DailyAllowanceSpent)
    assert not ghl.journal.entries(LIST)
    ghl.faults.clear()
    ghl.faults.refuse(SEARCH)
    ghl.faults.add(LIST, **spent)
    assert isinstance(raised(walk), DailyAllowanceSpent)


def test_a_revoked_token_is_told_as_such(ghl, walk):
    ghl.revoke(ghl.token())
    assert isinstance(raised(walk), CredentialRejected)


@pytest.mark.parametrize("cap", [1, 7, 20, 100])
@pytest.mark.parametrize("way", ["search", "list"])
def test_servers_that_give_fewer_than_asked_for_are_read_to_the_end(ghl, walk, cap, way):
    wanted = filled(ghl, 45, cap=cap)
    assert ids_in(walk({"way": way})) == wanted


@pytest.mark.parametrize("way", ["search", "list"])
def test_a_server_that_names_no_total_is_read_to_the_end(ghl, walk, way):
    wanted = filled(ghl, 50, cap=20)

    def no_total(path, body):
        body.pop("total", None)
        body.get("meta", {}).pop("total", None)

    ghl.bend_answer = no_total
    assert ids_in(walk({"way": way})) == wanted


@pytest.mark.parametrize("way", ["search", "list"])
def test_pages_with_gaps_are_read_to_the_end(ghl, walk, way):
    wanted = filled(ghl, 120, cap=20)

    def every_other_page_is_short(path, body):
        if len(body.get("contacts", ())) == 20:
            hidden.update(contact["id"] for contact in body["contacts"][3:6])
            del body["contacts"][3:6]

    hidden = set()
    ghl.bend_answer = every_other_page_is_short
    assert ids_in(walk({"way": way})) >= wanted - hidden
    assert hidden


def test_a_total_that_stops_at_a_round_number_does_not_end_a_search(ghl, walk, monkeypatch):
    wanted = filled(ghl, 45)
    monkeypatch.setattr(walks, "SEARCH_PAGE", 10)
    ghl.faults.refuse(LIST)

    def counts_no_further_than_20(path, body):
        body["total"] = min(20, body.get("total", 0))

    ghl.bend_answer = counts_no_further_than_20
    assert ids_in(walk()) == wanted


def test_records_without_a_cursor_of_their_own_are_paged_by_number(ghl, walk):
    wanted = filled(ghl, 70, cap=20)
    ghl.bend_answer = lambda path, body: [contact.pop("searchAfter", None) for contact in body.get("contacts", ())]
    assert ids_in(walk()) == wanted


def test_beyond_what_page_numbers_reach_the_list_goes_on(ghl, walk):
    """GHL: page reaches 10,000 records, here the twentieth page of 20."""
    wanted = filled(ghl, 430, cap=20)
    ghl.bend_answer = lambda path, body: [contact.pop("searchAfter", None) for contact in body.get("contacts", ())]
    numbers = iter(range(1, 100))
    bend = ghl.bend_request

    def refuse_page_21(request):
        if request.path == SEARCH and next(numbers) == 21:
            ghl.faults.refuse(SEARCH, status=422)
        bend(request)

    ghl.bend_request = refuse_page_21
    assert ids_in(walk()) == wanted


@pytest.mark.parametrize("last", [None, "text", 7, {}, {"id": "x", "searchAfter": "no list"}])
def test_a_damaged_last_record_neither_ends_the_walk_nor_sends_it_round(ghl, walk, last):
    wanted = filled(ghl, 90, cap=20)

    def damage(path, body):
        if len(body.get("contacts", ())) == 20:
            body["contacts"][-1] = last

    ghl.bend_answer = damage
    pages = walk()
    assert ids_in(pages) - {"x"} == wanted
    assert not remarks_of(pages)
    assert ghl.journal.total < 30


@pytest.mark.parametrize("way", ["search", "list"])
def test_a_cursor_that_comes_again_ends_the_walk_and_the_other_way_is_tried(ghl, walk, way):
    wanted = filled(ghl, 90, cap=20)
    path = {"search": SEARCH, "list": LIST}[way]
    first = []

    def repeat(asked, body):
        if asked.rstrip("/") == path.rstrip("/") and "contacts" in body:
            first.append(body)
            body.update(first[0])

    ghl.bend_answer = repeat
    assert ids_in(walk({"way": way})) == wanted
    assert ghl.journal.total < 20


def test_a_server_that_goes_round_in_circles_ends_the_walk(ghl, walk):
    filled(ghl, 60, cap=20)
    given = []

    def in_circles(path, body):
        if "contacts" not in body:
            return
        given.append(body["contacts"] or given[len(given) % 3])
        body["contacts"] = given[-1]
        body.pop("total", None)
        body.pop("meta", None)

    ghl.bend_answer = in_circles
    assert ids_in(walk()) == ghl.contact_ids()
    assert ghl.journal.total < 20


@pytest.mark.parametrize("record", [None, "text", {"name": "No Id"}, {"id": 7}, {"id": "one"}])
def test_one_page_for_ever_ends_the_walk_whatever_is_on_it(ghl, walk, record):
    ghl.faults.add(SEARCH, status=200, body={"contacts": [record] * 3}, times=None)
    ghl.faults.refuse(LIST)
    assert [list(page.items) for page in walk()] == [[record] * 3] * 2


def test_a_search_that_ends_early_where_there_is_no_list_is_told(ghl, walk):
    filled(ghl, 60, cap=20)
    ghl.faults.refuse(LIST)

    def no_cursors(path, body):
        for contact in body.get("contacts", ()):
            del contact["searchAfter"]

    ghl.bend_answer = no_cursors
    ghl.faults.add(SEARCH, status=200, body={"contacts": [], "total": 60}, after=1, times=None)
    pages = walk()
    assert len(ids_in(pages)) == 20
    assert "it gave 20 of the 60" in remarks_of(pages)


def test_a_list_that_does_not_go_on_ends_the_look_for_newcomers(ghl, walk):
    filled(ghl, 60, cap=20)
    ghl.faults.add(SEARCH, status=200, body={"contacts": [], "total": 0}, times=None)
    bend = ghl.bend_request

    def ignore_the_cursor(request):
        bend(request)
        request.query.pop("startAfter", None)

    ghl.bend_request = ignore_the_cursor
    assert len(ids_in(walk())) == 20
    assert ghl.journal.total < 10


def test_when_neither_way_gives_all_a_remark_says_so_and_what_came_is_kept(ghl, walk):
    wanted = filled(ghl, 30)

    def promises_more(path, body):
        body["total"] = 40
        body.get("meta", {})["total"] = 40

    ghl.bend_answer = promises_more
    pages = walk()
    assert ids_in(pages) == wanted
    assert "Some contacts may be missing" in remarks_of(pages)
    assert "it gave 30 of the 40" in remarks_of(pages)
    assert pages[-1].cursor["at_end"] is True


def test_a_walk_cut_short_is_not_taken_for_a_whole_one_when_it_is_resumed(ghl, walk):
    """The process died after the last page that came, before the other way began."""
    wanted = filled(ghl, 60, cap=20)
    ghl.bend_answer = lambda path, body: body.get("meta", {}).update(startAfter=None)
    cursor = next(iter(walk({"way": "list"}))).cursor
    ghl.bend_answer = lambda path, body: None
    assert ids_in(walk(cursor)) == wanted


def test_a_last_page_that_names_a_next_page_is_the_last_all_the_same(ghl, walk):
    """GET /contacts/ says "next page: 2" on every page; the sandbox does, too."""
    filled(ghl, 40, cap=20)
    walk({"way": "list"})
    assert len(ghl.journal.entries(LIST)) == 3  # two pages, and a look for newcomers


def test_contacts_made_during_a_search_come_although_the_index_is_late(ghl, walk):
    wanted = filled(ghl, 60, cap=20)
    ghl.location.index.lag = 1000.0

    def somebody_new(page):
        if page.total == 60 and len(wanted) < 62:
            wanted.add(ghl.location.add_contact(first_name="Late").id)

    assert ids_in(walk(at_each_page=somebody_new)) == wanted
    assert len(wanted) == 62


def test_contacts_made_during_a_search_come_last_where_there_is_no_list(ghl, walk):
    wanted = filled(ghl, 60, cap=20)
    ghl.faults.refuse(LIST)

    def somebody_new(page):
        if len(wanted) < 62:
            wanted.add(ghl.location.add_contact(first_name="Late").id)

    assert ids_in(walk(at_each_page=somebody_new)) == wanted


def test_contacts_made_during_a_walk_by_list_come_although_they_lie_above_its_start(ghl, walk):
    wanted = filled(ghl, 60, cap=20)
    made = iter(range(25))  # more than a page of them

    def somebody_new(page):
        for _ in made:
            wanted.add(ghl.location.add_contact(first_name="Late", date_added=ghl.clock.now_ms() + len(wanted)).id)

    pages = walk({"way": "list"}, somebody_new)
    assert ids_in(pages) == wanted
    assert len(wanted) == 85
    assert not ghl.journal.entries(SEARCH)


def test_contacts_made_during_a_walk_are_looked_for_again_when_it_is_resumed_after_its_end(ghl, walk):
    filled(ghl, 20)
    cursor = walk({"way": "list"})[-1].cursor
    late = ghl.location.add_contact(first_name="Late")
    assert ids_in(walk(cursor)) == {late.id}


def test_a_contact_that_the_index_leaves_out_for_a_moment_is_read_by_the_list(ghl, walk):
    """After a change a search shows the old copy, then nothing, then the new one."""
    wanted = filled(ghl, 60, cap=20)
    ghl.location.index.lag = 1000.0
    oldest = min(wanted, key=lambda each: ghl.location.contacts[each].date_added)  # the newest are asked for again
    ghl.location.change_contact(oldest, first_name="Changed")
    ghl.clock.advance(700)
    pages = walk()
    assert ids_in(pages) == wanted
    assert "it gave 59 of the 60" in remarks_of(pages)


def test_contacts_deleted_during_a_walk_do_not_hide_others(ghl, walk):
    wanted = filled(ghl, 100, cap=20)
    doomed = iter(sorted(wanted, key=lambda each: ghl.location.contacts[each].date_added)[:12])

    def somebody_goes(page):
        for contact_id in [next(doomed, None) for _ in range(4)]:
            if contact_id:
                ghl.location.remove_contact(contact_id)

    assert ids_in(walk(at_each_page=somebody_goes)) >= ghl.contact_ids()


@pytest.mark.parametrize("way", ["search", "list"])
def test_a_walk_goes_on_from_any_of_its_cursors(ghl, walk, way):
    wanted = filled(ghl, 100, cap=20)
    pages = walk({"way": way})
    for count in range(1, len(pages) + 1):
        ghl.journal.clear()
        before = ids_in(pages[:count])
        after = walk(pages[count - 1].cursor)
        assert before | ids_in(after) == wanted
        assert not before & ids_in(after)


def test_the_stand_in_goes_on_as_such(ghl, walk):
    wanted = filled(ghl, 60, cap=20)
    ghl.faults.refuse(SEARCH)
    pages = walk()
    ghl.journal.clear()
    assert ids_in(pages[:1]) | ids_in(walk(pages[0].cursor)) == wanted
    assert not ghl.journal.entries(SEARCH)


def test_a_broken_second_look_at_the_list_does_not_stop_a_pull_by_search(ghl, walk):
    wanted = filled(ghl, 20)
    ghl.faults.add(LIST, status=500, times=None)
    assert ids_in(walk()) == wanted


@pytest.mark.parametrize("fault", ["html", "truncated", "malformed", "close"])
def test_an_answer_that_stays_unreadable_ends_the_walk_with_words(ghl, walk, fault):
    filled(ghl, 20)
    ghl.faults.add(SEARCH, kind=fault, times=None)
    error = raised(walk)
    assert isinstance(error, GHLError)
    assert "POST /contacts/search" in str(error)
