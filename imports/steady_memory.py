"""Keeping the memory of a long job steady, and the time that goes into tidying it up short."""

import ctypes
import gc
import logging
from collections.abc import Iterator
from contextlib import contextmanager

logger = logging.getLogger(__name__)

_M_MMAP_THRESHOLD = -3  # malloc.h of glibc
_LARGE = 128 * 1024  # bytes: glibc's own threshold at the start of a process


@contextmanager
def long_job() -> Iterator[None]:
    """For a job that makes and forgets a great many objects.

    Python looks for cycles as often as the number of objects grows by a quarter, each time through all of them, the
    half million of the program itself among them: a tenth of a pull's time, in which hardly one was found. Those that
    are there already are passed over meanwhile (`gc.freeze`). As often as before: what a cycle holds is large here.
    """
    _return_large_blocks()
    gc.collect()  # else what was left lying about until now would be kept as well
    gc.freeze()
    try:
        yield
    finally:
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
