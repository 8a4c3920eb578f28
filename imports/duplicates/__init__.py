"""Duplicate detection: keys that propose candidates, evidence that weighs them, bands that sort them. Pure Python."""

from imports.duplicates.bands import BANDS, Band, Bands
from imports.duplicates.engine import find_pairs
from imports.duplicates.grouping import Group, groups_of
from imports.duplicates.keys import MAX_SHARED, kind_of, lookup_keys, proposes
from imports.duplicates.scoring import Match, Reason, compare

__all__ = [
    "BANDS",
    "MAX_SHARED",
    "Band",
    "Bands",
    "Group",
    "Match",
    "Reason",
    "compare",
    "find_pairs",
    "groups_of",
    "kind_of",
    "lookup_keys",
    "proposes",
]
