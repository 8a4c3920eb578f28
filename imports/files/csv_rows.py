"""One row of a CSV file, read under the columns that were confirmed: what we take of it, or why we cannot. Pure."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import Any

from imports.files.csv_files import READ_AS, CsvFile, CsvRow, column_for, columns_of, tags_in
from imports.reading import LONGEST, WORDS, IdentityColumns, complaint, shortened

NOTHING_TO_TELL_BY = "Nothing to tell the person by"


@dataclass(frozen=True, slots=True)
class ReadRow:
    """`columns` are the identity columns, cut to what they can hold. `error` says with its line why the row cannot be
    reviewed, `problem` its kind in a few words; both are empty for a good one. `values` go into the database.

    `digest` is the same for two rows that say the same of the same person; a bad row's is that of all it holds.
    `digest_if_broken` is what the digest would be if the row were as broken as the one it may be a mended version of.
    """

    line: int
    values: Mapping[str, Any]
    columns: IdentityColumns
    tags: tuple[str, ...]
    error: str
    problem: str
    mends: str
    digest: str
    digest_if_broken: str


@dataclass(frozen=True)
class Reader:
    """Reads the rows of one file. `meaning` says which of our columns each header fills; "" for none."""

    meaning: Mapping[str, str]

    @classmethod
    def of_names(cls, file: CsvFile) -> "Reader":
        """Where nobody was asked: the columns mean what they are called."""
        return cls({header: column_for(header) for header in file.headers})

    @cached_property
    def _said(self) -> dict[str, str]:
        """What differs from what the names say."""
        return {header: column for header, column in self.meaning.items() if column != column_for(header)}

    def read(self, row: CsvRow) -> ReadRow:
        values = {**row.values, READ_AS: self._said} if self._said else dict(row.values)
        columns = columns_of(values)
        identity: IdentityColumns = {name: value for name, value in columns.items() if name in LONGEST}
        kept, too_long = shortened(identity)
        unfit = complaint(identity, too_long, where="a file of its own")
        error = row.error or (unfit and f"Line {row.line}: {unfit}")
        unfit_kind = f"Too long: {WORDS[too_long[0]]}" if too_long else NOTHING_TO_TELL_BY
        held = {name: value for name, value in row.values.items() if value}
        return ReadRow(
            line=row.line,
            values=values,
            columns=kept,
            tags=tuple(tags_in(columns.get("tags", ""))),
            error=error,
            problem=row.problem or (unfit_kind if error else ""),
            mends=row.mends,
            digest=_digest("broken" if row.error else "bad", held) if error else _digest("good", columns),
            digest_if_broken=_digest("broken", held) if row.mends else "",
        )


def _digest(kind: str, values: Mapping[str, str]) -> str:
    return sha256(json.dumps([kind, sorted(values.items())]).encode()).hexdigest()


def hash_of(digest: str) -> int:
    """The first 64 bits of a digest, as a database keeps them."""
    return int.from_bytes(bytes.fromhex(digest[:16]), signed=True)
