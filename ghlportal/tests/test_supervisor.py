"""The supervisor behind scripts/demo: what it starts it stops, and what ends by itself is named."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"
FOR_GOOD = "import time; time.sleep(600)"
UNWILLING = """
import signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
with open(sys.argv[1], "w") as fifo:
    print("here", file=fifo, flush=True)
    time.sleep(20)
    print("survived", file=fifo)
"""
WITH_A_CHILD = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {UNWILLING!r}, sys.argv[1]])"


@pytest.fixture
def module(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(SCRIPTS))
    import supervisor

    return supervisor


@pytest.fixture
def supervisor(module: Any, tmp_path: Path) -> Iterator[Any]:
    made = module.Supervisor(tmp_path, tmp_path, {"PATH": os.environ["PATH"]})
    yield made
    made.stop()


def test_what_it_stops_takes_its_own_children_along_even_unwilling_ones(supervisor: Any, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    supervisor.start("parent", sys.executable, "-c", WITH_A_CHILD, str(tmp_path / "fifo"))
    with (tmp_path / "fifo").open() as child:
        assert child.readline() == "here\n"
        supervisor.stop()
        assert child.read() == ""  # its end: the child is gone


def test_a_program_that_ends_is_named_with_its_last_words(module: Any, supervisor: Any) -> None:
    supervisor.start("other", sys.executable, "-c", FOR_GOOD)
    supervisor.start("worker", sys.executable, "-c", "import sys; print('no room left'); sys.exit(3)")
    with pytest.raises(module.ProgramEndedError, match=r"(?s)“worker” ended with status 3.*no room left"):
        supervisor.watch()


def test_what_never_gets_ready_is_said(module: Any, supervisor: Any) -> None:
    supervisor.start("web", sys.executable, "-c", FOR_GOOD)
    with pytest.raises(module.NotReadyError, match="The web server is not ready"):
        supervisor.wait_until(lambda: False, "The web server", 0)


def test_each_program_starts_with_nothing_but_the_given_environment(
    supervisor: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://elsewhere/real")
    program = supervisor.start("env", sys.executable, "-c", "import os; print('DATABASE_URL' in os.environ)")
    assert program.process.wait(30) == 0
    assert program.log.read_text() == "False\n"
