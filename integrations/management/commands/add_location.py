"""Adds a GHL location, or changes the one that is there."""

import json
import os
import sys
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import CommandParser

from integrations.locations import save_location
from integrations.reporting import BAD_USAGE, ReportingCommand


class Command(ReportingCommand):
    help = (
        "Creates or updates a GHL location. The API token comes from the environment variable that --token-env names, "
        "or from standard input; never from the command line, where others could read it."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("location_id", metavar="LOCATION_ID")
        parser.add_argument("--type", required=True, choices=["internal", "client"], dest="integration_type")
        parser.add_argument("--client", default="", metavar="NAME", help="the client, for --type client")
        parser.add_argument("--name", default="", help="what staff call this location")
        parser.add_argument("--mapping", metavar="FILE.json", help="our field names to GHL custom field ids")
        parser.add_argument("--token-env", metavar="VAR", help="environment variable that holds the API token")

    def handle(self, *args: Any, **options: Any) -> None:
        as_json = options["json"]
        if options["integration_type"] == "client" and not options["client"]:
            self.fail("--type client needs --client NAME.", as_json=as_json, status=BAD_USAGE)
        if options["integration_type"] == "internal" and options["client"]:
            self.fail("An internal location has no client: leave --client out.", as_json=as_json, status=BAD_USAGE)
        try:
            integration = save_location(
                location_id=options["location_id"],
                integration_type=options["integration_type"],
                client_name=options["client"],
                name=options["name"],
                token=self._token(options),
                mapping=self._mapping(options),
            )
        except ValidationError as problem:
            self.fail(" ".join(problem.messages), as_json=as_json)
        if not integration.api_token:
            self.progress("No API token was given: nothing can be pulled until there is one.")
        self.report(
            {
                "integration_id": str(integration.pk),
                "location_id": integration.location_id,
                "webhook_url": integration.webhook_path,
            },
            as_json=as_json,
        )

    def _token(self, options: dict[str, Any]) -> str:
        variable = options["token_env"]
        if variable:
            if not os.environ.get(variable):
                self.fail(f"The environment variable {variable} is empty.", as_json=options["json"], status=BAD_USAGE)
            return os.environ[variable].strip()
        return "" if sys.stdin is None or sys.stdin.isatty() else sys.stdin.readline().strip()

    def _mapping(self, options: dict[str, Any]) -> Any:
        if not options["mapping"]:
            return None
        try:
            return json.loads(Path(options["mapping"]).read_text(encoding="utf-8"))
        except (OSError, ValueError) as problem:
            self.fail(f"{options['mapping']} cannot be read as JSON: {problem}", as_json=options["json"], status=2)
