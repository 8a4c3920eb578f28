"""Runs several programs together: all of them or none, with their words in log files, and nothing left behind."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

SECONDS_TO_END = 10.0
LOOK_AGAIN_SECONDS = 0.1
LAST_LINES = 15
ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
PARENT_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG in Linux's <sys/prctl.h>


class ProgramEndedError(Exception):
    """A program that should run for good has ended; the text says which, and its last words."""


class NotReadyError(Exception):
    """A program runs but does not do what it was waited for."""


@dataclass(frozen=True, slots=True)
class Program:
    name: str
    process: subprocess.Popen[bytes]
    log: Path

    @property
    def last_words(self) -> str:
        lines = self.log.read_text(errors="replace").splitlines()[-LAST_LINES:]
        return "\n".join(f"    {line}" for line in lines) or "    (it said nothing)"


class Supervisor:
    """Starts programs, watches them, and stops them with everything that they have started.

    Each starts in `folder`, with what `environment` holds at that moment, and writes to its own file in `logs`.
    """

    def __init__(self, folder: Path, logs: Path, environment: Mapping[str, str]) -> None:
        self._folder = folder
        self._logs = logs
        self._environment = environment
        self._programs: list[Program] = []

    def start(self, name: str, *command: str) -> Program:
        """Starts a program in a process group of its own, so that its children can be stopped with it."""
        log = self._logs / f"{name}.log"
        with log.open("wb") as file:
            process = subprocess.Popen(
                command,
                cwd=self._folder,
                env=dict(self._environment),
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=_end_with_parent(),  # noqa: PLW1509  we have no threads
            )
        program = Program(name, process, log)
        self._programs.append(program)
        return program

    def check(self) -> None:
        """Raises ProgramEndedError when one of the programs is no longer running."""
        for program in self._programs:
            status = program.process.poll()
            if status is not None:
                how = f"was killed by signal {-status}" if status < 0 else f"ended with status {status}"
                raise ProgramEndedError(
                    f"“{program.name}” {how}. Its last words ({program.log}):\n{program.last_words}"
                )

    def watch(self) -> None:
        """Waits until a program ends; raises ProgramEndedError then."""
        while True:
            self.check()
            time.sleep(LOOK_AGAIN_SECONDS)

    def wait_until(self, ready: Callable[[], bool], what: str, seconds: float) -> None:
        """Waits for something that the programs should bring about. Raises NotReadyError when it takes too long."""
        until = time.monotonic() + seconds
        while not ready():
            self.check()
            if time.monotonic() > until:
                raise NotReadyError(f"{what} is not ready after {seconds:.0f} seconds. See the logs in {self._logs}.")
            time.sleep(LOOK_AGAIN_SECONDS)

    def stop(self) -> None:
        """Stops all programs, the last one first: asks, waits, then kills whatever is left of each one's group.

        A second Ctrl-C meanwhile kills at once.
        """
        patience = [SECONDS_TO_END]
        handlers = {number: signal.signal(number, lambda *_: patience.__setitem__(0, 0.0)) for number in ENDING}
        for program in reversed(self._programs):
            _signal_group(program, signal.SIGTERM)
            asked = time.monotonic()
            while program.process.poll() is None and time.monotonic() - asked < patience[0]:
                time.sleep(0.05)
            _signal_group(program, signal.SIGKILL)
            program.process.wait()
        self._programs.clear()
        for number, handler in handlers.items():
            signal.signal(number, handler)


def _signal_group(program: Program, number: signal.Signals) -> None:
    try:
        os.killpg(program.process.pid, number)
    except ProcessLookupError:
        return  # nothing of it is left
    except PermissionError:
        return  # macOS says so of a group that has only ended members


def _end_with_parent() -> Callable[[], None] | None:
    """What a child does first, so that it ends even when the supervisor is killed without a chance to stop it."""
    if not sys.platform.startswith("linux"):
        return None
    prctl = ctypes.CDLL(None).prctl
    return lambda: prctl(PARENT_DEATH_SIGNAL, signal.SIGTERM)
