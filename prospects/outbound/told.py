"""What GHL is still to be told of a person who is in it: pure.

Only what was changed in the portal is told: a value is compared with the one that GHL was last told (`told`), and a
value that GHL itself has said (`said`, the person's `ghl_values`) is never sent back. So an echo of what we sent is no
news, and where GHL's and the portal's values differ for good, neither is sent again and again.

What differs on the day that a person is first looked at stays as it is (decided), whoever was right: a contact may
have been linked that was there long before. Only what GHL lacks is filled in. Empty values are not told, since GHL's
next word would fill them again (`following`). E-mail and phone are never told: GHL keeps its own. Nor is the firm: GHL
takes companyName only when a contact is made.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from prospects.finding import AnyPerson
from prospects.following import say_the_same
from prospects.outbound.body import AT_FIRST, field_values, tags_of

NAMES = {"firstName": "contact_first_name", "lastName": "contact_last_name"}
IDENTITY = {**NAMES, "linkedin_url": "contact_linkedin", "job_title": "contact_title", "person_number": "person_number"}
CAMPAIGN = "campaign"  # the name that GHL has as a tag
EMPTY = ("", None)

Values = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Unsure:
    """What was sent without a word of GHL's since: it may have arrived or not. Fields by our names; tags folded."""

    fields: frozenset[str] = frozenset()
    tags: frozenset[str] = frozenset()

    @classmethod
    def of_row(cls, stored: Mapping[str, Iterable[str]]) -> "Unsure":
        return cls(frozenset(stored.get("fields", ())), frozenset(stored.get("tags", ())))

    def as_row(self) -> dict[str, list[str]]:
        """As the database keeps it."""
        named = {"fields": sorted(self.fields), "tags": sorted(self.tags)}
        return {name: values for name, values in named.items() if values}

    def with_sent(self, news: "News") -> "Unsure":
        """Before it is sent."""
        return Unsure(self.fields | news.fields.keys(), self.tags | {tag.casefold() for tag in news.tags})

    def after_answer(self, news: "News") -> "Unsure":
        """Once GHL has said what became of it."""
        return Unsure(self.fields - news.fields.keys(), self.tags - {tag.casefold() for tag in news.tags})


SURE = Unsure()


@dataclass(frozen=True, slots=True)
class News:
    """What is to be told. `fields`, values by our names, go into one PUT; tags are added and removed by themselves."""

    fields: Values = field(default_factory=dict)
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()

    @property
    def tags(self) -> tuple[str, ...]:
        return self.added + self.removed

    def __bool__(self) -> bool:
        return bool(self.fields or self.added or self.removed)

    def body(self, mapping: Mapping[str, Any]) -> dict[str, Any]:
        """The PUT of GHL's UpdateContactDto (highlevel-api-docs, apps/contacts.json)."""
        named = {name: value for name, value in self.fields.items() if name in NAMES}
        custom = [
            {"id": mapping[name], "field_value": value} for name, value in self.fields.items() if name not in NAMES
        ]
        return {**named, **({"customFields": custom} if custom else {})}


def values_of(person: AnyPerson, campaign: str) -> Values:
    """Everything that GHL may be told of a person after they were made, by our names."""
    names = {name: getattr(person, column).strip() for name, column in NAMES.items()}
    return {**names, **field_values(person, campaign)}


def first_told(person: AnyPerson, campaign: str, *, was_sent: bool, mapping: Mapping[str, Any]) -> Values:
    """What counts as told when a person is first looked at.

    `was_sent`: a push made the contact, and nobody changed the person since, so all that could be sent was.
    """
    now = {name: value for name, value in values_of(person, campaign).items() if value != ""}
    if was_sent:
        return {
            CAMPAIGN: campaign,
            **{name: value for name, value in now.items() if name in NAMES or mapping.get(name)},
        }
    said = _said(person)
    settled = {
        name: value for name, value in now.items() if name in IDENTITY and (not said or said.get(IDENTITY[name]))
    }
    return {CAMPAIGN: campaign if _has(person.tag_list, campaign) else "", **settled}


def first_tags(person: AnyPerson, campaign: str, *, was_sent: bool, was_adopted: bool) -> list[str]:
    """The tags that GHL has when a person is first looked at, as far as is known: adding one again does no harm."""
    if was_sent:
        return tags_of(person, campaign)
    return [] if was_adopted else person.tag_list


def news_of(
    person: AnyPerson,
    campaign: str,
    *,
    told: Mapping[str, Any],
    tags: Iterable[str],
    mapping: Mapping[str, Any],
    unsure: Unsure = SURE,
) -> News:
    """What has changed since, and what GHL may not have heard. `mapping`: our names to those of the location's custom
    fields that can be written.
    """
    said = _said(person)
    fields = {
        name: value
        for name, value in values_of(person, campaign).items()
        if (name in NAMES or mapping.get(name))
        and (_is_news(name, value, told, said) or (name in unsure.fields and value not in EMPTY))
    }
    former = str(told.get(CAMPAIGN) or "")
    wanted = {tag.casefold(): tag for tag in tags_of(person, campaign)}
    if former and former.casefold() != campaign.casefold():
        wanted.pop(former.casefold(), None)
    known = {tag.casefold(): tag for tag in tags}
    may_be_there = {**{folded: folded for folded in sorted(unsure.tags)}, **known}
    return News(
        fields=fields,
        added=tuple(tag for folded, tag in wanted.items() if folded not in known or folded in unsure.tags),
        removed=tuple(tag for folded, tag in may_be_there.items() if folded not in wanted),
    )


def tags_after(tags: Iterable[str], news: News) -> list[str]:
    """The tags that GHL has once the news is told."""
    removed = {tag.casefold() for tag in news.removed}
    kept = {tag.casefold(): tag for tag in tags if tag.casefold() not in removed}
    return list({**kept, **{tag.casefold(): tag for tag in news.added}}.values())


def said_after(person: AnyPerson, fields: Mapping[str, Any]) -> dict[str, Any]:
    """`ghl_values` once these were told: GHL now says what it was told."""
    return {**_said(person), **{IDENTITY[name]: value for name, value in fields.items() if name in IDENTITY}}


def _is_news(name: str, value: Any, told: Mapping[str, Any], said: Mapping[str, Any]) -> bool:
    if value in EMPTY:
        return False
    if name in told:
        if told[name] == value:
            return False
    elif value == AT_FIRST.get(name):
        return False  # nothing has happened to this person yet
    column = IDENTITY.get(name, "")
    return not (said.get(column) and say_the_same(column, str(value), str(said[column])))


def _said(person: AnyPerson) -> Mapping[str, Any]:
    return person.ghl_values if isinstance(person.ghl_values, dict) else {}


def _has(tags: Iterable[str], tag: str) -> bool:
    return tag.casefold() in {each.casefold() for each in tags}
