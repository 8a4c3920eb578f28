"""Which two are compared: picked among the portal's people and the staged records, or typed. Nothing is stored."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest

from imports.admin.pair_words import FIELDS
from imports.admin.words import batch_words
from imports.matching.identities import identity_of_person, identity_of_record
from imports.models import MatchCandidate, StagedRecord
from imports.pasting import read_pasted
from imports.side import Side
from integrations.admin_parts import change_url
from integrations.models import GHLIntegration
from prospects.identity import Identity, identity_of
from prospects.models import Contact, SalesProspect

Kind = MatchCandidate.Kind
TABLES: dict[str, Any] = {Kind.PROSPECT: SalesProspect, Kind.CONTACT: Contact, Kind.STAGED: StagedRecord}
MOST_FOUND = 8  # of each table
LONGEST = 500
NOBODY = "Nobody: take each value as theirs alone"


@dataclass(frozen=True, slots=True)
class Picked:
    """Somebody who is there: a prospect, a client's contact, or a staged record. `ref` names them in an address."""

    kind: str
    row: Any

    @property
    def ref(self) -> str:
        return f"{self.kind}:{self.row.pk}"

    @property
    def url(self) -> str:
        return change_url(self.row)

    @property
    def about(self) -> str:
        if isinstance(self.row, StagedRecord):
            return f"Staged record, {self.row.get_status_display().lower()} · {batch_words(self.row.batch)}"
        return f"Contact of {self.row.client}" if isinstance(self.row, Contact) else "Prospect"

    @property
    def reached_by(self) -> str:
        return " · ".join(filter(None, (self.row.contact_email, self.row.contact_phone)))

    @property
    def identity(self) -> Identity:
        return identity_of_record(self.row) if isinstance(self.row, StagedRecord) else identity_of_person(self.row)

    @property
    def side(self) -> Side:
        if isinstance(self.row, StagedRecord):
            return Side.of(self.row.batch)
        return Side.of_client(self.row.client) if isinstance(self.row, Contact) else Side.internal()

    @property
    def whose(self) -> str:
        """The people of their side, in words."""
        if self.side.kind == Kind.PROSPECT:
            return "all prospects"
        client = self.row.client if isinstance(self.row, Contact) else self.row.batch.integration.client
        return f"the contacts of {client}"

    @property
    def is_counted(self) -> bool:
        """Whether they are among the people of their side, and not only on the way there."""
        return not isinstance(self.row, StagedRecord)

    @property
    def location(self) -> GHLIntegration | None:
        """One whose people are those of their side."""
        if isinstance(self.row, StagedRecord):
            return self.row.batch.integration
        locations = GHLIntegration.objects.order_by("created_at")
        if isinstance(self.row, Contact):
            return locations.filter(client=self.row.client).first()
        return locations.filter(integration_type=GHLIntegration.Type.INTERNAL).first()

    @property
    def typed(self) -> dict[str, str]:
        """What the record says, as it came."""
        row = self.row
        raw = row.raw_data if isinstance(row, StagedRecord) and isinstance(row.raw_data, Mapping) else {}
        return {
            "first_name": row.contact_first_name,
            "last_name": row.contact_last_name,
            "firm": row.firm_name,
            "title": row.contact_title,
            "email": "; ".join(filter(None, [row.contact_email, *_more(raw.get("additionalEmails"), "email")])),
            "phone": "; ".join(filter(None, [row.contact_phone, *_more(raw.get("additionalPhones"), "phone")])),
            "linkedin": row.contact_linkedin,
            "number": row.person_number,
            "address": _text(raw.get("address1")) or _text(raw.get("address")),
            "postal_code": _text(raw.get("postalCode")),
            "born": _text(raw.get("dateOfBirth"))[:10],
        }


def picked(request: HttpRequest, ref: str) -> Picked | None:
    """Whom a reference such as "prospect:<id>" names; None where nobody is there, or not for this reader."""
    kind, _, text = ref.partition(":")
    if kind not in TABLES or not _admin_of(kind).has_view_permission(request):
        return None
    try:
        row_id = uuid.UUID(text)
    except ValueError:
        return None
    row = _rows(kind).filter(pk=row_id).first()
    return Picked(kind, row) if row is not None else None


def found(request: HttpRequest, text: str) -> list[Picked]:
    """People and staged records by name, firm, e-mail or phone, as far as the reader may see them."""
    people: list[Picked] = []
    for kind in TABLES:
        table = _admin_of(kind)
        if text.strip() and table.has_view_permission(request):
            rows, _ = table.get_search_results(request, _rows(kind), text.strip())
            people += [Picked(kind, row) for row in rows[:MOST_FOUND]]
    return people


def _admin_of(kind: str) -> Any:
    return admin.site._registry[TABLES[kind]]


def _rows(kind: str) -> Any:
    related = {Kind.STAGED: ("batch__integration__client",), Kind.CONTACT: ("client",)}.get(Kind(kind), ())
    return TABLES[kind].objects.select_related(*related)


def _more(values: Any, key: str) -> list[str]:
    found = values if isinstance(values, list) else []
    return [_text(value.get(key) if isinstance(value, Mapping) else value) for value in found]


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


class TypedForm(forms.Form):
    """One record as somebody types it, or pastes it: what is read out of pasted text goes into the empty fields."""

    pasted = forms.CharField(
        label="Paste",
        required=False,
        max_length=LONGEST * 4,
        widget=forms.Textarea({"rows": 2, "placeholder": "A signature, a row of a spreadsheet, lines with labels"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"label_suffix": "", **kwargs})
        for name, label in FIELDS.items():
            self.fields[name] = forms.CharField(
                label=label, required=False, max_length=LONGEST, widget=forms.TextInput({"autocomplete": "off"})
            )

    @classmethod
    def posted(cls, data: Mapping[str, str], prefix: str) -> "TypedForm":
        """The form with pasted text already read, so that the reader sees what was made of it and can mend it."""
        values = {name: str(value) for name, value in data.items()}
        pasted = values.get(f"{prefix}-pasted", "")
        if len(pasted) <= LONGEST * 4:
            values[f"{prefix}-pasted"] = ""
            for name, value in read_pasted(pasted).items():
                values[f"{prefix}-{name}"] = values.get(f"{prefix}-{name}", "").strip() or value
        return cls(values, prefix=prefix)

    @property
    def typed(self) -> dict[str, str]:
        return {name: self.cleaned_data.get(name, "") for name in FIELDS}

    @property
    def identity(self) -> Identity:
        return identity_of(**self.typed)


class CountsForm(forms.Form):
    """Among whom values are counted that many share."""

    location = forms.ModelChoiceField(
        GHLIntegration.objects.select_related("client").order_by("name"),
        required=False,
        empty_label=NOBODY,
        label="Who else has these values is counted among the people of",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"label_suffix": "", **kwargs})
