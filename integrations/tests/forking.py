"""Processes that do one piece of work each, brought forth at once: for tests and benchmarks that kill many of them."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


class Forking:
    """Makes processes at once: one process that has everything loaded runs `program`, and forks for each line."""

    def __init__(self, environment: Mapping[str, str], program: str, *arguments: str) -> None:
        module, _, function = program.partition(":")
        self._process = subprocess.Popen(
            [sys.executable, "-c", f"from {module} import {function}; {function}()", *arguments],
            cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, text=True,
        )  # fmt: skip

    def start(self, work: str) -> int:
        """Starts one more process that does this; its id."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(f"{work}\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())

    def close(self) -> None:
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait(30)
        assert self._process.stdout
        self._process.stdout.close()


def fork_for_each_line(do: Callable[[str], object]) -> None:
    """What the program does once it is ready: for each line it reads, one child that does so; it prints its id."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the children
    while work := sys.stdin.readline().strip():
        if (child := os.fork()) == 0:
            try:
                do(work)
            finally:
                os._exit(0)
        print(child, flush=True)  # noqa: T201


def is_alive(process_id: int) -> bool:
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    return True
