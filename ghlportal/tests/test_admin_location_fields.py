"""The pages of a location that ask GHL: does the connection work, and which custom field holds what."""

from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.urls import reverse

from conftest import TOKEN
from integrations.sandbox.store import default_custom_fields

LABELS = {
    "linkedin_url": "LinkedIn URL", "job_title": "Job Title", "person_number": "Bar Number",
    "market_name": "Market Name", "cadence_stage": "Cadence Stage", "dial_attempts": "Dial Attempts",
    "no_answer_count": "No Answer Count", "voicemail_count": "Voicemail Count",
    "callback_attempts": "Callback Attempts",
}  # fmt: skip


def url(name: str, integration: Any) -> str:
    return reverse(f"admin:integrations_ghlintegration_{name}", args=[integration.pk])


@pytest.fixture
def fields_page(integration: Any) -> str:
    return url("custom_fields", integration)


@pytest.fixture
def connection_page(integration: Any) -> str:
    return url("connection", integration)


@pytest.fixture
def ids(sandbox: Any) -> dict[str, str]:
    """The ids of the location's fields, by our names."""
    by_label = {field["name"]: field["id"] for field in sandbox.location.custom_fields}
    return {name: by_label[label] for name, label in LABELS.items()}


def html_of(answer: Any) -> str:
    return answer.content.decode()


def chosen_in(answer: Any) -> dict[str, str]:
    return {field.name: field.value() or "" for field in answer.context["form"]}


def told(answer: Any) -> str:
    return " ".join(str(message) for message in get_messages(answer.wsgi_request))


# ---------------------------------------------------------------- custom fields


def test_the_page_says_what_is_mapped_without_asking_ghl(admin_client, sandbox, integration, fields_page):
    integration.custom_field_mapping = {"job_title": "F77"}
    integration.save()
    html = html_of(admin_client.get(fields_page))
    assert "field F77" in html
    assert "Fetch fields from GHL" in html
    assert sandbox.journal.total == 0


def test_fields_are_fetched_and_proposed_by_their_names(admin_client, sandbox, integration, fields_page, ids):
    answer = admin_client.post(fields_page)
    assert chosen_in(answer) == ids
    assert html_of(answer).count("Proposed by its name.") == len(ids)
    integration.refresh_from_db()
    assert integration.custom_field_mapping == {}  # proposed is not yet confirmed


def test_what_is_confirmed_is_kept_and_what_other_systems_wrote_stays(admin_client, integration, fields_page, ids):
    integration.custom_field_mapping = {"theirs": "x", "job_title": "old"}
    integration.save()
    answer = admin_client.post(fields_page, {**ids, "cadence_stage": "", "save": "yes"})
    assert answer.url == fields_page
    integration.refresh_from_db()
    del ids["cadence_stage"]
    assert integration.custom_field_mapping == {"theirs": "x", **ids}
    assert "8 fields of 9 mapped" in told(answer)


def test_a_mapped_field_that_ghl_no_longer_has_is_shown(admin_client, integration, fields_page, ids):
    integration.custom_field_mapping = {"job_title": "goneField001"}
    integration.save()
    answer = admin_client.post(fields_page)
    assert "Mapped so far: goneField001, which GHL no longer has. Another one is proposed" in html_of(answer)
    assert chosen_in(answer)["job_title"] == ids["job_title"]


def test_what_a_person_chose_is_not_proposed_over(admin_client, sandbox, integration, fields_page, ids):
    integration.custom_field_mapping = {"job_title": ids["market_name"]}
    integration.save()
    assert chosen_in(admin_client.post(fields_page))["job_title"] == ids["market_name"]


def test_a_field_of_the_wrong_kind_is_refused_in_words_and_nothing_is_saved(
    admin_client, sandbox, integration, fields_page, ids
):
    sandbox.location.custom_fields.append({"id": "D1", "name": "First Dial", "dataType": "DATE"})
    answer = admin_client.post(fields_page, {**ids, "dial_attempts": "D1", "save": "yes"})
    assert "“First Dial” holds a date, but dial attempts needs a number or text field." in html_of(answer)
    integration.refresh_from_db()
    assert integration.custom_field_mapping == {}


def test_one_field_for_two_values_is_refused(admin_client, integration, fields_page, ids):
    answer = admin_client.post(fields_page, {**ids, "market_name": ids["job_title"], "save": "yes"})
    assert "which job title is mapped to already" in html_of(answer)
    integration.refresh_from_db()
    assert integration.custom_field_mapping == {}


def test_a_field_that_vanished_between_fetching_and_saving_is_refused(
    admin_client, sandbox, integration, fields_page, ids
):
    del sandbox.location.custom_fields[0]
    answer = admin_client.post(fields_page, {**ids, "save": "yes"})
    assert "GHL no longer has this field. Choose another one." in html_of(answer)
    integration.refresh_from_db()
    assert integration.custom_field_mapping == {}


def test_a_location_without_fields_says_what_to_do(admin_client, sandbox, fields_page):
    sandbox.location.custom_fields = []
    assert "Make them in GHL" in html_of(admin_client.post(fields_page))


def test_hostile_labels_are_shown_as_text(admin_client, sandbox, fields_page):
    sandbox.location.custom_fields.append({"id": "X1", "name": "<script>alert(1)</script>", "dataType": "TEXT"})
    html = html_of(admin_client.post(fields_page))
    assert "<script>alert(1)" not in html
    assert "&lt;script&gt;alert(1)" in html


@pytest.mark.parametrize("page", ["custom_fields", "connection"])
def test_what_ghl_refuses_is_said_on_the_page(admin_client, sandbox, integration, page):
    sandbox.revoke(TOKEN)
    html = html_of(admin_client.post(url(page, integration)))
    assert "GoHighLevel did not accept the location&#x27;s token" in html
    assert TOKEN not in html


@pytest.mark.parametrize("page", ["custom_fields", "connection"])
def test_a_location_without_a_token_is_told_so(admin_client, sandbox, integration, page):
    integration.api_token = ""
    integration.save()
    assert "has no API token. Enter one on its page." in html_of(admin_client.post(url(page, integration)))
    assert sandbox.journal.total == 0


@pytest.mark.parametrize("page", ["custom_fields", "connection"])
def test_reviewers_may_not_ask(client, reviewer, sandbox, integration, page):
    client.force_login(reviewer)
    assert client.get(url(page, integration)).status_code == 403
    assert client.post(url(page, integration)).status_code == 403
    assert sandbox.journal.total == 0


def test_the_locations_page_leads_to_both_and_says_how_many_fields_are_mapped(admin_client, integration, ids):
    integration.custom_field_mapping = {"job_title": ids["job_title"], "theirs": "x"}
    integration.save()
    html = html_of(admin_client.get(url("change", integration)))
    assert url("connection", integration) in html
    assert url("custom_fields", integration) in html
    assert "<dt>Custom fields mapped</dt><dd>1 of 9</dd>" in html


# ---------------------------------------------------------------- the connection


def test_a_sound_connection_is_told_so_and_nothing_in_ghl_is_changed(admin_client, sandbox, connection_page):
    sandbox.populate(sandbox.location.id, contacts=3, calls=2)
    before = dict(sandbox.location.contacts)
    assert sandbox.journal.total == 0
    html = html_of(admin_client.get(connection_page))
    assert sandbox.journal.total == 0
    assert "Nothing in GHL is changed" in html
    html = html_of(admin_client.post(connection_page))
    assert "Everything works" in html
    assert html.count(">Works<") == 5
    assert sandbox.location.contacts == before


@pytest.mark.parametrize(
    ("path", "scope"),
    [
        ("/contacts/*/tags", "contacts.write"), ("/locations/*/customFields", "locations/customFields.readonly"),
        ("/conversations/messages/export", "conversations/message.readonly"),
        ("/conversations/search", "conversations.readonly"),
    ],
)  # fmt: skip
def test_a_missing_scope_is_named_and_the_others_are_still_tried(admin_client, sandbox, connection_page, path, scope):
    method = "DELETE" if "tags" in path else "GET"
    sandbox.faults.refuse(path, status=401, method=method)
    html = html_of(admin_client.post(connection_page))
    assert f"The token lacks the scope “{scope}”" in html
    assert html.count(">Works<") == 4
    assert "Everything works" not in html


def test_a_token_of_another_location_is_told_so_once(admin_client, sandbox, integration, connection_page):
    sandbox.add_location("elsewhere00000000001", "pit-other")
    sandbox.tokens[TOKEN] = {"elsewhere00000000001"}
    html = html_of(admin_client.post(connection_page))
    assert "The token has no access to this location" in html
    assert html.count(">Not tried<") == 4


def test_an_unreachable_ghl_is_told_so_without_making_the_reader_wait_long(admin_client, sandbox, connection_page):
    sandbox.faults.add(kind="close", times=None)
    html = html_of(admin_client.post(connection_page))
    assert "GoHighLevel could not be reached" in html
    assert html.count(">Not tried<") == 4
    assert sandbox.journal.total == 2


def test_the_sandbox_has_the_fields_that_these_tests_speak_of():
    assert [field["name"] for field in default_custom_fields("x")] == list(LABELS.values())
