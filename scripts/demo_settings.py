"""The demo's own settings: nothing from the caller's environment but PORT, and keys that it made itself."""

import json
import os
import secrets
import socket
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "USER", "TERM")
FIRST_PORT, PORTS_TRIED = 8000, 50


class DemoError(Exception):
    """The demo cannot go on; the text says why and what to do."""


def kept_secrets(path: Path) -> dict[str, str]:
    """This demo's keys and password: made once, then kept, since the stored tokens can be read with them only."""
    if path.exists():
        kept: dict[str, str] = json.loads(path.read_text())
        return kept
    made = {
        "secret_key": secrets.token_urlsafe(48),
        "encryption_key": secrets.token_urlsafe(48),
        "password": secrets.token_urlsafe(9),
    }
    path.write_text(json.dumps(made))
    return made


def environment_of(folder: Path, kept: dict[str, str]) -> dict[str, str]:
    """Every variable of `.env.example`, so that nothing comes from elsewhere, with the demo's own values."""
    example = (line.partition("=") for line in (ROOT / ".env.example").read_text().splitlines() if "=" in line)
    return {
        **{name: value for name, _, value in example if name.isidentifier()},
        **{name: os.environ[name] for name in PASSED_ON if name in os.environ},
        "SECRET_KEY": kept["secret_key"],
        "FIELD_ENCRYPTION_KEYS": kept["encryption_key"],
        "DEBUG": "0",
        "ALLOWED_HOSTS": "localhost,127.0.0.1",
        "DATABASE_URL": f"sqlite:///{folder.relative_to(ROOT)}/portal.sqlite3",  # from ROOT, where all of it runs
        "DJANGO_SETTINGS_MODULE": "ghlportal.settings",
        "PYTHONPATH": str(ROOT),
        "PYTHONUNBUFFERED": "1",
    }


def chosen_port() -> int:
    """The port that PORT names, or else the first free one from 8000."""
    named = os.environ.get("PORT")
    if named:
        if named.isdecimal() and _is_free(int(named)):
            return int(named)
        raise DemoError(f"PORT is {named}, which is taken or no port. Choose another, or leave PORT out.")
    free = next((port for port in range(FIRST_PORT, FIRST_PORT + PORTS_TRIED) if _is_free(port)), None)
    if free is None:
        raise DemoError(f"No port from {FIRST_PORT} to {FIRST_PORT + PORTS_TRIED - 1} is free. Name one: PORT=9000.")
    return free


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except (OSError, OverflowError):
            return False
    return True
