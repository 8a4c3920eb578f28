"""Whether a location can be worked with: one small request for each thing that its token must be allowed to do."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from integrations.ghl.client import GHLClient
from integrations.ghl.errors import (
    CredentialRejected,
    DailyAllowanceSpent,
    GHLError,
    LocationForbidden,
    NotFound,
    RequestRejected,
    TransientGHLError,
    VersionRejected,
)

NOBODY = "nobodyHasThisId00000"  # has the form of a contact's id
NO_TAG = "portal connection test"  # taken from nobody: the request says whether writing is allowed and changes nothing


class Verdict(StrEnum):
    WORKS = "works"
    REFUSED = "refused"
    NOT_TRIED = "not tried"


@dataclass(frozen=True, slots=True)
class Checked:
    """One thing that the token must be allowed: the scope that allows it, and in words why it does not work."""

    what: str
    needed_for: str
    scope: str
    verdict: Verdict
    text: str = ""


@dataclass(frozen=True, slots=True)
class _Probe:
    """`may_miss`: GHL looks for what is not there; its "not found" is then the answer of somebody who may ask."""

    what: str
    needed_for: str
    scope: str
    ask: Callable[[GHLClient], Any]
    may_miss: bool = False


PROBES = (
    _Probe("Read contacts", "pulling", "contacts.readonly", lambda ghl: ghl.contacts_page(limit=1)),
    _Probe(
        "Write contacts", "pushing", "contacts.write", lambda ghl: ghl.remove_tags(NOBODY, [NO_TAG]), may_miss=True
    ),
    _Probe(
        "Read custom fields", "finding fields by their names", "locations/customFields.readonly",
        lambda ghl: ghl.custom_fields(),
    ),
    _Probe(
        "Read calls", "pulling and comparing calls", "conversations/message.readonly",
        lambda ghl: ghl.export_calls_page(limit=10),
    ),
    _Probe(
        "Read conversations", "reading calls contact by contact", "conversations.readonly",
        lambda ghl: ghl.search_conversations(NOBODY), may_miss=True,
    ),
)  # fmt: skip
# After these the others would only say the same again.
SAYS_IT_FOR_ALL = (LocationForbidden, VersionRejected, DailyAllowanceSpent, TransientGHLError)


def check(ghl: GHLClient) -> list[Checked]:
    """Tries everything that the portal needs of a location. Nothing in GHL is changed by it. Raises no GHLError."""
    return list(_checked(ghl))


def _checked(ghl: GHLClient) -> Iterator[Checked]:
    is_over = False
    for probe in PROBES:
        about = (probe.what, probe.needed_for, probe.scope)
        if is_over:
            yield Checked(*about, Verdict.NOT_TRIED)
            continue
        try:
            probe.ask(ghl)
        except (NotFound, RequestRejected) as refusal:
            yield Checked(*about, Verdict.WORKS) if probe.may_miss else Checked(*about, Verdict.REFUSED, str(refusal))
        except GHLError as problem:
            is_over = isinstance(problem, SAYS_IT_FOR_ALL) or _is_about_the_token(problem)
            yield Checked(*about, Verdict.REFUSED, _in_words(problem, probe))
        else:
            yield Checked(*about, Verdict.WORKS)


def _is_about_the_token(problem: GHLError) -> bool:
    """GHL answers 401 to a token that it does not know and to one that lacks a scope."""
    return isinstance(problem, CredentialRejected) and not _lacks_a_scope(problem)


def _lacks_a_scope(problem: GHLError) -> bool:
    return any("scope" in message.lower() for message in problem.messages)


def _in_words(problem: GHLError, probe: _Probe) -> str:
    if _lacks_a_scope(problem):
        return (
            f"The token lacks the scope “{probe.scope}”. Add it to the token in GoHighLevel (Settings, Private "
            "Integrations), then test again."
        )
    return str(problem)
