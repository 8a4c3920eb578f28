"""Batches: how far each is, and beginning, stopping, resuming and giving up a pull."""

from collections.abc import Callable
from typing import Any

from django.db.models import Count, Q
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from imports.models import ImportBatch, StagedRecord
from imports.pulling import batches
from imports.pulling.progress import progress_in_words, progress_of
from integrations.api.answers import Conflict
from integrations.api.locations import LocationField
from integrations.api.narrowing import before, choice, of_location, since, yes_or_no
from integrations.api.views import LocationBriefSerializer, Rows, TakesOnlyWhatItKnows, rights_of
from integrations.credentials import LocationNotReadyError, client_for
from integrations.fields import SecretUnreadableError
from integrations.models import GHLIntegration
from integrations.queueing import queue

MAY_PULL = "integrations.change_ghlintegration"
TASK = "imports.tasks.run_pull"


class ProgressSerializer(serializers.Serializer[Any]):
    """How far the phase is. `rate` is in things a second; `total` and `seconds_left` are null while nobody can tell."""

    thing = serializers.CharField()
    done = serializers.IntegerField()
    total = serializers.IntegerField(allow_null=True)
    rate = serializers.FloatField()
    seconds_left = serializers.FloatField(allow_null=True)
    words = serializers.CharField()


class BatchSerializer(serializers.ModelSerializer[ImportBatch]):
    location = LocationBriefSerializer(source="integration")
    started_by = serializers.CharField(source="started_by.username", default=None, allow_null=True)
    is_under_way = serializers.BooleanField()
    waiting = serializers.IntegerField(help_text="Records that wait for a decision.")
    progress = serializers.SerializerMethodField()
    remarks = serializers.ListField(child=serializers.CharField())

    class Meta:
        model = ImportBatch
        fields = (
            "id", "location", "source", "source_name", "strategy", "status", "phase", "is_under_way", "progress",
            "waiting", "contacts_total", "contacts_read", "contacts_staged", "contacts_unchanged", "calls_total",
            "calls_read", "matched", "in_batch_duplicates", "errors", "requests", "seconds_worked", "stop_requested",
            "heartbeat_at", "error", "remarks", "started_by", "started_at", "finished_at", "created_at", "updated_at",
        )  # fmt: skip
        read_only_fields = fields

    @extend_schema_field(ProgressSerializer)
    def get_progress(self, batch: ImportBatch) -> Any:
        progress = progress_of(batch)
        return {
            "thing": progress.thing,
            "done": progress.done,
            "total": progress.total,
            "rate": round(progress.rate, 2),
            "seconds_left": progress.seconds_left,
            "words": progress_in_words(batch),
        }


class PullSerializer(TakesOnlyWhatItKnows):
    location = LocationField(help_text="Its id here or in GHL.")
    strategy = serializers.ChoiceField(
        choices=batches.STRATEGIES, default=batches.EXPORT, help_text="How calls are read."
    )


class BatchViews(Rows):
    """Pulls and files, the latest first: what each brought, and how far it is."""

    queryset = ImportBatch.objects.select_related("integration", "started_by")
    serializer_class = BatchSerializer
    rights = rights_of(
        "imports.importbatch", create=MAY_PULL, stop=MAY_PULL, resume=MAY_PULL, give_up=MAY_PULL
    )  # fmt: skip
    filters = {
        "location": of_location("integration"),
        "status": choice("status", ImportBatch.Status.choices, "How it went."),
        "source": choice("source", ImportBatch.Source.choices, "Where it came from."),
        "under_way": yes_or_no(Q(status__in=ImportBatch.UNDER_WAY), "Whether it waits to start or runs."),
        "created_since": since("created_at", "Made at that moment or later."),
        "created_before": before("created_at", "Made before that moment."),
    }

    def prepared(self, rows: list[Any]) -> list[Any]:
        records = StagedRecord.objects.filter(batch__in=[batch.pk for batch in rows], status__in=StagedRecord.WAITING)
        waiting = dict(records.order_by().values_list("batch").annotate(count=Count("pk")))
        for batch in rows:
            batch.waiting = waiting.get(batch.pk, 0)
        return rows

    @extend_schema(request=PullSerializer, responses={202: BatchSerializer})
    def create(self, request: Request) -> Response:
        """Begins a pull of a location. A worker does it; this row shows how far it is."""
        given = PullSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        location, strategy, by = given.validated_data["location"], given.validated_data["strategy"], request.user
        return self._queued(location, lambda: batches.start(location, strategy=strategy, by=by))  # type: ignore[arg-type]

    @extend_schema(request=None, responses={202: BatchSerializer})
    @action(detail=True, methods=["post"])
    def resume(self, request: Request, pk: Any) -> Response:
        """Goes on with an unfinished pull where it ended."""
        batch = self.get_object()
        if batches.unfinished_pull(batch.integration) != batch:
            raise Conflict("This batch is finished, so there is nothing to resume.", "finished")
        return self._queued(batch.integration, lambda: batches.resume(batch.integration))

    @extend_schema(request=None, responses={202: BatchSerializer})
    @action(detail=True, methods=["post"])
    def stop(self, request: Request, pk: Any) -> Response:
        """Asks a pull to stop after the page it is reading."""
        if not batches.request_stop(self.get_object()):
            raise Conflict("This pull is not under way, so there is nothing to stop.", "not_under_way")
        return self._shown(status.HTTP_202_ACCEPTED)

    @extend_schema(request=None, responses=BatchSerializer)
    @action(detail=True, methods=["post"], url_path="give-up")
    def give_up(self, request: Request, pk: Any) -> Response:
        """Ends an unfinished pull for good, so that a new one can begin. What it staged stays in the queue."""
        batch = self.get_object()
        if batch.is_under_way:
            raise Conflict("This pull is under way. Stop it first, then give it up.", "pull_under_way")
        if not batch.is_unfinished:
            raise Conflict("This batch is finished, so there is nothing to give up.", "finished")
        batches.give_up(batch)
        return self._shown(status.HTTP_200_OK)

    def _queued(self, location: GHLIntegration, make: Callable[[], ImportBatch]) -> Response:
        try:
            client_for(location, bulk=True).close()
            batch = make()
        except batches.UnfinishedPullError as problem:
            raise _conflict_with(problem.batch) from None
        except batches.NothingToResumeError as problem:
            raise Conflict(f"{problem} Begin one.", "finished") from None
        except (LocationNotReadyError, SecretUnreadableError) as problem:
            raise Conflict(problem, "location_not_ready") from None
        if batch.status != ImportBatch.Status.QUEUED:
            raise _conflict_with(batch)
        queue(TASK, str(batch.pk))  # told or not, the sweep finds it
        return Response(self.get_serializer(self.prepared([batch])[0]).data, status.HTTP_202_ACCEPTED)

    def _shown(self, code: int) -> Response:
        return Response(self.get_serializer(self.get_object()).data, code)


def _conflict_with(batch: ImportBatch) -> Conflict:
    if batch.is_under_way:
        return Conflict(f"This location has a pull under way already: the batch {batch.pk}.", "pull_under_way")
    return Conflict(
        f"The last pull of this location did not finish: the batch {batch.pk}. Resume it, or give it up, before a new "
        "one begins.",
        "pull_unfinished",
    )
