"""Keeping the memory of a long job steady, and the time that goes into tidying it up short."""

import ctypes
import gc
import logging
from collections.abc import Iterator
from contextlib import contextmanager

logger = logging.getLogger(__name__)

_M_MMAP_THRESHOLD = -3  # malloc.h of glibc
_LARGE = 128 * 1024  # bytes: glibc's own threshold at the start of a process
_OBJECTS_AT_ONCE = 20_000  # made between two looks for cycles; Python's own 700 are some ten contacts


@contextmanager
def long_job() -> Iterator[None]:
    """For a job that makes and forgets a great many objects.

    Python looks for cycles as often as the number of objects grows by a quarter, each time through all of them, the
    half million of the program itself among them: an eighth of a pull's time, in which hardly one was found. Meanwhile
    those that are there already are passed over (`gc.freeze`), and cycles are looked for less often.
    """
    _return_large_blocks()
    usual = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(_OBJECTS_AT_ONCE, *usual[1:])
    try:
        yield
    finally:
        gc.set_threshold(*usual)
        gc.unfreeze()


def _return_large_blocks() -> None:
    """Has every large block of memory given back to the system as soon as it is free, for the rest of the process.

    glibc raises its threshold as large blocks come and go (mallopt(3), M_MMAP_THRESHOLD), and keeps what lies below it
    in heaps that answers of a megabyte or two tear to pieces: a pull of 50,000 contacts held 50 MB more at its end
    than one of 10,000. Elsewhere than on glibc nothing is done: other libraries have no such threshold.
    """
    try:
        ctypes.CDLL(None).mallopt(_M_MMAP_THRESHOLD, _LARGE)
    except (AttributeError, OSError, TypeError):
        logger.debug("this C library has no mallopt")
