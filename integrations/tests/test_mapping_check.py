"""A custom field that is gone in GHL is noted on its location, where staff see it before the next push."""

import pytest

from conftest import LOCATION_ID
from integrations.field_mapping_form import keep_mapping
from integrations.mapping_check import check_mapping
from integrations.models import GHLIntegration
from integrations.tasks import check_mappings

pytestmark = pytest.mark.django_db
FIELDS = f"/locations/{LOCATION_ID}/customFields"
GONE = "Job title is mapped to the field goneField001, which GHL no longer has."


@pytest.fixture
def mapped(integration: GHLIntegration, sandbox) -> GHLIntegration:
    integration.custom_field_mapping = {"job_title": "goneField001"}
    integration.save()
    return integration


def noted() -> str:
    return GHLIntegration.objects.get().mapping_problem


def test_the_schedule_notes_a_field_that_is_gone(mapped):
    check_mappings()
    assert noted() == GONE


def test_it_is_no_longer_noted_once_it_is_mended(mapped, sandbox):
    check_mappings()
    title = next(field["id"] for field in sandbox.location.custom_fields if field["name"] == "Job Title")
    keep_mapping(mapped.pk, {"job_title": title})
    assert noted() == ""
    check_mappings()
    assert noted() == ""


def test_what_is_known_stays_while_ghl_cannot_say(mapped, sandbox):
    check_mappings()
    sandbox.faults.refuse(FIELDS, status=403)
    assert check_mapping(GHLIntegration.objects.get()) == GONE


def test_a_location_that_is_not_ready_or_not_mapped_is_left(mapped, sandbox):
    GHLIntegration.objects.update(is_active=False)
    check_mappings()
    GHLIntegration.objects.update(is_active=True, custom_field_mapping={})
    check_mappings()
    GHLIntegration.objects.update(api_token="", custom_field_mapping={"job_title": "goneField001"})
    check_mappings()
    assert (noted(), sandbox.journal.entries()) == ("", [])
