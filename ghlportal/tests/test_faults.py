"""What people and programs are told when something goes wrong that nobody expected."""

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from integrations.tests.api_cast import Program

pytestmark = pytest.mark.django_db


@pytest.fixture
def broken(db: None) -> None:
    """The table of batches is gone."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE ghl_import_batches RENAME TO somewhere_else")


def test_a_program_is_told_of_a_fault_in_the_apis_own_shape(broken):
    program = Program.of("Administrator")
    program.http.raise_request_exception = False
    answer = program.get("batches/")
    assert (answer.status_code, answer.json()["code"]) == (500, "fault")
    assert "ghl_import_batches" not in answer.content.decode()


def test_a_person_is_told_of_a_fault_in_words(broken, admin_user):
    client = Client(raise_request_exception=False)
    client.force_login(admin_user)
    answer = client.get(reverse("admin:imports_importbatch_changelist"))
    assert answer.status_code == 500
    html = answer.content.decode()
    assert "What you sent was not kept" in html
    assert "ghl_import_batches" not in html


def test_an_address_that_is_none_and_a_page_that_is_not_allowed_say_so(client, admin_client, reviewer):
    gone = admin_client.get("/nothing-here/")
    assert (gone.status_code, "There is nothing at this address" in gone.content.decode()) == (404, True)
    client.force_login(reviewer)
    refused = client.get(reverse("admin:auth_user_changelist"))
    assert (refused.status_code, "Your role does not allow this" in refused.content.decode()) == (403, True)
