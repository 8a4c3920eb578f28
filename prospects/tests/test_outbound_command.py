"""`manage.py sync_prospects_to_ghl` and the tasks: what they say, what they leave, and what they are given."""

import json
from importlib import import_module

import pytest
from django.apps import apps
from django.core.management import call_command
from django_celery_beat.models import PeriodicTask

from conftest import LOCATION_ID
from integrations.models import Client, GHLIntegration, SyncRun
from prospects import tasks
from prospects.management.commands import sync_prospects_to_ghl
from prospects.models import SalesCampaign
from prospects.outbound import runs
from prospects.tests.outbound_cast import CREATE, email_of, prospect

pytestmark = pytest.mark.django_db
KEYS = {"created", "adopted", "failed", "skipped", "requests", "seconds", "status"}


@pytest.fixture(autouse=True)
def _patience_of_tests(settings):
    settings.GHL_SEARCH_LAG_SECONDS = 0.02


@pytest.fixture
def command(capsys):
    """Runs the command with --json: its exit status, its object and its progress."""

    def command(*arguments):
        capsys.readouterr()
        status = 0
        try:
            call_command("sync_prospects_to_ghl", *arguments, "--json")
        except SystemExit as end:
            status = end.code
        out, err = capsys.readouterr()
        return status, json.loads(out.splitlines()[-1]), err

    return command


@pytest.fixture
def queued(monkeypatch):
    """What workers were told of."""
    told = []
    for module in (tasks, sync_prospects_to_ghl):
        monkeypatch.setattr(module, "queue", lambda *message: told.append(message) or True)
    monkeypatch.setattr(
        tasks.push_to_ghl, "apply_async", lambda args, countdown: told.append(("again", *args, countdown))
    )
    return told


def test_a_mapped_field_that_ghl_no_longer_has_is_told_before_anybody_is_sent(sandbox, integration, command):
    integration.custom_field_mapping = {"job_title": "goneField001"}
    integration.save()
    prospect(1)
    status, _, err = command(LOCATION_ID)
    assert status == 0
    assert "Left out of what is sent: Job title is mapped to the field goneField001" in err.splitlines()[0]


def test_a_push_reports_its_figures_as_one_json_object(sandbox, integration, command):
    prospect(1)
    prospect(2, do_not_call=True)
    status, result, err = command(LOCATION_ID)
    assert status == 0
    assert result.keys() == KEYS
    assert {name: result[name] for name in KEYS - {"seconds"}} == {
        "created": 1, "adopted": 0, "failed": 0, "skipped": 1, "requests": 1, "status": "success",
    }  # fmt: skip
    assert "1 of 1: 1 created" in err
    assert "1 × Do not disturb: no calls" in err


def test_a_push_that_did_not_get_everybody_in_leaves_with_1(sandbox, integration, command):
    prospect(1)
    prospect(2)
    sandbox.location.add_contact(first_name="Zoe", last_name="Other", email=email_of(2))
    status, result, err = command(LOCATION_ID)
    assert (status, result["status"], result["created"], result["failed"]) == (1, "partial", 1, 1)
    assert "1 × GoHighLevel has somebody else" in err


def test_one_campaign(sandbox, integration, command):
    prospect(1, campaign=SalesCampaign.objects.create(name="Boston IP"))
    prospect(2)
    assert command(LOCATION_ID, "--campaign", "boston ip")[1]["created"] == 1


@pytest.mark.parametrize("arguments", [["nowhere"], [LOCATION_ID, "--campaign", "nothing"]])
def test_what_is_not_in_the_portal_is_named(integration, command, arguments):
    status, result, err = command(*arguments)
    assert (status, result["status"]) == (1, "failed")
    assert result.keys() >= KEYS
    assert arguments[-1] in err


def test_a_location_switched_off_is_a_failure_that_says_so(integration, command):
    GHLIntegration.objects.update(is_active=False)
    status, result, _ = command(LOCATION_ID)
    assert (status, result["status"]) == (1, "failed")
    assert "switched off" in result["error"]


def test_a_push_that_was_left_unfinished_is_gone_on_with(sandbox, integration, command):
    prospect()
    run = runs.start(integration)
    status, result, err = command(LOCATION_ID)
    assert (status, result["created"], SyncRun.objects.get()) == (0, 1, run)
    assert "Going on with it" in err


def test_an_unfinished_push_of_another_campaign_comes_first(sandbox, integration, command):
    boston, austin = SalesCampaign.objects.create(name="Boston"), SalesCampaign.objects.create(name="Austin")
    prospect(1, campaign=boston)
    prospect(2, campaign=austin)
    runs.start(integration, campaign=boston)
    assert command(LOCATION_ID, "--campaign", "Austin")[1]["created"] == 1
    assert len(sandbox.journal.entries(CREATE, "POST")) == 2


def test_in_the_background_a_worker_is_told_and_nothing_is_sent(sandbox, integration, command, queued):
    prospect()
    status, result, err = command(LOCATION_ID, "--background")
    assert (status, result["status"]) == (0, "queued")
    assert queued == [("prospects.tasks.push_to_ghl", str(SyncRun.objects.get().pk))]
    assert sandbox.journal.total == 0
    assert "Queued" in err


# ---------------------------------------------------------------- tasks


def test_a_task_works_on_a_push_to_its_end(sandbox, integration, queued):
    prospect()
    tasks.push_to_ghl(str(runs.start(integration).pk))
    assert SyncRun.objects.get().status == "success"
    assert queued == []


def test_a_message_that_comes_twice_does_nothing_the_second_time(sandbox, integration, queued):
    prospect()
    run = runs.start(integration)
    for _ in range(2):
        tasks.push_to_ghl(str(run.pk))
    assert (sandbox.journal.total, queued) == (1, [])


def test_a_task_does_not_sleep_until_the_next_is_due_but_comes_again(sandbox, integration, queued, settings):
    settings.GHL_SEARCH_LAG_SECONDS = 60.0
    prospect()
    sandbox.faults.add("/contacts", method="POST", kind="lost_answer")
    run = runs.start(integration)
    tasks.push_to_ghl(str(run.pk))
    ((_, run_id, countdown),) = queued
    assert run_id == str(run.pk)
    assert 50 < countdown <= 60


def test_a_push_that_needs_more_than_a_slice_goes_on_in_another(sandbox, integration, queued, monkeypatch):
    monkeypatch.setattr(tasks, "SLICE_SECONDS", -1.0)
    prospect()
    run = runs.start(integration)
    tasks.push_to_ghl(str(run.pk))
    assert queued == [("again", str(run.pk), 0)]


def test_the_nightly_schedule_pushes_to_each_side_that_has_one_location(integration, queued):
    acme, bolt = Client.objects.create(name="Acme"), Client.objects.create(name="Bolt")
    for name, client, is_active in (("a", acme, True), ("b1", bolt, True), ("b2", bolt, True), ("off", None, False)):
        GHLIntegration.objects.create(
            location_id=name, client=client, is_active=is_active, integration_type="client" if client else "internal"
        )
    tasks.push_all_locations()
    assert {run.integration.location_id for run in SyncRun.objects.all()} == {LOCATION_ID, "a"}
    assert {message[1] for message in queued} == {str(run.pk) for run in SyncRun.objects.all()}


def test_the_nightly_schedule_leaves_a_push_under_way_alone(integration, queued):
    runs.start(integration)
    tasks.push_all_locations()
    assert queued == []


def test_the_nightly_schedule_is_one_that_staff_can_change():
    import_module("prospects.migrations.0003_outbound_people").add_schedule(apps, None)
    assert PeriodicTask.objects.get(task="prospects.tasks.push_all_locations").enabled
