"""Serves a GoHighLevel to develop against, on loopback, until it is interrupted."""

import argparse
import json
import signal
import threading
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from integrations.sandbox.loading import UnreadableData
from integrations.sandbox.rate import REQUESTS_PER_INTERVAL
from integrations.sandbox.server import Sandbox, sandbox_token

INTERNAL, CLIENT = "sandboxInternal00001", "sandboxClient0000001"
DEFAULT_PORT = 8585
CLIENT_SHARE = 5  # the client's location has a fifth of the internal one's people and calls


class Command(BaseCommand):
    help = (
        "Serves a GoHighLevel to develop against on 127.0.0.1: made-up people and calls, real quirks and limits. "
        "Prints its base URL, its locations and their tokens (good for the sandbox only), then serves until Ctrl-C."
    )
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--port", type=count, default=DEFAULT_PORT, help="0 takes a free one (default: %(default)s)"
        )
        parser.add_argument(
            "--contacts", type=count, default=300,
            help="people in the internal location; the client's has a fifth as many (default: %(default)s)",
        )  # fmt: skip
        parser.add_argument(
            "--calls", type=count, help="calls in the internal location (default: 1.2 for each contact)"
        )
        parser.add_argument("--seed", type=int, default=1, help="other seeds make other people (default: %(default)s)")
        parser.add_argument(
            "--data", metavar="DIR", type=Path, help="serve DIR/contacts.json instead of made-up people"
        )
        parser.add_argument("--no-rate-limit", action="store_true", help="answer any number of requests")
        parser.add_argument("--json", action="store_true", help="describe the sandbox in one line of JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        sandbox = _started(options)
        stop = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: stop.set())
        described = _described(sandbox)
        self.stdout.write(json.dumps(described) if options["json"] else _as_text(described))
        self.stdout.flush()
        stop.wait()
        sandbox.stop()


def count(text: str) -> int:
    """A whole number that is not negative, for argparse."""
    number = int(text)
    if number < 0:
        raise argparse.ArgumentTypeError("must not be negative")
    return number


def _started(options: dict[str, Any]) -> Sandbox:
    try:
        return _filled(options).start()
    except UnreadableData as problem:
        raise CommandError(str(problem), returncode=2) from problem
    except (OSError, OverflowError) as problem:
        raise CommandError(
            f"Cannot listen on 127.0.0.1:{options['port']}: {problem}. Choose another --port; 0 takes a free one."
        ) from problem


def _filled(options: dict[str, Any]) -> Sandbox:
    contacts, calls, seed = options["contacts"], options["calls"], options["seed"]
    rate_limit = None if options["no_rate_limit"] else REQUESTS_PER_INTERVAL
    if options["data"]:
        return Sandbox(data=options["data"], calls=calls, seed=seed, port=options["port"], rate_limit=rate_limit)
    tokens = {location_id: sandbox_token(location_id) for location_id in (INTERNAL, CLIENT)}
    sandbox = Sandbox(tokens, port=options["port"], rate_limit=rate_limit)
    sandbox.populate(INTERNAL, contacts=contacts, calls=calls, seed=seed)
    share = None if calls is None else calls // CLIENT_SHARE
    sandbox.populate(CLIENT, contacts=contacts // CLIENT_SHARE, calls=share, seed=seed + 1)
    return sandbox


def _described(sandbox: Sandbox) -> dict[str, Any]:
    kinds = {INTERNAL: "internal", CLIENT: "client"}
    locations = [
        {
            "location_id": location.id,
            "type": kinds.get(location.id, "either"),
            "token": sandbox.token(location.id),
            "contacts": len(location.contacts),
            "calls": sum(message.is_call for message in location.messages.values()),
        }
        for location in sandbox.locations.values()
    ]
    return {"base_url": sandbox.url, "locations": locations}


def _as_text(described: dict[str, Any]) -> str:
    lines = [" ".join(f"{key}={value}" for key, value in location.items()) for location in described["locations"]]
    return "\n".join([f"GHL_API_BASE_URL={described['base_url']}", *lines])
