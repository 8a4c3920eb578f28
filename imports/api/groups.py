"""What programs are shown of a group of records that look like one person, and how they decide about it."""

from typing import Any

from rest_framework import serializers

from imports.api.corrections import TogetherFieldsSerializer
from imports.api.shapes import KINDS, FindingSerializer, PersonBriefSerializer, person_brief
from imports.deciding.groups import RecordGroup
from imports.deciding.together import Chosen
from imports.models import StagedRecord


class LinkSerializer(serializers.Serializer[Any]):
    """Why two members are taken for one person."""

    members = serializers.ListField(child=serializers.UUIDField(), min_length=2, max_length=2)
    score = serializers.FloatField()
    band = serializers.CharField()
    reasons = FindingSerializer(many=True)


class LeftOutSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=KINDS)
    name = serializers.CharField()
    why = serializers.CharField()


class GroupSerializer(serializers.Serializer[Any]):
    """Waiting records that look like one person; `records` is empty when fewer than three, `person` included, do."""

    person = PersonBriefSerializer(allow_null=True, help_text="Whom the portal has as that person.")
    records = serializers.ListField(child=serializers.UUIDField(), help_text="The newest first.")
    leading = serializers.UUIDField(allow_null=True, help_text="Whose values are kept, unless told otherwise.")
    links = LinkSerializer(many=True)
    left_out = LeftOutSerializer(many=True, help_text="Who resembles some of them and is not in the group.")


class DecideTogetherSerializer(TogetherFieldsSerializer):
    records = serializers.ListField(
        child=serializers.UUIDField(), min_length=1, help_text="Those of the group that are one person."
    )
    person = serializers.UUIDField(
        required=False, allow_null=True, help_text="The group’s person, to merge into them; left out, one is made."
    )
    leading = serializers.UUIDField(help_text="One of these: its values are kept where they differ.")

    def chosen_of(self, group: RecordGroup | None) -> Chosen:
        """What was asked for, if all of it is in the group; one that was decided meanwhile is refused when deciding."""
        records, person = self.validated_data["records"], self.validated_data.get("person")
        members = {one.pk for one in group.records} if group else set()
        strangers = [str(one) for one in records if one not in members]
        decided = StagedRecord.objects.filter(pk__in=records).exclude(status__in=StagedRecord.WAITING)
        if strangers and not decided.exists():
            raise serializers.ValidationError({"records": [f"Not in the record’s group: {', '.join(strangers)}."]})
        if person and (group is None or group.person is None or group.person.pk != person):
            raise serializers.ValidationError({"person": ["This is not the group’s person."]})
        shown = group.shown_people if group else ()
        return Chosen(records, self.validated_data["leading"], person, shown, self.choices())


def as_shown(group: RecordGroup | None) -> dict[str, Any]:
    if group is None:
        return {"person": None, "records": [], "leading": None, "links": [], "left_out": []}
    return {
        "person": person_brief(group.person),
        "records": [record.pk for record in group.records],
        "leading": group.leading.pk,
        "links": [
            {"members": sorted(pair), "score": link.score, "band": link.band, "reasons": link.reasons}
            for pair, link in group.links.items()
        ],
        "left_out": [{**_brief(one.who), "why": one.why} for one in group.left_out],
    }


def _brief(who: Any) -> dict[str, Any]:
    if isinstance(who, StagedRecord):
        return {"kind": "staged", "id": who.pk, "name": str(who)}
    return person_brief(who) or {}
