"""From a status of GHL to the error that says what to do about it."""

import pickle

import pytest

from integrations.ghl import errors
from integrations.ghl.errors import GHLError, error_for
from integrations.tests.ghl_cast import payload

REQUEST = "GET /contacts/abc"


def answered(status, body=None, headers=None):
    return error_for(status, request=REQUEST, headers=headers or {}, body=body)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (301, errors.GarbledAnswer),
        (400, errors.RequestRejected),
        (401, errors.CredentialRejected),
        (402, errors.RequestRejected),
        (403, errors.LocationForbidden),
        (404, errors.NotFound),
        (408, errors.ServerFault),
        (422, errors.RequestRejected),
        (429, errors.RateLimited),
        (500, errors.ServerFault),
        (502, errors.ServerFault),
        (599, errors.ServerFault),
    ],
)
def test_each_status_has_its_error(status, kind):
    error = answered(status)
    assert type(error) is kind
    assert error.status == status


@pytest.mark.parametrize(
    ("status", "example", "kind"),
    [
        (401, "error_401_token", errors.CredentialRejected),
        (401, "error_401_scope", errors.CredentialRejected),
        (401, "error_401_version_missing", errors.VersionRejected),
        (401, "error_401_version_invalid", errors.VersionRejected),
        (403, "error_403_location", errors.LocationForbidden),
        (400, "contact_create_400_duplicate", errors.DuplicateContact),
        (422, "contact_create_422_unknown_property", errors.RequestRejected),
        (400, "transcription_400_none", errors.RequestRejected),
    ],
)
def test_each_known_refusal_is_told_apart(status, example, kind):
    assert type(answered(status, payload(example))) is kind


def test_a_duplicate_names_the_contact_to_take_instead():
    error = answered(400, payload("contact_create_400_duplicate"))
    assert (error.contact_id, error.matching_field) == ("c9HtR4mVx2QpLs7KdZ1B", "phone")


def test_a_duplicate_without_its_contact_says_so_with_an_empty_id():
    error = answered(400, {"message": "This location does not allow duplicated contacts."})
    assert (type(error), error.contact_id) == (errors.DuplicateContact, "")


@pytest.mark.parametrize("message", ["one fault", ["one fault", "another"]])
def test_the_message_may_be_a_text_or_a_list(message):
    assert answered(422, {"message": message}).messages[0] == "one fault"


@pytest.mark.parametrize("body", [None, [], "oops", {"message": None}, {"message": {"a": 1}}, {"message": [None, 3]}])
def test_a_body_of_any_shape_is_survived(body):
    assert answered(422, body).messages == ()


def test_the_text_says_what_where_why_and_what_to_do():
    error = answered(403, {**payload("error_403_location"), "traceId": "t-1"})
    assert str(error) == (
        "The token has no access to this location (GET /contacts/abc, status 403, trace t-1). GoHighLevel says: "
        "“The token does not have access to this location.”. Check that the token was made for this very location."
    )


def test_the_message_of_ghl_is_cut_and_kept_on_one_line():
    text = str(answered(400, {"message": "a\nb\x07" + "x" * 5000}))
    assert "\n" not in text
    assert "\x07" not in text
    assert len(text) < 600


def test_a_spent_day_is_told_from_a_crowded_moment():
    spent = answered(429, headers={"X-RateLimit-Daily-Remaining": "0"})
    crowded = answered(429, headers={"X-RateLimit-Daily-Remaining": "163118", "Retry-After": "7"})
    assert isinstance(spent, errors.DailyAllowanceSpent)
    assert isinstance(crowded, errors.RateLimited)
    assert crowded.retry_after == 7


@pytest.mark.parametrize("kind", [kind for kind in vars(errors).values() if isinstance(kind, type)])
def test_every_error_survives_the_way_between_processes(kind):
    if not issubclass(kind, GHLError):
        return
    sent = kind(REQUEST, status=429, messages=("hm",), trace_id="t")
    received = pickle.loads(pickle.dumps(sent))  # noqa: S301
    assert (type(received), str(received), received.__dict__) == (kind, str(sent), sent.__dict__)


@pytest.mark.parametrize(
    ("error", "nothing"),
    [
        (errors.Unreachable(), False),
        (errors.Unreachable(before_sending=True), True),
        (errors.ServerFault(), False),
        (errors.GarbledAnswer(), False),
        (errors.RequestRejected(status=422), False),  # highlevel-api-docs issue 64
        (errors.DuplicateContact(), True),
        (errors.RateLimited(), True),
        (errors.AllowanceUnavailable(), True),
        (errors.CredentialRejected(), True),
        (errors.NotFound(), True),
        (errors.DailyAllowanceSpent(), True),
    ],
)
def test_it_is_known_whether_ghl_may_have_acted(error, nothing):
    assert error.nothing_was_done is nothing
