"""``manage.py ghl_sandbox`` as a process of its own."""

import json
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests

pytestmark = pytest.mark.slow
ROOT = Path(__file__).resolve().parents[2]


def command(*arguments: str) -> list[str]:
    return [sys.executable, str(ROOT / "manage.py"), "ghl_sandbox", *arguments]


@contextmanager
def running(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(command("--port", "0", *arguments), stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def first_contact(described: dict[str, Any], number: int) -> dict[str, Any]:
    location = described["locations"][number]
    answer = requests.get(
        described["base_url"] + "/contacts/",
        params={"locationId": location["location_id"]},
        headers={"Authorization": f"Bearer {location['token']}", "Version": "2021-07-28"},
        timeout=5,
    )
    contact: dict[str, Any] = answer.json()["contacts"][0]
    return contact


def line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline()


def test_it_serves_an_internal_and_a_client_location_until_it_is_ended() -> None:
    with running("--contacts", "20", "--json") as process:
        described = json.loads(line(process))
        contacts = [first_contact(described, number) for number in (0, 1)]
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=10) == 0
    assert [location["type"] for location in described["locations"]] == ["internal", "client"]
    assert [contact["locationId"] for contact in contacts] == ["sandboxInternal00001", "sandboxClient0000001"]


def test_it_prints_the_base_url_then_each_location_with_its_token() -> None:
    with running("--contacts", "10", "--calls", "3") as process:
        url, location = line(process), line(process)
    assert url.startswith("GHL_API_BASE_URL=http://127.0.0.1:")
    fields = dict(part.split("=") for part in location.split())
    assert (fields["location_id"], fields["contacts"], fields["calls"]) == ("sandboxInternal00001", "10", "3")
    assert fields["token"].startswith("pit-")


def test_it_serves_the_location_of_a_folder(tmp_path: Path) -> None:
    contact = {"id": "c1", "locationId": "locData", "dateAdded": "2025-01-01T00:00:00.000Z"}
    (tmp_path / "contacts.json").write_text(json.dumps({"contacts": [contact]}), encoding="utf-8")
    with running("--data", str(tmp_path), "--json") as process:
        described = json.loads(line(process))
        assert first_contact(described, 0)["id"] == "c1"
    assert [location["location_id"] for location in described["locations"]] == ["locData"]


def test_a_taken_port_and_a_wrong_folder_are_said_in_words(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        busy = subprocess.run(command("--port", port, "--contacts", "0"), capture_output=True, text=True, check=False)
    wrong = subprocess.run(command("--data", str(tmp_path)), capture_output=True, text=True, check=False)
    assert (busy.returncode, f"Cannot listen on 127.0.0.1:{port}" in busy.stderr) == (1, True)
    assert (wrong.returncode, "Cannot read" in wrong.stderr) == (2, True)
