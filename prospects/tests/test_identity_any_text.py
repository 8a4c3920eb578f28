"""What holds for any text at all."""

from hypothesis import given
from hypothesis import strategies as st

from prospects.identity import (
    emails_in,
    firm_of,
    identity_of,
    linkedin_id,
    person_name,
    person_number,
    phones_in,
)
from prospects.identity.text import fold

TEXT = st.text(max_size=60) | st.text(alphabet=" .,-+@/()xX#'\"&1234567890aeJrÉß", max_size=60)


@given(TEXT, TEXT, TEXT, TEXT, TEXT, TEXT)
def test_no_text_is_refused(first: str, last: str, firm: str, email: str, phone: str, linkedin: str) -> None:
    identity_of(first_name=first, last_name=last, firm=firm, email=email, phone=phone, linkedin=linkedin, name=firm)


@given(TEXT)
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(TEXT)
def test_a_normal_email_is_its_own_normal_form(text: str) -> None:
    for email in emails_in(text):
        assert emails_in(email.value) == (email,)


@given(TEXT)
def test_a_normal_number_is_its_own_normal_form(text: str) -> None:
    for phone in phones_in(text):
        if phone.is_valid:
            assert [again.e164 for again in phones_in(phone.e164)] == [phone.e164]


@given(st.emails())
def test_any_ordinary_address_is_read(text: str) -> None:
    assert len(emails_in(f"<{text}>")) <= 1


@given(TEXT)
def test_a_normal_profile_is_its_own_normal_form(text: str) -> None:
    assert linkedin_id(linkedin_id(text)) == linkedin_id(text)


@given(TEXT | st.text(alphabet="0123456789 .,-XxÉNOnobarBAR#+E", max_size=60))
def test_a_normal_number_of_a_persons_own_is_its_own_normal_form(text: str) -> None:
    assert person_number(person_number(text)) == person_number(text)


@given(TEXT)
def test_a_normal_firm_is_its_own_normal_form(text: str) -> None:
    key = firm_of(text).key
    assert firm_of(key).key == key


@given(TEXT, TEXT)
def test_a_normal_name_is_its_own_normal_form(first: str, last: str) -> None:
    name = person_name(first, last)
    if name.first.isalpha() and name.last.isalpha():
        again = person_name(name.first, name.last)
        assert (again.first, again.last) == (name.first, name.last)


def test_missing_values_are_empty() -> None:
    identity = identity_of(first_name=None, last_name=None, firm=None, email=None, phone=None, linkedin=None)
    assert (identity.name.first, identity.firm.key, identity.emails, identity.phones, identity.linkedin) == (
        "",
        "",
        (),
        (),
        "",
    )
