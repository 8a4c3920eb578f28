"""What is asked of GHL for one person, and what its answer means. Runs in threads; knows no database.

Whether GHL may have made the contact is the client's word (`nothing_was_done`): a lost answer, a fault of the server,
an answer that cannot be read, and even a refusal (422; highlevel-api-docs issue 64) leave it open.
"""

from collections.abc import Callable, Mapping
from typing import Any

from integrations.ghl.client import GHLClient
from integrations.ghl.errors import (
    CalledOff,
    CredentialRejected,
    DailyAllowanceSpent,
    DuplicateContact,
    GHLError,
    LocationForbidden,
    NotFound,
    PermanentGHLError,
    RequestRejected,
    VersionRejected,
)
from integrations.ghl.payloads import ContactRecord
from prospects.outbound.reasons import Reason
from prospects.outbound.states import Answer, Created, IsThere, LookedUp, Trouble

# No other person would fare better; NotFound is said of the endpoint here, since a create names no record.
ENDS_THE_RUN = (
    CredentialRejected, VersionRejected, LocationForbidden, NotFound, DailyAllowanceSpent, CalledOff,
)  # fmt: skip
NOT_FOR_LOOKING_UP = (CredentialRejected, VersionRejected, DailyAllowanceSpent)
MOST_READ = 10  # contacts that share an e-mail or a phone: more is an office


def create(client: GHLClient, body: Mapping[str, Any], may_send: Callable[[], bool]) -> Answer:
    """Sends one person, once. `may_send` is asked right before. Raises nothing that GHL or the way there can cause."""
    try:
        return Created(ContactRecord.parse(client.create_contact(body, still_wanted=may_send)))
    except DuplicateContact as refusal:
        return _who_is_there(client, body, refusal)
    except GHLError as problem:
        return trouble_of(problem)


def look_up(client: GHLClient, body: Mapping[str, Any]) -> Answer:
    """Everybody in GHL who has the e-mail or the phone, each read by its id, which is never stale.

    GHL's look-up of duplicates names one contact only, and a colleague with the same phone may hide ours; its search
    gives all, but was once seen to miss phones (highlevel-api-docs issue 289). So both are asked, and one may be
    refused to the location. Both read what is about ten seconds old: the caller has waited.
    """
    try:
        ids = _ids_found(client, str(body.get("email", "")), str(body.get("phone", "")))
        read = (_read(client, contact_id) for contact_id in list(ids)[:MOST_READ])
        return LookedUp(tuple(contact for contact in read if contact is not None))
    except GHLError as problem:
        # What was sent before may have been acted upon, now as then.
        ends_run = isinstance(problem, ENDS_THE_RUN)
        return Trouble(Reason.NO_ANSWER, str(problem), may_be_done=True, ends_run=ends_run)


def trouble_of(problem: GHLError) -> Trouble:
    """What an error means for the person and for the run."""
    is_refusal = isinstance(problem, RequestRejected)
    return Trouble(
        reason=_refused_part(problem) if is_refusal else Reason.NO_ANSWER,
        words=str(problem),
        may_be_done=not problem.nothing_was_done,
        is_refusal=is_refusal,
        ends_run=isinstance(problem, ENDS_THE_RUN),
        if_alone=_words_if_alone(problem) if isinstance(problem, LocationForbidden) else "",
    )


def _words_if_alone(problem: GHLError) -> str:
    """For somebody whom GHL refuses as it would refuse everybody, while it takes others."""
    trace = f", trace {problem.trace_id}" if problem.trace_id else ""
    said = f" It says: “{'; '.join(problem.messages).rstrip('.')}”." if problem.messages else ""
    return (
        f"GoHighLevel takes others of this location, but not this person ({problem.request}, status {problem.status}"
        f"{trace}).{said} Look in GoHighLevel what may stand against them, then try again."
    )


def _who_is_there(client: GHLClient, body: Mapping[str, Any], refusal: DuplicateContact) -> Answer:
    """The contact that GHL takes for the same, as it is now."""
    words = str(refusal)
    try:
        if refusal.contact_id:
            return IsThere(_read(client, refusal.contact_id), words)
        ids = _ids_found(client, str(body.get("email", "")), str(body.get("phone", "")))
        return IsThere(_read(client, next(iter(ids))) if len(ids) == 1 else None, words)
    except GHLError as problem:
        found = trouble_of(problem)
        # It was the reading that failed: the person was certainly not made, nor found fault with.
        return Trouble(Reason.NO_ANSWER, found.words, may_be_done=False, ends_run=found.ends_run)


def _ids_found(client: GHLClient, email: str, phone: str) -> dict[str, None]:
    """The ids of contacts with this e-mail or phone, in no particular order, each once."""
    ways: list[Callable[[], list[Any]]] = []
    if email:
        ways.append(lambda: [client.find_duplicate(email=email)])
    if phone:
        ways.append(lambda: [client.find_duplicate(phone=phone)])
    ways.append(lambda: client.search_contacts_page(MOST_READ, filters=[_either(email, phone)]).items)
    ids: dict[str, None] = {}
    refusals: list[GHLError] = []
    for way in ways:
        try:
            found = way()
        except PermanentGHLError as refusal:
            if isinstance(refusal, NOT_FOR_LOOKING_UP):
                raise
            refusals.append(refusal)
        else:
            ids |= {str(item["id"]): None for item in found if isinstance(item, Mapping) and item.get("id")}
    if len(refusals) == len(ways):  # without any look nothing may be sent again
        raise refusals[0]
    return ids


def _either(email: str, phone: str) -> dict[str, Any]:
    values = {"email": email, "phone": phone}
    return {
        "group": "OR",
        "filters": [{"field": name, "operator": "eq", "value": value} for name, value in values.items() if value],
    }


def _read(client: GHLClient, contact_id: str) -> ContactRecord | None:
    """The contact by its id; None when it has been deleted meanwhile, which GHL says with a 400 or a 404."""
    try:
        return ContactRecord.parse(client.get_contact(contact_id))
    except (NotFound, RequestRejected):
        return None


def _refused_part(problem: GHLError) -> Reason:
    said = " ".join(problem.messages).lower()
    if "email" in said:
        return Reason.REFUSED_EMAIL
    return Reason.REFUSED_PHONE if "phone" in said else Reason.REFUSED
