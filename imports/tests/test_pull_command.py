"""`manage.py pull_from_ghl`: what it says, in words and as JSON, and what it leaves with."""

import json

import pytest
from django.core.management import call_command
from kombu.exceptions import OperationalError

from conftest import LOCATION_ID, TOKEN
from imports.management.commands import pull_from_ghl
from imports.models import ImportBatch, StagedRecord
from imports.pulling import batches
from imports.runner import lease
from imports.tests.pull_cast import EXPORT, SEARCH, pulled
from integrations.fields import Secret

KEYS = {"batch_id", "contacts", "calls", "matched", "in_batch_duplicates", "errors", "requests", "seconds", "status"}


class Outcome:
    """What a command left: exit status, its JSON, and all that it printed."""

    def __init__(self, status, out, err):
        self.status = status
        self.out, self.err = out, err

    @property
    def result(self):
        return json.loads(self.out.splitlines()[-1])


@pytest.fixture
def command(capsys):
    """Runs the command with --json."""

    def command(*arguments):
        capsys.readouterr()
        status = 0
        try:
            call_command("pull_from_ghl", *arguments, "--json")
        except SystemExit as end:
            status = end.code
        return Outcome(status, *capsys.readouterr())

    return command


def test_a_pull_reports_its_figures_as_one_json_object(crowd, location, command):
    outcome = command(LOCATION_ID)
    assert outcome.status == 0
    assert len(outcome.out.splitlines()) == 1
    assert outcome.result.keys() >= KEYS
    figures = {name: outcome.result[name] for name in ("contacts", "calls", "errors", "status")}
    assert figures == {"contacts": 60, "calls": len(crowd.call_ids()), "errors": 0, "status": "success"}
    assert outcome.result["requests"] == crowd.journal.total
    assert outcome.result["batch_id"] == str(ImportBatch.objects.get().pk)


def test_progress_goes_to_stderr_line_by_line(crowd, location, command):
    err = command(LOCATION_ID).err
    assert "Reading contacts: 20 of 60 contacts" in err
    assert "Reading contacts: 60 of 60 contacts" in err
    assert "Looking for duplicates" in err
    assert "Done: 60 contacts" in err


def test_a_partly_failed_pull_leaves_with_1(ghl, location, command):
    ghl.answers_searches_with(None, {"id": "ada", "firstName": "Ada"})
    outcome = command(LOCATION_ID)
    assert (outcome.status, outcome.result["status"], outcome.result["errors"]) == (1, "partial", 1)


def test_a_failed_pull_says_why_in_words_and_leaves_with_1(crowd, location, command):
    crowd.faults.add(EXPORT, status=503, after=1, times=None)
    outcome = command(LOCATION_ID)
    assert (outcome.status, outcome.result["status"], outcome.result["contacts"]) == (1, "failed", 60)
    assert "GoHighLevel had a fault of its own" in outcome.result["error"]
    assert outcome.result["error"] in outcome.err
    crowd.faults.clear()
    assert command(LOCATION_ID, "--resume").result["status"] == "success"


def test_a_plain_pull_after_a_failed_one_says_what_to_do(crowd, location, command):
    crowd.faults.add(EXPORT, status=503, after=1, times=None)
    command(LOCATION_ID)
    crowd.journal.clear()
    outcome = command(LOCATION_ID)
    assert outcome.status == 1
    assert "--resume" in outcome.result["error"]
    assert "--new" in outcome.result["error"]
    assert outcome.result["batch_id"] == str(ImportBatch.objects.get().pk)
    assert crowd.journal.total == 0


def test_new_gives_the_old_pull_up(crowd, location, command):
    crowd.faults.add(EXPORT, status=503, after=1, times=None)
    old = command(LOCATION_ID).result["batch_id"]
    crowd.faults.clear()
    outcome = command(LOCATION_ID, "--new")
    assert (outcome.status, outcome.result["contacts"]) == (0, 60)
    assert ImportBatch.objects.get(pk=old).error.startswith("Given up after 60 contacts")


def test_new_is_as_good_as_plain_where_nothing_is_unfinished(crowd, location, command):
    assert command(LOCATION_ID, "--new").status == 0


def test_resume_with_nothing_to_resume_reports_the_last_pull(crowd, location, command):
    first = command(LOCATION_ID).result
    crowd.journal.clear()
    outcome = command(LOCATION_ID, "--resume")
    assert outcome.status == 0
    assert outcome.result == first
    assert "has no unfinished pull" in outcome.err
    assert crowd.journal.total == 0


def test_resume_where_nothing_was_ever_pulled_says_so(location, command):
    outcome = command(LOCATION_ID, "--resume")
    assert outcome.status == 1
    assert "Start one without --resume" in outcome.result["error"]


def test_a_pull_that_another_process_runs_is_left_to_it(crowd, location, command):
    with lease(batches.start(location).pk):
        outcomes = [command(LOCATION_ID), command(LOCATION_ID, "--resume")]
    assert [(outcome.status, outcome.result["status"]) for outcome in outcomes] == [(1, "failed"), (1, "failed")]
    assert "is under way" in outcomes[0].result["error"]
    assert "another process of this machine" in outcomes[1].result["error"]


def test_a_pull_by_contact_is_asked_for_by_name(crowd, location, command):
    assert command(LOCATION_ID, "--strategy", "per-contact").result["calls"] == len(crowd.call_ids())
    assert not crowd.journal.entries(EXPORT)


def test_an_unknown_strategy_is_bad_usage(location, capsys):
    with pytest.raises(Exception, match="invalid choice"):
        call_command("pull_from_ghl", LOCATION_ID, "--strategy", "guess")


def test_in_the_background_a_worker_is_told(crowd, location, command, monkeypatch):
    told = []
    monkeypatch.setattr(pull_from_ghl.run_pull, "delay", told.append)
    outcome = command(LOCATION_ID, "--background")
    assert (outcome.status, outcome.result["status"]) == (0, "queued")
    assert told == [outcome.result["batch_id"]]
    assert crowd.journal.total == 0


def test_in_the_background_without_a_queue_the_pull_waits(location, command, monkeypatch):
    def no_queue(batch_id):
        raise OperationalError

    monkeypatch.setattr(pull_from_ghl.run_pull, "delay", no_queue)
    outcome = command(LOCATION_ID, "--background")
    assert outcome.result["status"] == "queued"
    assert "no worker could be told" in outcome.err


# ---------------------------------------------------------------- locations that cannot be pulled


def test_an_unknown_location_is_said_to_be_unknown(db, command):
    outcome = command("nowhere")
    assert outcome.status == 1
    assert "no location nowhere" in outcome.result["error"]
    assert "add_location" in outcome.result["error"]


NOT_READY = {
    "switched off": ({"is_active": False}, "is switched off"),
    "no token": ({"api_token": Secret.of("")}, "has no API token"),
    "wrong token": ({"api_token": Secret.of("pit-wrong-token")}, "did not accept the location's token"),
    "a token with odd characters": ({"api_token": Secret.of("pit\u00e9\n")}, "characters that no token has"),
}


@pytest.mark.parametrize("case", NOT_READY)
def test_a_location_that_cannot_be_asked_is_told_with_what_to_do(crowd, location, command, case):
    changes, words = NOT_READY[case]
    type(location).objects.update(**changes)
    outcome = command(LOCATION_ID)
    assert (outcome.status, outcome.result["status"], outcome.result["contacts"]) == (1, "failed", 0)
    assert words in outcome.result["error"]
    assert StagedRecord.objects.count() == 0
    type(location).objects.update(is_active=True, api_token=Secret.of(TOKEN))
    again = command(LOCATION_ID)  # got nothing yet, so a plain pull will do
    assert (again.status, again.result["batch_id"]) == (0, outcome.result["batch_id"])


def test_a_stored_token_that_cannot_be_decrypted_is_told(crowd, location, command, settings):
    settings.FIELD_ENCRYPTION_KEYS = ["another-key-than-it-was-stored-with"]
    outcome = command(LOCATION_ID)
    assert outcome.status == 1
    assert outcome.result["contacts"] == 0
    assert outcome.result["error"]


def test_a_token_of_another_location_is_told(crowd, location, command):
    crowd.add_location("another", "pit-token-of-another")
    type(location).objects.update(api_token=Secret.of("pit-token-of-another"))
    outcome = command(LOCATION_ID)
    assert outcome.status == 1
    assert "The token has no access to this location" in outcome.result["error"]


def test_a_storm_of_429_that_ends_does_not_end_the_pull(crowd, location, command):
    crowd.faults.storm(times=4)
    assert command(LOCATION_ID).status == 0


def test_answers_that_do_not_come_in_time_are_told(crowd, location, command, settings):
    settings.GHL_TIMEOUT_SECONDS = 0.05
    crowd.faults.add(SEARCH, kind="hang", seconds=30, times=None)
    outcome = command(LOCATION_ID)
    assert outcome.status == 1
    assert "no answer within 0.05 seconds" in outcome.result["error"]


def test_a_ghl_that_is_not_there_is_told(location, command, settings, ghl):
    settings.GHL_API_BASE_URL = "http://127.0.0.1:9"
    outcome = command(LOCATION_ID)
    assert outcome.status == 1
    assert "could not be reached" in outcome.result["error"]


def test_no_token_is_ever_shown(crowd, location, command, caplog):
    caplog.set_level("DEBUG")
    crowd.faults.add(EXPORT, status=401, body={"message": f"bad token {TOKEN}"}, times=None)
    crowd.faults.add("/conversations/*", status=401, body={"message": f"bad token {TOKEN}"}, times=None)
    outcome = command(LOCATION_ID)
    shown = outcome.out + outcome.err + caplog.text + json.dumps(list(ImportBatch.objects.values()), default=str)
    assert outcome.status == 1
    assert TOKEN not in shown


def test_custom_fields_that_ghl_does_not_name_cost_a_remark_only(crowd, location):
    crowd.faults.refuse(f"/locations/{LOCATION_ID}/customFields", status=403)
    batch = pulled(location)
    assert batch.status == "success"
    assert "GHL did not name its custom fields" in batch.remarks[0]
