"""What the sandbox's tests share: a running sandbox, somebody who calls it, and the published example payloads."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests

from integrations.sandbox.server import Sandbox

LOCATION, TOKEN = "Lk7PqZ3vT9sYb2NcXw5R", "pit-test-token"
PAYLOADS = Path(__file__).parent / "payloads" / "api"
DANA = {"first_name": "Dana", "last_name": "Whitfield", "email": "dana@whitfield.example", "phone": "+12025550143"}


class Caller:
    """Calls a sandbox over its socket, as the location unless told otherwise."""

    def __init__(self, sandbox: Sandbox, session: requests.Session) -> None:
        self.sandbox = sandbox
        self.session = session

    def __call__(
        self, method: str, path: str, *, token: str | None = TOKEN, version: str | None = "2021-07-28", **options: Any
    ) -> requests.Response:
        given = {"Authorization": f"Bearer {token}" if token else None, "Version": version}
        headers = {name: value for name, value in given.items() if value}
        return self.session.request(method, self.sandbox.url + path, headers=headers, **{"timeout": 5, **options})

    def get(self, path: str, **params: Any) -> Any:
        return self("GET", path, params=params).json()

    def of_location(self, path: str, **params: Any) -> Any:
        return self.get(path, locationId=LOCATION, **params)

    def search(self, **body: Any) -> Any:
        return self("POST", "/contacts/search", json={"locationId": LOCATION, "pageLimit": 100, **body}).json()

    def create(self, **body: Any) -> requests.Response:
        return self("POST", "/contacts/", json={"locationId": LOCATION, **body})


@contextmanager
def calling(**options: Any) -> Iterator[Caller]:
    """A caller of a sandbox without limits and lag, unless ``options`` say otherwise."""
    settings: dict[str, Any] = {"rate_limit": None, "index_lag": 0, **options}
    with Sandbox({LOCATION: TOKEN}, **settings) as sandbox, requests.Session() as session:
        yield Caller(sandbox, session)


def payload(name: str) -> Any:
    """A published example."""
    return json.loads((PAYLOADS / f"{name}.json").read_text(encoding="utf-8"))


def outline(value: Any) -> Any:
    """The keys of a JSON value, lists by their first element, leaf values left out."""
    if isinstance(value, dict):
        return {key: outline(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [outline(value[0])] if value else []
    return None
