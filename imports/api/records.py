"""The review queue: found, shown with whom each record may be, and decided by the same rules as on its page."""

import uuid
from collections.abc import Callable
from typing import Any

from django.db.models import Q
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from imports.admin.candidates import known_person
from imports.api import repeats
from imports.api.corrections import ApproveSerializer, MergeSerializer
from imports.api.groups import DecideTogetherSerializer, GroupSerializer, as_shown
from imports.api.shapes import DecidedSerializer, RecordSerializer, person_brief
from imports.deciding import decisions, review
from imports.deciding.groups import RecordGroup, group_of
from imports.deciding.together import decide_together
from imports.models import MatchCandidate, StagedRecord
from integrations.api.answers import Conflict
from integrations.api.narrowing import Filter, choice, equal, of_location, of_row, one_of, since, yes_or_no
from integrations.api.views import Rows, rights_of
from prospects.models import Contact, SalesProspect

Kind = MatchCandidate.Kind
MAY_REVIEW = "imports.review_stagedrecord"
SHOWN_WITH = ("batch__integration", "reviewed_by", "imported_prospect", "imported_contact")
UNSHOWN = ("raw_data", "batch__cursor", "batch__remarks")


class RecordViews(Rows):
    """Records that wait for a decision, and decided ones: by batch, the latest first, in the order of each."""

    queryset = StagedRecord.objects.select_related(*SHOWN_WITH).defer(*UNSHOWN)
    serializer_class = RecordSerializer
    rights = rights_of(
        "imports.stagedrecord", approve=MAY_REVIEW, merge=MAY_REVIEW, skip=MAY_REVIEW, reject=MAY_REVIEW,
        group="imports.view_stagedrecord", decide_together=MAY_REVIEW,
    )  # fmt: skip
    order = ("-batch_made_at", "position", "id")
    search_words = "Name, firm, e-mail, phone or bar number in any form, or GHL contact id."
    search_columns = (
        "contact_first_name", "contact_last_name", "firm_name", "contact_email", "contact_phone", "person_number",
    )  # fmt: skip
    exact_columns = ("ghl_contact_id",)
    phone_columns = ("contact_phone", "person_number")
    filters = {
        "batch": of_row("batch", "Of a batch."),
        "location": of_location("batch__integration"),
        "status": choice("status", StagedRecord.Status.choices, "How far it is."),
        "waiting": yes_or_no(Q(status__in=StagedRecord.WAITING), "Whether it waits for a decision."),
        "decision": choice("decision", StagedRecord.Decision.choices, "What was decided."),
        "band": one_of(
            {**{band: Q(match_band=band) for band in ("certain", "likely", "possible")}, "none": Q(match_band="")},
            "How sure the best match is.",
        ),
        "reason": Filter(
            "With this code among the findings of the best match.",
            lambda rows, value: rows.filter(match_reason_codes__contains=f",{value},"),
            {"type": "string"},
        ),
        "is_in_batch_duplicate": yes_or_no(Q(is_in_batch_duplicate=True), "Whether its batch has the person twice."),
        "changes": yes_or_no(Q(changes__isnull=False), "Whether it changes a decided record."),
        "reviewed_by": equal("reviewed_by__username", "Decided by this user."),
        "ghl_contact_id": equal("ghl_contact_id", "Of a GHL contact."),
        "updated_since": since("updated_at", "Changed at that moment or later."),
    }

    def prepared(self, rows: list[Any]) -> list[Any]:
        candidates = MatchCandidate.objects.filter(staged_record__in=[record.pk for record in rows])
        by_record: dict[Any, list[MatchCandidate]] = {}
        for candidate in _named(list(candidates)):
            by_record.setdefault(candidate.staged_record_id, []).append(candidate)
        standing = decisions.standing().filter(staged_record__in=[record.pk for record in rows if record.decision])
        decided = dict(standing.values_list("staged_record_id", "pk"))
        for record in rows:
            record.shown_candidates = by_record.get(record.pk, [])
            record.decision_id = decided.get(record.pk)
        return rows

    # ---------------------------------------------------------------- deciding

    @extend_schema(request=ApproveSerializer, responses=DecidedSerializer, parameters=[repeats.IN_SCHEMA])
    @action(detail=True, methods=["post"])
    def approve(self, request: Request, pk: Any) -> Response:
        """Makes a new prospect or contact of it, with its calls, and with the corrections that are sent.

        Refused once with `somebody_new` when somebody likely the same came into the portal since the comparison, or
        fits the corrections: they are among the candidates then, and asking again approves.
        """
        given = ApproveSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        choices = given.choices()
        return self._decided(
            lambda record, reviewer, key: review.approve_as_new(record.pk, reviewer, choices=choices, key=key)
        )

    @extend_schema(request=MergeSerializer, responses=DecidedSerializer, parameters=[repeats.IN_SCHEMA])
    @action(detail=True, methods=["post"])
    def merge(self, request: Request, pk: Any) -> Response:
        """Merges it into a candidate: fills what is empty there, and brings its calls along."""
        given = MergeSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        chosen, choices = given.validated_data["candidate"], given.choices()

        def merge(record: StagedRecord, reviewer: Any, key: uuid.UUID | None) -> review.Decided:
            kind = _kind_of(record, chosen)
            return review.merge(record.pk, reviewer, kind=kind, candidate_id=chosen, choices=choices, key=key)

        return self._decided(merge)

    @extend_schema(request=None, responses=DecidedSerializer, parameters=[repeats.IN_SCHEMA])
    @action(detail=True, methods=["post"])
    def skip(self, request: Request, pk: Any) -> Response:
        """Leaves it out for now; a later pull that changes it brings it back."""
        return self._decided(lambda record, reviewer, key: review.skip(record.pk, reviewer, key=key))

    @extend_schema(request=None, responses=DecidedSerializer, parameters=[repeats.IN_SCHEMA])
    @action(detail=True, methods=["post"])
    def reject(self, request: Request, pk: Any) -> Response:
        """Turns it down. It is kept for audit."""
        return self._decided(lambda record, reviewer, key: review.reject(record.pk, reviewer, key=key))

    @extend_schema(responses=GroupSerializer)
    @action(detail=True, methods=["get"])
    def group(self, request: Request, pk: Any) -> Response:
        """The waiting records that look like the same person as this one, and whom the portal has as that person."""
        return Response(GroupSerializer(as_shown(self._group_of(self.get_object()))).data)

    @extend_schema(request=DecideTogetherSerializer, responses=DecidedSerializer, parameters=[repeats.IN_SCHEMA])
    @action(detail=True, methods=["post"], url_path="decide-together")
    def decide_together(self, request: Request, pk: Any) -> Response:
        """Makes one person of these records of its group, or merges them into the group’s person, in one step.

        When somebody decided about one of them first, nothing is decided. Undoing the decision about the answer’s
        `record` undoes all of them.
        """
        given = DecideTogetherSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        return self._decided(
            lambda record, reviewer, key: decide_together(given.chosen_of(self._group_of(record)), reviewer, key=key)
        )

    @staticmethod
    def _group_of(record: StagedRecord) -> RecordGroup | None:
        return group_of(record, lambda: known_person(record))

    def _decided(self, decide: Callable[[StagedRecord, Any, uuid.UUID | None], review.Decided]) -> Response:
        record, reviewer = self.get_object(), self.request.user
        try:
            done = repeats.once(self.request, self.action, record.pk, lambda key: decide(record, reviewer, key))
        except review.SomebodyNewError as problem:
            raise Conflict(problem, "somebody_new") from None
        except review.AlreadyDecidedError as problem:
            raise Conflict(problem, "already_decided") from None
        except review.DecisionRefusedError as problem:
            raise Conflict(problem, "refused") from None
        about = {
            "record": self.prepared([self.get_queryset().get(pk=done.record_id)])[0],
            "person": person_brief(done.person),
            "calls_added": done.calls_added,
            "also_decided": done.also_decided,
            "repeated": done.is_repeat,
        }
        return Response(DecidedSerializer(about).data)


def _kind_of(record: StagedRecord, chosen: Any) -> str:
    """What kind of candidate was chosen: one that was found, or whom the portal has as this very GHL contact."""
    for candidate in record.shown_candidates:  # type: ignore[attr-defined]
        if candidate.candidate_id == chosen:
            return str(candidate.candidate_kind)
    known = known_person(record)
    if known is None or known.pk != chosen:
        raise serializers.ValidationError({"candidate": ["This is no candidate of the record."]})
    return Kind.PROSPECT if isinstance(known, SalesProspect) else Kind.CONTACT


def _named(candidates: list[MatchCandidate]) -> list[Any]:
    """The candidates with their names, in a query for each kind."""
    tables: dict[str, Any] = {
        Kind.PROSPECT: SalesProspect.objects,
        Kind.CONTACT: Contact.objects,
        Kind.STAGED: StagedRecord.objects.defer("raw_data"),
    }
    names: dict[Any, str] = {}
    for kind, rows in tables.items():
        ids = {candidate.candidate_id for candidate in candidates if candidate.candidate_kind == kind}
        names |= {pk: str(row) for pk, row in (rows.in_bulk(ids) if ids else {}).items()}
    for candidate in candidates:
        candidate.name = names.get(candidate.candidate_id, "")  # type: ignore[attr-defined]
    return candidates
