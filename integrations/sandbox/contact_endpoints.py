"""/contacts: list, search, create, read, update, tags, duplicate look-up."""

from bisect import bisect_left
from typing import Any

from integrations.sandbox import shapes
from integrations.sandbox.answers import Answer, Refusal, joined, ok, unprocessable
from integrations.sandbox.contact_requests import CREATE_PROPERTIES, UPDATE_PROPERTIES, checked, contact_fields, merged
from integrations.sandbox.records import Contact
from integrations.sandbox.routing import ApiCall, bounded, route
from integrations.sandbox.search import hits_after, search_after_of, text_query
from integrations.sandbox.store import Location, Row

PAGED_RECORDS = 10_000  # what ``page`` reaches; beyond that only searchAfter goes on
CUSTOM_FIELD_KEYS = ("id", "name", "fieldKey", "dataType", "position", "model")


def list_contacts(call: ApiCall) -> Answer:
    """Newest first. The cursor counts only when both halves are sent; ``meta`` never says that the list is over."""
    location = call.queried_location()
    limit = call.number("limit", 20, 1, 100)
    rows = _listed_rows(location, call.request.query.get("query"))
    cursor = _list_cursor(call)
    end = bisect_left(rows, cursor) if cursor else len(rows)
    page = rows[max(0, end - limit) : end][::-1]
    contacts = [contact for _, contact_id in page if (contact := location.contacts.get(contact_id))]
    meta = shapes.list_meta(call.base_url, location.id, limit, len(rows), page[-1] if page else cursor)
    return joined("contacts", [shapes.list_json(contact) for contact in contacts], {"meta": meta})


def _listed_rows(location: Location, query: str | None) -> list[Row]:
    rows = location.contact_rows()
    if not query:
        return rows
    accepts = text_query(query)
    return [row for row in rows if (contact := location.contacts.get(row[1])) and accepts(contact)]


def _list_cursor(call: ApiCall) -> Row | None:
    after, after_id = call.request.query.get("startAfter"), call.request.query.get("startAfterId")
    if not after or not after_id:  # one alone gives page 1 again, for ever
        return None
    return bounded("startAfter", after, 0, 10**15), after_id


def search_contacts(call: ApiCall) -> Answer:
    """Filters, sorts and pages what the index has; every contact carries the cursor for what follows it."""
    body = call.request.json()
    if missing := [f"{name} should not be empty" for name in ("locationId", "pageLimit") if not body.get(name)]:
        raise unprocessable(*missing)
    location = call.location(body["locationId"])
    limit = bounded("pageLimit", body["pageLimit"], 1, 500)
    hits = location.index.find(body)
    start = _search_start(body, limit, hits)
    page = [contact for _, contact in hits[start : start + limit]]
    records = [shapes.search_json(contact, search_after_of(contact, body.get("sort"))) for contact in page]
    return joined("contacts", records, {"total": len(hits)})


def _search_start(body: dict[str, Any], limit: int, hits: list[Any]) -> int:
    page = bounded("page", body.get("page") or 1, 1, 10**9)
    if body.get("searchAfter"):
        if page > 1:
            raise unprocessable("page and searchAfter cannot be used together")
        return hits_after(hits, body["searchAfter"], body.get("sort"))
    if page * limit > PAGED_RECORDS:
        raise unprocessable(f"page reaches {PAGED_RECORDS} records only, use searchAfter")
    return (page - 1) * limit


def create_contact(call: ApiCall) -> Answer:
    body = call.request.json()
    checked(body, CREATE_PROPERTIES)
    location = call.location(body.get("locationId"))
    fields = contact_fields(body)
    with location.lock:
        _refuse_duplicate(location, fields)
        contact = location.add_contact(**fields, by_api=True)
    return ok({"contact": shapes.created_body(contact)}, 201)


def _refuse_duplicate(location: Location, fields: dict[str, Any], own_id: str | None = None) -> None:
    if location.allow_duplicates:
        return
    for field in ("email", "phone"):
        other = location.holder(fields.get(field), other_than=own_id)
        if other:
            meta = {"contactId": other.id, "contactName": other.full_name.lower(), "matchingField": field}
            raise Refusal(400, "This location does not allow duplicated contacts.", meta=meta)


def get_contact(call: ApiCall, contact_id: str) -> Answer:
    _, contact = call.contact(contact_id)
    return ok({"contact": shapes.contact_body(contact)})


def update_contact(call: ApiCall, contact_id: str) -> Answer:
    """Tags are replaced whole, custom fields one by one; companyName, gender and locationId are not accepted."""
    location, _ = call.contact(contact_id)
    body = call.request.json()
    checked(body, UPDATE_PROPERTIES)
    fields = contact_fields(body)
    with location.lock:
        _refuse_duplicate(location, fields, contact_id)
        if "custom_fields" in fields:
            fields["custom_fields"] = merged(location.contacts[contact_id].custom_fields, fields["custom_fields"])
        contact = location.change_contact(contact_id, **fields)
    succeeded = "succeeded" if call.request.headers.get("version") == "v3" else "succeded"
    return ok({succeeded: True, "contact": shapes.contact_body(contact)})


def add_tags(call: ApiCall, contact_id: str) -> Answer:
    location, tags = _tags_of(call, contact_id)
    with location.lock:
        known = location.contacts[contact_id].tags
        contact = location.change_contact(contact_id, tags=(*known, *(tag for tag in tags if tag not in known)))
    return ok({"tags": list(contact.tags)}, 201)


def remove_tags(call: ApiCall, contact_id: str) -> Answer:
    location, tags = _tags_of(call, contact_id)
    with location.lock:
        kept = tuple(tag for tag in location.contacts[contact_id].tags if tag not in tags)
        contact = location.change_contact(contact_id, tags=kept)
    return ok({"tags": list(contact.tags)})


def _tags_of(call: ApiCall, contact_id: str) -> tuple[Location, tuple[str, ...]]:
    location, _ = call.contact(contact_id)
    body = call.request.json()
    checked(body, frozenset({"tags"}))
    if not body.get("tags"):
        raise unprocessable("tags should not be empty", "tags must be an array")
    return location, contact_fields(body)["tags"]


def find_duplicate(call: ApiCall) -> Answer:
    """The contact that has the e-mail or the number, or null. A ``+`` that was not encoded arrives as a space.

    It reads what searches read, as late as they do: nothing says that GHL's is any fresher.
    """
    location = call.queried_location()
    query = call.request.query
    found: Contact | None = location.index.holder(query.get("email")) or location.index.holder(query.get("number"))
    return ok({"contact": shapes.contact_body(found) if found else None})


def list_custom_fields(call: ApiCall, location_id: str) -> Answer:
    location = call.location(location_id)
    fields = [{key: field.get(key) for key in CUSTOM_FIELD_KEYS} for field in location.custom_fields]
    return ok({"customFields": fields})


ROUTES = [
    route("GET", "/contacts", list_contacts),
    route("POST", "/contacts", create_contact),
    route("POST", "/contacts/search", search_contacts),
    route("GET", "/contacts/search/duplicate", find_duplicate),
    route("GET", "/contacts/{contact_id}", get_contact),
    route("PUT", "/contacts/{contact_id}", update_contact),
    route("POST", "/contacts/{contact_id}/tags", add_tags),
    route("DELETE", "/contacts/{contact_id}/tags", remove_tags),
    route("GET", "/locations/{location_id}/customFields", list_custom_fields),
]
