"""Campaigns, with how far their prospects are on the way into GHL."""

from typing import Any

from django.contrib.admin.models import ADDITION, LogEntry
from django.db import IntegrityError, transaction
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from integrations.api.answers import Conflict
from integrations.api.views import Rows, TakesOnlyWhatItKnows, rights_of
from prospects.editing import note_change
from prospects.models import SalesCampaign, SalesProspect
from prospects.outbound.where import Standing, Where, standings_by

COUNTS = {"in_ghl" if where is Where.IN_GHL else where.value: where for where in Where}


class CountsSerializer(serializers.Serializer[Any]):
    """How many prospects there are, and how many of them are where."""

    prospects = serializers.IntegerField()
    in_ghl = serializers.IntegerField()
    waiting = serializers.IntegerField(help_text="For a push.")
    failed = serializers.IntegerField()
    look = serializers.IntegerField(help_text="A person must look.")
    not_allowed = serializers.IntegerField(help_text="May not be pushed.")


class CampaignSerializer(serializers.ModelSerializer[SalesCampaign]):
    counts = serializers.SerializerMethodField()

    class Meta:
        model = SalesCampaign
        fields = ("id", "name", "notes", "counts", "created_at", "updated_at")
        read_only_fields = fields

    @extend_schema_field(CountsSerializer)
    def get_counts(self, campaign: Any) -> Any:
        standing: Standing = campaign.standing
        return {"prospects": standing.total} | {name: standing.counts[where] for name, where in COUNTS.items()}


class CampaignChangeSerializer(TakesOnlyWhatItKnows, serializers.ModelSerializer[SalesCampaign]):
    class Meta:
        model = SalesCampaign
        fields = ("name", "notes")


class CampaignViews(Rows):
    """Markets and campaigns that prospects belong to."""

    queryset = SalesCampaign.objects.all()
    serializer_class = CampaignSerializer
    rights = rights_of(
        "prospects.salescampaign",
        create="prospects.add_salescampaign",
        partial_update="prospects.change_salescampaign",
    )
    order = ("name", "id")
    search_words = "Name or notes."
    search_columns = ("name", "notes")

    def prepared(self, rows: list[Any]) -> list[Any]:
        people = SalesProspect.objects.filter(campaign__in=[campaign.pk for campaign in rows])
        standings = standings_by(people, "campaign_id")
        for campaign in rows:
            campaign.standing = standings.get(campaign.pk, Standing())
        return rows

    @extend_schema(request=CampaignChangeSerializer, responses={201: CampaignSerializer})
    def create(self, request: Request) -> Response:
        given = CampaignChangeSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        by: Any = request.user
        with transaction.atomic():
            campaign = self._saved(given)
            LogEntry.objects.log_actions(
                user_id=by.pk, queryset=[campaign], action_flag=ADDITION,
                change_message="Added through the API.", single_object=True,
            )  # fmt: skip
        return Response(self.get_serializer(self.prepared([campaign])[0]).data, status.HTTP_201_CREATED)

    @extend_schema(request=CampaignChangeSerializer(partial=True), responses=CampaignSerializer)
    def partial_update(self, request: Request, pk: Any) -> Response:
        campaign = self.get_object()
        given = CampaignChangeSerializer(campaign, data=request.data, partial=True)
        given.is_valid(raise_exception=True)
        changed = [name for name, value in given.validated_data.items() if getattr(campaign, name) != value]
        if changed:
            by: Any = request.user
            with transaction.atomic():
                self._saved(given)
                note_change(campaign, changed, by)
        return Response(self.get_serializer(self.get_object()).data)

    def _saved(self, given: CampaignChangeSerializer) -> SalesCampaign:
        try:
            with transaction.atomic():
                return given.save()
        except IntegrityError:  # somebody gave another this name between the check and the writing
            raise Conflict("There is a campaign of that name by now.", "name_taken") from None
