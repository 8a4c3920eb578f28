"""Pages that are fetched while others are stored: in order, a few ahead, and an error where it happened."""

import threading

import pytest

from imports.pulling.prefetching import PAGES_AHEAD, Prefetched


def test_pages_come_in_their_order():
    assert list(Prefetched(iter(range(100)))) == list(range(100))


def test_an_error_comes_after_the_pages_before_it():
    def pages():
        yield 1
        raise ValueError("of the third page")

    pages_ahead = Prefetched(pages())
    assert next(pages_ahead) == 1
    with pytest.raises(ValueError, match="third page"):
        next(pages_ahead)


def test_no_more_than_a_few_pages_are_held():
    fetched, waiting = [], threading.Event()

    def pages():
        for number in range(100):
            fetched.append(number)
            if number == PAGES_AHEAD + 1:
                waiting.set()
            yield number

    pages_ahead = Prefetched(pages())
    next(pages_ahead)
    assert waiting.wait(10)
    assert len(fetched) == PAGES_AHEAD + 2  # one with the reader, one about to be handed over
    pages_ahead.close()


def test_the_thread_ends_when_the_reader_goes_away():
    threads = set(threading.enumerate())
    pages_ahead = Prefetched(iter(range(100)))
    next(pages_ahead)
    (thread,) = set(threading.enumerate()) - threads
    pages_ahead.close()
    thread.join(10)
    assert not thread.is_alive()


def test_whoever_does_not_wait_gets_what_is_there():
    fetched, may_go_on = threading.Event(), threading.Event()

    def pages():
        yield 1
        fetched.set()
        may_go_on.wait(10)
        yield 2

    with Prefetched(pages()) as ahead:
        assert fetched.wait(10)
        assert (list(ahead.ready()), list(ahead.ready())) == ([1], [])
        may_go_on.set()
        assert (next(ahead), next(ahead, "the end"), list(ahead.ready())) == (2, "the end", [])
        assert not ahead.has_failed


def test_an_error_is_left_to_whoever_waits():
    def pages():
        yield 1
        raise ValueError("of the second page")

    threads = set(threading.enumerate())
    with Prefetched(pages(), ahead=2) as ahead:
        for thread in set(threading.enumerate()) - threads:
            thread.join(10)
        assert list(ahead.ready()) == [1]
        assert ahead.has_failed
        with pytest.raises(ValueError, match="second page"):
            next(ahead)
