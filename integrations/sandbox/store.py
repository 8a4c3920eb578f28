"""One location's contacts and conversations, which tests may change while the server runs."""

import random
import threading
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any, TypeVar

from integrations.sandbox.clock import Clock
from integrations.sandbox.records import Contact, Conversation, Message, random_id, stable_id
from integrations.sandbox.search import SearchIndex

FIELD_NAMES = (
    ("LinkedIn URL", "TEXT"), ("Job Title", "TEXT"), ("Bar Number", "TEXT"), ("Market Name", "TEXT"),
    ("Cadence Stage", "TEXT"), ("Dial Attempts", "NUMERICAL"), ("No Answer Count", "NUMERICAL"),
    ("Voicemail Count", "NUMERICAL"), ("Callback Attempts", "NUMERICAL"),
)  # fmt: skip
Made = TypeVar("Made")
Row = tuple[int, str]  # epoch milliseconds, id


def default_custom_fields(location_id: str) -> list[dict[str, Any]]:
    """The nine fields that the portal knows, under ids of this location's own."""
    return [
        {
            "id": stable_id("field", location_id, name),
            "name": name,
            "fieldKey": f"contact.{name.lower().replace(' ', '_')}",
            "dataType": data_type,
            "position": 50 * number,
            "model": "contact",
        }
        for number, (name, data_type) in enumerate(FIELD_NAMES, 1)
    ]


class Location:
    """Everything in one location. Every method may be called from any thread, also while requests are answered.

    Searches see a write only after ``index_lag`` seconds; lists and single reads see it at once.
    """

    def __init__(
        self, location_id: str, *, clock: Clock, index_lag: float = 10.0, allow_duplicates: bool = False
    ) -> None:
        self.id = location_id
        self.allow_duplicates = allow_duplicates
        self.custom_fields = default_custom_fields(location_id)
        self.contacts: dict[str, Contact] = {}
        self.messages: dict[str, Message] = {}
        self.conversations: dict[str, Conversation] = {}
        self.index = SearchIndex(clock, index_lag)
        self.lock = threading.RLock()
        self._clock = clock
        self._ids = random.Random()
        self._conversation_of: dict[str, Conversation] = {}
        self._holders: dict[str, tuple[str, ...]] = {}  # e-mail or phone → contact ids, oldest first
        self._version = 0
        self._derived: dict[object, Any] = {}
        self._derived_version = 0

    # -------------------------------------------------------------- contacts

    def add_contact(self, **fields: Any) -> Contact:
        """Creates a contact from ``Contact`` fields; id and instants are made up when not given."""
        fields.setdefault("date_added", self._clock.now_ms())
        fields.setdefault("date_updated", fields["date_added"])
        fields.setdefault("id", random_id(self._ids))
        contact = Contact(location_id=self.id, **fields)
        with self.lock:
            self._keep(contact)
            self.index.put(contact)
        return contact

    def load(self, contacts: Iterable[Contact], messages: Iterable[Message] = ()) -> None:
        """Adds many records that have been there for long: searches see them at once."""
        with self.lock:
            for contact in contacts:
                self._keep(contact)
                self.index.put_now(contact)
            for message in messages:
                self._append(message)

    def change_contact(self, contact_id: str, **changes: Any) -> Contact:
        """Replaces fields of a contact and touches ``date_updated``. Raises KeyError when there is no such contact."""
        with self.lock:
            old = self.contacts[contact_id]
            new = replace(old, **{"date_updated": self._clock.now_ms(), **changes})
            self._release(old)
            self._keep(new)
            self.index.put(new)
        return new

    def remove_contact(self, contact_id: str) -> None:
        """Deletes a contact with its conversation, as GHL does."""
        with self.lock:
            contact = self.contacts.pop(contact_id)
            self._release(contact)
            self.index.remove(contact_id)
            conversation = self._conversation_of.pop(contact_id, None)
            if conversation:
                del self.conversations[conversation.id]
                for message in conversation.messages:
                    del self.messages[message.id]
            self._version += 1

    def holder(self, value: str | None, *, other_than: str | None = None) -> Contact | None:
        """The oldest other contact that has this e-mail address (any case) or phone number."""
        if not value:
            return None
        with self.lock:
            ids = [held for held in self._holders.get(value.lower(), ()) if held != other_than]
            return self.contacts[ids[0]] if ids else None

    def contact_rows(self) -> list[Row]:
        """(dateAdded, id) of all contacts, oldest first. Not to be changed by the caller."""
        return self.derived("contacts", lambda: sorted((each.date_added, each.id) for each in self.contacts.values()))

    def derived(self, key: object, build: Callable[[], Made]) -> Made:
        """What ``build`` makes of the records, made again only after they changed; ``key`` names it."""
        with self.lock:
            if self._derived_version != self._version:
                self._derived.clear()
                self._derived_version = self._version
            if key not in self._derived:
                self._derived[key] = build()
            made: Made = self._derived[key]
            return made

    def _keep(self, contact: Contact) -> None:
        self.contacts[contact.id] = contact
        for value in {contact.email and contact.email.lower(), contact.phone}:
            if value:
                self._holders[value] = (*self._holders.get(value, ()), contact.id)
        self._version += 1

    def _release(self, contact: Contact) -> None:
        for value in {contact.email and contact.email.lower(), contact.phone}:
            if value:
                self._holders[value] = tuple(held for held in self._holders[value] if held != contact.id)

    # -------------------------------------------------------------- messages

    def add_call(self, contact_id: str, **fields: Any) -> Message:
        """Adds a message, a call unless ``kind`` says otherwise. Raises KeyError when there is no such contact."""
        if contact_id not in self.contacts:
            raise KeyError(contact_id)
        fields.setdefault("id", random_id(self._ids))
        fields.setdefault("date_added", self._clock.now_ms())
        fields.setdefault("date_updated", fields["date_added"])
        fields.setdefault("recorded", bool(fields.get("transcript")))
        fields.setdefault("alt_id", f"CA{self._ids.getrandbits(128):032x}")
        conversation_id = conversation_id_of(contact_id)
        message = Message(location_id=self.id, contact_id=contact_id, conversation_id=conversation_id, **fields)
        with self.lock:
            self._append(message)
        return message

    def change_call(self, message_id: str, **changes: Any) -> Message:
        """Replaces fields of a message and touches ``date_updated``: a call that ends, a transcript that comes late."""
        with self.lock:
            old = self.messages[message_id]
            new = replace(old, **{"date_updated": self._clock.now_ms(), **changes})
            self._withdraw(old)
            self._append(new)
        return new

    def remove_call(self, message_id: str) -> None:
        """Deletes one message; a conversation without messages goes with it."""
        with self.lock:
            self._withdraw(self.messages[message_id])

    def conversation_with(self, contact_id: str) -> Conversation | None:
        """The contact's conversation, if anything was ever said."""
        return self._conversation_of.get(contact_id)

    def message_rows(self, by: str) -> list[Row]:
        """(instant, id) of all messages, oldest first, ``by`` being date_added or date_updated."""
        return self.derived(by, lambda: sorted((getattr(each, by), each.id) for each in self.messages.values()))

    def _append(self, message: Message) -> None:
        conversation = self._conversation_of.get(message.contact_id)
        if conversation is None:
            conversation = Conversation(message.conversation_id, message.contact_id)
            self._conversation_of[message.contact_id] = self.conversations[conversation.id] = conversation
        messages = conversation.messages
        messages.append(message)
        if len(messages) > 1 and messages[-2].date_added > message.date_added:
            messages.sort(key=lambda each: each.date_added)
        self.messages[message.id] = message
        self._version += 1

    def _withdraw(self, message: Message) -> None:
        conversation = self._conversation_of[message.contact_id]
        conversation.messages = [each for each in conversation.messages if each.id != message.id]
        if not conversation.messages:
            del self._conversation_of[message.contact_id], self.conversations[conversation.id]
        del self.messages[message.id]
        self._version += 1


def conversation_id_of(contact_id: str) -> str:
    """A contact has one conversation, and it keeps its id."""
    return stable_id("conversation", contact_id)
