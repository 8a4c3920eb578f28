"""What each role may do through the API: what it may do in the admin, asked for each resource and each action."""

from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from calls.models import Call
from ghlportal.api import RESOURCES
from ghlportal.tests.admin_cast import Portal
from imports.deciding import review
from imports.models import ReviewDecision, StagedRecord
from imports.tests.review_cast import a_record
from integrations.models import SyncRun
from integrations.sandbox.server import Sandbox
from integrations.tests.api_cast import Program, staff
from prospects.models import Contact, SalesCampaign, SalesProspect

pytestmark = pytest.mark.django_db
REVIEWER, OPERATOR = {"Reviewer", "Operator"}, {"Operator"}
SEEN_BY = {
    "locations": OPERATOR,
    "clients": OPERATOR,
    "campaigns": OPERATOR,
    "prospects": REVIEWER,
    "contacts": REVIEWER,
    "sales-calls": REVIEWER,
    "calls": REVIEWER,
    "batches": REVIEWER,
    "staged-records": REVIEWER,
    "decisions": REVIEWER,
    "sync-runs": OPERATOR,
    "deliveries": OPERATOR,
}
DONE_BY = {
    ("batches", "create"): OPERATOR,
    ("batches", "stop"): OPERATOR,
    ("batches", "resume"): OPERATOR,
    ("batches", "give_up"): OPERATOR,
    ("sync-runs", "create"): OPERATOR,
    ("sync-runs", "stop"): OPERATOR,
    ("staged-records", "approve"): REVIEWER,
    ("staged-records", "merge"): REVIEWER,
    ("staged-records", "skip"): REVIEWER,
    ("staged-records", "reject"): REVIEWER,
    ("staged-records", "group"): REVIEWER,
    ("staged-records", "decide_together"): REVIEWER,
    ("decisions", "undo_plan"): REVIEWER,
    ("decisions", "undo"): REVIEWER,
    ("prospects", "partial_update"): OPERATOR,
    ("contacts", "partial_update"): OPERATOR,
    ("campaigns", "create"): OPERATOR,
    ("campaigns", "partial_update"): OPERATOR,
    ("sales-calls", "summarize"): OPERATOR,
    ("sales-calls", "recording"): REVIEWER,
    ("calls", "summarize"): OPERATOR,
    ("calls", "recording"): REVIEWER,
}
TABLES: dict[str, Any] = {
    "prospects": SalesProspect, "contacts": Contact, "campaigns": SalesCampaign, "sync-runs": SyncRun, "calls": Call,
    "decisions": ReviewDecision,
}  # fmt: skip


ROLES = ("Reviewer", "Operator", "Administrator", "")


@pytest.fixture
def portal(integration: Any, sandbox: Sandbox) -> Portal:
    """One row of each table; what is asked of GHL, as a recording is, the sandbox answers."""
    filled = Portal.fill(integration)
    review.skip(a_record(filled.batch).pk, staff(username="decider"))
    return filled


def asked(program: Program, resource: str, action: str, portal: Portal) -> int:
    """The answer's status; what is no 403 would be done, if it made sense."""
    if action == "create":
        return program.post(f"{resource}/").status_code
    rows = {"batches": portal.batch, "staged-records": portal.record, "sales-calls": portal.call}
    row: Any = rows.get(resource) or TABLES[resource].objects.first()
    if action == "partial_update":
        return program.patch(f"{resource}/{row.pk}/").status_code
    path = f"{resource}/{row.pk}/{action.replace('_', '-')}/"
    return (program.get if action in ("recording", "undo_plan", "group") else program.post)(path).status_code


def test_every_resource_and_every_action_is_in_these_tables():
    actions = {(prefix, name) for prefix, (_, views) in RESOURCES.items() for name in views.rights}
    assert actions == {(prefix, name) for prefix in SEEN_BY for name in ("list", "retrieve")} | set(DONE_BY)


@pytest.mark.parametrize("role", ROLES)
def test_a_role_sees_what_it_sees_in_the_admin(role, portal):
    program = Program.of(role)
    for resource, roles in SEEN_BY.items():
        answer = program.get(f"{resource}/")
        if role not in roles | {"Administrator"}:
            assert answer.status_code == 403, resource
            assert answer.json() == {"detail": "Your role does not include this.", "code": "permission_denied"}
            continue
        assert answer.status_code == 200, resource
        for row in answer.json()["results"][:1]:
            assert program.get(f"{resource}/{row['id']}/").status_code == 200, resource


@pytest.mark.parametrize("role", ROLES)
def test_a_role_does_what_it_does_in_the_admin(role, portal):
    program = Program.of(role)
    for (resource, action), roles in DONE_BY.items():
        status = asked(program, resource, action, portal)
        if role in roles | {"Administrator"}:
            assert status in (200, 201, 202, 400, 404, 409, 502), (resource, action)
        else:
            assert status == 403, (resource, action)


def test_a_row_is_as_closed_as_its_list(portal):
    program = Program.of("Reviewer")
    assert program.get(f"locations/{portal.integration.pk}/").status_code == 403


def test_who_is_not_allowed_changes_nothing(portal):
    program = Program.of("")
    for path in (f"staged-records/{portal.record.pk}/skip/", f"staged-records/{portal.record.pk}/approve/"):
        assert program.post(path).status_code == 403
    assert StagedRecord.objects.get(pk=portal.record.pk).decision == ""


def test_a_right_given_by_itself_is_enough_and_not_more():
    onlooker = staff(username="onlooker")
    onlooker.user_permissions.add(Permission.objects.get(codename="view_salescampaign"))
    program = Program(onlooker)
    assert program.get("campaigns/").status_code == 200
    assert program.post("campaigns/", name="Texas").status_code == 403
    assert program.get("prospects/").status_code == 403


def test_rights_without_being_staff_open_nothing(portal):
    user = staff("Administrator")
    user.is_staff = False
    user.save()
    browser = Client()
    browser.force_login(user)
    answer = browser.get("/api/prospects/")
    assert answer.status_code == 403


@pytest.mark.parametrize("method", ["delete", "put", "options"])
def test_what_there_is_no_way_to_do_is_said_to_be_none(method, portal):
    program = Program.of("Administrator")
    answer = getattr(program.http, method)(f"/api/prospects/{portal.prospect.pk}/")
    assert answer.status_code == 405
    assert answer.json()["code"] == "method_not_allowed"
    assert SalesProspect.objects.filter(pk=portal.prospect.pk).exists()
