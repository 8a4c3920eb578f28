"""A location's token is encrypted at rest, and shows itself nowhere."""

import copy
import json
import logging
import pickle
from contextlib import suppress
from io import StringIO
from typing import Any

import pytest
from celery import current_app
from cryptography.fernet import Fernet
from django.core.exceptions import FieldError
from django.core.management import call_command
from django.core.serializers import deserialize
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import F
from django.forms import modelform_factory
from django.forms.models import model_to_dict
from kombu.exceptions import EncodeError
from kombu.serialization import dumps

from integrations.fields import Secret, SecretUnreadableError
from integrations.models import GHLIntegration
from integrations.tests.plain_sql import insert, stored

pytestmark = pytest.mark.django_db
TOKEN = "pit-5f0c1a77-very-secret-9d21"


@pytest.fixture
def location() -> GHLIntegration:
    location = GHLIntegration(location_id="loc1", integration_type="internal", api_token=TOKEN)
    location.make_webhook_secret()
    location.save()
    return GHLIntegration.objects.get()


@pytest.fixture
def unreadable(location: GHLIntegration, settings: Any) -> GHLIntegration:
    """A location whose secrets were written with a key that is gone."""
    settings.FIELD_ENCRYPTION_KEYS = ["quite another key, as long as one should be"]
    return location


# ---------------------------------------------------------------- where it does not show


def test_the_column_holds_no_plain_token(location):
    (column,) = stored("ghl_integrations", "api_token")
    assert TOKEN not in column
    assert column.startswith("fernet:")


def test_no_plain_text_waits_on_a_row_to_be_saved():
    row = GHLIntegration(location_id="loc1", integration_type="internal", api_token=TOKEN)
    assert TOKEN not in f"{vars(row)} {model_to_dict(row)} {row.api_token!r} {pickle.dumps(row)!r}"
    row.api_token = "pit-another"
    assert "pit-another" not in f"{vars(row)} {model_to_dict(row)}"


def test_the_token_is_read_by_asking_for_it(location):
    assert location.api_token.reveal() == TOKEN


@pytest.mark.parametrize("show", [str, repr, "{}".format, "%s".__mod__, lambda secret: f"{secret:}"])
def test_a_secret_s_text_is_that_there_is_one(location, show):
    assert show(location.api_token) == "<Secret set>"
    assert show(Secret("")) == "<Secret not set>"


def test_pickles_and_copies_hold_ciphertext(location):
    for kept in (pickle.dumps(location), pickle.dumps(location.api_token)):
        assert TOKEN.encode() not in kept
        assert pickle.loads(kept) in (location, location.api_token)  # noqa: S301  just written
    assert copy.deepcopy(location.api_token).reveal() == TOKEN


def test_a_dump_holds_ciphertext_and_can_be_loaded_again(location):
    dumped = StringIO()
    call_command("dumpdata", "integrations", stdout=dumped)
    GHLIntegration.objects.all().delete()
    assert TOKEN not in dumped.getvalue()
    assert location.webhook_secret.reveal() not in dumped.getvalue()
    for row in deserialize("json", dumped.getvalue()):
        row.save()
    assert GHLIntegration.objects.get().api_token.reveal() == TOKEN


def test_a_row_as_a_dictionary_holds_no_plain_token(location):
    values = GHLIntegration.objects.values("api_token").get()
    assert TOKEN not in f"{model_to_dict(location)} {values} {vars(location)} {GHLIntegration.objects.values_list()}"


@pytest.mark.parametrize("encoder", [json.JSONEncoder, DjangoJSONEncoder])
def test_json_refuses_a_secret(location, encoder):
    with pytest.raises(TypeError, match="not JSON serializable"):
        json.dumps({"token": location.api_token}, cls=encoder)
    assert json.dumps(location.api_token, default=str) == '"<Secret set>"'


def test_logs_of_a_secret_its_row_and_its_queries_show_nothing(location, caplog, django_assert_max_num_queries):
    with caplog.at_level(logging.DEBUG), django_assert_max_num_queries(1) as queries:
        location.api_token = TOKEN
        location.save()
        logging.getLogger("test").info("%s %r %s", location.api_token, location, vars(location))
    assert TOKEN not in caplog.text + str(queries.captured_queries)


def test_no_form_shows_or_takes_the_token_by_itself(location):
    form = modelform_factory(GHLIntegration, fields="__all__")(instance=location)
    assert "api_token" not in form.fields


def test_a_task_cannot_be_given_a_secret(location):
    with pytest.raises(EncodeError):
        dumps(([location.api_token], {}), serializer="json")
    assert current_app.conf.task_serializer == "json"


def test_the_hint_is_four_characters_of_a_long_secret_and_none_of_a_short_one():
    assert Secret.of(TOKEN).hint == "•••• 9d21"
    assert Secret.of("pit-short").hint == "••••"
    assert Secret("").hint == "not set"


# ---------------------------------------------------------------- what cannot be read


def test_the_wrong_key_is_said_in_words_without_the_ciphertext(unreadable):
    with pytest.raises(SecretUnreadableError, match="FIELD_ENCRYPTION_KEYS") as caught:
        unreadable.api_token.reveal()
    assert unreadable.api_token.ciphertext not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_rows_with_an_unreadable_secret_are_listed_and_saved_all_the_same(unreadable):
    before = stored("ghl_integrations", "api_token")
    row = GHLIntegration.objects.get()
    assert (str(row), bool(row.api_token), row.api_token.hint) == ("loc1", True, "cannot be read with the present keys")
    row.name = "Renamed"
    row.full_clean()
    row.save()
    assert stored("ghl_integrations", "api_token") == before


def test_a_damaged_secret_is_said_in_words(location):
    damaged = Secret(location.api_token.stored[:-6] + "AAAAAA")
    with pytest.raises(SecretUnreadableError):
        damaged.reveal()


@pytest.fixture
def plain() -> GHLIntegration:
    """A token that another system wrote unencrypted."""
    insert("ghl_integrations", location_id="plain", integration_type="internal", api_token=TOKEN)
    return GHLIntegration.objects.get()


def test_a_token_stored_unencrypted_is_refused_not_used(plain):
    with pytest.raises(SecretUnreadableError, match="not encrypted") as caught:
        plain.api_token.reveal()
    assert TOKEN not in str(caught.value)


def test_a_token_stored_unencrypted_shows_no_more_than_others(plain):
    dumped = StringIO()
    call_command("dumpdata", "integrations", stdout=dumped)
    shown = f"{dumped.getvalue()} {vars(plain)} {model_to_dict(plain)} {plain.api_token.hint} {pickle.dumps(plain)!r}"
    assert TOKEN not in shown


def test_saving_another_column_leaves_what_is_stored_as_it_is(plain):
    plain.name = "Renamed"
    plain.save()
    assert stored("ghl_integrations", "api_token") == [TOKEN]


# ---------------------------------------------------------------- looking for one


@pytest.mark.parametrize("lookup", ["api_token", "api_token__in", "api_token__contains", "api_token__startswith"])
def test_a_token_cannot_be_looked_for(location, lookup):
    with pytest.raises(FieldError):
        GHLIntegration.objects.filter(**{lookup: [TOKEN] if lookup.endswith("in") else TOKEN}).exists()


def test_a_token_cannot_be_compared_with_another_column(location):
    with pytest.raises(FieldError):
        GHLIntegration.objects.filter(api_token=F("webhook_secret")).exists()


def test_whether_a_secret_is_null_can_be_asked(location):
    assert not GHLIntegration.objects.filter(api_token__isnull=True).exists()


# ---------------------------------------------------------------- keys


def test_equal_tokens_have_different_ciphertexts():
    assert Secret.of(TOKEN) != Secret.of(TOKEN)
    assert len({Secret.of(TOKEN), Secret.of(TOKEN)}) == 2


@pytest.mark.parametrize(
    "key",
    [Fernet.generate_key().decode(), "a pass phrase, ümlauts and all", "x", "AAAA" * 11],
    ids=["a Fernet key", "a pass phrase", "one letter", "base64 of the right length"],
)
def test_any_text_is_a_key(settings, key):
    settings.FIELD_ENCRYPTION_KEYS = [key]
    assert Secret.of(TOKEN).reveal() == TOKEN


def test_a_new_key_reads_what_the_old_one_wrote_while_both_are_there(location, settings):
    settings.FIELD_ENCRYPTION_KEYS = ["the new key of this year", *settings.FIELD_ENCRYPTION_KEYS]
    assert location.api_token.reveal() == TOKEN


def rotate(*arguments: str) -> dict[str, Any]:
    out = StringIO()
    with suppress(SystemExit):
        call_command("rotate_tokens", "--json", *arguments, stdout=out, stderr=StringIO())
    return json.loads(out.getvalue())


def test_a_rotation_lets_the_old_key_go(location, settings):
    webhook_secret = location.webhook_secret.reveal()
    settings.FIELD_ENCRYPTION_KEYS = ["the new key of this year", *settings.FIELD_ENCRYPTION_KEYS]
    assert rotate() == {"rotated": 1, "unreadable": []}
    settings.FIELD_ENCRYPTION_KEYS = ["the new key of this year"]
    row = GHLIntegration.objects.get()
    assert (row.api_token.reveal(), row.webhook_secret.reveal()) == (TOKEN, webhook_secret)


def test_a_rotation_that_leaves_something_undone_ends_with_status_1(unreadable):
    with pytest.raises(SystemExit) as left:
        call_command("rotate_tokens", stdout=StringIO(), stderr=(err := StringIO()))
    assert (left.value.code, "of: loc1." in err.getvalue()) == (1, True)


def test_a_rotation_without_the_old_key_touches_nothing_and_names_the_location(unreadable):
    before = stored("ghl_integrations", "api_token") + stored("ghl_integrations", "webhook_secret")
    assert rotate() == {"rotated": 0, "unreadable": ["loc1"]}
    assert stored("ghl_integrations", "api_token") + stored("ghl_integrations", "webhook_secret") == before


def test_a_rotation_goes_on_past_an_unreadable_location(unreadable):
    GHLIntegration.objects.create(location_id="loc2", integration_type="internal", api_token=TOKEN)
    assert rotate() == {"rotated": 1, "unreadable": ["loc1"]}


def test_a_rotation_of_locations_without_a_token_has_nothing_to_do():
    GHLIntegration.objects.create(location_id="loc2", integration_type="internal")
    assert rotate() == {"rotated": 1, "unreadable": []}
    assert stored("ghl_integrations", "api_token") == [""]


def test_a_rotation_is_safe_to_run_twice(location):
    assert rotate() == rotate()
    assert GHLIntegration.objects.get().api_token.reveal() == TOKEN
