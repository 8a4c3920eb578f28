"""Pushes to GHL: how each went, and beginning and stopping one."""

from typing import Any

from django.db.models import Q
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from integrations.api.answers import Conflict
from integrations.api.locations import LocationField
from integrations.api.narrowing import before, choice, of_location, of_row, since, yes_or_no
from integrations.api.views import LocationBriefSerializer, Rows, TakesOnlyWhatItKnows, rights_of
from integrations.credentials import LocationNotReadyError, client_for
from integrations.fields import SecretUnreadableError
from integrations.models import RunStatus, SyncRun
from integrations.queueing import queue
from prospects.models import SalesCampaign
from prospects.outbound import runs
from prospects.outbound.reasons import words_for

MAY_PUSH = "integrations.change_ghlintegration"
TASK = "prospects.tasks.push_to_ghl"


class ReasonSerializer(serializers.Serializer[Any]):
    reason = serializers.CharField()
    words = serializers.CharField()
    count = serializers.IntegerField()


class SyncRunSerializer(serializers.ModelSerializer[SyncRun]):
    location = LocationBriefSerializer(source="integration")
    started_by = serializers.CharField(source="started_by.username", default=None, allow_null=True)
    is_under_way = serializers.BooleanField()
    done = serializers.IntegerField(help_text="Of `total`, well or not.")
    seconds = serializers.FloatField(help_text="From the start to the end, or until now.")
    failures = serializers.SerializerMethodField()
    skips = serializers.SerializerMethodField()

    class Meta:
        model = SyncRun
        fields = (
            "id", "location", "campaign_id", "campaign_name", "started_by", "status", "is_under_way", "total", "done",
            "created", "adopted", "failed", "skipped", "requests", "failures", "skips", "error", "stop_requested",
            "heartbeat_at", "started_at", "finished_at", "seconds",
        )  # fmt: skip
        read_only_fields = fields

    @extend_schema_field(ReasonSerializer(many=True))
    def get_failures(self, run: SyncRun) -> Any:
        return _by_reason(run.failures_by_reason)

    @extend_schema_field(ReasonSerializer(many=True))
    def get_skips(self, run: SyncRun) -> Any:
        return _by_reason(run.skipped_by_reason)


class PushSerializer(TakesOnlyWhatItKnows):
    location = LocationField(help_text="Its id here or in GHL.")
    campaign = serializers.PrimaryKeyRelatedField(
        queryset=SalesCampaign.objects.all(), required=False, allow_null=True, help_text="Only this campaign’s."
    )


class SyncRunViews(Rows):
    """Pushes of people to GHL, the latest first."""

    queryset = SyncRun.objects.select_related("integration", "started_by")
    serializer_class = SyncRunSerializer
    rights = rights_of("integrations.syncrun", create=MAY_PUSH, stop=MAY_PUSH)
    order = ("-started_at", "id")
    filters = {
        "location": of_location("integration"),
        "campaign": of_row("campaign_id", "Limited to a campaign."),
        "status": choice("status", RunStatus.choices, "How it went."),
        "under_way": yes_or_no(Q(finished_at__isnull=True), "Whether it has not come to its end."),
        "started_since": since("started_at", "Begun at that moment or later."),
        "started_before": before("started_at", "Begun before that moment."),
    }

    @extend_schema(request=PushSerializer, responses={202: SyncRunSerializer})
    def create(self, request: Request) -> Response:
        """Begins a push of a location, or of one campaign into it. The workers do it; this row shows how far it is."""
        given = PushSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        location, by = given.validated_data["location"], request.user
        try:
            client_for(location, bulk=True).close()
            run = runs.start(location, campaign=given.validated_data.get("campaign"), by=by)  # type: ignore[arg-type]
        except runs.PushUnderWayError as problem:
            raise Conflict(problem, "push_under_way") from None
        except runs.CannotBePushedError as problem:
            raise Conflict(problem, "cannot_be_pushed") from None
        except (LocationNotReadyError, SecretUnreadableError) as problem:
            raise Conflict(problem, "location_not_ready") from None
        queue(TASK, str(run.pk))  # told or not, the sweep finds it
        return Response(self.get_serializer(run).data, status.HTTP_202_ACCEPTED)

    @extend_schema(request=None, responses={202: SyncRunSerializer})
    @action(detail=True, methods=["post"])
    def stop(self, request: Request, pk: Any) -> Response:
        """Asks it to end after the people that are being sent right now; the others stay waiting."""
        if not runs.request_stop(self.get_object()):
            raise Conflict("This push is not under way, so there is nothing to stop.", "not_under_way")
        return Response(self.get_serializer(self.get_object()).data, status.HTTP_202_ACCEPTED)


def _by_reason(counts: Any) -> list[dict[str, Any]]:
    given = counts if isinstance(counts, dict) else {}
    return [{"reason": reason, "words": words_for(reason), "count": count} for reason, count in sorted(given.items())]
