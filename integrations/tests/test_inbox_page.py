"""The inbox in the admin: what came, what became of it, and once more."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, Permission, User
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from integrations.models import Client, RefusedDeliveries, WebhookEvent
from integrations.tests.inbox_cast import call, event, post, queued, told
from integrations.webhook_secrets import rotate_webhook_secret

__all__ = ["event", "queued", "told"]  # fixtures
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("queued")]
LIST = reverse("admin:integrations_webhookevent_changelist")
SCRIPT = "<script>alert(1)</script>"


@pytest.fixture
def operator(db: None) -> Browser:
    return logged_in(Group.objects.get(name="Operator"))


@pytest.fixture
def onlooker(db: None) -> Browser:
    """Somebody who may look at the inbox and at locations, and nothing else."""
    return logged_in(*Permission.objects.filter(codename__in=["view_webhookevent", "view_ghlintegration"]))


def logged_in(*rights: Any) -> Browser:
    user = User.objects.create_user(f"somebody{User.objects.count()}", is_staff=True)
    for right in rights:
        (user.groups if isinstance(right, Group) else user.user_permissions).add(right)
    browser = Browser()
    browser.force_login(user)
    return browser


def page(event: WebhookEvent) -> str:
    return reverse("admin:integrations_webhookevent_change", args=[event.pk])


def replay_of(event: WebhookEvent) -> str:
    return reverse("admin:integrations_webhookevent_replay", args=[event.pk])


def settle(event: WebhookEvent, status: str = "failed", **about: Any) -> WebhookEvent:
    WebhookEvent.objects.filter(pk=event.pk).update(status=status, settled_at=timezone.now(), **about)
    event.refresh_from_db()
    return event


def found(browser: Browser, **asked: str) -> int:
    return int(browser.get(LIST, asked).context["cl"].result_count)


# ---------------------------------------------------------------- looking


def test_the_page_says_what_came_and_what_became_of_it(operator, event):
    row = Client.objects.create(name="Harbor")
    settle(event, "done", outcome="A new call.", flags=["Unknown word: “Maybe”."], row_table="clients", row_id=row.pk)
    html = operator.get(page(event)).content.decode()
    for words in ("A new call.", "Unknown word: “Maybe”.", "&quot;messageId&quot;: &quot;m1&quot;"):
        assert words in html
    assert reverse("admin:integrations_client_change", args=[row.pk]) in html


def test_what_was_no_json_is_shown_as_text(operator, event):
    settle(event, payload=None, body=SCRIPT, error_message="It is not JSON.")
    html = operator.get(page(event)).content.decode()
    assert "&lt;script&gt;alert(1)" in html
    assert SCRIPT not in html
    assert "It is not JSON." in html


def test_what_strangers_wrote_is_never_run(operator, event):
    settle(event, payload=call(note=SCRIPT), flags=[SCRIPT], error_message=SCRIPT, event_type=SCRIPT)
    for url in (page(event), LIST):
        assert SCRIPT not in operator.get(url).content.decode()


def test_no_secret_is_on_the_pages(operator, event, integration, told):
    post(integration.webhook_path, call("m2"))
    for url in (page(event), LIST, *map(page, WebhookEvent.objects.all())):
        html = operator.get(url).content.decode()
        assert integration.webhook_secret.reveal() not in html
        assert integration.webhook_secret_digest not in html


@pytest.mark.parametrize("wanted", ["message0001", "contact0001", "Our own prospecting"])
def test_a_delivery_is_found_by_message_contact_or_location(operator, event, wanted):
    settle(event, "done", ghl_message_id="message0001", ghl_contact_id="contact0001")
    assert found(operator, q=wanted) == 1


def test_an_id_is_found_in_what_could_not_be_read(operator, event):
    settle(event, payload={"odd": {"place": "message0001"}})
    assert (found(operator, q="message0001"), found(operator, q="message0002")) == (1, 0)


@pytest.mark.parametrize(
    ("asked", "count"),
    [
        ({"flagged": "yes"}, 1),
        ({"flagged": "no"}, 0),
        ({"status__exact": "failed"}, 1),
        ({"status__exact": "done"}, 0),
        ({"kind__exact": "call"}, 1),
        ({"kind__exact": "contact"}, 0),
        ({"source__exact": "app"}, 0),
    ],
)
def test_the_inbox_can_be_narrowed_down(operator, event, asked, count):
    settle(event, flags=["A remark."], kind="call")
    assert found(operator, **asked) == count


def test_the_inbox_says_how_many_deliveries_were_refused(operator):
    today = timezone.now().date()
    for day, count in ((today, 3), (today - timedelta(days=6), 4), (date(2020, 1, 1), 5)):
        RefusedDeliveries.objects.create(day=day, source="app", count=count)
    assert "3 today, 7 in 7 days" in operator.get(LIST).content.decode()


def test_nobody_adds_changes_or_deletes_deliveries(admin_client, event):
    before = WebhookEvent.objects.values().get()
    assert admin_client.post(reverse("admin:integrations_webhookevent_add")).status_code == 403
    assert admin_client.post(page(event), {"status": "done"}).status_code == 403
    delete = reverse("admin:integrations_webhookevent_delete", args=[event.pk])
    assert admin_client.post(delete, {"post": "yes"}).status_code == 403
    assert WebhookEvent.objects.values().get() == before


# ---------------------------------------------------------------- once more


def test_an_operator_lets_a_failed_delivery_be_tried_again(operator, event, queued):
    settle(event)
    assert replay_of(event) in operator.get(page(event)).content.decode()
    assert operator.post(replay_of(event)).url == page(event)
    event.refresh_from_db()
    assert event.status == "waiting"
    assert queued == [("integrations.tasks.process_several", ([str(event.pk)],))]
    assert LogEntry.objects.get().object_id == str(event.pk)


@pytest.mark.parametrize("status", ["done", "waiting"])
def test_what_did_not_fail_is_not_tried_again(operator, event, queued, status):
    settle(event, status)
    assert replay_of(event) not in operator.get(page(event)).content.decode()
    operator.post(replay_of(event))
    event.refresh_from_db()
    assert (event.status, queued, LogEntry.objects.count()) == (status, [], 0)


def test_many_are_tried_again_with_one_action(operator, event, integration, queued):
    other = WebhookEvent.objects.create(integration=integration, delivery_key="k2", source="workflow", payload=call())
    settle(event), settle(other, "ignored")
    operator.post(LIST, {"action": "try_again", "_selected_action": [event.pk, other.pk]})
    assert set(WebhookEvent.objects.values_list("status", flat=True)) == {"waiting"}
    assert set(queued[0][1][0]) == {str(event.pk), str(other.pk)}


def test_who_may_only_look_replays_nothing(onlooker, event, queued):
    settle(event)
    assert replay_of(event) not in onlooker.get(page(event)).content.decode()
    assert onlooker.post(replay_of(event)).status_code == 403
    onlooker.post(LIST, {"action": "try_again", "_selected_action": [event.pk]})
    event.refresh_from_db()
    assert (event.status, queued) == ("failed", [])


def test_a_replay_is_posted(operator, event):
    settle(event)
    assert operator.get(replay_of(event)).status_code == 405
    event.refresh_from_db()
    assert event.status == "failed"


# ---------------------------------------------------------------- a location's address


def of_location(name: str, integration: Any) -> str:
    return reverse(f"admin:integrations_ghlintegration_{name}", args=[integration.pk])


def test_an_operator_replaces_the_address_and_the_old_one_goes_on_for_a_while(operator, integration, told):
    old = integration.webhook_path
    operator.post(of_location("new_webhook", integration))
    integration.refresh_from_db()
    assert integration.webhook_path != old
    html = operator.get(of_location("change", integration)).content.decode()
    assert "is accepted until" in html
    assert integration.webhook_path in html
    assert old not in html
    assert post(old, call()).status_code == 200


def test_an_operator_ends_the_old_address(operator, integration, told):
    old = integration.webhook_path
    rotate_webhook_secret(integration.pk)
    operator.post(of_location("end_old_webhook", integration))
    assert "is accepted until" not in operator.get(of_location("change", integration)).content.decode()
    assert post(old, call()).status_code == 401


@pytest.mark.parametrize("name", ["new_webhook", "end_old_webhook"])
def test_addresses_are_changed_by_post_and_by_operators_only(operator, onlooker, integration, name):
    rotate_webhook_secret(integration.pk)
    integration.refresh_from_db()
    before = (integration.webhook_secret_digest, integration.webhook_previous_digest)
    assert operator.get(of_location(name, integration)).status_code == 405
    assert onlooker.post(of_location(name, integration)).status_code == 403
    integration.refresh_from_db()
    assert (integration.webhook_secret_digest, integration.webhook_previous_digest) == before
