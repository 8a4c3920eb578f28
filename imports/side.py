"""The side of a batch: whom its records are compared with."""

from dataclasses import dataclass

from imports.models import ImportBatch, MatchCandidate
from integrations.models import Client, GHLIntegration
from prospects.models import Contact, PersonQuerySet, SalesProspect

Kind = MatchCandidate.Kind


@dataclass(frozen=True, slots=True)
class Side:
    """What a batch is compared with: all prospects, or one client's contacts."""

    kind: MatchCandidate.Kind
    name: str
    people: PersonQuerySet

    @classmethod
    def of(cls, batch: ImportBatch) -> "Side":
        return cls.of_location(batch.integration)

    @classmethod
    def of_location(cls, integration: GHLIntegration) -> "Side":
        return cls.internal() if integration.is_internal else cls.of_client(integration.client)

    @classmethod
    def internal(cls) -> "Side":
        return cls(Kind.PROSPECT, "internal", SalesProspect.objects.all())

    @classmethod
    def of_client(cls, client: Client | None) -> "Side":
        return cls(Kind.CONTACT, f"client:{client.pk if client else ''}", Contact.objects.filter(client=client))
