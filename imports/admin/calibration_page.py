"""What decisions teach: the parameters in words, their effect on decisions that were held out, and the switch."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_POST

from imports.admin.comparing_again import compare_view_of, waiting_batches
from imports.admin.words import BAND_WORDS
from imports.duplicates.calibration import FINDINGS, MOST_SHIFT, Calibration
from imports.matching import learning
from imports.models import FittedCalibration, ReviewDecision, ToldApart
from integrations.admin_parts import ReadOnlyAdmin, change_url, counted

MAY_SWITCH = "imports.change_fittedcalibration"
EARLIER_SHOWN = 10
TOO_LITTLE = 0.05  # bits; shown as no change


@dataclass(frozen=True, slots=True)
class Parameter:
    """One line of what was learnt."""

    words: str
    bits: str
    means: str


@dataclass(frozen=True, slots=True)
class Measure:
    words: str
    before: str
    after: str
    is_better: bool


@dataclass(frozen=True, slots=True)
class Example:
    """A past decision whose pair would be in another band."""

    words: str
    url: str
    decided: str
    before: str
    after: str
    taught: str


@admin.register(FittedCalibration)
class FittedCalibrationAdmin(ReadOnlyAdmin):
    """The latest in the place of a list, with the earlier ones below it."""

    def get_urls(self) -> list[URLPattern]:
        pages: dict[str, tuple[str, Callable[..., HttpResponse]]] = {
            "learn/": ("learn", self.learn),
            "off/": ("off", self.switch_off),
            "<uuid:calibration_id>/on/": ("on", self.switch_on),
            "<uuid:batch_id>/compare/": ("compare", compare_view_of(self)),
        }
        wrap = self.admin_site.admin_view
        own = [
            path(route, wrap(require_POST(view)), name=f"imports_fittedcalibration_{name}")
            for route, (name, view) in pages.items()
        ]
        return own + super().get_urls()

    def has_change_right(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm(MAY_SWITCH))

    def list_url(self) -> str:
        return reverse("admin:imports_fittedcalibration_changelist")

    # ---------------------------------------------------------------- the page

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return self._page(request, FittedCalibration.objects.first(), extra_context)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        try:
            shown = FittedCalibration.objects.filter(pk=uuid.UUID(object_id)).first()
        except ValueError:
            shown = None
        if shown is None:
            return HttpResponseRedirect(self.list_url())
        return self._page(request, shown, extra_context)

    def _page(
        self, request: HttpRequest, shown: FittedCalibration | None, extra_context: dict[str, Any] | None
    ) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        rows = FittedCalibration.objects.select_related("switched_on_by", "switched_off_by", "fitted_by")
        context = {
            **self.admin_site.each_context(request),
            "title": "What decisions teach",
            "opts": self.opts,
            "on": rows.filter(is_on=True).first(),
            "shown": shown,
            "missing": learning.what_is_missing_now(),
            "parameters": parameters_of(shown) if shown else [],
            "measures": measures_of(shown.effect) if shown else [],
            "moves": moves_of(shown.effect) if shown else [],
            "examples": examples_of(shown.effect) if shown else [],
            "earlier": rows.exclude(pk=shown.pk)[:EARLIER_SHOWN] if shown else [],
            "most_shift": f"{MOST_SHIFT:g}",
            "may_switch": self.has_change_right(request),
            "may_compare": self.has_change_right(request),
            "batches": waiting_batches(),
            **(extra_context or {}),
        }
        return TemplateResponse(request, "imports/calibration.html", context)

    # ---------------------------------------------------------------- what it does

    def learn(self, request: HttpRequest) -> HttpResponse:
        by = self._by(request)
        try:
            row = learning.learn(by)
        except learning.NothingToLearnError as reason:
            messages.warning(request, str(reason))
        else:
            off = "" if row.is_on else " Nothing goes by it until it is switched on."
            messages.success(request, f"Learnt from {counted(row.decisions, 'decision')}.{off}")
        return HttpResponseRedirect(self.list_url())

    def switch_on(self, request: HttpRequest, calibration_id: uuid.UUID) -> HttpResponse:
        by = self._by(request)
        try:
            learning.switch_on(calibration_id, by)
        except (learning.DoesNotHelpError, FittedCalibration.DoesNotExist) as reason:
            messages.error(request, str(reason))
        else:
            messages.success(
                request,
                "Switched on. The next pull, file and second look go by it. Batches that wait keep their matches until "
                "they are compared again: see below.",
            )
        return HttpResponseRedirect(self.list_url())

    def switch_off(self, request: HttpRequest) -> HttpResponse:
        if learning.switch_off(self._by(request)):
            messages.success(
                request,
                "Switched off. The next pull, file and second look go by the scores alone. Batches that wait keep "
                "their matches until they are compared again: see below.",
            )
        else:
            messages.info(request, "It was off already.")
        return HttpResponseRedirect(self.list_url())

    def _by(self, request: HttpRequest) -> Any:
        if not self.has_change_right(request):
            raise PermissionDenied
        return request.user


# ---------------------------------------------------------------- in words


def parameters_of(row: FittedCalibration) -> list[Parameter]:
    """What was learnt, in words; findings that were left as they are come in no line of their own."""
    found = Calibration.of_row(row.parameters)
    lines = [
        Parameter("Every pair", _signed(found.offset), _offset_words(found.offset)),
        Parameter("Scores as a whole", f"× {1 + found.tilt:.2f}", _tilt_words(found.tilt)),
    ]
    adjusted = sorted(found.adjustments.items(), key=lambda item: -abs(item[1]))
    for name, bits in adjusted:
        if abs(bits) >= TOO_LITTLE:
            lines.append(Parameter(FINDINGS[name].words, _signed(bits), _finding_words(name, bits)))
    return lines


def measures_of(effect: Mapping[str, Any]) -> list[Measure]:
    pairs = (
        ("Mean surprise at a decision (log loss)", "log_loss"),
        ("Mean square of how far off the score was (Brier)", "brier"),
    )
    return [
        Measure(
            words,
            f"{effect[f'{name}_before']:.4f}",
            f"{effect[f'{name}_after']:.4f}",
            effect[f"{name}_after"] < effect[f"{name}_before"],
        )
        for words, name in pairs
    ]


def moves_of(effect: Mapping[str, Any]) -> list[tuple[str, str, str, int]]:
    """What reviewers had said, from which band, into which, how many."""
    return [(_said(same), _band(before), _band(after), count) for same, before, after, count in effect["moves"]]


def examples_of(effect: Mapping[str, Any]) -> list[Example]:
    kept: Sequence[Mapping[str, Any]] = effect["examples"]
    decisions = _by_id(ReviewDecision, "decision", kept)
    apart = _by_id(ToldApart, "told_apart", kept)
    found = []
    for one in kept:
        row = (decisions if one["source"] == "decision" else apart).get(one["id"])
        if row is not None:
            words = str(row.staged_record)
            found.append(
                Example(
                    words, change_url(row), _said(one["same"]), _band(one["before"]), _band(one["after"]),
                    _signed(one["taught"]),
                )
            )  # fmt: skip
    return found


def _by_id(table: Any, source: str, kept: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    ids = [one["id"] for one in kept if one["source"] == source]
    rows = table.objects.select_related("staged_record").defer("staged_record__raw_data")
    return {str(row.pk): row for row in rows.filter(pk__in=ids)}


def _offset_words(bits: float) -> str:
    if abs(bits) < TOO_LITTLE:
        return "Left as it is."
    return f"Reviewers find {'more' if bits > 0 else 'fewer'} pairs to be one person than the scores say."


def _tilt_words(tilt: float) -> str:
    if abs(tilt) < TOO_LITTLE / 5:
        return "Left as they are."
    return "Sure scores are taken further." if tilt > 0 else "Sure scores are taken less far."


def _finding_words(name: str, bits: float) -> str:
    speaks_for = FINDINGS[name].speaks_for
    more = (bits > 0) == speaks_for
    return f"Counts {'more' if more else 'less'} {'for one person' if speaks_for else 'for two people'} than before."


def _said(same: bool) -> str:
    return "One person" if same else "Two people"


def _band(band: str) -> str:
    return BAND_WORDS.get(band, "No candidate")


def _signed(bits: float) -> str:
    return "0" if abs(bits) < TOO_LITTLE else f"{'+' if bits > 0 else '−'}{abs(bits):.1f}"
