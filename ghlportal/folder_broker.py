"""The folder that stands in for a broker where there is no Redis: for one machine."""

import os
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

EXCHANGES = ("celery", "celery.pidbox", "reply.celery.pidbox", "celeryev")


def transport_options(runtime: Path) -> dict[str, Any]:
    """Celery's options for a broker in this folder, which is made ready."""
    messages, control = runtime / "broker", runtime / "broker-control"
    for folder in (messages, control):
        folder.mkdir(parents=True, exist_ok=True)
    for exchange in EXCHANGES:
        _begin(control / f"{exchange}.exchange")
    return {
        "data_folder_in": str(messages),
        "data_folder_out": str(messages),
        "control_folder": str(control),
        "polling_interval": 0.2,
    }


def _begin(table: Path) -> None:
    """An empty table of queues, there at once with its content.

    kombu (transport/filesystem.py, `_queue_bind`) makes the file empty and fills it a moment later: when web server,
    worker and beat start together, the one that reads in between ends with an error.
    """
    if table.exists():
        return
    written = table.with_name(f"{table.name}.{uuid4().hex}")
    written.write_text("[]")
    with suppress(FileExistsError):
        os.link(written, table)
    written.unlink()
