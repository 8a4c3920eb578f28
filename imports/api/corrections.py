"""What programs may say of a person's fields when they decide: as on the desk, field by field."""

from collections.abc import Callable
from typing import Any, TypeVar

from rest_framework import serializers

from imports.deciding.choices import Choices, UnusableValueError
from imports.deciding.group_choices import GroupChoices
from imports.deciding.replay import ALSO_KEPT
from integrations.api.views import TakesOnlyWhatItKnows
from prospects.models import IDENTITY_COLUMNS

COLUMNS = [(column, column) for column in IDENTITY_COLUMNS]
KEPT_COLUMNS = [(column, column) for column in ALSO_KEPT]
Chosen = TypeVar("Chosen", Choices, GroupChoices)


def _columns(words: str, of: list[tuple[str, str]] = COLUMNS) -> Any:
    return serializers.ListField(child=serializers.ChoiceField(choices=of), required=False, help_text=words)


class OwnValuesSerializer(TakesOnlyWhatItKnows):
    """Values of the reviewer's own, by column."""

    def get_fields(self) -> dict[str, Any]:
        return {column: serializers.CharField(required=False) for column in IDENTITY_COLUMNS}


class WhoseSerializer(TakesOnlyWhatItKnows):
    """By column, the id of the record, or of the group's person, whose value is kept."""

    def get_fields(self) -> dict[str, Any]:
        return {column: serializers.UUIDField(required=False) for column in IDENTITY_COLUMNS}


class ApproveSerializer(TakesOnlyWhatItKnows):
    """Corrections before somebody is made; without any, they get what the record says."""

    values = OwnValuesSerializer(required=False, help_text="Values that they get in place of the record’s.")
    leave_out = _columns("Columns that stay empty although the record has something.")

    def choices(self) -> Choices:
        given = self.validated_data
        return _usable(lambda: Choices.of(written=given.get("values"), keep=given.get("leave_out", ())))


class MergeSerializer(TakesOnlyWhatItKnows):
    candidate = serializers.UUIDField(help_text="The id of one of the record’s candidates.")
    take = _columns("Columns whose value is taken from the record although the candidate’s is filled.")
    values = OwnValuesSerializer(required=False, help_text="Values that take the place of both.")
    leave_out = _columns("Columns that stay empty, where they are, although the record has something.")
    keep_both = _columns("Columns of which the value that gives way is kept in the notes.", KEPT_COLUMNS)

    def choices(self) -> Choices:
        given = self.validated_data
        return _usable(
            lambda: Choices.of(
                take=given.get("take", ()),
                written=given.get("values"),
                keep=given.get("leave_out", ()),
                both=given.get("keep_both", ()),
            )
        )


class TogetherFieldsSerializer(TakesOnlyWhatItKnows):
    """The fields of a group, where they are not to go by the one that leads."""

    whose = WhoseSerializer(required=False, help_text="Whose value is kept, by column, whoever leads.")
    values = OwnValuesSerializer(required=False, help_text="Values that take the place of all of theirs.")
    leave_out = _columns("Columns that stay empty, where the portal has nothing.")
    keep_both = _columns("Columns of which the values that give way are kept in the notes.", KEPT_COLUMNS)

    def choices(self) -> GroupChoices:
        given = self.validated_data
        return _usable(
            lambda: GroupChoices.of(
                whose=given.get("whose"),
                written=given.get("values"),
                empty=given.get("leave_out", ()),
                both=given.get("keep_both", ()),
            )
        )


def _usable(made: Callable[[], Chosen]) -> Chosen:
    try:
        return made()
    except UnusableValueError as reason:
        raise serializers.ValidationError({"values": [str(reason)]}) from None
