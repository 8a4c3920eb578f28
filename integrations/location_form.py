"""The form of a GHL location: a token that is only ever written, and the custom fields as a small table."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from integrations.fields import Secret
from integrations.locations import MAPPED_FIELDS, checked_mapping, checked_token
from integrations.models import GHLIntegration

PREFIX = "mapped_"
MAPPING_NAMES = tuple(PREFIX + name for name in MAPPED_FIELDS)
SIDE_RULE = "integration_client_iff_client_type"


def _ghl_field(words: str) -> forms.CharField:
    return forms.CharField(label=words, required=False, max_length=100, help_text="Id of the custom field in GHL.")


class LocationForm(forms.ModelForm):
    new_token = forms.CharField(
        label="API token",
        required=False,
        max_length=2000,
        # Never pre-filled, nor shown again when another field has a mistake.
        widget=forms.PasswordInput(render_value=False, attrs={"autocomplete": "new-password", "class": "vTextField"}),
    )
    mapped_linkedin_url = _ghl_field("LinkedIn address")
    mapped_job_title = _ghl_field("Job title")
    mapped_person_number = _ghl_field("Bar or candidate number")
    mapped_market_name = _ghl_field("Market or campaign")
    mapped_cadence_stage = _ghl_field("Cadence stage")
    mapped_dial_attempts = _ghl_field("Dial attempts")
    mapped_no_answer_count = _ghl_field("No-answer count")
    mapped_voicemail_count = _ghl_field("Voicemail count")
    mapped_callback_attempts = _ghl_field("Callback attempts")

    class Meta:
        model = GHLIntegration
        fields = ("name", "location_id", "integration_type", "client", "is_active")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.also_changed: set[str] = set()  # columns that no field of the form is named after
        stored = self.instance.api_token
        if "new_token" in self.fields:  # not for somebody who may only look
            self.fields["new_token"].help_text = (
                f"Stored: {stored.hint}. Leave empty to keep the stored one."
                if stored
                else "The location’s private integration token. Nothing can be pulled or pushed without it."
            )
        for name in MAPPED_FIELDS:
            if PREFIX + name in self.fields:
                self.fields[PREFIX + name].initial = self.instance.custom_field_mapping.get(name, "")

    def clean_new_token(self) -> str:
        return checked_token(self.cleaned_data["new_token"])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        self._check_side(cleaned)
        given = {name: cleaned.get(PREFIX + name, "") for name in MAPPED_FIELDS}
        try:
            mapped = checked_mapping(given)
        except ValidationError as problem:
            self.add_error(None, problem)
        else:
            # What other systems wrote under names of their own stays.
            others = {name: to for name, to in self.instance.custom_field_mapping.items() if name not in MAPPED_FIELDS}
            self.instance.custom_field_mapping = {**others, **mapped}
        return cleaned

    def _check_side(self, cleaned: dict[str, Any]) -> None:
        """The model's own rule, which Django leaves out where a field of it (the type) cannot be edited."""
        if "integration_type" in self.fields or "client" not in self.fields:
            return
        if (cleaned.get("client") is None) != self.instance.is_internal:
            rule = next(rule for rule in GHLIntegration._meta.constraints if rule.name == SIDE_RULE)
            self.add_error("client", str(rule.violation_error_message))

    def save(self, commit: bool = True) -> Any:
        if token := self.cleaned_data.get("new_token"):
            self.instance.api_token = Secret.of(token)
            self.also_changed.add("api_token")
        if not self.instance.webhook_secret:
            self.instance.make_webhook_secret()
            self.also_changed |= {"webhook_secret", "webhook_secret_digest"}
        if any(name.startswith(PREFIX) for name in self.changed_data):
            self.also_changed.add("custom_field_mapping")
        return super().save(commit)
