"""Reading the CSV files that people really have: any encoding, delimiter and order of columns. Pure."""

import csv
import io
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256

from imports.csv_text import UnreadableFileError, text_of
from imports.full_names import split_name

csv.field_size_limit(sys.maxsize)  # a cell that is too long is a row with an error, not the end of the file

DELIMITERS = ",;\t|"
SEPARATOR_LINE = re.compile(r'"?sep=(.)"?\s*', re.IGNORECASE)  # a hint that Excel writes and reads
MOST_LINES = 1000  # of one row; a cell that goes on for longer is no cell but a missing quote
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
    "tags": ("tags", "tag", "labels"),
    "source": ("source", "leadsource"),
    "notes": ("notes", "note", "comments", "comment"),
}  # fmt: skip
COLUMN_OF = {spelling: column for column, spellings in HEADERS.items() for spelling in spellings}
TELLS_A_PERSON = ("contact_first_name", "contact_last_name", "full_name", "contact_email", "contact_phone")
JOINED = {"notes": "\n", "tags": ";"}


@dataclass(frozen=True, slots=True)
class CsvRow:
    """One row. `line` is where it starts in the file, counted from 1 as editors do."""

    line: int
    values: Mapping[str, str]
    error: str = ""


@dataclass(frozen=True, slots=True)
class CsvFile:
    digest: str
    headers: tuple[str, ...]
    remarks: tuple[str, ...]
    _lines: Sequence[str]
    _first_row: int
    _delimiter: str

    def rows(self) -> Iterator[CsvRow]:
        """The rows that hold anything, each with its values under the file's own headers."""
        place = self._first_row
        while place < len(self._lines):
            record = _record_at(self._lines, place, self._delimiter)
            if any(cell.strip() for cell in record.cells):
                yield self._row(place + 1, record)
            place += record.length

    def _row(self, line: int, record: "_Record") -> CsvRow:
        values = {header: cell.strip() for header, cell in zip(self.headers, record.cells, strict=False)}
        extra = [cell for cell in record.cells[len(self.headers) :] if cell.strip()]
        if extra:
            values["(beyond the last column)"] = " | ".join(extra)
        if record.is_broken:
            error = f"Line {line}: a quote is not closed, or not where its value ends. Mend it in a file of its own."
        elif extra:
            error = (
                f"Line {line}: {len(record.cells)} values for {len(self.headers)} columns, so a delimiter or a quote "
                "is out of place. Mend it in a file of its own."
            )
        else:
            error = ""
        return CsvRow(line, values, error)


def read_csv(content: bytes) -> CsvFile:
    """Takes a file apart. Raises UnreadableFileError when it is no text, or has no rows or no column for a person."""
    text, remarks = text_of(content)
    lines = list(io.StringIO(text, newline=""))
    place = next((number for number, line in enumerate(lines) if line.strip()), None)
    if place is None:
        raise UnreadableFileError("The file is empty.")
    delimiters = DELIMITERS
    if hint := SEPARATOR_LINE.fullmatch(lines[place]):
        place, delimiters = place + 1, hint[1]
    names, length, delimiter = _header(lines, place, delimiters)
    headers, renamed = _distinct(names)
    remarks += [f"There are several columns “{name}”; the first that is filled counts." for name in renamed]
    remarks += _missing(headers)
    file = CsvFile(sha256(content).hexdigest(), headers, tuple(remarks), lines, place + length, delimiter)
    if next(file.rows(), None) is None:
        raise UnreadableFileError("The file holds column names but no rows.")
    return file


def columns_of(row: Mapping[str, str]) -> dict[str, str]:
    """A row's values under our column names.

    Of several columns for one of ours the first that is filled counts; notes and tags are joined.
    """
    columns: dict[str, str] = {}
    for header, value in row.items():
        column = column_for(header)
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


def column_for(header: str) -> str:
    """Which of our columns a header means; empty when none."""
    plain = re.sub(r" \(\d+\)$", "", header)
    return COLUMN_OF.get(re.sub(r"[\W_]", "", plain.lower()), "")


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


def _missing(headers: tuple[str, ...]) -> list[str]:
    found = {column_for(header) for header in headers}
    if not found.intersection(TELLS_A_PERSON):
        raise UnreadableFileError(
            "No column names a person. The first line must hold column names, among them at least one of: "
            f"Contact Name, First Name, Last Name, Email, Phone. It holds: {', '.join(headers)[:300]}"
        )
    remarks = []
    if not found.intersection(("full_name", "contact_first_name", "contact_last_name")):
        remarks.append("There is no column for the name.")
    words = {"firm_name": "firm", "contact_email": "e-mail", "contact_phone": "phone", "contact_title": "title"}
    remarks += [f"There is no column for the {word}." for column, word in words.items() if column not in found]
    unknown = [header for header in headers if not column_for(header)]
    if unknown:
        remarks.append(f"Not used, but kept with each row: {', '.join(unknown)[:300]}.")
    return remarks
