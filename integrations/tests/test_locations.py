"""Adding and changing locations: what staff get told, and what stays as it was."""

import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command

from integrations.locations import checked_mapping, checked_token, save_location, words_of
from integrations.models import Client, GHLIntegration, SyncRun, WebhookEvent

ROOT = Path(__file__).resolve().parents[2]
TOKEN = "pit-5f0c1a77-very-secret-9d21"


class Stdin(io.StringIO):
    def __init__(self, text: str = "", *, is_a_terminal: bool = False) -> None:
        super().__init__(text)
        self.is_a_terminal = is_a_terminal

    def isatty(self) -> bool:
        return self.is_a_terminal


class Run:
    """One run of add_location: its exit status, what it printed, and the object of its last line."""

    def __init__(self, *arguments: str) -> None:
        out, self.err = io.StringIO(), io.StringIO()
        self.status: Any = 0
        try:
            call_command("add_location", *arguments, "--json", stdout=out, stderr=self.err)
        except SystemExit as left:
            self.status = left.code
        (line,) = out.getvalue().splitlines()
        self.result: dict[str, Any] = json.loads(line)

    @property
    def words(self) -> str:
        return str(self.result["error"])


@pytest.fixture(autouse=True)
def _nobody_at_stdin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", Stdin(is_a_terminal=True))


@pytest.fixture
def token_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("TOKEN_OF_LOC1", TOKEN)
    return "TOKEN_OF_LOC1"


def stored_token() -> str:
    return GHLIntegration.objects.get().api_token.reveal()


# ---------------------------------------------------------------- the command


@pytest.mark.django_db
def test_a_location_is_added_with_the_token_of_a_variable(token_in_the_environment):
    run = Run("loc1", "--type", "internal", "--name", "Ours", "--token-env", token_in_the_environment)
    row = GHLIntegration.objects.get()
    assert run.result == {"integration_id": str(row.pk), "location_id": "loc1", "webhook_url": row.webhook_path}
    assert (run.status, row.name, row.integration_type, stored_token()) == (0, "Ours", "internal", TOKEN)


@pytest.mark.django_db
def test_neither_output_holds_the_token(token_in_the_environment):
    run = Run("loc1", "--type", "internal", "--token-env", token_in_the_environment)
    assert TOKEN not in json.dumps(run.result) + run.err.getvalue()


@pytest.mark.django_db
@pytest.mark.parametrize("given", [f"{TOKEN}\n", f"\n  {TOKEN} \nmore\n", TOKEN, f"\ufeff{TOKEN}\r\n"])
def test_the_token_is_the_first_line_of_stdin_that_holds_anything(monkeypatch, given):
    monkeypatch.setattr(sys, "stdin", Stdin(given))
    assert Run("loc1", "--type", "internal").status == 0
    assert stored_token() == TOKEN


CLOSED = Stdin()
CLOSED.close()


@pytest.mark.django_db
@pytest.mark.parametrize("stdin", [None, CLOSED, Stdin("typed\n", is_a_terminal=True), Stdin(""), Stdin("\n\n")])
def test_a_location_without_a_token_is_added_and_staff_are_told(monkeypatch, stdin):
    monkeypatch.setattr(sys, "stdin", stdin)
    run = Run("loc1", "--type", "internal")
    assert (run.status, stored_token()) == (0, "")
    assert "nothing can be pulled" in run.err.getvalue()


@pytest.mark.django_db
@pytest.mark.parametrize("variable", ["", " \n"])
def test_an_empty_variable_is_bad_usage(monkeypatch, variable):
    monkeypatch.setenv("TOKEN_OF_LOC1", variable)
    run = Run("loc1", "--type", "internal", "--token-env", "TOKEN_OF_LOC1")
    assert (run.status, "TOKEN_OF_LOC1 is empty" in run.words) == (2, True)
    assert not GHLIntegration.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("bad", [f"Bearer {TOKEN}", f"“{TOKEN}”", f"{TOKEN}\x07", f"a\nb{TOKEN}"])
def test_a_token_that_no_header_can_carry_is_refused_and_not_repeated(monkeypatch, bad):
    monkeypatch.setenv("TOKEN_OF_LOC1", bad)
    run = Run("loc1", "--type", "internal", "--token-env", "TOKEN_OF_LOC1")
    assert (run.status, TOKEN in run.words) == (2, False)
    assert not GHLIntegration.objects.exists()


@pytest.mark.django_db
def test_running_it_twice_changes_nothing(token_in_the_environment):
    first = Run("loc1", "--type", "internal", "--name", "Ours", "--token-env", token_in_the_environment)
    again = Run("loc1", "--type", "internal")
    assert again.result == first.result
    assert (stored_token(), GHLIntegration.objects.get().name) == (TOKEN, "Ours")


@pytest.mark.django_db
def test_running_it_again_changes_what_is_given(token_in_the_environment, tmp_path):
    Run("loc1", "--type", "internal", "--token-env", token_in_the_environment)
    mapping = tmp_path / "mapping.json"
    mapping.write_text('{"linkedin_url": " F1 ", "job_title": ""}', encoding="utf-8-sig")
    Run("loc1", "--type", "internal", "--name", "New name", "--mapping", str(mapping))
    row = GHLIntegration.objects.get()
    assert (row.name, row.custom_field_mapping, stored_token()) == ("New name", {"linkedin_url": "F1"}, TOKEN)


@pytest.mark.django_db
@pytest.mark.parametrize("client", [[], ["--client", ""], ["--client", "  "]])
def test_a_client_location_without_a_client_is_bad_usage(client):
    run = Run("loc1", "--type", "client", *client)
    assert (run.status, "--client NAME" in run.words) == (2, True)


@pytest.mark.django_db
def test_an_internal_location_with_a_client_is_bad_usage():
    assert Run("loc1", "--type", "internal", "--client", "Acme").status == 2


@pytest.mark.django_db
@pytest.mark.parametrize(
    "content", ["", "{", "[]", '{"phone": "F1"}', '{"job_title": 5}', '{"job_title": "a b"}', "[" * 10_000]
)
def test_a_bad_mapping_file_is_bad_usage_and_adds_nothing(tmp_path, content):
    mapping = tmp_path / "mapping.json"
    mapping.write_text(content, encoding="utf-8")
    run = Run("loc1", "--type", "internal", "--mapping", str(mapping))
    assert (run.status, "mapping.json" in run.words) == (2, True)
    assert not GHLIntegration.objects.exists()


@pytest.mark.django_db
def test_a_missing_mapping_file_and_a_binary_one_are_bad_usage(tmp_path):
    binary = tmp_path / "binary"
    binary.write_bytes(b"\xff\xfe\x00")
    for path in (tmp_path / "none", tmp_path, binary):
        assert Run("loc1", "--type", "internal", "--mapping", str(path)).status == 2


@pytest.mark.django_db
@pytest.mark.parametrize("location_id", ["", " ", "x" * 65])
def test_a_location_id_that_is_none_is_refused_by_name(location_id):
    run = Run(location_id, "--type", "internal")
    assert (run.status, run.words.startswith("location_id: ")) == (1, True)


@pytest.mark.django_db
def test_a_name_that_is_too_long_is_refused_by_name():
    assert Run("loc1", "--type", "internal", "--name", "x" * 256).words.startswith("name: ")
    assert Run("loc1", "--type", "client", "--client", "x" * 256).words.startswith("name: ")
    assert not Client.objects.exists()


@pytest.mark.django_db
def test_a_webhook_secret_that_cannot_be_read_is_said_in_words(settings, token_in_the_environment):
    Run("loc1", "--type", "internal")
    settings.FIELD_ENCRYPTION_KEYS = ["quite another key, as long as one should be"]
    run = Run("loc1", "--type", "internal", "--token-env", token_in_the_environment)
    assert (run.status, "FIELD_ENCRYPTION_KEYS" in run.words) == (1, True)
    assert stored_token() == TOKEN


# ---------------------------------------------------------------- sides


@pytest.mark.django_db
def test_a_client_is_made_once_however_its_name_is_spelled():
    save_location(location_id="loc1", integration_type="client", client_name="Acme Search")
    save_location(location_id="loc2", integration_type="client", client_name=" ACME search ")
    assert [client.name for client in Client.objects.all()] == ["Acme Search"]


@pytest.mark.django_db
def test_a_location_keeps_its_type():
    save_location(location_id="loc1", integration_type="internal")
    with pytest.raises(ValidationError, match="stays as it is"):
        save_location(location_id="loc1", integration_type="client", client_name="Acme")
    assert not Client.objects.exists()


@pytest.mark.django_db
def test_a_location_changes_its_client_only_while_nothing_came_from_it():
    row = save_location(location_id="loc1", integration_type="client", client_name="Acme")
    assert str(save_location(location_id="loc1", integration_type="client", client_name="Bolt").client) == "Bolt"
    SyncRun.objects.create(integration=row)
    with pytest.raises(ValidationError, match="belongs to Bolt"):
        save_location(location_id="loc1", integration_type="client", client_name="Acme")
    assert save_location(location_id="loc1", integration_type="client", client_name="bolt").pk == row.pk


@pytest.mark.django_db
def test_whatever_came_from_a_location_binds_it_to_its_client():
    row = save_location(location_id="loc1", integration_type="client", client_name="Acme")
    WebhookEvent.objects.create(integration=row, delivery_key="d1", source="workflow")
    with pytest.raises(ValidationError):
        save_location(location_id="loc1", integration_type="client", client_name="Bolt")


@pytest.mark.django_db
def test_somebody_adding_the_same_location_first_is_no_error(monkeypatch):
    """The other process commits between our looking and our writing."""
    make = GHLIntegration.make_webhook_secret

    def make_after_the_other(row: GHLIntegration) -> None:
        monkeypatch.setattr(GHLIntegration, "make_webhook_secret", make)
        save_location(location_id="loc1", integration_type="internal", name="Other")
        make(row)

    monkeypatch.setattr(GHLIntegration, "make_webhook_secret", make_after_the_other)
    save_location(location_id="loc1", integration_type="internal", token=TOKEN)
    assert (GHLIntegration.objects.get().name, stored_token()) == ("", TOKEN)


# ---------------------------------------------------------------- the pure parts


def test_a_mapping_keeps_what_is_filled_in():
    assert checked_mapping({"linkedin_url": "F1", "job_title": " "}) == {"linkedin_url": "F1"}


@pytest.mark.parametrize("mapping", [None, [], "x", {"other": "F1"}, {"job_title": None}, {"job_title": "a\x00b"}])
def test_a_mapping_that_is_none_is_refused(mapping):
    with pytest.raises(ValidationError):
        checked_mapping(mapping)


def test_a_token_loses_the_blanks_around_it():
    assert checked_token(f" {TOKEN}\r\n") == TOKEN


def test_a_validation_error_s_words_name_the_fields():
    assert words_of(ValidationError({"name": ["Too long."], "__all__": ["No."]})) == "name: Too long. No."
    assert words_of(ValidationError("No.")) == "No."


# ---------------------------------------------------------------- as a process


def in_a_process(database_url: str, *arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "DATABASE_URL": database_url}
    environment["DJANGO_SETTINGS_MODULE"] = "ghlportal.settings_test"
    command = [sys.executable, str(ROOT / "manage.py"), *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=60, **options)


@pytest.mark.slow
@pytest.mark.django_db
def test_as_a_process_it_leaves_with_the_promised_statuses(tmp_path, databases):
    empty, migrated = f"sqlite:///{tmp_path / 'empty.sqlite3'}", databases.copy().url
    usage = in_a_process(empty, "add_location", "loc1", "--type", "partner", "--json", stdin=subprocess.DEVNULL)
    early = in_a_process(empty, "add_location", "loc1", "--type", "internal", "--json", stdin=subprocess.DEVNULL)
    done = in_a_process(migrated, "add_location", "loc1", "--type", "internal", "--json", input=f"{TOKEN}\n")
    again = in_a_process(migrated, "add_location", "loc1", "--type", "internal", "--json", stdin=subprocess.DEVNULL)
    assert [usage.returncode, early.returncode, done.returncode, again.returncode] == [2, 1, 0, 0]
    assert "migrate" in json.loads(early.stdout.splitlines()[-1])["error"]
    assert json.loads(done.stdout.splitlines()[-1]) == json.loads(again.stdout.splitlines()[-1])
    assert TOKEN not in done.stdout + done.stderr


@pytest.mark.slow
@pytest.mark.django_db
def test_as_a_process_it_does_without_a_stdin(databases):
    arguments = ["add_location", "loc1", "--type", "internal", "--json"]
    closed = in_a_process(databases.copy().url, *arguments, preexec_fn=lambda: os.close(0))
    assert (closed.returncode, json.loads(closed.stdout)["location_id"]) == (0, "loc1")
