"""The log of decisions, and undoing one."""

from typing import Any

from django.db.models import Q
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from imports.api.shapes import (
    DecisionSerializer,
    UndoneSerializer,
    UndoPlanSerializer,
    UndoSerializer,
    person_brief,
)
from imports.models import ReviewDecision
from imports.undoing.undo import AlreadyUndoneError, UndoRefusedError, undo
from imports.undoing.undo_plan import plan_of
from integrations.api.answers import Conflict
from integrations.api.narrowing import before, choice, equal, of_row, since, yes_or_no
from integrations.api.views import Rows, rights_of

KEPT_FOR_AN_UNDO = ("before", "after", "offered", "taken", "edits_since", "kept", "calls", "staged_record__raw_data")


class DecisionViews(Rows):
    """What reviewers decided, the latest first."""

    queryset = ReviewDecision.objects.select_related("staged_record", "reviewer", "undone_by").defer(*KEPT_FOR_AN_UNDO)
    serializer_class = DecisionSerializer
    rights = rights_of(
        "imports.reviewdecision", undo="imports.review_stagedrecord", undo_plan="imports.view_reviewdecision"
    )
    order = ("-decided_at", "id")
    filters = {
        "staged_record": of_row("staged_record", "About a staged record."),
        "person": of_row("person_id", "That made a person or merged into them."),
        "decision": choice("decision", ReviewDecision.Decision.choices, "What was decided."),
        "reviewer": equal("reviewer__username", "Taken by this user."),
        "stands": yes_or_no(Q(undone_at__isnull=True), "Whether it was not undone."),
        "decided_since": since("decided_at", "Taken at that moment or later."),
        "decided_before": before("decided_at", "Taken before that moment."),
    }

    @extend_schema(responses=UndoPlanSerializer)
    @action(detail=True, methods=["get"], url_path="undo-plan")
    def undo_plan(self, request: Request, pk: Any) -> Response:
        """What an undo would do as things are now, and what has to be chosen first. Nothing is changed."""
        decision = self.get_object()
        if not decision.stands:
            raise Conflict(f"{decision} has been undone already.", "already_undone")
        return Response(UndoPlanSerializer(plan_of(decision)).data)

    @extend_schema(request=UndoSerializer, responses=UndoneSerializer)
    @action(detail=True, methods=["post"])
    def undo(self, request: Request, pk: Any) -> Response:
        """Undoes it, as if it had never been taken. What somebody entered since is kept unless asked otherwise."""
        given = UndoSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        by: Any = request.user
        try:
            undone = undo(self.get_object().pk, by, **given.validated_data)
        except AlreadyUndoneError as problem:
            raise Conflict(problem, "already_undone") from None
        except UndoRefusedError as problem:
            raise Conflict(problem, "refused") from None
        about = {
            "decision": self.get_object(),
            "records": [record.pk for record in undone.records],
            "person": person_brief(undone.person),
            "words": undone.words,
        }
        return Response(UndoneSerializer(about).data)
