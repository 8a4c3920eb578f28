"""The form that says which of a location's custom fields holds what: one choice for each value of ours."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.db import transaction

from integrations.custom_fields import OUR_FIELDS, OurField, kind_of, mapping_problems, of_contacts, proposed, why_unfit
from integrations.ghl.payloads import CustomField
from integrations.models import GHLIntegration

NOWHERE = "Nowhere: left out"


class FieldMappingForm(forms.Form):
    """A choice for each of our values among the fields that GHL has now.

    What is mapped is chosen; what is not, proposed by its label.
    """

    def __init__(self, data: Any, *, fields: Sequence[CustomField], mapping: Mapping[str, Any]) -> None:
        super().__init__(data)
        self.known = of_contacts(fields)
        by_label = proposed(self.known)
        ids = {field.id for field in self.known}
        for ours in OUR_FIELDS:
            mapped = str(mapping.get(ours.name) or "")
            is_gone = bool(mapped) and mapped not in ids
            chosen = mapped if mapped and not is_gone else by_label.get(ours.name, "")
            self.fields[ours.name] = forms.ChoiceField(
                label=ours.words,
                required=False,
                choices=_choices(ours, self.known),
                initial=chosen,
                help_text=_about(mapped, is_gone, chosen),
                error_messages={"invalid_choice": "GHL no longer has this field. Choose another one."},
            )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for problem in mapping_problems(cleaned, self.known):
            if problem.stops:
                self.add_error(problem.name, problem.text)
        return cleaned

    def chosen(self) -> dict[str, str]:
        """Our names to field ids, without those that go nowhere. Only of a valid form."""
        return {name: field_id for name, field_id in self.cleaned_data.items() if field_id}

    def remarks(self) -> list[str]:
        """What to know about the choices though they can stay."""
        return [problem.text for problem in mapping_problems(self.chosen(), self.known)]


def keep_mapping(integration_id: Any, chosen: Mapping[str, str]) -> GHLIntegration:
    """Makes these the location's mapping. What other systems keep in it under names of their own stays."""
    with transaction.atomic():
        integration = GHLIntegration.objects.select_for_update().get(pk=integration_id)
        ours = {field.name for field in OUR_FIELDS}
        others = {name: to for name, to in integration.custom_field_mapping.items() if name not in ours}
        integration.custom_field_mapping = {**others, **chosen}
        integration.mapping_problem = ""  # the form has seen to that
        integration.save(update_fields=["custom_field_mapping", "mapping_problem", "updated_at"])
    return integration


def words_of_mapping(mapping: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What is mapped to which id, for a page that does not ask GHL."""
    return [(ours.words, str(mapping.get(ours.name) or "")) for ours in OUR_FIELDS]


def _choices(ours: OurField, fields: Sequence[CustomField]) -> list[Any]:
    """Those that can hold the value, then the others, so that nobody looks for one in vain."""
    listed = sorted(fields, key=lambda field: field.name.casefold())
    fitting = [(field.id, _named(field)) for field in listed if not why_unfit(ours, field)]
    others = [(field.id, _named(field)) for field in listed if why_unfit(ours, field)]
    return [("", NOWHERE), *fitting, *([("Of another kind", others)] if others else [])]


def _named(field: CustomField) -> str:
    kind = kind_of(field)
    return f"{field.name or field.key or field.id} ({kind})" if kind else field.name or field.key or field.id


def _about(mapped: str, is_gone: bool, chosen: str) -> str:
    if is_gone:
        then = " Another one is proposed by its name." if chosen else ""
        return f"Mapped so far: {mapped}, which GHL no longer has.{then}"
    if mapped:
        return ""
    return "Proposed by its name." if chosen else "No field is named like it."
