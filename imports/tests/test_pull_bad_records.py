"""Records that GHL should not send: each becomes a row that says what is wrong with it, and none stops a pull."""

import pytest

from imports.models import ImportBatch, StagedCall, StagedRecord
from imports.tests.pull_cast import EXPORT, OddGHL, pulled, resumed

LONG = "x" * 10_000
ADA = {"id": "ada", "firstName": "Ada", "lastName": "Byron", "email": "ada@engines.example"}


def nested(levels):
    value = "deep"
    for _ in range(levels):
        value = [value]
    return value


def pulled_with(ghl, location, *records):
    """The rows of these records, pulled together with a good one before and after."""
    ghl.answers_searches_with({**ADA, "id": "first"}, *records, {**ADA, "id": "last"})
    batch = pulled(location)
    rows = list(batch.records.order_by("position"))
    assert batch.phase == "done"
    assert [rows[0].ghl_contact_id, rows[-1].ghl_contact_id] == ["first", "last"]
    return batch, rows[1:-1]


NO_CONTACTS = [None, "a text", 7, 1.5, True, [], ["a"], {}, {"id": None}, {"id": ""}, {"id": " "}, {"id": {}},
               {"name": "No Id"}, {"id": LONG}, {"id": 10**400}]  # fmt: skip


@pytest.mark.parametrize("record", NO_CONTACTS, ids=repr)
def test_what_is_no_contact_becomes_a_row_that_says_so(ghl, location, record):
    batch, rows = pulled_with(ghl, location, record)
    assert [(row.status, row.ghl_contact_id) for row in rows] == [("error", "")]
    assert "GHL sent something that is not a contact" in rows[0].error_message
    assert rows[0].raw_data == (record if isinstance(record, dict) else {"unreadable": record})
    assert (batch.status, batch.errors, batch.contacts_read) == ("partial", 1, 3)


NOBODY = [{}, {"firstName": None, "email": None}, {"firstName": " ", "phone": ""}, {"companyName": "Firm & Sons"},
          {"firstName": {}, "lastName": [], "email": ["a", "b"], "phone": False}]  # fmt: skip


@pytest.mark.parametrize("fields", NOBODY, ids=repr)
def test_a_contact_that_is_nobody_is_kept_with_what_to_do(ghl, location, fields):
    batch, rows = pulled_with(ghl, location, {"id": "nobody", **fields})
    assert (rows[0].status, rows[0].ghl_contact_id) == ("error", "nobody")
    assert "Nothing to tell this person by" in rows[0].error_message
    assert "Complete it in GHL" in rows[0].error_message


@pytest.mark.parametrize("field", ["firstName", "lastName", "email", "phone", "companyName"])
def test_a_value_of_ten_thousand_characters_is_kept_whole_in_the_raw_data(ghl, location, field):
    _, rows = pulled_with(ghl, location, {**ADA, field: LONG})
    assert rows[0].status == "error"
    assert "10,000 characters long" in rows[0].error_message
    assert rows[0].raw_data[field] == LONG


HARMLESS = [
    {"tags": ["one", None, 7, {"a": 1}, LONG]}, {"tags": "a, b"}, {"tags": 5}, {"customFields": "none"},
    {"customFields": [{"id": "unknownField", "value": {"any": ["thing", 10**400]}}]}, {"customFields": [None, 3, {}]},
    {"dateAdded": "never", "dateUpdated": 10**400}, {"dnd": "perhaps", "dndSettings": [1]}, {"country": LONG},
    {"additionalEmails": [None, {"email": 5}, {"x": "y"}, LONG], "additionalPhones": {"a": "b"}}, {"source": {"a": 1}},
    {"website": [LONG]}, {"name": 10**400}, {"attributions": nested(40)}, {"new key of GHL's": {"any": [1, None]}},
    {"companyName": -(10**400)}, {"phone": 1e300}, {"searchAfter": [None, {}]}, {"deep": nested(60)},
]  # fmt: skip


@pytest.mark.parametrize("oddity", HARMLESS, ids=lambda oddity: ", ".join(oddity))
def test_odd_types_elsewhere_leave_a_contact_as_good_as_it_is(ghl, location, oddity):
    batch, rows = pulled_with(ghl, location, {**ADA, **oddity})
    assert [(row.contact_first_name, row.contact_email) for row in rows] == [("Ada", ADA["email"])]
    assert rows[0].is_waiting
    assert batch.status == "success"


@pytest.mark.parametrize(
    "name", ["Zoë 🎻", "李 小龙", "O'Brien-“Sam”", "a\u202eb", "<script>", "{{first}}", "%s%n", "\\ud800"]
)
def test_unusual_letters_come_through_as_they_are(ghl, location, name):
    _, rows = pulled_with(ghl, location, {**ADA, "firstName": name})
    assert rows[0].contact_first_name == name
    assert rows[0].raw_data["firstName"] == name
    assert rows[0].remarks == []


@pytest.mark.parametrize("bad", ["\x00", "\ud800", "a\udfff", "\ud800\ud800"])
@pytest.mark.parametrize("place", ["value", "key", "tag", "custom value", "id"])
def test_what_no_database_can_keep_is_replaced_with_a_remark(ghl, location, bad, place):
    record = {
        "value": {**ADA, "firstName": f"A{bad}da"},
        "key": {**ADA, f"odd{bad}key": 1},
        "tag": {**ADA, "tags": [f"hot{bad}lead"]},
        "custom value": {**ADA, "customFields": [{"id": "x", "value": [f"a{bad}b"]}]},
        "id": {**ADA, "id": f"a{bad}da"},
    }[place]
    batch, rows = pulled_with(ghl, location, record)
    assert rows[0].remarks == ["Characters that no database can keep were replaced by �."]
    assert "�" in str(rows[0].raw_data)
    assert batch.errors == 0


@pytest.mark.parametrize("levels", [49, 60, 400, 800])
def test_a_record_of_any_depth_is_kept_as_far_as_it_can_be(ghl, location, levels):
    _, rows = pulled_with(ghl, location, {**ADA, "deep": nested(levels)})
    assert rows[0].raw_data["email"] == ADA["email"]
    assert ("nested too deeply to keep" in str(rows[0].raw_data)) == (levels > 49)


def test_many_bad_records_together_cost_no_good_one(ghl, location):
    bad = [*NO_CONTACTS, *({"id": f"nobody {number}"} for number in range(20))]
    good = [{**ADA, "id": f"good {number}"} for number in range(20)]
    mixed = [record for pair in zip(bad, [*good, *good], strict=False) for record in pair]
    ghl.answers_searches_with(*mixed)
    batch = pulled(location)
    assert batch.records.filter(ghl_contact_id__startswith="good").exclude(status="error").count() == 20
    assert batch.errors == batch.records.filter(status="error").count() >= 30


def test_a_contact_that_comes_twice_on_a_page_is_one_row(ghl, location):
    ghl.answers_searches_with({**ADA, "firstName": "Old"}, ADA)
    batch = pulled(location)
    assert [row.contact_first_name for row in batch.records.all()] == ["Ada"]


# ---------------------------------------------------------------- calls

NO_CALLS = [None, "a text", 7, [], {}, {"type": 1}, {"id": None, "messageType": "TYPE_CALL"}, {"id": LONG},
            {"id": "c", "contactId": LONG}, {"id": {}, "type": 1}]  # fmt: skip


def pulled_with_call(ghl: OddGHL, location, *calls):
    ghl.answers_searches_with(ADA)
    ghl.faults.add(EXPORT, status=200, times=None, body={"messages": [*calls, {"id": "good", "type": 1}], "total": 2})
    batch = pulled(location)
    assert StagedCall.objects.get(external_call_id="good").error_message == ""
    return batch, StagedCall.objects.exclude(external_call_id="good")


@pytest.mark.parametrize("call", NO_CALLS, ids=repr)
def test_what_is_no_call_is_kept_with_the_reason(ghl, location, call):
    batch, calls = pulled_with_call(ghl, location, call)
    assert len(calls) == 1
    assert calls[0].error_message.startswith("GHL sent ")
    assert (batch.status, batch.errors) == ("partial", 1)


ODD_CALLS = [
    {"meta": "none"}, {"meta": {"call": []}}, {"meta": {"call": {"duration": 10**400, "status": {}}}},
    {"dateAdded": 10**400}, {"direction": 5}, {"from": {}, "to": [LONG]}, {"body": "NUL\x00 and half \ud800"},
    {"contactId": None}, {"contactId": "nobody knows"}, {"status": LONG}, {"attachments": nested(70)},
    {"userId": 10**400},
]  # fmt: skip


@pytest.mark.parametrize("oddity", ODD_CALLS, ids=lambda oddity: ", ".join(oddity))
def test_odd_types_in_a_call_are_no_reason_to_lose_it(ghl, location, oddity):
    batch, calls = pulled_with_call(ghl, location, {"id": "odd", "type": 1, "contactId": "ada", **oddity})
    assert [(call.external_call_id, call.error_message) for call in calls] == [("odd", "")]
    assert batch.status == "success"


MESSAGES = [
    {"type": 2},
    {"messageType": "TYPE_SMS"},
    {"messageTypeString": "TYPE_EMAIL"},
    {"messageTypeId": 3},
    {"type": 28, "messageType": "TYPE_ACTIVITY_OPPORTUNITY"},
]
CALLS = [
    {"type": 1},
    {"type": 24},
    {"messageType": "TYPE_CALL"},
    {"messageType": "CALL"},
    {"messageType": "TYPE_IVR_CALL"},
    {"messageType": "TYPE_CAMPAIGN_CALL"},
    {},
]


@pytest.mark.parametrize("kind", MESSAGES, ids=repr)
def test_messages_of_another_kind_are_left_out(ghl, location, kind):
    batch, calls = pulled_with_call(ghl, location, {"id": "sms", "contactId": "ada", **kind})
    assert not calls
    assert batch.calls_read == 1


@pytest.mark.parametrize("kind", CALLS, ids=repr)
def test_calls_of_every_kind_are_kept_and_what_does_not_say_its_kind(ghl, location, kind):
    _, calls = pulled_with_call(ghl, location, {"id": "call", "contactId": "ada", **kind})
    assert [call.ghl_contact_id for call in calls] == ["ada"]


def test_a_bad_record_is_mended_in_ghl_and_comes_right_with_the_next_pull(ghl, location):
    ghl.answers_searches_with({"id": "ada"}, times=1)
    first = pulled(location)
    ghl.answers_searches_with(ADA)
    second = pulled(location)
    assert [row.status for row in first.records.all()] == ["skipped"]
    assert [row.contact_email for row in second.records.all()] == [ADA["email"]]
    assert StagedRecord.objects.filter(status="error").count() == 0


def test_identical_error_rows_are_not_staged_again_and_again(ghl, location):
    ghl.answers_searches_with(None, {"id": "nobody"}, ADA)
    ghl.faults.add(EXPORT, status=200, times=None, body={"messages": [None], "total": 1})
    assert pulled(location).errors == 3
    for _ in range(2):
        again = pulled(location)
        assert (again.status, again.contacts_read, again.contacts_unchanged, again.errors) == ("success", 3, 3, 0)
    assert StagedRecord.objects.filter(status="error").count() == 2
    assert StagedCall.objects.count() == 1


def test_bad_records_survive_a_pull_that_fails_later(ghl, location):
    ghl.answers_searches_with(None, ADA)
    ghl.faults.add(EXPORT, status=503, times=None)
    assert pulled(location).status == "failed"
    ghl.faults.clear()
    ghl.answers_searches_with(None, ADA)
    assert resumed(location).errors == 1
    assert ImportBatch.objects.get().records.count() == 2
