"""Memory that a long job gives back."""

import subprocess
import sys

HOLES = """
from pathlib import Path
from imports.steady_memory import return_large_blocks

def resident_mb():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 1e6

return_large_blocks()
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
