"""Keeping the memory of a long job steady where the C library would let it grow."""

import ctypes
import logging

logger = logging.getLogger(__name__)

_M_MMAP_THRESHOLD = -3  # malloc.h of glibc
_LARGE = 128 * 1024  # bytes: glibc's own threshold at the start of a process


def return_large_blocks() -> None:
    """Has every large block of memory given back to the system as soon as it is free, for the rest of the process.

    glibc raises its threshold as large blocks come and go (mallopt(3), M_MMAP_THRESHOLD), and keeps what lies below it
    in heaps that answers of a megabyte or two tear to pieces: a pull of 50,000 contacts held 50 MB more at its end
    than one of 10,000. Elsewhere than on glibc nothing is done: other libraries have no such threshold.
    """
    try:
        ctypes.CDLL(None).mallopt(_M_MMAP_THRESHOLD, _LARGE)
    except (AttributeError, OSError, TypeError):
        logger.debug("this C library has no mallopt")
