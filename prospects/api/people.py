"""Prospects and contacts: found, shown, and changed as staff change them on their pages."""

from typing import Any

from django.db.models import Q
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from integrations.api.narrowing import Filter, before, equal, of_row, since, yes_or_no
from integrations.api.views import NamedSerializer, Rows, TakesOnlyWhatItKnows, rights_of
from prospects.editing import GoneError, edit_person
from prospects.models import IDENTITY_COLUMNS, Contact, SalesCampaign, SalesProspect
from prospects.outbound.reasons import words_for
from prospects.outbound.where import NOT_YET, Where, only, with_where

ENTERED = (*IDENTITY_COLUMNS, "tags", "source", "notes", "engagement_level", "do_not_call")
ABOUT = (
    "id", *ENTERED, "do_not_call_since", "ghl_contact_id", "ghl_location_id", "ghl_synced_at", "ghl_updated_at",
    "ghl_deleted_at", "in_ghl", "in_ghl_why", "created_at", "updated_at",
)  # fmt: skip
COUNTED = ("dial_attempts", "no_answer_count", "voicemail_count", "callback_attempts")


class PersonSerializer(serializers.ModelSerializer[Any]):
    tags = serializers.ListField(child=serializers.CharField(), source="tag_list")
    in_ghl = serializers.ChoiceField(choices=Where.choices, source="where", help_text="How far their way into GHL is.")
    in_ghl_why = serializers.SerializerMethodField(help_text="Why it is no further, in words.")

    def get_in_ghl_why(self, person: Any) -> str:
        return words_for(person.why) if person.why else ""


class ProspectSerializer(PersonSerializer):
    campaign = NamedSerializer(allow_null=True)

    class Meta:
        model = SalesProspect
        fields = (*ABOUT, "campaign", "cadence_stage", *COUNTED)
        read_only_fields = fields


class ContactSerializer(PersonSerializer):
    client = NamedSerializer()

    class Meta:
        model = Contact
        fields = (*ABOUT, "client")
        read_only_fields = fields


class PersonChangeSerializer(TakesOnlyWhatItKnows, serializers.ModelSerializer[Any]):
    tags = serializers.ListField(child=serializers.CharField(max_length=255), max_length=200)

    def validate_tags(self, tags: list[str]) -> list[str]:
        return list(dict.fromkeys(tags))


class ProspectChangeSerializer(PersonChangeSerializer):
    campaign = serializers.PrimaryKeyRelatedField(
        queryset=SalesCampaign.objects.all(), allow_null=True, help_text="The id of a campaign, or null for none."
    )

    class Meta:
        model = SalesProspect
        fields = (*ENTERED, "campaign", "cadence_stage")


class ContactChangeSerializer(PersonChangeSerializer):
    class Meta:
        model = Contact
        fields = ENTERED


PLACES: dict[str, str] = {NOT_YET: "not in GHL yet", **{where.value: where.label.lower() for where in Where}}


def _at(rows: Any, value: str) -> Any:
    if value not in PLACES:
        raise ValueError(f"“{value}” is none of: {', '.join(PLACES)}.")
    return only(rows, value)


FILTERS = {
    "engagement_level": equal("engagement_level", "Where we stand with them."),
    "do_not_call": yes_or_no(Q(do_not_call=True), "Whether they must not be called."),
    "in_ghl": Filter(
        f"How far their way into GHL is: {', '.join(f'`{value}` {words}' for value, words in PLACES.items())}.",
        _at,
        {"type": "string", "enum": list(PLACES)},
    ),
    "ghl_contact_id": equal("ghl_contact_id", "Of a GHL contact."),
    "ghl_location_id": equal("ghl_location_id", "Linked to a contact of a GHL location."),
    "source": equal("source", "Where they come from."),
    "created_since": since("created_at", "In the portal since that moment or later."),
    "updated_since": since("updated_at", "Changed at that moment or later."),
    "updated_before": before("updated_at", "Not changed since that moment."),
}


class PersonViews(Rows):
    """What prospects and contacts have in common. `beside` names the row that a person belongs to."""

    beside = ""
    change_serializer_class: type[PersonChangeSerializer]
    order = ("contact_last_name", "contact_first_name", "id")
    search_words = "Name, firm, e-mail, phone or bar number in any form, or GHL contact id."
    search_columns = (
        "contact_first_name", "contact_last_name", "firm_name", "contact_email", "contact_phone", "person_number",
    )  # fmt: skip
    exact_columns = ("ghl_contact_id",)
    phone_columns = ("contact_phone", "person_number")

    def get_queryset(self) -> Any:
        return with_where(super().get_queryset()).select_related(self.beside)

    def change(self, request: Request) -> Response:
        person = self.get_object()
        given = self.change_serializer_class(person, data=request.data, partial=True)
        given.is_valid(raise_exception=True)
        by: Any = request.user
        try:
            edit_person(type(person), person.pk, given.validated_data, by)
        except GoneError:
            raise NotFound from None
        return Response(self.get_serializer(self.get_object()).data)


class ProspectViews(PersonViews):
    """Those whom our own BDRs call."""

    queryset = SalesProspect.objects.all()
    serializer_class = ProspectSerializer
    change_serializer_class = ProspectChangeSerializer
    rights = rights_of("prospects.salesprospect", partial_update="prospects.change_salesprospect")
    beside = "campaign"
    filters = {
        **FILTERS,
        "campaign": of_row("campaign", "Of a campaign."),
        "cadence_stage": equal("cadence_stage", "Where in the cadence they are."),
    }

    @extend_schema(request=ProspectChangeSerializer(partial=True), responses=ProspectSerializer)
    def partial_update(self, request: Request, pk: Any) -> Response:
        """Changes what staff may change; what GHL says next does not undo it."""
        return self.change(request)


class ContactViews(PersonViews):
    """Those who are called on behalf of a client."""

    queryset = Contact.objects.all()
    serializer_class = ContactSerializer
    change_serializer_class = ContactChangeSerializer
    rights = rights_of("prospects.contact", partial_update="prospects.change_contact")
    beside = "client"
    filters = {**FILTERS, "client": of_row("client", "Of a client.")}

    @extend_schema(request=ContactChangeSerializer(partial=True), responses=ContactSerializer)
    def partial_update(self, request: Request, pk: Any) -> Response:
        """Changes what staff may change; what GHL says next does not undo it."""
        return self.change(request)
