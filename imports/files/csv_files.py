"""Reading the CSV files that people really have: any encoding, delimiter and order of columns. Pure."""

import csv
import io
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import lru_cache
from hashlib import sha256
from typing import Any

from imports.files.csv_text import UnreadableFileError, text_of, unguarded
from imports.full_names import split_name
from integrations.custom_fields import plain_labels

csv.field_size_limit(sys.maxsize)  # a cell that is too long is a row with an error, not the end of the file

DELIMITERS = ",;\t|"
SEPARATOR_LINE = re.compile(r'"?sep=(.)"?\s*', re.IGNORECASE)  # a hint that Excel writes and reads
MOST_LINES = 1000  # of one row; a cell that goes on for longer is no cell but a missing quote
MOST_COLUMNS = 300
BEYOND = "(beyond the last column)"  # where a row keeps what its columns do not hold
READ_AS = "(read as)"  # where it keeps what a person said its columns mean, as far as their names do not say it
# What the portal adds to the rows that it gives back to be mended. It is left out when they come again.
REASON_COLUMN, ROW_COLUMN = "Portal: what to mend", "Portal: row"
# What people call the columns, in letters and digits only, by the column of ours that it fills.
HEADERS: dict[str, tuple[str, ...]] = {
    "firm_name": ("firm", "firmname", "company", "companyname", "organization", "organisation", "lawfirm", "employer"),
    "contact_first_name": ("firstname", "contactfirstname", "givenname", "first", "forename"),
    "contact_last_name": ("lastname", "contactlastname", "surname", "familyname", "last"),
    "full_name": ("name", "fullname", "contactname", "contact", "person", "prospect"),
    "contact_email": ("email", "emailaddress", "contactemail", "mail", "workemail", "emailwork", "email1"),
    "contact_phone": (
        "phone", "phonenumber", "contactphone", "telephone", "tel", "mobile", "cell", "mobilephone", "workphone",
        "directphone", "directdial", "workdirectphone", "primaryphone", "phone1",
    ),
    "contact_title": ("title", "jobtitle", "contacttitle", "position", "role"),
    "contact_linkedin": (
        "linkedin", "linkedinurl", "contactlinkedin", "linkedinprofile", "linkedinprofileurl", "personlinkedinurl",
    ),
    "person_number": plain_labels("person_number"),
    "tags": ("tags", "tag", "labels"),
    "source": ("source", "leadsource"),
    "notes": ("notes", "note", "comments", "comment"),
}  # fmt: skip
COLUMN_OF = {spelling: column for column, spellings in HEADERS.items() for spelling in spellings}
TELLS_A_PERSON = ("contact_first_name", "contact_last_name", "full_name", "contact_email", "contact_phone")
JOINED = {"notes": "\n", "tags": ";"}


@dataclass(frozen=True, slots=True)
class CsvRow:
    """One row. `line` is where it starts in the file, counted from 1 as editors do.

    `problem` is the kind of its error in a few words. `mends` names the row that it is a mended version of, as
    `ROW_COLUMN` has it.
    """

    line: int
    values: Mapping[str, Any]
    error: str = ""
    problem: str = ""
    mends: str = ""


@dataclass(frozen=True, slots=True)
class CsvFile:
    """A file taken apart. `headers` are its column names without those that the portal added to it."""

    digest: str
    headers: tuple[str, ...]
    remarks: tuple[str, ...]
    _all_headers: tuple[str, ...]
    _lines: Sequence[str]
    _first_row: int
    _delimiter: str

    @property
    def was_given_back(self) -> bool:
        """Whether it holds rows that the portal gave back to be mended."""
        return ROW_COLUMN in self._all_headers

    def rows(self) -> Iterator[CsvRow]:
        """The rows that hold anything, each with its values under the file's own headers."""
        place = self._first_row
        while place < len(self._lines):
            record = _record_at(self._lines, place, self._delimiter)
            if any(cell.strip() for cell in record.cells):
                yield self._row(place + 1, record)
            place += record.length

    def _row(self, line: int, record: "_Record") -> CsvRow:
        cells = [unguarded(cell) for cell in record.cells] if self.was_given_back else record.cells
        values = {header: cell.strip() for header, cell in zip(self._all_headers, cells, strict=False)}
        values.pop(REASON_COLUMN, None)
        mends = values.pop(ROW_COLUMN, "")
        extra = [cell for cell in cells[len(self._all_headers) :] if cell.strip()]
        if extra:
            values[BEYOND] = " | ".join(extra)
        if record.is_broken:
            problem = "A quote is not closed"
            error = f"Line {line}: a quote is not closed, or not where its value ends. Mend it in a file of its own."
        elif extra:
            problem = "More values than columns"
            error = (
                f"Line {line}: {len(record.cells)} values for {len(self._all_headers)} columns, so a delimiter or a "
                "quote is out of place. Mend it in a file of its own."
            )
        else:
            error = problem = ""
        return CsvRow(line, values, error, problem, mends)


def read_csv(content: bytes) -> CsvFile:
    """Takes a file apart whose column names say what they mean.

    Raises UnreadableFileError when it is no text, or has no rows or no column for a person.
    """
    file = take_apart(content)
    meaning = {header: column_for(header) for header in file.headers}
    if not tells_a_person(meaning.values()):
        raise UnreadableFileError(
            "No column names a person. The first line must hold column names, among them at least one of: "
            f"Contact Name, First Name, Last Name, Email, Phone. It holds: {', '.join(file.headers)[:300]}"
        )
    return replace(file, remarks=(*file.remarks, *remarks_about(meaning)))


def take_apart(content: bytes) -> CsvFile:
    """Takes a file apart, whatever its columns are called. Raises UnreadableFileError when it is no text or empty."""
    text, remarks = text_of(content)
    lines = list(io.StringIO(text, newline=""))
    place = next((number for number, line in enumerate(lines) if line.strip()), None)
    if place is None:
        raise UnreadableFileError("The file is empty.")
    delimiters = DELIMITERS
    if hint := SEPARATOR_LINE.fullmatch(lines[place]):
        place, delimiters = place + 1, hint[1]
    names, length, delimiter = _header(lines, place, delimiters)
    if len(names) > MOST_COLUMNS:
        raise UnreadableFileError(f"The file has {len(names):,} columns; at most {MOST_COLUMNS} are read.")
    every, renamed = _distinct(names)
    remarks += [f"There are several columns “{name}”; the first that is filled counts." for name in renamed]
    headers = tuple(header for header in every if header not in (REASON_COLUMN, ROW_COLUMN))
    file = CsvFile(sha256(content).hexdigest(), headers, tuple(remarks), every, lines, place + length, delimiter)
    if next(file.rows(), None) is None:
        raise UnreadableFileError("The file holds column names but no rows.")
    return file


def columns_of(row: Mapping[str, Any]) -> dict[str, str]:
    """A row's values under our column names, as a person said under `READ_AS`, or else as the headers say.

    Of several columns for one of ours the first that is filled counts; notes and tags are joined.
    """
    said = row.get(READ_AS)
    meaning = said if isinstance(said, dict) else {}
    columns: dict[str, str] = {}
    for header, value in row.items():
        column = meaning[header] if header in meaning else column_for(header)
        if not column or not value:
            continue
        if column in JOINED and column in columns:
            columns[column] += JOINED[column] + value
        else:
            columns.setdefault(column, value)
    full_name = columns.pop("full_name", "")
    if full_name and not (columns.get("contact_first_name") or columns.get("contact_last_name")):
        columns["contact_first_name"], columns["contact_last_name"] = split_name(full_name)
    return columns


@lru_cache(maxsize=4096)  # asked for each cell of a file
def column_for(header: str) -> str:
    """Which of our columns a header means; empty when none."""
    plain = re.sub(r" \(\d+\)$", "", header)
    return COLUMN_OF.get(re.sub(r"[\W_]", "", plain.lower()), "")


def tells_a_person(columns: Iterable[str]) -> bool:
    """Whether some of our columns are enough to tell who somebody is."""
    return not set(TELLS_A_PERSON).isdisjoint(columns)


def remarks_about(meaning: Mapping[str, str]) -> list[str]:
    """What staff should know of a file's columns, by what each of them means."""
    found = set(meaning.values())
    remarks = []
    if not found.intersection(("full_name", "contact_first_name", "contact_last_name")):
        remarks.append("There is no column for the name.")
    words = {"firm_name": "firm", "contact_email": "e-mail", "contact_phone": "phone", "contact_title": "title"}
    remarks += [f"There is no column for the {word}." for column, word in words.items() if column not in found]
    unknown = [header for header, column in meaning.items() if not column]
    if unknown:
        remarks.append(f"Not used, but kept with each row: {', '.join(unknown)[:300]}.")
    return remarks


def tags_in(text: str) -> list[str]:
    return [tag.strip() for tag in re.split("[;,|]", text) if tag.strip()]


@dataclass(frozen=True, slots=True)
class _Record:
    """The cells of a row that takes up `length` lines; a broken one is only its first line, taken as it stands."""

    cells: list[str]
    length: int
    is_broken: bool = False


def _record_at(lines: Sequence[str], place: int, delimiter: str) -> _Record:
    """The row that starts at a line.

    A missing quote would make one cell of many rows, which nobody would see. So a row of several lines has to be
    flawless; otherwise its first line alone is broken, and the lines after it are read as rows of their own.
    """
    line = lines[place]
    if '"' not in line:
        return _Record(next(csv.reader([line], delimiter=delimiter)), 1)
    reader = csv.reader(lines[place : place + MOST_LINES], delimiter=delimiter, skipinitialspace=True, strict=True)
    with suppress(csv.Error):
        return _Record(next(reader), reader.line_num)
    # Loosely, as spreadsheets do: `"Smith" & Sons` is a firm. An empty second line shows whether the first is closed.
    reader = csv.reader([line, ""], delimiter=delimiter, skipinitialspace=True)
    cells = next(reader)
    if reader.line_num == 1:
        return _Record(cells, 1)
    return _Record(line.rstrip("\r\n").split(delimiter), 1, is_broken=True)


def _header(lines: Sequence[str], place: int, delimiters: str) -> tuple[list[str], int, str]:
    """The column names, how many lines they take up, and the delimiter: the one that gives the most names we know."""
    if place == len(lines):
        raise UnreadableFileError("The file is empty.")
    found = {delimiter: _record_at(lines, place, delimiter) for delimiter in delimiters}

    def known(delimiter: str) -> tuple[int, int]:
        cells = found[delimiter].cells
        return sum(bool(column_for(cell)) for cell in cells), len(cells)

    delimiter = max(delimiters, key=known)
    if found[delimiter].is_broken:
        raise UnreadableFileError(f"The column names on line {place + 1} have a quote that is not closed. Mend it.")
    return [cell.strip() for cell in found[delimiter].cells], found[delimiter].length, delimiter


def _distinct(names: list[str]) -> tuple[tuple[str, ...], list[str]]:
    """The headers with repeated ones numbered, so that no value is lost; and which were repeated."""
    distinct: list[str] = []
    repeated: list[str] = []
    for place, given in enumerate(names, start=1):
        name = given or f"column {place}"
        if name in distinct:
            repeated.append(name)
            number = next(n for n in range(2, len(names) + 2) if f"{name} ({n})" not in (*distinct, *names))
            name = f"{name} ({number})"
        distinct.append(name)
    return tuple(distinct), list(dict.fromkeys(repeated))
