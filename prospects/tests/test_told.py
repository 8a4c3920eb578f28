"""What GHL is still to be told of somebody: only what was changed here, and never what GHL itself has said."""

from typing import Any

import pytest

from prospects.models import SalesProspect
from prospects.outbound.told import CAMPAIGN, News, Unsure, first_tags, first_told, news_of, tags_after

MAPPING = {
    name: f"F-{name}"
    for name in ("linkedin_url", "job_title", "person_number", "market_name", "cadence_stage", "dial_attempts")
}
DANA = {"contact_first_name": "Dana", "contact_last_name": "Quill", "contact_title": "Partner"}


def dana(**about: Any) -> SalesProspect:
    """Somebody of whom GHL says the same as the portal, unless told otherwise."""
    return SalesProspect(**{**DANA, "ghl_values": DANA, **about})


def told_of(person: SalesProspect, campaign: str = "Texas", **about: Any) -> dict[str, Any]:
    return first_told(person, campaign, **{"was_sent": True, "mapping": MAPPING, **about})


def news(person: SalesProspect, campaign: str = "Texas", **about: Any) -> News:
    known = {"told": told_of(dana()), "tags": ["texas"], "mapping": MAPPING, **about}
    return news_of(person, campaign, **known)


def test_nothing_is_told_of_somebody_who_was_just_sent():
    assert not news(dana())


@pytest.mark.parametrize(
    ("column", "value", "name"),
    [
        ("contact_title", "Counsel", "job_title"), ("contact_linkedin", "linkedin.com/in/dana", "linkedin_url"),
        ("dial_attempts", 3, "dial_attempts"), ("cadence_stage", "paused", "cadence_stage"),
        ("person_number", "CA 284417", "person_number"),
        ("contact_first_name", "Danielle", "firstName"), ("contact_last_name", "Reed", "lastName"),
    ],
)  # fmt: skip
def test_only_what_was_changed_is_told(column, value, name):
    assert news(dana(**{column: value})) == News(fields={name: value})


def test_names_and_custom_fields_go_into_one_request_and_nothing_else_does():
    person = dana(contact_title="Counsel", contact_last_name="Reed", contact_email="new@example.com",
                  contact_phone="+12125550177", firm_name="New LLP", source="Referral")  # fmt: skip
    body = news(person).body(MAPPING)
    assert body == {"lastName": "Reed", "customFields": [{"id": "F-job_title", "field_value": "Counsel"}]}


def test_what_was_told_is_not_told_again():
    person = dana(dial_attempts=3)
    assert not news(person, told={**told_of(dana()), **news(person).fields})


def test_a_counter_that_went_back_to_nothing_is_told():
    told = {**told_of(dana()), "dial_attempts": 3}
    assert news(dana(dial_attempts=0), told=told).fields == {"dial_attempts": 0}


def test_what_ghl_said_itself_is_never_sent_back():
    person = dana(contact_title="Of Counsel", ghl_values={**DANA, "contact_title": "OF COUNSEL"})
    assert not news(person)


def test_where_both_sides_differ_for_good_neither_is_sent_again_and_again():
    person = dana(contact_title="Partner", ghl_values={**DANA, "contact_title": "Associate"})
    assert not news(person)


def test_an_emptied_column_is_not_told_since_ghl_would_fill_it_again():
    assert not news(dana(contact_title=""))


def test_a_value_without_a_field_is_not_told():
    mapping = {"job_title": "F1"}
    assert news(dana(dial_attempts=3, contact_title="Counsel"), mapping=mapping).fields == {"job_title": "Counsel"}


# ---------------------------------------------------------------- tags and campaigns


def test_tags_are_added_and_removed_by_themselves_whatever_their_case():
    person = dana(tags=["VIP", "Texas"])
    assert news(person, tags=["texas", "cold"]) == News(added=("VIP",), removed=("cold",))


def test_another_campaign_takes_the_former_ones_tag_along():
    person = dana(tags=["Texas"])
    found = news(person, "Ohio")
    assert (found.added, found.removed, found.fields) == (("Ohio",), ("texas",), {"market_name": "Ohio"})


def test_the_tags_after_it_are_what_ghl_has_then():
    assert tags_after(["texas", "Cold"], News(added=("VIP", "Texas"), removed=("cold",))) == ["Texas", "VIP"]


# ---------------------------------------------------------------- the first look


def test_what_differed_when_somebody_was_linked_stays_and_what_ghl_lacks_is_filled_in():
    person = dana(contact_linkedin="linkedin.com/in/dana", ghl_values={**DANA, "contact_title": "Associate"})
    told = told_of(person, was_sent=False)
    assert news(person, told=told, tags=[]) == News(
        fields={"linkedin_url": "linkedin.com/in/dana", "market_name": "Texas"}, added=("Texas",)
    )


def test_of_somebody_of_whom_ghl_has_said_nothing_yet_the_columns_count_as_its_own():
    person = dana(ghl_values={}, tags=["Texas"])
    told = told_of(person, "", was_sent=False)
    tags = first_tags(person, "", was_sent=False, was_adopted=False)
    assert not news(person, "", told=told, tags=tags)


def test_counters_that_began_before_the_first_look_are_told_and_those_that_never_began_are_not():
    person = dana(dial_attempts=4)
    told = told_of(person, "", was_sent=False)
    assert news(person, "", told=told, tags=[]).fields == {"dial_attempts": 4}


def test_all_tags_are_told_of_somebody_who_was_in_ghl_before_and_none_of_somebody_who_came_from_there():
    person = dana(tags=["VIP"])
    assert first_tags(person, "", was_sent=False, was_adopted=True) == []
    assert first_tags(person, "", was_sent=False, was_adopted=False) == ["VIP"]
    assert first_tags(person, "Texas", was_sent=True, was_adopted=False) == ["VIP", "Texas"]
    assert told_of(person, "Texas", was_sent=False)[CAMPAIGN] == ""


# ---------------------------------------------------------------- what may have arrived or not


def test_what_was_sent_without_an_answer_is_told_again_as_it_is_now():
    lost = Unsure().with_sent(News({"job_title": "Counsel"}, added=("hot",)))
    assert news(dana(), unsure=lost) == News({"job_title": "Partner"}, removed=("hot",))
    assert news(dana(contact_title="Counsel", tags=["Hot"]), unsure=lost) == News({"job_title": "Counsel"}, ("Hot",))


def test_a_tag_whose_removal_was_not_answered_is_added_again_when_it_is_wanted_again():
    lost = Unsure().with_sent(News(removed=("cold",)))
    assert news(dana(tags=["cold"]), tags=["texas", "cold"], unsure=lost) == News(added=("cold",))


def test_what_ghl_has_answered_is_sure():
    sent = News({"job_title": "Counsel"}, added=("Hot",), removed=("cold",))
    lost = Unsure().with_sent(sent)
    assert Unsure.of_row(lost.as_row()) == lost
    assert lost.after_answer(News({"job_title": "Counsel"})).as_row() == {"tags": ["cold", "hot"]}
    assert lost.after_answer(sent).as_row() == {}


def test_an_empty_value_is_not_told_even_where_nobody_knows_what_ghl_has():
    assert not news(dana(contact_title=""), unsure=Unsure(frozenset({"job_title"})))
