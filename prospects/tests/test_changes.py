"""Telling GHL what was changed of people who are in it, against a GoHighLevel that may fail."""

import json
import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from conftest import LOCATION_ID, TOKEN
from integrations.ghl.deliveries import ContactDelivery, ContactNews
from integrations.ghl.payloads import ContactRecord
from integrations.models import Client, GHLIntegration
from integrations.sandbox.shapes import contact_body
from prospects.following import follow
from prospects.models import Contact, SalesCampaign, SalesProspect, ToldPerson
from prospects.outbound import told_rows
from prospects.outbound.changes import tell_changes
from prospects.tests.push_cast import State, taken_up

LABELS = {
    "linkedin_url": "LinkedIn URL", "job_title": "Job Title", "market_name": "Market Name",
    "cadence_stage": "Cadence Stage", "dial_attempts": "Dial Attempts",
}  # fmt: skip


@pytest.fixture
def ids(sandbox: Any, integration: GHLIntegration) -> dict[str, str]:
    """The mapping of the location, by our names."""
    by_label = {field["name"]: field["id"] for field in sandbox.location.custom_fields}
    integration.custom_field_mapping = {name: by_label[label] for name, label in LABELS.items()}
    integration.save()
    return integration.custom_field_mapping


@pytest.fixture
def dana(sandbox: Any, ids: dict[str, str]) -> SalesProspect:
    """In GHL for some time, with one tag and a title, and looked at since."""
    sandbox.location.add_contact(
        id="c1", first_name="Dana", last_name="Quill", email="dana@example.com", phone="+12125550177",
        company_name="Baker LLP", tags=("cold",), custom_fields=((ids["job_title"], "Partner"),),
    )  # fmt: skip
    columns = {
        "contact_first_name": "Dana", "contact_last_name": "Quill", "contact_title": "Partner",
        "contact_email": "dana@example.com", "contact_phone": "+12125550177", "firm_name": "Baker LLP",
    }  # fmt: skip
    return SalesProspect.objects.create(
        **columns, tags=["cold"], ghl_contact_id="c1", ghl_location_id=LOCATION_ID, ghl_values=columns
    )


@pytest.fixture
def known(dana: SalesProspect, integration: GHLIntegration, sandbox: Any) -> SalesProspect:
    """Dana, of whom GHL knows everything."""
    assert tell_changes(integration).updated == 0
    long_ago = timezone.now() - timedelta(hours=1)
    SalesProspect.objects.update(updated_at=long_ago)
    ToldPerson.objects.update(looked_at=long_ago + timedelta(minutes=1))
    sandbox.journal.clear()
    return SalesProspect.objects.get()


def change(person: SalesProspect, **columns: Any) -> None:
    for column, value in columns.items():
        setattr(person, column, value)
    person.save()


def writes(sandbox: Any) -> list[tuple[str, str, Any]]:
    """What was written, in the order of the answers."""
    entries = [entry for entry in sandbox.journal.entries() if entry.method in ("POST", "PUT", "DELETE")]
    return [(entry.method, entry.path, json.loads(entry.body)) for entry in entries]


def contact_of(sandbox: Any) -> Any:
    return sandbox.location.contacts["c1"]


def delivered(integration: GHLIntegration, sandbox: Any, kind: ContactNews = ContactNews.UPDATED) -> None:
    """GHL tells of the contact as it is now."""
    record = ContactRecord.parse(contact_body(contact_of(sandbox)))
    follow(integration, ContactDelivery(kind, record), timezone.now())


def test_of_somebody_who_was_not_changed_ghl_is_told_and_asked_nothing(known, integration, sandbox):
    assert tell_changes(integration).updated == 0
    assert sandbox.journal.total == 0


def test_a_changed_title_is_told_and_nothing_else(known, integration, sandbox, ids):
    before = contact_of(sandbox)
    change(known, contact_title="Counsel", contact_email="other@example.com", contact_phone="+13125550000")
    result = tell_changes(integration)
    assert (result.updated, result.failed, result.problem) == (1, 0, "")
    sent = {"customFields": [{"id": ids["job_title"], "field_value": "Counsel"}]}
    assert writes(sandbox) == [("PUT", "/contacts/c1", sent)]
    after = contact_of(sandbox)
    assert dict(after.custom_fields)[ids["job_title"]] == "Counsel"
    assert (after.email, after.phone, after.company_name, after.tags) == (
        before.email, before.phone, before.company_name, before.tags,
    )  # fmt: skip
    assert tell_changes(integration).updated == 0


def test_counters_that_calls_changed_are_told_though_the_row_keeps_its_time(known, integration, sandbox, ids):
    SalesProspect.objects.update(dial_attempts=4, calls_counted_at=timezone.now())
    assert tell_changes(integration).updated == 1
    assert dict(contact_of(sandbox).custom_fields)[ids["dial_attempts"]] == 4


def test_tags_are_added_and_removed_and_those_that_others_gave_stay(known, integration, sandbox):
    sandbox.location.change_contact("c1", tags=("cold", "of the dialer"))
    change(known, tags=["VIP"])
    tell_changes(integration)
    assert writes(sandbox) == [
        ("POST", "/contacts/c1/tags", {"tags": ["VIP"]}), ("DELETE", "/contacts/c1/tags", {"tags": ["cold"]}),
    ]  # fmt: skip
    assert contact_of(sandbox).tags == ("of the dialer", "vip")


def test_another_campaign_changes_market_and_tag_and_the_former_tag_leaves_the_person(known, integration, sandbox, ids):
    change(known, campaign=SalesCampaign.objects.create(name="Texas"), tags=["cold", "Texas"])
    tell_changes(integration)
    delivered(integration, sandbox)
    assert contact_of(sandbox).tags == ("cold", "texas")
    known.refresh_from_db()
    change(known, campaign=SalesCampaign.objects.create(name="Ohio"))
    tell_changes(integration)
    delivered(integration, sandbox)
    known.refresh_from_db()
    assert contact_of(sandbox).tags == ("cold", "ohio")
    assert dict(contact_of(sandbox).custom_fields)[ids["market_name"]] == "Ohio"
    assert known.tag_list == ["cold"]  # the campaign's own tag goes with the campaign
    assert tell_changes(integration).updated == 0


def test_a_renamed_campaign_is_told_of_everybody_in_it(known, integration, sandbox):
    campaign = SalesCampaign.objects.create(name="Texas")
    change(known, campaign=campaign)
    tell_changes(integration)
    campaign.name = "Texas 2027"
    campaign.save()
    tell_changes(integration)
    assert contact_of(sandbox).tags == ("cold", "texas 2027")


# ---------------------------------------------------------------- loops with what GHL delivers


def test_the_echo_of_what_was_told_changes_nothing_and_is_not_told_again(known, integration, sandbox):
    change(known, contact_title="Counsel", tags=["cold", "VIP"], dial_attempts=2)
    tell_changes(integration)
    before = SalesProspect.objects.values().get()
    told = len(writes(sandbox))
    delivered(integration, sandbox)
    after = SalesProspect.objects.values().get()
    for column in ("contact_title", "tags", "dial_attempts", "contact_first_name"):
        assert after[column] == before[column]
    assert tell_changes(integration).updated == 0
    assert len(writes(sandbox)) == told


def test_what_ghl_changed_is_taken_over_and_not_sent_back(known, integration, sandbox, ids):
    sandbox.location.change_contact(
        "c1", custom_fields=((ids["job_title"], "Judge"),), tags=("retired",), last_name="Reed"
    )
    delivered(integration, sandbox)
    known.refresh_from_db()
    assert (known.contact_title, known.tags, known.contact_last_name) == ("Judge", ["retired"], "Reed")
    assert tell_changes(integration).updated == 0
    assert writes(sandbox) == []


def test_a_tag_that_was_not_told_yet_survives_what_ghl_says_meanwhile(known, integration, sandbox):
    sandbox.location.change_contact("c1", tags=("cold", "dialed"))
    change(known, tags=["VIP"])  # "cold" taken away, "VIP" given
    delivered(integration, sandbox, ContactNews.TAGS)
    known.refresh_from_db()
    assert sorted(known.tags) == ["VIP", "dialed"]
    tell_changes(integration)
    assert sorted(contact_of(sandbox).tags) == ["dialed", "vip"]


def test_a_late_echo_does_not_undo_a_newer_change(known, integration, sandbox, ids):
    change(known, contact_title="Counsel")
    tell_changes(integration)
    known.refresh_from_db()
    change(known, contact_title="Judge")
    delivered(integration, sandbox)  # still says Counsel
    known.refresh_from_db()
    assert known.contact_title == "Judge"
    tell_changes(integration)
    assert dict(contact_of(sandbox).custom_fields)[ids["job_title"]] == "Judge"


# ---------------------------------------------------------------- who was linked just now


def test_of_somebody_whom_a_push_just_made_nothing_is_told_again(dana, integration, sandbox):
    taken_up(dana, integration, State.DONE, sent_at=timezone.now() - timedelta(seconds=1))
    change(dana, dial_attempts=3, campaign=SalesCampaign.objects.create(name="Texas"))
    assert tell_changes(integration).updated == 0
    assert sandbox.journal.total == 0


def test_what_was_changed_since_the_push_read_somebody_is_told(dana, integration, sandbox, ids):
    earlier = timezone.now() - timedelta(minutes=5)
    row = taken_up(dana, integration, State.DONE, sent_at=earlier)
    type(row).objects.update(settled_at=earlier)
    change(dana, dial_attempts=3)
    assert tell_changes(integration).updated == 1
    assert dict(contact_of(sandbox).custom_fields)[ids["dial_attempts"]] == 3


def test_clients_contacts_are_told_of_in_their_own_location(dana, integration, sandbox):
    client = Client.objects.create(name="Harbor")
    location = GHLIntegration(location_id="harbor", integration_type="client", client=client)
    location.api_token = integration.api_token
    location.save()
    sandbox.add_location("harbor", TOKEN).add_contact(id="h1", first_name="Eli", email="eli@example.com")
    said = {"contact_first_name": "Eli"}
    eli = Contact.objects.create(
        client=client, contact_first_name="Eli", ghl_contact_id="h1", ghl_location_id="harbor", ghl_values=said
    )
    tell_changes(location)
    eli.contact_first_name = "Elias"
    eli.save()
    assert tell_changes(location).updated == 1
    assert sandbox.locations["harbor"].contacts["h1"].first_name == "Elias"


# ---------------------------------------------------------------- when it does not work


def test_a_fault_is_tried_again_later_and_the_error_is_on_the_person(known, integration, sandbox):
    sandbox.faults.add("/contacts/c1", method="PUT", status=503)
    change(known, contact_title="Counsel")
    assert tell_changes(integration).failed == 1
    row = ToldPerson.objects.get()
    assert "GoHighLevel had a fault of its own" in row.error
    assert tell_changes(integration).failed == 0  # it waits
    ToldPerson.objects.update(next_try_at=timezone.now())
    assert tell_changes(integration).updated == 1
    assert ToldPerson.objects.get().error == ""


def test_a_lost_answer_is_told_again(known, integration, sandbox, ids):
    sandbox.faults.add("/contacts/c1", method="PUT", kind="lost_answer")
    change(known, contact_title="Counsel")
    assert tell_changes(integration).failed == 1
    ToldPerson.objects.update(next_try_at=timezone.now())
    assert tell_changes(integration).updated == 1
    assert dict(contact_of(sandbox).custom_fields)[ids["job_title"]] == "Counsel"


def test_a_tag_whose_answer_was_lost_goes_when_it_is_no_longer_wanted(known, integration, sandbox):
    sandbox.faults.add("/contacts/c1/tags", method="POST", kind="lost_answer")
    change(known, tags=["cold", "VIP"])
    assert tell_changes(integration).failed == 1
    assert ToldPerson.objects.get().unsure == {"tags": ["vip"]}
    change(known, tags=["cold"])
    ToldPerson.objects.update(next_try_at=timezone.now())
    assert tell_changes(integration).updated == 1
    assert [*contact_of(sandbox).tags] == ["cold"]
    assert ToldPerson.objects.get().unsure == {}


def test_a_refusal_leaves_nothing_unsure(known, integration, sandbox):
    sandbox.faults.add("/contacts/c1", method="PUT", status=422)
    change(known, contact_title="Counsel")
    assert tell_changes(integration).failed == 1
    assert ToldPerson.objects.get().unsure == {}


def test_nobody_is_told_of_when_the_claim_may_soon_be_anothers(known, integration, sandbox, monkeypatch):
    change(known, contact_title="Counsel")
    monkeypatch.setattr(told_rows, "CLAIM", timedelta(0))
    assert tell_changes(integration).updated == 0
    assert sandbox.journal.entries("/contacts/c1", "PUT") == []
    monkeypatch.undo()
    assert tell_changes(integration).updated == 1


def test_what_got_through_is_not_told_again_when_the_rest_failed(known, integration, sandbox):
    sandbox.faults.add("/contacts/c1/tags", method="POST", status=503)
    change(known, contact_title="Counsel", tags=["cold", "VIP"])
    tell_changes(integration)
    ToldPerson.objects.update(next_try_at=timezone.now())
    sandbox.journal.clear()
    assert tell_changes(integration).updated == 1
    assert writes(sandbox) == [("POST", "/contacts/c1/tags", {"tags": ["VIP"]})]


def test_a_refusal_stands_until_the_person_is_changed_or_tried_again_by_hand(known, integration, sandbox):
    sandbox.location.remove_contact("c1")
    change(known, contact_title="Counsel")
    assert tell_changes(integration).failed == 1
    assert "GoHighLevel no longer has this contact" in ToldPerson.objects.get().error
    SalesProspect.objects.update(updated_at=timezone.now() - timedelta(hours=1))
    sandbox.journal.clear()
    assert tell_changes(integration).failed == 0
    assert writes(sandbox) == []
    assert told_rows.try_again([known]) == 1
    assert tell_changes(integration).failed == 1


def test_tries_come_to_an_end(known, integration, sandbox):
    sandbox.faults.add("/contacts/c1", method="PUT", status=503, times=None)
    change(known, contact_title="Counsel")
    SalesProspect.objects.update(updated_at=timezone.now() - timedelta(minutes=30))
    tries = 0
    while tell_changes(integration).failed:
        tries += 1
        ToldPerson.objects.update(next_try_at=timezone.now())
    assert tries == len(told_rows.WAITS) + 1


def test_a_revoked_token_ends_it_and_counts_against_nobody(known, integration, sandbox):
    sandbox.revoke(TOKEN)
    change(known, contact_title="Counsel")
    result = tell_changes(integration)
    assert "did not accept the location's token" in result.problem
    assert ToldPerson.objects.get().attempts == 0
    sandbox.tokens[TOKEN] = {LOCATION_ID}
    assert tell_changes(integration).updated == 1


def test_a_mapped_field_that_is_gone_is_left_out_and_told_once_it_is_mapped_anew(known, integration, sandbox, ids):
    change(known, contact_title="Counsel", contact_first_name="Danielle")
    integration.custom_field_mapping = {**ids, "job_title": "goneField001"}
    integration.save()
    assert tell_changes(integration).updated == 1
    assert writes(sandbox) == [("PUT", "/contacts/c1", {"firstName": "Danielle"})]
    SalesProspect.objects.update(updated_at=timezone.now() - timedelta(hours=1))
    assert tell_changes(integration).updated == 0
    integration.custom_field_mapping = ids
    integration.save()
    assert tell_changes(integration).updated == 1
    assert dict(contact_of(sandbox).custom_fields)[ids["job_title"]] == "Counsel"


def test_people_who_are_deleted_in_ghl_are_left_alone(known, integration, sandbox):
    change(known, contact_title="Counsel", ghl_deleted_at=timezone.now())
    assert tell_changes(integration).updated == 0
    assert sandbox.journal.total == 0


def test_somebody_whom_a_worker_that_died_held_is_told_of_once_its_claim_is_over(known, integration, sandbox):
    change(known, contact_title="Counsel")
    ToldPerson.objects.update(claimed_by="dead", claimed_until=timezone.now() + timedelta(minutes=1))
    assert tell_changes(integration).updated == 0
    ToldPerson.objects.update(claimed_until=timezone.now() - timedelta(seconds=1))
    assert tell_changes(integration).updated == 1


def test_nothing_is_told_within_a_transaction(known, integration, sandbox, monkeypatch):
    """The test's own transaction is the only one open while GHL is asked."""
    depths = []
    from integrations.ghl.client import GHLClient

    real = GHLClient.update_contact

    def watched(client: GHLClient, contact_id: str, body: Any) -> Any:
        depths.append((threading.current_thread() is threading.main_thread(), len(connection.savepoint_ids)))
        return real(client, contact_id, body)

    monkeypatch.setattr(GHLClient, "update_contact", watched)
    change(known, contact_title="Counsel")
    tell_changes(integration)
    assert depths == [(False, 0)]


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("shared_database")
def test_two_workers_at_once_tell_each_change_once(sandbox, ids, integration):
    for number in range(30):
        sandbox.location.add_contact(id=f"p{number}", first_name="Pat", email=f"p{number}@example.com")
        SalesProspect.objects.create(
            contact_first_name="Pat", ghl_contact_id=f"p{number}", ghl_location_id=LOCATION_ID,
            ghl_values={"contact_first_name": "Pat"}, dial_attempts=1,
        )  # fmt: skip
    results = []

    def work() -> None:
        try:
            results.append(tell_changes(integration))
        finally:
            connection.close()

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert sum(result.updated for result in results) == 30
    assert len(sandbox.journal.entries(method="PUT")) == 30
