"""The side of a batch: whom its records are compared with."""

from dataclasses import dataclass

from imports.models import ImportBatch, MatchCandidate
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
        if batch.integration.is_internal:
            return cls(Kind.PROSPECT, "internal", SalesProspect.objects.all())
        client = batch.integration.client
        return cls(Kind.CONTACT, f"client:{client.pk if client else ''}", Contact.objects.filter(client=client))
