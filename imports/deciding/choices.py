"""What a reviewer chooses field by field when a record is merged into a person: pure.

Without a choice the rule holds: what the person lacks is filled in, what they have stays.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from imports.deciding.replay import ALSO_KEPT
from imports.reading import LONGEST, WORDS
from imports.storable import UNSTORABLE
from prospects.models import IDENTITY_COLUMNS

KNOWN = frozenset(IDENTITY_COLUMNS)


class UnusableValueError(Exception):
    """What a reviewer wrote cannot be kept; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Choices:
    """Columns in which the reviewer chose; names that are none of `IDENTITY_COLUMNS` are passed over.

    `take`: the record's value replaces the person's. `keep`: the person's stays, also where they have none. `written`:
    the reviewer's own value replaces both. `both`: what gives way is kept in the person's notes; see `ALSO_KEPT`.
    """

    take: frozenset[str] = frozenset()
    keep: frozenset[str] = frozenset()
    written: Mapping[str, str] = field(default_factory=dict)
    both: frozenset[str] = frozenset()

    @classmethod
    def of(
        cls,
        *,
        take: Iterable[str] = (),
        keep: Iterable[str] = (),
        written: Mapping[str, str] | None = None,
        both: Iterable[str] = (),
    ) -> "Choices":
        """Raises UnusableValueError when a written value cannot be kept."""
        return cls(
            take=frozenset(take) & KNOWN,
            keep=frozenset(keep) & KNOWN,
            written={name: _usable(name, text) for name, text in (written or {}).items() if name in KNOWN},
            both=frozenset(both) & ALSO_KEPT.keys(),
        )

    def about(self, person: Mapping[str, Any]) -> "Choices":
        """The choices that make a difference to this person: a full value stays without being kept on purpose."""
        return replace(self, keep=frozenset(name for name in self.keep if not person[name]))

    @property
    def replacing(self) -> frozenset[str]:
        """The columns in which a full value gives way."""
        return self.take | self.written.keys()

    def applied(self, offered: Mapping[str, str]) -> dict[str, Any]:
        """What the record has to say, as the reviewer wants it said; see `imports.deciding.replay.Step`."""
        chosen: dict[str, Any] = {name: value for name, value in {**offered, **self.written}.items() if value}
        for name in self.keep:
            chosen.pop(name, None)
        if self.both:
            chosen["also"] = {name: offered.get(name, "") for name in sorted(self.both)}
        return chosen


def _usable(column: str, text: str) -> str:
    value, words = " ".join(text.split()), WORDS[column]
    if not value:
        raise UnusableValueError(f"You chose to write the {words} yourself. Write it, or choose one of the two sides.")
    if len(value) > LONGEST[column]:
        raise UnusableValueError(f"The {words} you wrote has {len(value):,} characters; at most {LONGEST[column]} fit.")
    if UNSTORABLE.search(value):
        raise UnusableValueError(f"The {words} you wrote has a character that cannot be kept. Write it anew.")
    if column == "contact_email":
        try:
            validate_email(value)
        except ValidationError:
            raise UnusableValueError(
                f"“{value}” is no e-mail address. Mend it, or choose one of the two sides."
            ) from None
    if column == "contact_phone" and not any(sign.isdigit() for sign in value):
        raise UnusableValueError(f"“{value}” is no phone number. Mend it, or choose one of the two sides.")
    return value
