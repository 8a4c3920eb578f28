"""The contact endpoints of GHL (highlevel-api-docs, apps/contacts.json), as functions over a Wire."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from integrations.ghl.errors import GarbledAnswer, NotFound
from integrations.ghl.paging import Page, count_in
from integrations.ghl.wire import ApiRequest, Wire

# PUT /contacts/{id} answers 422 to these (UpdateContactDto; issue 313), though POST takes them.
ONLY_WHEN_CREATING = frozenset({"locationId", "companyName", "gender"})


def listed(wire: Wire, version: str, location_id: str, limit: int, start_after: Sequence[Any] | None) -> Page:
    """GET /contacts/: newest first. The cursor is [milliseconds, contact id]; one alone would give page 1 for ever."""
    params: dict[str, Any] = {"locationId": location_id, "limit": limit}
    if start_after is not None:
        params["startAfter"], params["startAfterId"] = start_after
    request = ApiRequest("GET", "/contacts/", version, params)
    answer = wire.json_object(request)
    meta = answer.get("meta")
    meta = meta if isinstance(meta, Mapping) else {}
    cursor = [meta.get("startAfter"), meta.get("startAfterId")]
    return Page(
        items=_contacts(request, answer),
        cursor=None if None in cursor or "" in cursor else cursor,
        total=count_in(meta.get("total")),
    )


def searched(wire: Wire, version: str, body: Mapping[str, Any]) -> Page:
    """POST /contacts/search. The cursor is the `searchAfter` of the last contact: [milliseconds, contact id]."""
    request = ApiRequest("POST", "/contacts/search", version, body=dict(body))
    answer = wire.json_object(request)
    items = _contacts(request, answer)
    last = items[-1] if items and isinstance(items[-1], Mapping) else {}
    cursor = last.get("searchAfter") or answer.get("searchAfter")
    return Page(
        items=items,
        cursor=cursor if isinstance(cursor, list) else None,
        total=count_in(answer.get("total")),
    )


def search_body(
    location_id: str,
    page_limit: int,
    search_after: Sequence[Any] | None,
    page: int | None,
    sort: Iterable[Mapping[str, str]],
    filters: Iterable[Mapping[str, Any]],
) -> dict[str, Any]:
    """The body of a search. GHL takes `page` up to 10,000 records and `searchAfter` for any number, never both."""
    body: dict[str, Any] = {"locationId": location_id, "pageLimit": page_limit}
    if search_after is not None:
        body["searchAfter"] = list(search_after)
    elif page is not None:
        body["page"] = page
    if orders := [dict(order) for order in sort]:
        body["sort"] = orders
    if conditions := [dict(condition) for condition in filters]:
        body["filters"] = conditions
    return body


def created(
    wire: Wire, version: str, body: Mapping[str, Any], still_wanted: Callable[[], bool] = lambda: True
) -> dict[str, Any]:
    """POST /contacts/. Raises DuplicateContact when the location has that e-mail or phone already."""
    return _contact(wire, ApiRequest("POST", "/contacts/", version, body=dict(body), still_wanted=still_wanted))


def updated(wire: Wire, version: str, contact_id: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """PUT /contacts/{id}. `tags` would replace all tags: use the tag endpoints instead."""
    if refused := ONLY_WHEN_CREATING & body.keys():
        raise ValueError(f"GoHighLevel takes {', '.join(sorted(refused))} only when a contact is created")
    return _contact(wire, ApiRequest("PUT", path_of(contact_id), version, body=dict(body)))


def fetched(wire: Wire, version: str, contact_id: str) -> dict[str, Any]:
    """GET /contacts/{id}, right at once after a write; the search lags about 10 seconds behind."""
    return _contact(wire, ApiRequest("GET", path_of(contact_id), version))


def duplicate_of(wire: Wire, version: str, location_id: str, email: str, phone: str) -> dict[str, Any] | None:
    """GET /contacts/search/duplicate: the contact with this e-mail or phone, None when there is none."""
    asked = {"email": email, "number": phone}
    params = {"locationId": location_id, **{name: value for name, value in asked.items() if value}}
    if len(params) == 1:
        raise ValueError("a duplicate can be looked for by e-mail or by phone; neither was given")
    try:
        answer = wire.json_object(ApiRequest("GET", "/contacts/search/duplicate", version, params))
    except NotFound:
        return None
    contact = answer.get("contact")
    return dict(contact) if isinstance(contact, Mapping) and contact.get("id") else None


def tags_changed(wire: Wire, version: str, method: str, contact_id: str, tags: Iterable[str]) -> None:
    """POST or DELETE /contacts/{id}/tags: adds or removes these tags and leaves the others alone."""
    names = [tag for tag in tags if tag]
    if names:
        wire.json(ApiRequest(method, f"{path_of(contact_id)}/tags", version, body={"tags": names}))


def path_of(contact_id: str) -> str:
    return f"/contacts/{quote(contact_id, safe='')}"


def _contacts(request: ApiRequest, answer: Mapping[str, Any]) -> list[Any]:
    contacts = answer.get("contacts")
    if not isinstance(contacts, list):
        raise GarbledAnswer(str(request), detail="it has no list of contacts")
    return contacts


def _contact(wire: Wire, request: ApiRequest) -> dict[str, Any]:
    answer = wire.json(request)
    contact = answer.get("contact", answer) if isinstance(answer, Mapping) else None
    if not isinstance(contact, Mapping) or not contact.get("id"):
        raise GarbledAnswer(str(request), detail="it has no contact with an id")
    return dict(contact)
