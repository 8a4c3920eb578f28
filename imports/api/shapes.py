"""What programs are shown of staged records, of whom they may be, and of decisions."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from imports.deciding.replay import FIELDS
from imports.models import MatchCandidate, ReviewDecision, StagedRecord
from integrations.api.views import LocationBriefSerializer, NamedSerializer, TakesOnlyWhatItKnows
from prospects.models import IDENTITY_COLUMNS

KINDS = MatchCandidate.Kind.choices


class FindingSerializer(serializers.Serializer[Any]):
    """One finding; `weight` in bits, above 0 when it speaks for one person."""

    code = serializers.CharField()
    words = serializers.CharField()
    weight = serializers.FloatField()


class PersonBriefSerializer(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(choices=KINDS[:2])
    id = serializers.UUIDField()
    name = serializers.CharField()


class CandidateSerializer(serializers.Serializer[Any]):
    """Somebody who may be the same person; `id` is what `merge` takes."""

    id = serializers.UUIDField(source="candidate_id")
    kind = serializers.ChoiceField(choices=KINDS, source="candidate_kind")
    name = serializers.CharField(help_text="Empty when they are gone.")
    score = serializers.FloatField()
    band = serializers.CharField()
    reasons = FindingSerializer(many=True)


class RecordSerializer(serializers.ModelSerializer[StagedRecord]):
    batch = serializers.UUIDField(source="batch_id")
    location = LocationBriefSerializer(source="batch.integration")
    tags = serializers.ListField(child=serializers.CharField(), source="tag_list")
    remarks = serializers.ListField(child=serializers.CharField())
    changes = serializers.UUIDField(
        source="changes_id", allow_null=True, help_text="The decided record that it changes."
    )
    match_reasons = FindingSerializer(many=True)
    candidates = CandidateSerializer(many=True, source="shown_candidates")
    decision = serializers.ChoiceField(choices=StagedRecord.Decision.choices, allow_blank=True)
    decision_id = serializers.UUIDField(allow_null=True, help_text="The decision that stands, to undo it by.")
    reviewed_by = serializers.CharField(source="reviewed_by.username", default=None, allow_null=True)
    became = serializers.SerializerMethodField(help_text="Whom it was made or merged into.")

    class Meta:
        model = StagedRecord
        fields = (
            "id", "batch", "location", "position", "ghl_contact_id", *IDENTITY_COLUMNS, "tags", "status",
            "error_message", "remarks", "changes", "is_in_batch_duplicate", "match_score", "match_band",
            "match_reasons", "candidates", "decision", "decision_id", "reviewed_by", "reviewed_at", "became",
            "created_at", "updated_at",
        )  # fmt: skip
        read_only_fields = fields

    @extend_schema_field(PersonBriefSerializer(allow_null=True))
    def get_became(self, record: StagedRecord) -> Any:
        return person_brief(record.imported_person)


class DecisionSerializer(serializers.ModelSerializer[ReviewDecision]):
    staged_record = NamedSerializer()
    reviewer = serializers.CharField(source="reviewer.username")
    reasons = FindingSerializer(many=True)
    undone_by = serializers.CharField(source="undone_by.username", default=None, allow_null=True)
    stands = serializers.BooleanField()

    class Meta:
        model = ReviewDecision
        fields = (
            "id", "staged_record", "decision", "reviewer", "decided_at", "candidate_kind", "candidate_id", "score",
            "band", "reasons", "person_kind", "person_id", "person_name", "made_person", "bulk_run_id", "stands",
            "undone_at", "undone_by", "undo_note",
        )  # fmt: skip
        read_only_fields = fields


# ---------------------------------------------------------------- what is asked, and what came of it


class DecidedSerializer(serializers.Serializer[Any]):
    record = RecordSerializer()
    person = PersonBriefSerializer(allow_null=True)
    calls_added = serializers.IntegerField()
    also_decided = serializers.ListField(child=serializers.UUIDField(), help_text="Records decided along with it.")
    repeated = serializers.BooleanField(
        help_text="Whether the same request came before, with the same key: nothing was done again."
    )


class UndoSerializer(TakesOnlyWhatItKnows):
    put_back = serializers.ListField(
        child=serializers.ChoiceField(choices=FIELDS), required=False,
        help_text="Columns that somebody changed since and that get their old value all the same.",
    )  # fmt: skip
    remove_person = serializers.BooleanField(
        default=False, help_text="Whether a person goes although something was entered about them since."
    )


class ChangeSerializer(serializers.Serializer[Any]):
    column = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    today = serializers.CharField()
    old = serializers.CharField()


class UndoPlanSerializer(serializers.Serializer[Any]):
    """`asks`: somebody has to choose. `conflicts` keep today’s value unless named in `put_back`."""

    goes = serializers.BooleanField(help_text="The person would leave the portal.")
    asks = serializers.BooleanField()
    changes = ChangeSerializer(many=True)
    conflicts = ChangeSerializer(many=True)
    reasons_to_keep = serializers.ListField(
        child=serializers.CharField(), help_text="Why the person stays unless `remove_person` is set."
    )
    must_stay = serializers.CharField(help_text="Why the person stays in any case.")
    remains = serializers.ListField(child=serializers.CharField(), help_text="What an undo does not reach.")


class UndoneSerializer(serializers.Serializer[Any]):
    decision = DecisionSerializer()
    records = serializers.ListField(child=serializers.UUIDField(), help_text="Those that are as before the decision.")
    person = PersonBriefSerializer(allow_null=True)
    words = serializers.CharField()


def person_brief(person: Any) -> dict[str, Any] | None:
    if person is None:
        return None
    kind = "prospect" if person._meta.model_name == "salesprospect" else "contact"
    return {"kind": kind, "id": person.pk, "name": str(person)}
