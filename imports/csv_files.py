"""Reading the CSV files that people really have: any encoding, delimiter and order of columns. Pure."""

import csv
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256

csv.field_size_limit(10_000_000)  # characters; a longer cell is no cell but a missing quote

DELIMITERS = ",;\t|"
# What people call the columns, in letters and digits only, by the column of ours that it fills.
HEADERS: dict[str, tuple[str, ...]] = {
    "firm_name": ("firm", "firmname", "company", "companyname", "organization", "organisation", "lawfirm", "employer"),
    "contact_first_name": ("firstname", "contactfirstname", "givenname", "first", "forename"),
    "contact_last_name": ("lastname", "contactlastname", "surname", "familyname", "last"),
    "full_name": ("name", "fullname", "contactname", "contact", "person", "prospect"),
    "contact_email": ("email", "emailaddress", "contactemail", "mail", "workemail", "emailwork", "email1"),
    "contact_phone": (
        "phone", "phonenumber", "contactphone", "telephone", "tel", "mobile", "cell", "mobilephone", "workphone",
        "directphone", "phone1",
    ),
    "contact_title": ("title", "jobtitle", "contacttitle", "position", "role"),
    "contact_linkedin": ("linkedin", "linkedinurl", "contactlinkedin", "linkedinprofile", "linkedinprofileurl"),
    "tags": ("tags", "tag", "labels"),
    "source": ("source", "leadsource"),
    "notes": ("notes", "note", "comments", "comment"),
}  # fmt: skip
COLUMN_OF = {spelling: column for column, spellings in HEADERS.items() for spelling in spellings}
TELLS_A_PERSON = ("contact_first_name", "contact_last_name", "full_name", "contact_email", "contact_phone")


class UnreadableFileError(Exception):
    """The file as a whole cannot be used; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class CsvRow:
    """One row. `line` is where it starts in the file, the header being line 1."""

    line: int
    values: Mapping[str, str]
    error: str = ""


@dataclass(frozen=True, slots=True)
class CsvFile:
    digest: str
    headers: tuple[str, ...]
    remarks: tuple[str, ...]
    _text: str
    _delimiter: str

    def rows(self) -> Iterator[CsvRow]:
        """The rows that hold anything, each with its values under the file's own headers."""
        reader = csv.reader(io.StringIO(self._text, newline=""), delimiter=self._delimiter)
        next(reader)
        before = reader.line_num
        for cells in reader:
            line, before = before + 1, reader.line_num
            if any(cell.strip() for cell in cells):
                yield self._row(line, cells)

    def _row(self, line: int, cells: list[str]) -> CsvRow:
        values = {header: cell.strip() for header, cell in zip(self.headers, cells, strict=False)}
        extra = [cell for cell in cells[len(self.headers) :] if cell.strip()]
        if not extra:
            return CsvRow(line, values)
        values["(beyond the last column)"] = " | ".join(extra)
        return CsvRow(
            line,
            values,
            f"Line {line} has {len(cells)} values for {len(self.headers)} columns: a delimiter or quote is out of place.",
        )


def read_csv(content: bytes) -> CsvFile:
    """Takes a file apart. Raises UnreadableFileError when it is empty, no text, or has no column that names a person."""
    text, encoding = _decoded(content)
    remarks = [] if encoding == "UTF-8" else [f"Read as {encoding}."]
    if "\x00" in text:
        text = text.replace("\x00", "\ufffd")
        remarks.append("NUL characters were replaced by �.")
    header_line = next((line for line in text.splitlines() if line.strip()), "")
    if not header_line:
        raise UnreadableFileError("The file is empty.")
    text = text[text.index(header_line) :]
    delimiter = max(DELIMITERS, key=header_line.count)
    cells = next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    headers, renamed = _distinct([cell.strip() for cell in cells])
    remarks += [f"There are several columns “{name}”; the first that is filled counts." for name in renamed]
    remarks += _missing(headers)
    return CsvFile(sha256(content).hexdigest(), headers, tuple(remarks), text, delimiter)


def columns_of(row: Mapping[str, str]) -> dict[str, str]:
    """A row's values under our column names; of several columns for one of ours, the first that is filled."""
    columns: dict[str, str] = {}
    for header, value in row.items():
        column = column_for(header)
        if column and value and not columns.get(column):
            columns[column] = value
    full_name = columns.pop("full_name", "")
    if full_name and not (columns.get("contact_first_name") or columns.get("contact_last_name")):
        columns["contact_first_name"], columns["contact_last_name"] = _split_name(full_name)
    return columns


def column_for(header: str) -> str:
    """Which of our columns a header means; empty when none."""
    plain = re.sub(r" \(\d+\)$", "", header)
    return COLUMN_OF.get(re.sub(r"[\W_]", "", plain.lower()), "")


def tags_in(text: str) -> list[str]:
    return [tag.strip() for tag in re.split("[;,|]", text) if tag.strip()]


def _decoded(content: bytes) -> tuple[str, str]:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", "replace"), "UTF-16"
    try:
        return content.decode("utf-8-sig"), "UTF-8"
    except UnicodeDecodeError:
        # What Excel on Windows writes; every byte means something in it, so it comes last.
        return content.decode("cp1252", "replace"), "Windows-1252"


def _distinct(names: list[str]) -> tuple[tuple[str, ...], list[str]]:
    """The headers with repeated ones numbered, so that no value is lost; and which were repeated."""
    seen: dict[str, int] = {}
    distinct: list[str] = []
    for number, name in enumerate(names, start=1):
        name = name or f"column {number}"
        seen[name] = seen.get(name, 0) + 1
        distinct.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return tuple(distinct), [name for name, count in seen.items() if count > 1]


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


def _split_name(name: str) -> tuple[str, str]:
    if "," in name:  # "Smith, Jane"
        last, _, first = name.partition(",")
        return first.strip(), last.strip()
    first, _, last = name.strip().rpartition(" ")
    return (first, last) if first else (last, "")
