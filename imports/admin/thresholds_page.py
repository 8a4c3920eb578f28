"""How sure is sure: the lowest score of each band, as staff set it."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse

from imports.admin.comparing_again import compare_view_of, waiting_batches
from imports.duplicates.bands import BANDS
from imports.matching.thresholds import NAMES, UnusableBandsError, set_bands, the_thresholds, usable_bands
from imports.models import Thresholds
from integrations.admin_parts import NothingToDelete

LABELS = {
    "possible": ("Possible, from", "Below this, nobody is shown: two records are taken for two people."),
    "likely": ("Likely, from", "A newcomer who is likely the same holds a decision up until a reviewer has seen them."),
    "certain": ("Certain, from", "Certain matches may be merged many at once."),
    "certain_if_even": (
        "Certain in spite of a contradiction, from",
        "Asked where as many of the strong facts (LinkedIn, e-mail, phone, address, firm) disagree as agree.",
    ),
}


def in_percent(score: float) -> float:
    percent = round(score * 100, 4)
    return int(percent) if percent.is_integer() else percent


class ThresholdsForm(forms.ModelForm):
    """Scores as staff read them, in percent."""

    class Meta:
        model = Thresholds
        fields: tuple[str, ...] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, (label, words) in LABELS.items():
            usual = in_percent(getattr(BANDS, name))
            self.fields[name] = forms.FloatField(
                label=label,
                help_text=f"In percent. Usually {usual:g}. {words}",
                initial=in_percent(getattr(self.instance, name)),
                widget=forms.NumberInput({"step": "any", "min": "0", "max": "100"}),
            )

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if not self.errors:
            try:
                usable_bands(**self.scores)
            except UnusableBandsError as reason:
                raise ValidationError(str(reason)) from None
        return values

    @property
    def scores(self) -> dict[str, float]:
        return {name: self.cleaned_data[name] / 100 for name in NAMES}


@admin.register(Thresholds)
class ThresholdsAdmin(NothingToDelete, admin.ModelAdmin):
    """One row, so that its form stands where others have a list."""

    form = ThresholdsForm
    change_form_template = "imports/thresholds.html"
    fieldsets = (
        ("The lowest score of each band", {
            "fields": NAMES,
            "description": "The next pull, file, or second look goes by these. Records that wait keep the matches that "
            "they were shown with, and the groups that these make, until their batch is compared again, below.",
        }),
    )  # fmt: skip

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(compare_view_of(self))
        return [path("<uuid:batch_id>/compare/", view, name="imports_thresholds_compare"), *super().get_urls()]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.fieldsets

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        return ThresholdsForm  # its fields are no columns: percent, not shares

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return self.change_view(request, str(the_thresholds().pk), extra_context=extra_context)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        more = {
            "title": "How sure has a match to be",
            "show_save_and_continue": False,
            "batches": waiting_batches(),
            "may_compare": self.has_change_right(request),
            **(extra_context or {}),
        }
        return super().change_view(request, object_id, form_url, more)

    def has_change_right(self, request: HttpRequest) -> bool:
        return self.has_change_permission(request)

    def list_url(self) -> str:
        return reverse("admin:imports_thresholds_changelist")

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        set_bands(usable_bands(**form.scores), request.user)

    def response_change(self, request: HttpRequest, obj: Any) -> HttpResponse:
        messages.success(
            request,
            "Saved. The next pull, file and second look go by it. Batches that wait keep their matches until they are "
            "compared again: see below.",
        )
        return HttpResponseRedirect(self.list_url())
