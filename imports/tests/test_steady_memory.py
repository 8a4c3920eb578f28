"""Memory that a long job gives back."""

import gc
import subprocess
import sys

import pytest

from imports.steady_memory import long_job

HOLES = """
from pathlib import Path
from imports.steady_memory import long_job

def resident_mb():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 1e6

with long_job():
    for size in range(1, 20):  # what raises the C library's own threshold: large blocks that come and go
        bytearray(size * 1_000_000)
    blocks = [bytearray(900_000) for _ in range(200)]
    full = resident_mb()
    del blocks[::2]
    print(full - resident_mb())
"""


def test_large_blocks_between_others_go_back_to_the_system():
    answer = subprocess.run([sys.executable, "-c", HOLES], capture_output=True, text=True, check=True)
    assert float(answer.stdout) > 80


def test_a_long_job_does_not_look_for_cycles_among_what_was_there():
    with long_job():
        assert gc.get_freeze_count() > 0


def test_however_a_long_job_ends_all_is_as_before():
    with pytest.raises(ZeroDivisionError), long_job():
        raise ZeroDivisionError
    assert gc.get_freeze_count() == 0
