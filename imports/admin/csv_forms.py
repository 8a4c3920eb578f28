"""The two forms of bringing in a CSV file: which file, and what its columns mean."""

from typing import Any

from django import forms

from imports.files.csv_uploads import LARGEST_FILE, mapping_for
from imports.models import CsvUpload
from integrations.admin_parts import moment
from integrations.models import GHLIntegration

LARGEST = f"{LARGEST_FILE // 2**20} MB"
OUR_COLUMNS = [
    ("", "Leave it out"),
    ("firm_name", "Company"),
    ("full_name", "Contact name, first and last"),
    ("contact_first_name", "First name"),
    ("contact_last_name", "Last name"),
    ("contact_email", "E-mail"),
    ("contact_phone", "Phone"),
    ("contact_title", "Title"),
    ("contact_linkedin", "LinkedIn"),
    ("person_number", "Bar or candidate number"),
    ("source", "Source"),
    ("notes", "Notes"),
    ("tags", "Tags"),
]


class UploadForm(forms.Form):
    location = forms.ModelChoiceField(
        GHLIntegration.objects.filter(is_active=True).select_related("client").order_by("name"),
        empty_label="Choose a location",
        help_text="Whose people these are: they are compared with the people on this location’s side only.",
    )
    source_name = forms.CharField(
        label="Source",
        max_length=255,
        required=False,
        help_text="What approved people get as their source, such as “Spring conference”. Left empty: the file’s name.",
    )
    file = forms.FileField(
        help_text=f"A CSV file of at most {LARGEST}, with column names on its first line. Comma, semicolon, tab or "
        "bar; UTF-8, UTF-16 or Windows: that is found out.",
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.txt,.tsv,text/csv"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"label_suffix": "", **kwargs})

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > LARGEST_FILE:
            raise forms.ValidationError(
                f"The file has {file.size / 2**20:,.0f} MB; at most {LARGEST} are taken. Take it apart into several "
                "files, each with the column names on its first line."
            )
        return file


class ColumnsForm(forms.Form):
    """One choice for each column of a file, with what its first rows hold."""

    def __init__(self, data: Any = None, *, upload: CsvUpload) -> None:
        super().__init__(data, label_suffix="")
        self.upload = upload
        for number, header in enumerate(upload.headers):
            self.fields[f"column_{number}"] = forms.ChoiceField(
                choices=OUR_COLUMNS, required=False, label=header, initial=upload.columns.get(header, "")
            )

    def rows(self) -> list[dict[str, Any]]:
        """Each column with its first values and its choice, for the page."""
        sample = self.upload.sample
        return [
            {"field": self[f"column_{number}"], "values": [row[number] for row in sample if number < len(row)]}
            for number in range(len(self.upload.headers))
        ]

    def chosen(self) -> dict[str, str]:
        return {header: self.cleaned_data[f"column_{number}"] for number, header in enumerate(self.upload.headers)}

    def where_it_is_from(self) -> str:
        """Why just this is proposed."""
        remembered = mapping_for(self.upload.headers)
        if remembered is None:
            return "Proposed by the names of the columns."
        by = f" by {remembered.confirmed_by}" if remembered.confirmed_by else ""
        return (
            f"A file with these columns was brought in before. Proposed is what was confirmed{by} for "
            f"“{remembered.file_name}” on {moment(remembered.updated_at)}."
        )
