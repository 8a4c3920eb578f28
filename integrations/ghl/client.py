"""What the portal can ask of a GoHighLevel location: the one class that the rest of the project talks to."""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

import requests

from integrations.ghl import contacts, conversations
from integrations.ghl.errors import GarbledAnswer
from integrations.ghl.pace import Pace
from integrations.ghl.paging import Page
from integrations.ghl.payloads import CustomField, Sentence
from integrations.ghl.retry import RetryPolicy
from integrations.ghl.wire import ApiRequest, Wire, new_session

DEFAULT_BASE_URL = "https://services.leadconnectorhq.com"
DEFAULT_VERSION = "2021-07-28"


class GHLClient:
    """One GHL location, asked with its token, within the pace that all processes of the installation share.

    May be used from several threads. Every method may raise the errors of `integrations.ghl.errors`; records come back
    as GHL's JSON gave them (only the envelope is checked), so that one bad record is the caller's to put aside.
    `bulk` work lets interactive work go first.
    """

    def __init__(
        self,
        token: str,
        location_id: str,
        *,
        base_url: str = DEFAULT_BASE_URL,
        version: str = DEFAULT_VERSION,
        pace: Pace,
        timeout_seconds: float = 15.0,
        bulk: bool = False,
        session_factory: Callable[[], requests.Session] = new_session,
        sleep: Callable[[float], None] = time.sleep,
        retry: RetryPolicy | None = None,
    ) -> None:
        self.location_id = location_id
        self._version = version
        self._wire = Wire(
            token,
            base_url=base_url,
            pace=pace,
            timeout_seconds=timeout_seconds,
            bulk=bulk,
            session_factory=session_factory,
            sleep=sleep,
            retry=retry,
        )

    def __repr__(self) -> str:
        return f"<GHLClient of location {self.location_id}>"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Closes the connections. A client that is used again opens new ones."""
        self._wire.close()

    @property
    def requests_made(self) -> int:
        """Requests sent so far, repeats included."""
        return self._wire.requests_made

    # ------------------------------------------------------------ contacts

    def contacts_page(self, limit: int = 100, start_after: Sequence[Any] | None = None) -> Page:
        """A page of all contacts, newest first, at most 100. `start_after` is the cursor of the page before."""
        return contacts.listed(self._wire, self._version, self.location_id, limit, start_after)

    def search_contacts_page(
        self,
        page_limit: int = 100,
        search_after: Sequence[Any] | None = None,
        page: int | None = None,
        sort: Iterable[Mapping[str, str]] = (),
        filters: Iterable[Mapping[str, Any]] = (),
    ) -> Page:
        """A page of the contacts that match `filters`, at most 500; by the cursor of the page before, or by number.

        The search shows a contact about 10 seconds after it was written: let windows over time overlap.
        """
        body = contacts.search_body(self.location_id, page_limit, search_after, page, sort, filters)
        return contacts.searched(self._wire, self._version, body)

    def create_contact(
        self, body: Mapping[str, Any], *, still_wanted: Callable[[], bool] = lambda: True
    ) -> dict[str, Any]:
        """Creates a contact and returns it. Unknown keys are rejected; `locationId` is added here.

        `still_wanted` is asked right before it is sent, after the wait for the allowance; CalledOff when it says no.

        Raises DuplicateContact when the location has it already. After Unreachable, ServerFault, GarbledAnswer and
        even a RequestRejected (422), the contact may exist all the same: `find_duplicate` before trying again.
        """
        content = {"locationId": self.location_id, **body}
        return contacts.created(self._wire, self._version, content, still_wanted)

    def update_contact(self, contact_id: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Changes what `body` names and returns the contact.

        Raises ValueError for what GHL takes only at creation: companyName, gender, locationId.
        """
        return contacts.updated(self._wire, self._version, contact_id, body)

    def get_contact(self, contact_id: str) -> dict[str, Any]:
        """The contact as it is now. Raises NotFound."""
        return contacts.fetched(self._wire, self._version, contact_id)

    def find_duplicate(self, *, email: str = "", phone: str = "") -> dict[str, Any] | None:
        """The contact that GHL would call a duplicate of this e-mail or phone (E.164), None when there is none."""
        return contacts.duplicate_of(self._wire, self._version, self.location_id, email, phone)

    def add_tags(self, contact_id: str, tags: Iterable[str]) -> None:
        """Adds tags and keeps the others."""
        contacts.tags_changed(self._wire, self._version, "POST", contact_id, tags)

    def remove_tags(self, contact_id: str, tags: Iterable[str]) -> None:
        """Takes these tags away and keeps the others."""
        contacts.tags_changed(self._wire, self._version, "DELETE", contact_id, tags)

    def custom_fields(self) -> list[CustomField]:
        """The location's custom fields, which contacts refer to by id only."""
        path = f"/locations/{quote(self.location_id, safe='')}/customFields"
        request = ApiRequest("GET", path, self._version)
        fields = self._wire.json_object(request).get("customFields")
        if not isinstance(fields, list):
            raise GarbledAnswer(str(request), detail="it has no list of custom fields")
        return [CustomField.parse(item) for item in fields if isinstance(item, Mapping) and item.get("id")]

    # ------------------------------------------------------------ conversations and calls

    def search_conversations(self, contact_id: str) -> list[dict[str, Any]]:
        """All conversations of a contact."""
        return conversations.of_contact(self._wire, self.location_id, contact_id)

    def conversation_ids_of(self, contact_id: str) -> list[str]:
        """The ids of all conversations of a contact."""
        return [conversation["id"] for conversation in self.search_conversations(contact_id)]

    def messages_page(self, conversation_id: str, last_message_id: str | None = None) -> Page:
        """A page of a conversation's messages of every kind, newest first; `cursor` is None on the last one."""
        return conversations.messages_page(self._wire, conversation_id, last_message_id)

    def call_messages(self, conversation_id: str) -> list[dict[str, Any]]:
        """All calls of a conversation, of every kind, newest first."""
        return conversations.calls_in(self._wire, conversation_id)

    def export_calls_page(
        self,
        limit: int = 500,
        cursor: str | None = None,
        start: datetime | None = None,
        end: datetime | None = None,
        sort_by: str = "createdAt",
    ) -> Page:
        """A page of the location's calls between two instants, oldest first, 10 to 500.

        The cursor cannot be stored: it dies two minutes after its last use. Whether `end` itself is included is not
        documented. `sort_by` "updatedAt" also finds calls that were exported before they had ended.
        """
        return conversations.exported_calls(self._wire, self.location_id, limit, cursor, start, end, sort_by)

    def message(self, message_id: str) -> dict[str, Any]:
        """One message as it is now. Raises NotFound."""
        return conversations.message(self._wire, message_id)

    def transcription(self, message_id: str) -> list[Sentence] | None:
        """The transcript of a call, in order; None when there is none (yet): GHL does not tell the two apart."""
        return conversations.transcription(self._wire, self.location_id, message_id)

    def transcription_text(self, message_id: str) -> str | None:
        """The transcript as GHL's plain text for download; None when there is none (yet)."""
        return conversations.transcription_text(self._wire, self.location_id, message_id)

    def recording(self, message_id: str) -> AbstractContextManager[conversations.Recording | None]:
        """Opens the recording of a call: `with client.recording(id) as recording:`; None when it was not recorded."""
        return conversations.recording(self._wire, self.location_id, message_id)
