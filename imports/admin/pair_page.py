"""Compare two people: what the portal makes of two records, how they weigh, and what it would have taken.

The page stands where other tables have their list; what is listed below it are the pairs that were told apart lately.
"""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST

from imports.admin import pair_words
from imports.admin.pair_choosing import CountsForm, Picked, TypedForm, found, picked
from imports.admin.pair_standing import in_queue, notes_about, told_apart
from imports.admin.queue_place import FILTERS, filters_query
from imports.admin.weighing import Weighing, weighing
from imports.admin.words import band_badge, percent
from imports.deciding.claims import DecisionRefusedError
from imports.deciding.telling_apart import take_back, tell_apart
from imports.matching.pairs import PairCounts, Weighed, weigh_pair
from imports.models import ToldApart
from imports.side import Side
from integrations.admin_parts import QUIET, ReadOnlyAdmin, badge
from integrations.models import GHLIntegration
from prospects.identity import Identity

MAY_REVIEW = "imports.review_stagedrecord"
LATELY = 10
SIDES = ("one", "other")


@dataclass(frozen=True, slots=True)
class Verdict:
    """A weighed pair, as the page shows it; `certainty` and `weighing` as the review page has them."""

    certainty: SafeString
    weighing: Weighing
    words: list[str]
    next: list[str]
    lines: list[pair_words.Line]
    kind: str = ""  # no candidate of a record that is being reviewed


@admin.register(ToldApart)
class ToldApartAdmin(ReadOnlyAdmin):
    def get_urls(self) -> list[URLPattern]:
        pages: dict[str, tuple[str, Callable[..., HttpResponse]]] = {
            "<uuid:record_id>/tell-apart/": ("tell_apart", self.tell_apart),
            "<uuid:told_apart_id>/take-back/": ("take_back", self.take_back),
        }
        wrap = self.admin_site.admin_view
        own = [
            path(route, wrap(require_POST(view)), name=f"imports_toldapart_{name}")
            for route, (name, view) in pages.items()
        ]
        return own + super().get_urls()

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """A picked pair by its address; a typed one is posted, since names and numbers belong in no address."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        asked = request.POST if request.method == "POST" else request.GET
        chosen = {side: picked(request, asked.get(side, "")) for side in SIDES}
        typed = {side: _typed_form(request, side, chosen[side]) for side in SIDES}
        counts_form = _counts_form(request, list(chosen.values()))
        verdict, whose = None, ""
        if request.method == "POST" and all(form.is_valid() for form in (*typed.values(), counts_form)):
            location = counts_form.cleaned_data["location"]
            verdict = _typed_verdict(typed, chosen, location)
            whose = f"the people of {location}" if location else ""
        elif chosen["one"] and chosen["other"] and request.method == "GET":
            verdict = _picked_verdict(chosen["one"], chosen["other"])
            whose = chosen["one"].whose
        return TemplateResponse(request, "imports/pair.html", {
            **self.admin_site.each_context(request),
            "title": "Compare two people",
            "opts": self.opts,
            "sides": [_side_shown(request, side, chosen, typed[side]) for side in SIDES],
            "counts_form": counts_form,
            "chosen": verdict,
            "whose": whose,
            "notes": notes_about(chosen) if request.method == "GET" else [],
            "in_queue": in_queue(chosen),
            "told": told_apart(chosen),
            "may_decide": request.user.has_perm(MAY_REVIEW),
            "is_typed": request.method == "POST",
            "lately": ToldApart.objects.filter(undone_at__isnull=True).select_related("staged_record", "said_by")[
                :LATELY
            ],
            **(extra_context or {}),
        })  # fmt: skip

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """One that was told apart: the pair, side by side."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        told = ToldApart.objects.filter(pk=_uuid(object_id)).first()
        query = urlencode({"one": f"staged:{told.staged_record_id}", "other": _other(told)}) if told else ""
        return HttpResponseRedirect(f"{reverse('admin:imports_toldapart_changelist')}?{query}")

    def tell_apart(self, request: HttpRequest, record_id: uuid.UUID) -> HttpResponse:
        """Posted from the page of the record, or of the pair."""
        reviewer = _reviewer(request)
        kind, _, text = request.POST.get("candidate", "").partition(":")
        try:
            told = tell_apart(record_id, reviewer, kind=kind, candidate_id=_uuid(text))
        except DecisionRefusedError as reason:
            messages.error(request, str(reason))
        else:
            messages.success(
                request,
                format_html(
                    "{} and {} are two people: remembered. The record stays in the queue. "
                    '<a href="{}">Look at it again or undo it</a>.',
                    told.staged_record, told.candidate_name, reverse("admin:imports_toldapart_change", args=[told.pk]),
                ),
            )  # fmt: skip
        return _to_the_record(request, record_id)

    def take_back(self, request: HttpRequest, told_apart_id: uuid.UUID) -> HttpResponse:
        """Posted from the page of the pair, the list of pairs, or the page of a record that it is about."""
        reviewer = _reviewer(request)
        try:
            told = take_back(told_apart_id, reviewer)
        except DecisionRefusedError as reason:
            messages.error(request, str(reason))
            return HttpResponseRedirect(reverse("admin:imports_toldapart_changelist"))
        words = f"Undone: {told.staged_record} and {told.candidate_name} may be one person again."
        messages.success(request, words)
        asked_from = request.GET.get("record", "")  # the page of a later version, or of the other of the two
        return _to_the_record(request, _uuid(asked_from) if asked_from else told.staged_record_id)


# ---------------------------------------------------------------- what is compared


def _typed_form(request: HttpRequest, side: str, chosen: Picked | None) -> TypedForm:
    if request.method == "POST":
        return TypedForm.posted(request.POST, side)
    return TypedForm(prefix=side, initial=chosen.typed if chosen else {})


def _counts_form(request: HttpRequest, chosen: list[Picked | None]) -> CountsForm:
    if request.method == "POST":
        return CountsForm(request.POST)
    first = next((one for one in chosen if one), None)
    return CountsForm(initial={"location": first.location if first else None})


def _picked_verdict(one: Picked, other: Picked) -> Verdict:
    """By the counts of the side that the first one is on."""
    side = one.side
    counted = [each.identity for each in (one, other) if each.is_counted and each.side.name == side.name]
    pair = (one.identity, other.identity)
    return _verdict((one.typed, other.typed), pair, PairCounts(side, pair, counted))


def _typed_verdict(
    typed: dict[str, TypedForm], chosen: dict[str, Picked | None], location: GHLIntegration | None
) -> Verdict:
    side = Side.of_location(location) if location else None
    counted = [
        each.identity for each in chosen.values() if each and side and each.is_counted and each.side.name == side.name
    ]
    one, other = (typed[side] for side in SIDES)
    pair = (one.identity, other.identity)
    return _verdict((one.typed, other.typed), pair, PairCounts(side, pair, counted))


def _verdict(
    typed: tuple[dict[str, str], dict[str, str]], pair: tuple[Identity, Identity], counts: PairCounts
) -> Verdict:
    weighed: Weighed = weigh_pair(*pair, counts)
    match, bands = weighed.match, weighed.standard.bands
    return Verdict(
        certainty=band_badge(match.band, match.score)
        if match.band
        else badge(f"No candidate {percent(match.score)}", QUIET),
        weighing=weighing(match.as_rows(), match.score),
        words=[
            pair_words.verdict_words(match, bands),
            pair_words.rival_words(match),
            pair_words.telling_words(weighed.telling),
        ],
        next=pair_words.next_words(weighed.next, bands) if weighed.next else [],
        lines=pair_words.lines_of(typed, pair, counts.others),
    )


def _side_shown(request: HttpRequest, side: str, chosen: dict[str, Picked | None], typed: TypedForm) -> dict[str, Any]:
    """One of the two: who it is, or what a search for them found, with the addresses that pick each."""
    (other,) = (name for name in SIDES if name != side)
    text = request.GET.get(f"find_{side}", "")
    beside = chosen[other]
    refs = {other: beside.ref} if beside else {}
    return {
        "name": side,
        "words": "One" if side == "one" else "The other",
        "picked": chosen[side],
        "is_gone": bool(request.GET.get(side)) and chosen[side] is None,
        "form": typed,
        "text": text,
        "found": [(one, f"?{urlencode({**refs, side: one.ref})}") for one in found(request, text)],
        "again": f"?{urlencode(refs)}",
        "beside": beside,
        "beside_name": other,
    }


# ---------------------------------------------------------------- small parts


def _other(told: ToldApart) -> str:
    return f"{told.candidate_kind}:{told.candidate_id}"


def _reviewer(request: HttpRequest) -> Any:
    if not request.user.has_perm(MAY_REVIEW):
        raise PermissionDenied
    return request.user


def _uuid(text: str) -> uuid.UUID:
    """The id that a text stands for; one that nobody has, where it stands for none."""
    try:
        return uuid.UUID(text)
    except ValueError:
        return uuid.UUID(int=0)


def _to_the_record(request: HttpRequest, record_id: uuid.UUID) -> HttpResponse:
    page = reverse("admin:imports_stagedrecord_change", args=[record_id])
    return HttpResponseRedirect(f"{page}?{urlencode({FILTERS: filters_query(request)})}")
