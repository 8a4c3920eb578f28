"""Adds a GHL location, or changes the one that is there."""

import json
import os
import sys
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import CommandParser

from integrations.fields import SecretUnreadableError
from integrations.locations import checked_mapping, checked_token, save_location, words_of
from integrations.reporting import BAD_USAGE, ReportingCommand


class Command(ReportingCommand):
    help = (
        "Creates or updates a GHL location. The API token comes from the environment variable that --token-env names, "
        "or from the first line of standard input; never from the command line, where others could read it. Without "
        "one, the stored token stays."
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
        is_client = options["integration_type"] == "client"
        if is_client and not options["client"].strip():
            self.fail("--type client needs --client NAME.", as_json=as_json, status=BAD_USAGE)
        if not is_client and options["client"]:
            self.fail("An internal location has no client: leave --client out.", as_json=as_json, status=BAD_USAGE)
        mapping = self._mapping(options)
        token = self._token(options)
        try:
            integration = save_location(
                location_id=options["location_id"],
                integration_type=options["integration_type"],
                client_name=options["client"],
                name=options["name"],
                token=token,
                mapping=mapping,
            )
            webhook_url = integration.webhook_path
        except ValidationError as problem:
            self.fail(words_of(problem), as_json=as_json)
        except SecretUnreadableError as problem:
            self.fail(f"The location is saved, but its webhook address cannot be shown. {problem}", as_json=as_json)
        if not integration.api_token:
            self.progress("No API token was given: nothing can be pulled until there is one.")
        result = {"integration_id": str(integration.pk), "location_id": integration.location_id}
        self.report({**result, "webhook_url": webhook_url}, as_json=as_json)

    def _token(self, options: dict[str, Any]) -> str:
        variable = options["token_env"]
        try:
            token = checked_token(os.environ.get(variable, "") if variable else self._line_of_stdin())
        except ValidationError as problem:
            self.fail(words_of(problem), as_json=options["json"], status=BAD_USAGE)
        except UnicodeDecodeError:
            self.fail("Standard input is not text.", as_json=options["json"], status=BAD_USAGE)
        if variable and not token:
            self.fail(f"The environment variable {variable} is empty.", as_json=options["json"], status=BAD_USAGE)
        return token

    def _line_of_stdin(self) -> str:
        """The first line that holds anything; nothing when there is nobody to write one."""
        if sys.stdin is None or sys.stdin.closed or sys.stdin.isatty():
            return ""
        self.progress("Reading the API token from standard input.")  # so that a wait for it explains itself
        return next((line for line in sys.stdin if line.strip()), "")

    def _mapping(self, options: dict[str, Any]) -> dict[str, str] | None:
        path = options["mapping"]
        if not path:
            return None
        as_json = options["json"]
        try:
            mapping = json.loads(Path(path).read_text(encoding="utf-8-sig"))
            return checked_mapping(mapping)
        except OSError as problem:
            self.fail(f"{path} cannot be read: {problem.strerror}.", as_json=as_json, status=BAD_USAGE)
        except (ValueError, RecursionError) as problem:
            self.fail(f"{path} is not JSON: {problem}", as_json=as_json, status=BAD_USAGE)
        except ValidationError as problem:
            self.fail(f"{path}: {words_of(problem)}", as_json=as_json, status=BAD_USAGE)
