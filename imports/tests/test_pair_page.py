"""Two people side by side: picked or typed, with their normal forms, who shares them, the weights and the verdict."""

from typing import Any
from urllib.parse import urlencode

import pytest
from django.apps import apps
from django.urls import reverse

from imports.admin.pair_words import KEYS
from imports.duplicates.keys import MAX_SHARED
from imports.duplicates.rivals import Pool
from imports.duplicates.scoring import weigh
from imports.matching import lookup
from imports.matching.identities import identity_of_person, identity_of_record
from imports.matching.pairs import PairCounts, weigh_pair
from imports.models import StagedRecord
from imports.side import Side
from imports.tests.apart_cast import FATHER, SON, pulled
from imports.tests.review_cast import a_batch, a_client_location, a_record
from prospects.identity import identity_of
from prospects.models import Contact, SalesProspect

pytestmark = pytest.mark.django_db
PAGE = reverse("admin:imports_toldapart_changelist")
BLANK = {"first_name": "", "last_name": "", "firm": "", "email": "", "phone": "", "linkedin": ""}


@pytest.fixture
def page(client: Any, reviewer: Any) -> Any:
    client.force_login(reviewer)
    return client


def asked(page: Any, **query: str) -> str:
    return page.get(f"{PAGE}?{urlencode(query)}").content.decode()


def ref(row: Any) -> str:
    kinds = {SalesProspect: "prospect", Contact: "contact", StagedRecord: "staged"}
    return f"{kinds[type(row)]}:{row.pk}"


def typed(page: Any, first: dict[str, str], second: dict[str, str], **more: str) -> str:
    values = {f"one-{name}": value for name, value in {**BLANK, **first}.items()}
    values |= {f"other-{name}": value for name, value in {**BLANK, **second}.items()}
    answer = page.post(PAGE, {**values, **more})
    assert answer.status_code == 200
    return answer.content.decode()


# ---------------------------------------------------------------- choosing two


@pytest.mark.parametrize("text", ["keller", "robert@kellers.example", "(212) 555-0143", "Marlow"])
def test_people_and_staged_records_are_found_by_name_firm_mail_and_phone(page, father, integration, text):
    record = a_record(a_batch(integration), **SON)
    html = asked(page, find_one=text)
    assert f"?one=prospect%3A{father.pk}" in html
    if "@" not in text:
        assert f"?one=staged%3A{record.pk}" in html


def test_the_second_is_searched_while_the_first_stays(page, father):
    other = SalesProspect.objects.create(contact_last_name="Voss")
    html = asked(page, one=ref(father), find_other="voss")
    assert f"?{urlencode({'one': ref(father), 'other': ref(other)})}".replace("&", "&amp;") in html


def test_a_search_that_finds_nobody_says_so(page, db):
    assert "Nobody like “nobody”" in asked(page, find_one="nobody")


@pytest.mark.parametrize("gone", ["prospect:00000000-0000-0000-0000-000000000000", "prospect:x", "x", "x:y:z"])
def test_an_address_that_leads_to_nobody_says_so(page, db, gone):
    assert "Nobody is there under this address any more" in asked(page, one=gone)


def test_whom_a_reader_may_not_see_is_neither_found_nor_shown(client, father, django_user_model):
    from django.contrib.auth.models import Permission

    onlooker = django_user_model.objects.create_user("onlooker", is_staff=True)
    onlooker.user_permissions.add(Permission.objects.get(codename="view_toldapart"))
    client.force_login(onlooker)
    assert str(father.pk) not in asked(client, find_one="keller")
    assert FATHER["contact_email"] not in asked(client, one=ref(father))


def test_the_page_takes_a_role(client, django_user_model):
    client.force_login(django_user_model.objects.create_user("nobody", is_staff=True))
    assert client.get(PAGE).status_code == 403


def test_the_queue_and_the_first_page_lead_to_it(page, integration):
    assert PAGE in page.get(reverse("admin:imports_stagedrecord_changelist")).content.decode()
    first = page.get(reverse("admin:index")).content.decode()
    assert PAGE in first
    assert "Compare two people" in first


# ---------------------------------------------------------------- a picked pair


def test_a_waiting_pair_is_shown_with_forms_sharing_weights_verdict_and_what_it_lacked(page, father, integration):
    for _ in range(4):
        SalesProspect.objects.create(contact_first_name="Ann", contact_phone=SON["contact_phone"])
    father.contact_first_name, father.contact_email, father.contact_phone = "Bob", "", "+14155550177"
    father.save()
    record = pulled(integration)
    html = asked(page, one=ref(record), other=ref(father))
    for words in (
        "bob, a form of robert", "4 others have it", "marlowfinch; told from others by: marlow finch",
        "Forms of one first name", "All together", "What it would have taken", "When its batch was compared",
        "A detection compares the two, since they share", "likeliest other story",
    ):  # fmt: skip
        assert words in html, words
    assert reverse("admin:imports_toldapart_tell_apart", args=[record.pk]) in html


def test_the_order_of_the_two_does_not_matter_for_the_verdict(page, father, integration):
    record = pulled(integration)
    one, other = asked(page, one=ref(record), other=ref(father)), asked(page, one=ref(father), other=ref(record))
    badge = one[one.index("<h2>Why <span") :][:120]
    assert badge in other


def test_looking_writes_nothing(page, father, integration, django_assert_num_queries):
    record = pulled(integration)
    ours = [model for model in apps.get_models() if model._meta.app_label in ("imports", "prospects", "admin")]
    before = {model: list(model._default_manager.order_by("pk").values()) for model in ours}
    asked(page, one=ref(record), other=ref(father), find_one="keller")
    typed(page, {"first_name": "Ann"}, {"first_name": "Ann"})
    assert {model: list(model._default_manager.order_by("pk").values()) for model in ours} == before


def test_people_of_two_sides_are_compared_with_a_warning(page, father):
    location = a_client_location()
    contact = Contact.objects.create(client=location.client, **SON)
    html = asked(page, one=ref(contact), other=ref(father))
    assert "different sides" in html
    assert "All together" in html


def test_one_record_beside_itself_is_named_as_such(page, father):
    assert "one and the same record" in asked(page, one=ref(father), other=ref(father))


def test_the_pair_is_weighed_as_a_detection_weighs_it(father, integration):
    record = pulled(integration)
    mine, theirs = identity_of_record(record), identity_of_person(father)
    counts = PairCounts(Side.internal(), (mine, theirs), (theirs,))
    assert weigh_pair(mine, theirs, counts).match.score == pytest.approx(record.match_score)


def test_what_others_share_is_counted_without_the_two(father, integration):
    SalesProspect.objects.create(contact_first_name="Ann", contact_phone=FATHER["contact_phone"])
    lookup.refresh("internal", SalesProspect.objects.all(), identity_of_person, lambda: None)
    mine, theirs = identity_of(**BLANK | {"phone": FATHER["contact_phone"]}), identity_of_person(father)
    counts = PairCounts(Side.internal(), (mine, theirs), (theirs,))
    key = f"phone:{FATHER['contact_phone']}"
    assert (counts.others(key), counts(key)) == (1, 3)


# ---------------------------------------------------------------- a typed pair

ANN = {"first_name": "Ann", "last_name": "Lee", "email": "ann@lee.example", "phone": "212 555 0143 x7"}


def test_typed_records_are_compared_and_their_normal_forms_shown(page, db):
    html = typed(page, {**ANN, "linkedin": "https://uk.linkedin.com/in/Ann-Lee/"}, {**ANN, "first_name": "Annie"})
    for words in ("+12125550143, extension 7", "ann-lee", "annie, a form of", "Nobody else is counted", "Certain"):
        assert words in html, words


def test_what_says_nothing_is_named(page, db):
    assert "Says nothing that can be compared" in typed(page, {**ANN, "linkedin": "https://x.example/"}, ANN)


def test_without_a_location_nobody_knows_them_and_with_one_its_people_count(page, integration):
    for _ in range(6):
        SalesProspect.objects.create(contact_first_name="Bo", contact_phone="+12125550143")
    lookup.refresh("internal", SalesProspect.objects.all(), identity_of_person, lambda: None)
    alone, among = typed(page, ANN, ANN), typed(page, ANN, ANN, location=str(integration.pk))
    assert "nobody else has it" in alone
    assert "6 others have it" in among
    assert "Same phone number, shared by 8 records" in among


def test_two_who_are_nobody_to_each_other_are_no_candidate(page, db):
    html = typed(page, ANN, {"first_name": "Thora", "last_name": "Voss", "phone": "+14155550177"})
    assert "No candidate" in html
    assert "would not even compare the two" in html


def test_a_picked_person_can_be_typed_otherwise(page, father, integration):
    other = SalesProspect.objects.create(**{**SON, "contact_email": ""})
    lookup.refresh("internal", SalesProspect.objects.all(), identity_of_person, lambda: None)
    html = asked(page, one=ref(father), other=ref(other))
    assert f'value="{FATHER["contact_email"]}"' in html, "what they say is there to be changed"
    more = {"one": ref(father), "other": ref(other), "location": str(integration.pk)}
    html = typed(page, {"phone": FATHER["contact_phone"]}, {"phone": FATHER["contact_phone"]}, **more)
    assert "nobody else has it" in html, "the two themselves are not counted"


def test_pasted_text_fills_the_fields_that_are_empty(page, db):
    pasted = "Ann Lee\nPartner\nann@lee.example\n212 555 0143"
    html = typed(page, {"title": "Counsel", "pasted": pasted}, ANN)
    for words in ('value="Ann"', 'value="Lee"', 'value="Counsel"', 'value="212 555 0143"', "Same e-mail address"):
        assert words in html, words
    assert "Partner" not in html, "what was typed goes before what was pasted"


def test_too_long_a_value_is_refused_beside_its_field(page, db):
    assert "at most 500 characters" in typed(page, {"first_name": "a" * 501}, ANN)
    assert "at most 2000 characters" in typed(page, {"pasted": "a" * 2001}, ANN)


def test_markup_in_a_value_is_shown_as_text(page, db):
    html = typed(page, {**ANN, "firm": "<script>alert(1)</script>"}, ANN)
    assert "<script>alert" not in html


@pytest.mark.parametrize("text", ["\x00", "‮", "😀" * 100, "a@", "+", "((("])
def test_no_text_breaks_the_page(page, db, text):
    values = dict.fromkeys(("first_name", "last_name", "firm", "email", "phone", "linkedin", "address", "born"), text)
    page.post(PAGE, {f"{side}-{name}": value for side in ("one", "other") for name, value in values.items()})
    assert page.get(PAGE, {"find_one": text.replace("\x00", "")}).status_code == 200


def test_every_key_that_proposes_has_words():
    assert {kind for kind, most in MAX_SHARED.items() if most} == set(KEYS)


def test_a_pool_of_nobody_is_as_unknown_keys_are():
    mine = identity_of(**BLANK | ANN)
    counts = PairCounts(None, (mine, mine))
    assert weigh_pair(mine, mine, counts).match == weigh(mine, mine, Pool.of({}, 0))
