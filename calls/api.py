"""Calls of both sides, as programs see them, with asking for a summary and playing the recording."""

from typing import Any

from django.db.models import BooleanField, ExpressionWrapper, Q
from django.http import HttpResponseBase
from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema, extend_schema_field
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from calls.models import DISPOSITIONS, Call, Direction, DispositionSource, Enrichment, SalesCall, SummaryStatus
from calls.recordings import recording_of
from calls.summaries import asking
from calls.summaries.standing import LABELS, Standing, standing_of
from integrations.api.answers import Conflict, NobodyAnswers
from integrations.api.narrowing import before, choice, equal, of_location, of_row, since, yes_or_no
from integrations.api.views import LocationBriefSerializer, NamedSerializer, Rows, rights_of
from integrations.ghl.call_payloads import CallStatus

IN_LISTS = (
    "id", "external_call_id", "location", "call_status", "direction", "from_number", "to_number", "duration",
    "started_at", "disposition", "disposition_source", "notes", "agent_name", "ghl_contact_id", "has_transcript",
    "has_summary", "enrichment_status", "enrichment_note", "created_at", "updated_at",
)  # fmt: skip
SUMMARY_STATUSES = list(LABELS.items())
ON_ITS_OWN = ("transcript", "ai_summary", "summary", "recording")
LONG = ("transcript", "ai_summary", "ghl_told")


class SummarySerializer(serializers.Serializer[Standing]):
    """Where the call's summary stands, and why."""

    status = serializers.ChoiceField(choices=SUMMARY_STATUSES)
    reason = serializers.CharField()
    made_at = serializers.DateTimeField(allow_null=True)
    next_at = serializers.DateTimeField(allow_null=True)
    model = serializers.CharField()
    prompt_version = serializers.CharField()
    is_outdated = serializers.BooleanField(help_text="It rests on an earlier transcript or an earlier prompt.")
    can_ask = serializers.BooleanField(help_text="Whether `summarize` would do something.")


class PhoneCallSerializer(serializers.ModelSerializer[Any]):
    location = LocationBriefSerializer(source="integration")
    direction = serializers.ChoiceField(choices=Direction.choices, allow_blank=True)
    has_transcript = serializers.BooleanField()
    has_summary = serializers.BooleanField()


class PhoneCallOneSerializer(PhoneCallSerializer):
    summary = serializers.SerializerMethodField()
    recording = serializers.SerializerMethodField(help_text="Where the recording is played from, if there is one.")
    ai_summary = serializers.JSONField(allow_null=True)

    @extend_schema_field(SummarySerializer)
    def get_summary(self, call: Any) -> Any:
        return SummarySerializer(standing_of(call)).data

    def get_recording(self, call: Any) -> str:
        name = "sales-call" if isinstance(call, SalesCall) else "call"
        return reverse(f"api:{name}-recording", args=[call.pk])


class SalesCallSerializer(PhoneCallSerializer):
    prospect = NamedSerializer(allow_null=True)

    class Meta:
        model = SalesCall
        fields: Any = (*IN_LISTS, "prospect")
        read_only_fields: Any = fields


class SalesCallOneSerializer(PhoneCallOneSerializer, SalesCallSerializer):
    class Meta(SalesCallSerializer.Meta):
        fields = (*SalesCallSerializer.Meta.fields, *ON_ITS_OWN)
        read_only_fields = fields


class CallSerializer(PhoneCallSerializer):
    contact = NamedSerializer(allow_null=True)

    class Meta:
        model = Call
        fields: Any = (*IN_LISTS, "contact")
        read_only_fields: Any = fields


class CallOneSerializer(PhoneCallOneSerializer, CallSerializer):
    class Meta(CallSerializer.Meta):
        fields = (*CallSerializer.Meta.fields, *ON_ITS_OWN)
        read_only_fields = fields


def _filters(person: str) -> dict[str, Any]:
    return {
        person: of_row(person, f"Of a {person}."),
        "location": of_location("integration"),
        "call_status": choice("call_status", [(one, one) for one in CallStatus], "How it ended."),
        "direction": choice("direction", Direction.choices, "Who called whom."),
        "disposition": choice("disposition", [(one, one) for one in DISPOSITIONS], "What came of it."),
        "disposition_source": choice("disposition_source", DispositionSource.choices, "Whose word that is."),
        "has_transcript": yes_or_no(~Q(transcript=""), "Whether what was said is known."),
        "has_summary": yes_or_no(Q(ai_summary__isnull=False), "Whether there is a summary."),
        "known": yes_or_no(Q(**{f"{person}__isnull": False}), "Whether the portal knows the caller."),
        "enrichment_status": choice("enrichment_status", Enrichment.choices, "Fetching what GHL knows."),
        "ghl_contact_id": equal("ghl_contact_id", "Of a GHL contact."),
        "started_since": since("started_at", "Begun at that moment or later."),
        "started_before": before("started_at", "Begun before that moment."),
    }


class PhoneCallViews(Rows):
    """What both sides' calls have in common. `person` names the person's column."""

    person = ""
    order = ("-started_at", "id")
    search_words = "Person, firm, phone in any form, notes, or GHL message id."
    exact_columns = ("external_call_id",)
    phone_columns = ("from_number", "to_number")

    def get_queryset(self) -> Any:
        calls: Any = super().get_queryset()
        calls = calls.select_related("integration", self.person).annotate(
            has_transcript=ExpressionWrapper(~Q(transcript=""), output_field=BooleanField()),
            has_summary=ExpressionWrapper(Q(ai_summary__isnull=False), output_field=BooleanField()),
        )
        return calls.defer(*LONG) if self.action == "list" else calls

    @extend_schema(
        request=None,
        responses={202: SummarySerializer, 200: OpenApiResponse(SummarySerializer, "There is one already.")},
    )
    @action(detail=True, methods=["post"])
    def summarize(self, request: Request, pk: Any) -> Response:
        """Asks for an AI summary of the call, and says where it stands; it is made in the background."""
        standing = asking.ask(self.get_object(), request.user)
        if standing.latest is None:
            raise Conflict(standing.reason, "not_worth_a_summary")
        is_made = standing.status == SummaryStatus.DONE
        return Response(SummarySerializer(standing).data, status.HTTP_200_OK if is_made else status.HTTP_202_ACCEPTED)

    @extend_schema(responses={(200, "audio/*"): OpenApiTypes.BINARY})
    @action(detail=True, methods=["get"])
    def recording(self, request: Request, pk: Any) -> HttpResponseBase:
        """The recording itself, fetched from GHL while it plays."""
        answer = recording_of(self.get_object())
        if answer.status_code == status.HTTP_200_OK:
            return answer
        words = answer.content.decode()  # type: ignore[attr-defined]
        raise NotFound(words) if answer.status_code == status.HTTP_404_NOT_FOUND else NobodyAnswers(words)


class SalesCallViews(PhoneCallViews):
    """Calls of the internal side, the latest first. The one has its transcript and its AI summary too."""

    queryset = SalesCall.objects.all()
    serializer_class = SalesCallSerializer
    one_serializer_class = SalesCallOneSerializer
    rights = rights_of("calls.salescall", recording="calls.view_salescall", summarize="calls.change_salescall")
    person = "prospect"
    search_columns = (
        "prospect__contact_first_name", "prospect__contact_last_name", "prospect__firm_name", "notes",
    )  # fmt: skip
    filters = _filters("prospect")


class CallViews(PhoneCallViews):
    """Calls made for clients, the latest first. The one has its transcript and its AI summary too."""

    queryset = Call.objects.all()
    serializer_class = CallSerializer
    one_serializer_class = CallOneSerializer
    rights = rights_of("calls.call", recording="calls.view_call", summarize="calls.change_call")
    person = "contact"
    search_columns = (
        "contact__contact_first_name", "contact__contact_last_name", "contact__firm_name", "notes",
    )  # fmt: skip
    filters = _filters("contact")
