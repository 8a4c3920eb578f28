"""Makes .venv and installs the pinned packages into it, once: a digest in .venv says what was installed.

Run by `scripts/bootstrap`; the standard library only, since it runs before anything is installed.
"""

import fcntl
import subprocess
import sys
import time
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
REQUIREMENTS = {"run": ("requirements.txt",), "dev": ("requirements.txt", "requirements-dev.txt")}
SECONDS_BETWEEN_WORDS = 5.0
LINES_OF_A_FAILURE = 25


class InstallationError(Exception):
    """Something is missing that this cannot install by itself; the text says what to do."""


def main(wanted: str) -> int:
    if wanted not in REQUIREMENTS:
        print(f"scripts/bootstrap knows {' and '.join(REQUIREMENTS)}, not “{wanted}”.", file=sys.stderr)
        return 2
    (ROOT / "var").mkdir(exist_ok=True)
    with (ROOT / "var" / "bootstrap.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # a test run and a demo may begin at the same moment
        try:
            _ensure(wanted)
        except InstallationError as problem:
            print(problem, file=sys.stderr)
            return 1
    return 0


def _ensure(wanted: str) -> None:
    if not _usable():
        _make_venv()
    if _is_installed("dev") or _is_installed(wanted):
        return
    _forget("run", "dev")  # an installation that is cut off is done again
    began = time.monotonic()
    print(f"Installing packages ({REQUIREMENTS[wanted][-1]}); this takes a minute or so, once.", flush=True)
    _pip_install(REQUIREMENTS[wanted][-1])
    _stamp(wanted).write_text(_digest(wanted))
    print(f"Packages are installed ({time.monotonic() - began:.0f} s).", flush=True)


# ---------------------------------------------------------------- the environment


def _usable() -> bool:
    """Whether .venv has a working Python of the right age, with pip; one that was moved or cut off may not."""
    if not PYTHON.exists():
        return False
    probe = "import sys, pip; sys.exit(sys.version_info < (3, 11))"
    return subprocess.run([PYTHON, "-c", probe], capture_output=True, check=False).returncode == 0


def _make_venv() -> None:
    print(f"Making .venv with Python {sys.version.split()[0]}.", flush=True)
    if _succeeds([sys.executable, "-m", "venv", "--clear", str(VENV)]):
        return
    # Debian keeps venv's own pip in a package of its own; the system's pip does as well.
    if _succeeds([sys.executable, "-m", "venv", "--clear", "--without-pip", str(VENV)]) and _succeeds(
        [sys.executable, "-m", "pip", "--python", str(PYTHON), "install", "--quiet", "pip"]
    ):
        return
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    raise InstallationError(
        f"{sys.executable} cannot make a virtual environment: its venv module is incomplete.\n"
        f"On Debian and Ubuntu: apt-get install python{version}-venv. Then run this again."
    )


def _succeeds(command: list[str]) -> bool:
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


# ---------------------------------------------------------------- what is installed


def _stamp(wanted: str) -> Path:
    return VENV / f"installed-for-{wanted}"


def _digest(wanted: str) -> str:
    return sha256(b"\0".join((ROOT / name).read_bytes() for name in REQUIREMENTS[wanted])).hexdigest()


def _is_installed(wanted: str) -> bool:
    return _stamp(wanted).exists() and _stamp(wanted).read_text() == _digest(wanted)


def _forget(*wanted: str) -> None:
    for each in wanted:
        _stamp(each).unlink(missing_ok=True)


def _pip_install(requirements: str) -> None:
    command = [
        str(PYTHON), "-m", "pip", "install", "--disable-pip-version-check", "--no-input",
        "--progress-bar", "off", "-r", requirements,
    ]  # fmt: skip
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
    ) as pip:
        said = _relayed(pip.stdout or ())
    if pip.returncode:
        print("\n".join(said[-LINES_OF_A_FAILURE:]), file=sys.stderr)
        raise InstallationError(
            f"pip could not install {requirements}; its last words are above. Check the network (and PIP_INDEX_URL "
            "or the proxy, if there is one), then run this again."
        )


def _relayed(lines: Iterable[str]) -> list[str]:
    """All that pip says, with a sign of life now and then."""
    said: list[str] = []
    last = time.monotonic()
    for line in lines:
        said.append(line.rstrip())
        if line.startswith("Installing collected packages"):
            print(f"  unpacking {line.count(',') + 1} packages …", flush=True)
        elif line.startswith(("Collecting", "  Downloading")) and time.monotonic() - last > SECONDS_BETWEEN_WORDS:
            print(f"  {line.strip()}", flush=True)
            last = time.monotonic()
    return said


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
