"""The CSV files that people really have, taken apart. No database."""

import csv
import io
import zlib
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imports.files.csv_files import MOST_LINES, CsvRow, column_for, columns_of, read_csv, tags_in
from imports.files.csv_text import UnreadableFileError
from imports.full_names import split_name

HOUSE = "company name,contact name,email,phone,title,LinkedIn URL,source,notes"
DANA = {"contact_first_name": "Dana", "contact_last_name": "Whitfield", "contact_email": "dana@whitfield.example"}


def rows(text: str | bytes) -> list[CsvRow]:
    return list(read_csv(text.encode() if isinstance(text, str) else text).rows())


def people(text: str | bytes) -> list[dict[str, str]]:
    return [columns_of(row.values) for row in rows(text)]


def remarks(text: str | bytes) -> str:
    return " ".join(read_csv(text.encode() if isinstance(text, str) else text).remarks)


# ---------------------------------------------------------------- encodings

ACCENTED = "Name;Firm\nJosé Núñez;Müller & Söhne 🏛\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_any_unicode_file_is_read(encoding):
    (person,) = people(ACCENTED.encode(encoding))
    assert person == {"contact_first_name": "José", "contact_last_name": "Núñez", "firm_name": "Müller & Söhne 🏛"}


def test_a_utf_16_file_with_its_mark_in_either_order_is_read():
    for mark, encoding in ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")):
        assert people(mark + ACCENTED.encode(encoding))[0]["contact_first_name"] == "José"


def test_a_file_from_excel_on_windows_is_read_and_said_to_be():
    content = "Name,Firm\nJosé,“Müller” – Söhne\n".encode("cp1252")
    assert people(content) == [{"contact_first_name": "José", "contact_last_name": "", "firm_name": "“Müller” – Söhne"}]
    assert "Windows-1252" in remarks(content)


def test_a_damaged_utf_8_file_keeps_its_other_accents():
    content = b"\xef\xbb\xbf" + "Name,Firm\nJosé,".encode() + b"\xffbad\n"
    assert people(content)[0] == {"contact_first_name": "José", "contact_last_name": "", "firm_name": "\ufffdbad"}
    assert "UTF-8" in remarks(content)


def test_nul_characters_are_replaced_and_told_of():
    content = "Name,Firm\nDana\x00,Whitfield LLP\n"
    assert people(content)[0]["contact_first_name"] == "Dana\ufffd"
    assert "NUL" in remarks(content)


def test_a_plain_file_has_nothing_remarkable():
    assert remarks("Name,Firm,Email,Phone,Title\nDana,W,,,\n") == ""


# ---------------------------------------------------------------- delimiters, quotes, lines


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_any_delimiter_and_line_end_will_do(delimiter, end):
    lines = [["First Name", "Last Name", "Email"], list(DANA.values()), ["Al", "Bo", "al@bo.example"]]
    text = end.join(delimiter.join(line) for line in lines)
    assert people(text)[0] == DANA
    assert [row.line for row in rows(text)] == [2, 3]


def test_the_delimiter_is_the_one_that_gives_known_columns():
    assert people("Email;Phone;Firm, if any, or none\na@b.example;;W\n") == [{"contact_email": "a@b.example"}]
    assert people('"Email";"Notes, any, kind, of"\na@b.example;x\n')[0]["contact_email"] == "a@b.example"


def test_a_line_that_names_the_delimiter_is_obeyed():
    assert people("sep=;\nName;Email\nDana;a@b.example\n")[0]["contact_email"] == "a@b.example"
    assert rows('"sep=|"\r\nName|Email\r\nDana|a@b.example\r\n')[0].line == 3


def test_a_file_with_one_column_is_read():
    assert people("email\na@b.example\nc@d.example\n") == [
        {"contact_email": "a@b.example"},
        {"contact_email": "c@d.example"},
    ]


def test_quotes_keep_delimiters_quotes_and_line_ends():
    (person,) = people('Name,Firm,Notes\n"Whitfield, Dana","The ""Best"", LLP","one\ntwo, three\r\nfour"\n')
    assert person["firm_name"] == 'The "Best", LLP'
    assert person["notes"] == "one\ntwo, three\r\nfour"
    assert (person["contact_first_name"], person["contact_last_name"]) == ("Dana", "Whitfield")


def test_lines_are_counted_as_an_editor_does():
    text = '\n\nName,Notes\nA,"1\n2\n3"\n\nB,x\n'
    assert [(row.line, row.values["Name"]) for row in rows(text)] == [(4, "A"), (8, "B")]


def test_column_names_may_go_over_several_lines():
    text = '"Contact\nName","E-Mail\nAddress"\nDana Whitfield,dana@whitfield.example\n'
    assert people(text) == [DANA]
    assert rows(text)[0].line == 4


def test_blanks_before_a_quote_do_no_harm():
    assert people('Name, Firm\nDana, "Whitfield, LLP"\n')[0]["firm_name"] == "Whitfield, LLP"


def test_quotes_inside_a_value_do_no_harm():
    text = 'Name,Firm\nDana,5" Pipes\nAl,"The" Firm\nBo,Bo\n'
    assert [person["firm_name"] for person in people(text)] == ['5" Pipes', "The Firm", "Bo"]
    assert not [row.error for row in rows(text) if row.error]


def test_a_quote_that_is_never_closed_costs_its_own_row_only():
    text = 'Name,Notes\nA,a\nB,"b\nC,c\n' + "D,d\n" * 3
    read = rows(text)
    assert [row.values["Name"] for row in read] == ["A", "B", "C", "D", "D", "D"]
    assert [row.line for row in read if row.error] == [3]
    assert read[1].error.startswith("Line 3: a quote is not closed")
    assert read[1].values["Notes"] == '"b'


def test_two_rows_with_one_quote_each_do_not_swallow_the_rows_between():
    text = 'Name,Firm,Notes\nA,"a,\nB,b,\nC,"c,\nD,d,\n'
    read = rows(text)
    assert [(row.values["Name"], bool(row.error)) for row in read] == [
        ("A", True),
        ("B", False),
        ("C", True),
        ("D", False),
    ]


def test_a_value_of_very_many_lines_is_a_missing_quote():
    text = 'Name,Notes\nA,"start\n' + "B,b\n" * MOST_LINES + 'C,end"\n'
    read = rows(text)
    assert (len(read), [row.line for row in read if row.error]) == (MOST_LINES + 2, [2])


def test_a_row_with_too_many_values_says_so_and_loses_none():
    (row,) = rows("Name,Email\nDana,a@b.example,,x,y\n")
    assert row.error.startswith("Line 2: 5 values for 2 columns")
    assert row.values["(beyond the last column)"] == "x | y"


def test_empty_values_beyond_the_last_column_are_nothing():
    (row,) = rows("Name,Email\nDana,a@b.example,, ,\n")
    assert (row.error, dict(row.values)) == ("", {"Name": "Dana", "Email": "a@b.example"})


def test_a_row_with_too_few_values_has_those_it_has():
    (row,) = rows("Name,Email,Phone\nDana\n")
    assert (row.error, dict(row.values)) == ("", {"Name": "Dana"})


def test_blank_rows_are_left_out():
    assert [row.line for row in rows("Name,Email\n\n , \n,\nDana,\n;;\n\n")] == [5, 6]


def test_a_very_long_cell_is_read_whole():
    (row,) = rows(f"Name,Notes\nDana,{'x' * 10_000}\n")
    assert len(row.values["Notes"]) == 10_000
    assert len(rows(f"Name,Notes\nDana,{'x' * 300_000}\n")[0].values["Notes"]) == 300_000


# ---------------------------------------------------------------- headers


def test_the_house_headers_are_known():
    assert {column_for(header) for header in HOUSE.split(",")} == {
        "firm_name", "full_name", "contact_email", "contact_phone", "contact_title", "contact_linkedin", "source",
        "notes",
    }  # fmt: skip


def test_our_own_column_names_are_known():
    ours = "firm_name contact_first_name contact_last_name contact_email contact_phone contact_title contact_linkedin"
    for header in f"{ours} tags source notes".split():
        assert column_for(header) == header


@pytest.mark.parametrize(
    "header", ["E-Mail", " email ", "EMAIL", "Email Address", "e_mail", "Email (2)", "Contact E-mail"]
)
def test_a_header_s_case_blanks_and_signs_do_not_matter(header):
    assert column_for(header) == "contact_email"


@pytest.mark.parametrize("header", ["", "external_id", "favourite colour", "(beyond the last column)"])
def test_other_headers_mean_nothing_to_us(header):
    assert column_for(header) == ""


def test_unknown_headers_are_kept_with_the_row_and_named():
    text = "external_id,Name\nEX1,Dana\n"
    assert rows(text)[0].values["external_id"] == "EX1"
    assert "Not used, but kept with each row: external_id." in remarks(text)


def test_repeated_headers_lose_no_value():
    text = "Email,Email (2),Email,Email,\na@b.example,b,c,d,e\n"
    assert list(rows(text)[0].values.values()) == ["a@b.example", "b", "c", "d", "e"]
    assert "several columns “Email”" in remarks(text)


def test_a_repeated_header_takes_no_name_that_another_column_has():
    assert read_csv(b"Email,Email,Email (2)\na@b.example,b,c\n").headers == ("Email", "Email (3)", "Email (2)")


def test_of_repeated_headers_the_first_that_is_filled_counts():
    assert people("Email,Email,Name\n,second@b.example,Dana\n")[0]["contact_email"] == "second@b.example"


def test_columns_of_notes_and_of_tags_are_joined():
    (person,) = people("Name,Notes,Comments,Tags,Labels\nDana,one,two,a;b,c\n")
    assert (person["notes"], tags_in(person["tags"])) == ("one\ntwo", ["a", "b", "c"])


def test_what_is_missing_is_remarked():
    said = remarks("Email\na@b.example\n")
    assert "There is no column for the name." in said
    assert "There is no column for the phone." in said


# ---------------------------------------------------------------- files that are none


def refusal(content: bytes) -> str:
    with pytest.raises(UnreadableFileError) as caught:
        read_csv(content)
    return str(caught.value)


@pytest.mark.parametrize("content", [b"", b"\n\n \n", b"\xef\xbb\xbf", "\n".encode("utf-16"), b"sep=;\n"])
def test_an_empty_file_is_said_to_be_empty(content):
    assert refusal(content) == "The file is empty."


@pytest.mark.parametrize("content", [b"Name,Email\n", b"Name,Email", b"Name;Email\n\n;;\n ; \n"])
def test_a_file_of_column_names_alone_is_refused(content):
    assert "no rows" in refusal(content)


def test_a_file_without_column_names_is_refused_with_what_is_expected():
    words = refusal(b"Dana Whitfield,dana@whitfield.example,+12025550143\nAl,al@bo.example,\n")
    assert "No column names a person" in words
    assert "Contact Name, First Name, Last Name, Email, Phone" in words
    assert "dana@whitfield.example" in words


def test_a_file_whose_columns_are_about_no_person_is_refused():
    assert "No column names a person" in refusal(b"Company,Notes\nW,x\n")


def test_column_names_with_an_open_quote_are_refused():
    assert "line 1" in refusal(b'"Name,Email\nDana,a@b.example\n')


@pytest.mark.parametrize(
    ("beginning", "kind"),
    [
        (b"PK\x03\x04\x14\x00", "Excel"),
        (b"\xd0\xcf\x11\xe0\xa1", "Excel"),
        (b"\x89PNG\r\n\x1a\n", "picture"),
        (b"%PDF-1.7", "PDF"),
    ],
)
def test_a_workbook_a_picture_and_a_pdf_are_called_what_they_are(beginning, kind):
    words = refusal(beginning + bytes(range(256)) * 40)
    assert kind in words
    assert "save it as CSV" in words


def test_another_binary_file_is_no_text():
    assert "not text" in refusal(b"\x7fELF\x02\x01\x01" + bytes(range(256)) * 40)
    assert "not text" in refusal(zlib.compress(bytes(range(256)) * 40) + bytes(range(32)) * 40)


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused_in_words(content):
    with suppress(UnreadableFileError):
        assert rows(content)


TYPED = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], include_characters="\t\n\r", exclude_characters="\ufeff")
)


@given(st.lists(st.lists(TYPED, min_size=2, max_size=4), min_size=1, max_size=6))
def test_every_value_of_a_well_formed_file_is_found_again(table: list[list[str]]):
    written = io.StringIO(newline="")
    csv.writer(written).writerows([["Email", "b"], *table])
    expected = [[cell.strip() for cell in line] for line in table if any(cell.strip() for cell in line)]
    if not expected:
        return
    found: list[Any] = [list(row.values.values()) for row in rows(written.getvalue())]
    assert [line[:2] for line in found] == [line[:2] for line in expected]


# ---------------------------------------------------------------- names


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [
        ("Dana Whitfield", "Dana", "Whitfield"),
        ("Whitfield, Dana", "Dana", "Whitfield"),
        ("Whitfield,Dana", "Dana", "Whitfield"),
        ("  Dana   Whitfield ", "Dana", "Whitfield"),
        ("Dana Whitfield, Esq.", "Dana", "Whitfield, Esq."),
        ("Robert Smith Jr.", "Robert", "Smith Jr."),
        ("Garcia, Maria, JD", "Maria, JD", "Garcia"),
        ("Ludwig van der Berg", "Ludwig", "van der Berg"),
        ("Mary Jane Watson", "Mary Jane", "Watson"),
        ("Dana", "Dana", ""),
        ("", "", ""),
        ("dana@whitfield.example", "dana@whitfield.example", ""),
    ],
)
def test_a_whole_name_is_taken_apart(name, first, last):
    assert split_name(name) == (first, last)


@given(st.text(max_size=300))
def test_no_part_of_a_name_is_lost(name):
    first, last = split_name(name)
    left, right = (sorted("".join(text.replace(",", "").split())) for text in (name, first + last))
    assert left == right


def test_a_whole_name_counts_only_where_its_parts_are_not_given():
    (person,) = people("Name,First Name,Last Name\nWrong Person,Dana,Whitfield\n")
    assert (person["contact_first_name"], person["contact_last_name"]) == ("Dana", "Whitfield")


@pytest.mark.parametrize(("text", "tags"), [("", []), ("a", ["a"]), (" a ; b,c|d;", ["a", "b", "c", "d"])])
def test_tags_are_parted_by_any_of_the_usual_signs(text, tags):
    assert tags_in(text) == tags
