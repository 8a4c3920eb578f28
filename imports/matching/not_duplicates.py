"""Remembering that two are not one person, across pulls, until what was compared changes.

A GHL contact is named by its id, a row of a file by the digest of what it says, somebody in the portal by portal id
and, if linked, by GHL contact too: so a pair is known again whichever of the two comes back in a later pull.
"""

import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from hashlib import blake2b

from django.db.models import Q

from imports.matching.identities import identities_of_people, identity_of_record
from imports.models import MatchCandidate, NotDuplicate, ReviewDecision, StagedRecord, ToldApart
from imports.side import Side
from prospects.identity import Identity, digest_of

Pair = frozenset[str]
AT_ONCE = 5_000  # SQLite takes at most 32,766 parameters in a statement


def remember(decision: ReviewDecision, record: StagedRecord) -> None:
    """Notes that a record, just approved as new, is none of the people it was shown with.

    Records of its batch that still wait are not meant: the first of two twins is approved as new, too. Call inside the
    decision's transaction.
    """
    people = set(record.candidates.values_list("candidate_id", flat=True))  # ids of staged records name no person
    mine = identity_of_record(record)
    found = _said(mine, _people(record, people | _became(people)))
    NotDuplicate.objects.bulk_create(NotDuplicate(decision=decision, **one) for one in found)


def remember_pair(told_apart: ToldApart, record: StagedRecord) -> None:
    """Notes that a record is not one of its candidates: somebody in the portal, or a record of its batch.

    Call inside the transaction that tells them apart.
    """
    candidate_id = told_apart.candidate_id
    others = _people(record, {candidate_id} | _became({candidate_id}))
    if told_apart.candidate_kind == MatchCandidate.Kind.STAGED:
        twins = [identity_of_record(twin) for twin in StagedRecord.objects.filter(pk=candidate_id)]
        others += [(names_of_record(twin), twin) for twin in twins]
    found = _said(identity_of_record(record), others)
    distinct = {tuple(one.values()): one for one in found}  # a twin who has become somebody is named by GHL twice
    NotDuplicate.objects.bulk_create(NotDuplicate(told_apart=told_apart, **one) for one in distinct.values())


def _became(record_ids: Collection[uuid.UUID]) -> set[uuid.UUID]:
    """Whom these records have become, as far as they are records and are imported."""
    became = StagedRecord.objects.filter(pk__in=record_ids, status=StagedRecord.Status.IMPORTED)
    pairs = became.values_list("imported_prospect_id", "imported_contact_id")
    return {person_id for pair in pairs for person_id in pair if person_id}


def _people(record: StagedRecord, ids: Collection[uuid.UUID]) -> list[tuple[list[str], Identity]]:
    found = identities_of_people(Side.of(record.batch).people, ids)
    return [(names_of_person(person_id, identity), identity) for person_id, identity in found.items()]


def _said(mine: Identity, others: Iterable[tuple[list[str], Identity]]) -> list[dict[str, str]]:
    return [
        {"one": one, "other": other, "digest": digest_of_pair(mine, theirs)}
        for names, theirs in others
        for one in names_of_record(mine)
        for other in names
        if one != other
    ]


@dataclass(frozen=True, slots=True)
class Remembered:
    """Pairs that are known to be two people, each with the digests of what was compared when somebody said so."""

    digests: Mapping[Pair, Collection[str]]

    @classmethod
    def of(cls, records: Iterable[Identity]) -> "Remembered":
        """What is remembered of these records."""
        names = sorted({name for identity in records for name in names_of_record(identity)})
        digests: defaultdict[Pair, set[str]] = defaultdict(set)
        for first in range(0, len(names), AT_ONCE):
            some = names[first : first + AT_ONCE]
            rows = NotDuplicate.objects.filter(
                Q(one__in=some) | Q(other__in=some),
                decision__undone_at__isnull=True,
                told_apart__undone_at__isnull=True,
            )
            for one, other, digest in rows.values_list("one", "other", "digest"):
                digests[frozenset((one, other))].add(digest)
        return cls(dict(digests))

    def are_two(self, mine: Identity, theirs: Identity, person_id: uuid.UUID | None) -> bool:
        """Whether somebody said so of these, as they are now. `person_id` is None for a record of the batch."""
        if not self.digests:
            return False
        names = names_of_person(person_id, theirs) if person_id else names_of_record(theirs)
        said = [
            digest
            for one in names_of_record(mine)
            for other in names
            for digest in self.digests.get(frozenset((one, other)), ())
        ]
        return bool(said) and digest_of_pair(mine, theirs) in said


def names_of_record(identity: Identity) -> list[str]:
    return [f"ghl:{identity.ghl_contact_id}" if identity.ghl_contact_id else f"row:{digest_of(identity)}"]


def names_of_person(person_id: uuid.UUID, identity: Identity) -> list[str]:
    linked = [f"ghl:{identity.ghl_contact_id}"] if identity.ghl_contact_id else []
    return [f"person:{person_id}", *linked]


def digest_of_pair(a: Identity, b: Identity) -> str:
    """Of what is compared in two records, in whichever order."""
    return blake2b("|".join(sorted((digest_of(a), digest_of(b)))).encode(), digest_size=16).hexdigest()
