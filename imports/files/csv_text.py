"""From the bytes of a file to its text, whatever program wrote it, and cells that no spreadsheet runs. Pure."""

import codecs
import re

EXCEL = "an Excel workbook"
# What people take for a CSV file, by its first bytes.
NO_TEXT = {
    b"PK\x03\x04": EXCEL,
    b"\xd0\xcf\x11\xe0": EXCEL,
    b"%PDF": "a PDF",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"GIF8": "a picture",
    b"\x1f\x8b": "a compressed file",
}
NEVER_TYPED = frozenset(chr(code) for code in range(32)) - frozenset("\t\n\r\x0b\x0c\x1a\x1b")
SAMPLE = 4000
# What a spreadsheet would run as a formula; an apostrophe in front makes it text, and one more keeps that reversible.
FORMULA = re.compile(r"'*[=+\-@\t\r]")


class UnreadableFileError(Exception):
    """The file as a whole cannot be used; the text says why and what to do."""


def text_of(content: bytes) -> tuple[str, list[str]]:
    """A file's text, and remarks about what was odd. Raises UnreadableFileError when it is no text."""
    for beginning, kind in NO_TEXT.items():
        if content.startswith(beginning):
            how = "in Excel and save it as CSV (Save As, “CSV UTF-8”)" if kind == EXCEL else "and save it as CSV"
            raise UnreadableFileError(f"The file is {kind}, not CSV. Open it {how}, then bring in that file.")
    text, encoding = _decoded(content)
    sample = text[:SAMPLE]
    if sum(character in NEVER_TYPED for character in sample) > max(8, len(sample) / 20):
        raise UnreadableFileError("The file is not text, so it is no CSV file.")
    remarks = [] if encoding == "UTF-8" else [f"Read as {encoding}."]
    if "\x00" in text:
        text = text.replace("\x00", "\ufffd")
        remarks.append("NUL characters were replaced by �.")
    return text, remarks


def _decoded(content: bytes) -> tuple[str, str]:
    if encoding := _utf_16_of(content):
        return content.decode(encoding, "replace"), "UTF-16"
    try:
        return content.decode("utf-8-sig"), "UTF-8"
    except UnicodeDecodeError:
        if content.startswith(codecs.BOM_UTF8):
            return content.decode("utf-8-sig", "replace"), "UTF-8; what is no UTF-8 was replaced by �"
        # What Excel on Windows writes; nearly every byte means something in it, so it comes last.
        return content.decode("cp1252", "replace"), "Windows-1252"


def _utf_16_of(content: bytes) -> str:
    """The codec of a UTF-16 file; without a mark of order it shows by a NUL in every other byte."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    sample = content[:SAMPLE]
    if sample[1::2].count(0) > len(sample) / 4:
        return "utf-16-le"
    return "utf-16-be" if sample[::2].count(0) > len(sample) / 4 else ""


def guarded(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if FORMULA.match(cell) else cell


def unguarded(cell: str) -> str:
    """What `guarded` was given."""
    return cell[1:] if cell.startswith("'") and FORMULA.match(cell) else cell
