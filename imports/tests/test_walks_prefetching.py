"""Pages that are fetched while others are stored: in order, a few ahead, and an error where it happened."""

import threading

import pytest

from imports.prefetching import PAGES_AHEAD, prefetched


def test_pages_come_in_their_order():
    assert list(prefetched(iter(range(100)))) == list(range(100))


def test_an_error_comes_after_the_pages_before_it():
    def pages():
        yield 1
        raise ValueError("of the third page")

    pages_ahead = prefetched(pages())
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

    pages_ahead = prefetched(pages())
    next(pages_ahead)
    assert waiting.wait(10)
    assert len(fetched) == PAGES_AHEAD + 2  # one with the reader, one about to be handed over
    pages_ahead.close()


def test_the_thread_ends_when_the_reader_goes_away():
    threads = set(threading.enumerate())
    pages_ahead = prefetched(iter(range(100)))
    next(pages_ahead)
    (thread,) = set(threading.enumerate()) - threads
    pages_ahead.close()
    thread.join(10)
    assert not thread.is_alive()
