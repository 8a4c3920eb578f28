"""Where the review page's buttons are sent: what is decided, and how the reviewer is told of it.

A browser with scripts sends a decision in the background and shows the next record meanwhile. It asks for JSON, and may
send the same decision again when it got no answer: a key, one for each page that was shown, makes that harmless.
"""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect, JsonResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from imports.admin.field_choices import choices_given, choices_given_for_new
from imports.admin.queue_place import FILTERS, Place, filters_query, place_of
from imports.admin.review_page import next_url, page_url, show
from imports.deciding import decisions, review
from imports.deciding.choices import UnusableValueError
from imports.deciding.rereading import read_again
from imports.models import ReviewDecision
from integrations.admin_parts import change_url, counted, link_to
from integrations.credentials import LocationNotReadyError
from integrations.fields import SecretUnreadableError
from integrations.ghl.errors import GHLError

if TYPE_CHECKING:
    from imports.admin.queue import StagedRecordAdmin

JSON = "application/json"
SAVED, REFUSED, UNUSABLE = "saved", "refused", "unusable"


@dataclass(frozen=True, slots=True)
class Done:
    """What was done, in words around the name of whom it is about. `decision` is what an undo would take back."""

    words: str
    about: Any
    ending: str = "."
    decision: ReviewDecision | None = None
    leads_on: bool = True

    @property
    def as_html(self) -> SafeString:
        return format_html("{}: {}{}", self.words, link_to(self.about), self.ending)


def decide_view_of(model_admin: "StagedRecordAdmin") -> Callable[..., HttpResponse]:
    def decide(request: HttpRequest, record_id: uuid.UUID) -> HttpResponse:
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if not model_admin.has_review_permission(request):
            raise PermissionDenied
        in_background = request.get_preferred_type(["text/html", JSON]) == JSON
        place = place_of(model_admin, request, record_id)  # before: a decided record leaves the queue
        try:
            done = _once(request, record_id)
        except UnusableValueError as reason:
            said = f"Nothing was decided yet. {reason}"
            if in_background:
                return JsonResponse({"outcome": UNUSABLE, "words": said})
            messages.error(request, said)
            page = show(model_admin, request, str(record_id))  # what was chosen and written stays on it
            return page or HttpResponseRedirect(page_url(request, record_id))
        except (review.DecisionRefusedError, GHLError, LocationNotReadyError, SecretUnreadableError) as reason:
            if in_background:
                return JsonResponse({"outcome": REFUSED, "words": str(reason)})
            decided_already = isinstance(reason, review.AlreadyDecidedError)
            (messages.warning if decided_already else messages.error)(request, str(reason))
            return HttpResponseRedirect(page_url(request, record_id))
        return _saved(request, record_id, done, place, in_background=in_background)

    return decide


def _saved(
    request: HttpRequest, record_id: uuid.UUID, done: Done, place: Place, *, in_background: bool
) -> HttpResponse:
    following = place.next_waiting() if done.leads_on else record_id
    if not in_background or following is None:  # the page that is opened now says it
        messages.success(request, done.as_html)
    onward = next_url(request, following, said=True)
    if not in_background:
        return HttpResponseRedirect(onward)
    filters = urlencode({FILTERS: filters_query(request)})
    undo = done.decision and f"{reverse('admin:imports_reviewdecision_undo', args=[done.decision.pk])}?{filters}"
    about = {"words": done.words, "name": str(done.about), "url": change_url(done.about), "ending": done.ending}
    return JsonResponse({"outcome": SAVED, **about, "undo": undo, "next": onward, "is_last": following is None})


def _once(request: HttpRequest, record_id: uuid.UUID) -> Done:
    """Decides, unless this very decision came before: then it tells what became of it."""
    key = _key_of(request)
    if key and (sent := decisions.sent_before(key, request.user, record_id)):
        return _as_before(sent)
    try:
        return _decide(request, record_id, key)
    except review.AlreadyDecidedError:
        if key and (sent := decisions.sent_before(key, request.user, record_id)):  # it came twice at once
            return _as_before(sent)
        raise


def _decide(request: HttpRequest, record_id: uuid.UUID, key: uuid.UUID | None) -> Done:
    """Does what the pressed button says."""
    reviewer: Any = request.user
    match request.POST.get("decision"):
        case "approve":
            choices = choices_given_for_new(request.POST)
            return _made(review.approve_as_new(record_id, reviewer, choices=choices, key=key))
        case "merge":
            return _made(_merge(request, record_id, key))
        case "skip":
            return _set_aside(review.skip(record_id, reviewer, key=key).decision)
        case "reject":
            return _set_aside(review.reject(record_id, reviewer, key=key).decision)
        case "read_again":
            record = read_again(record_id, reviewer)
            if not record.is_waiting:
                raise review.DecisionRefusedError(f"Read again, and still: {record.error_message}")
            return Done("Read again", record, " can be decided now.", leads_on=False)
    raise review.DecisionRefusedError("No decision was chosen. Press one of the buttons.")


def _merge(request: HttpRequest, record_id: uuid.UUID, key: uuid.UUID | None) -> review.Decided:
    reviewer: Any = request.user
    kind, _, text = request.POST.get("candidate", "").partition(":")
    choices = choices_given(request.POST)
    try:
        candidate_id = uuid.UUID(text)
    except ValueError:
        raise review.DecisionRefusedError("Choose the candidate to merge into first.") from None
    return review.merge(record_id, reviewer, kind=kind, candidate_id=candidate_id, choices=choices, key=key)


def _made(decided: review.Decided) -> Done:
    if decided.decision.made_person:
        words = "Approved as new"
    else:
        words = "Approved both as one person" if decided.also_decided else "Merged into"
    ending = f", with {counted(decided.calls_added, 'call')}." if decided.calls_added else "."
    return Done(words, decided.person, ending, decided.decision)


def _set_aside(decision: ReviewDecision) -> Done:
    return Done(decision.get_decision_display(), decision.staged_record, ".", decision)


def _as_before(sent: ReviewDecision) -> Done:
    """A decision that came again, told as it was the first time."""
    about = decisions.person_of(sent) or sent.staged_record
    words = "Merged into" if sent.decision == ReviewDecision.Decision.MERGE else sent.get_decision_display()
    if not sent.stands:
        return Done(words, about, " before, and undone since.")
    return Done(words, about, ".", sent)


def _key_of(request: HttpRequest) -> uuid.UUID | None:
    try:
        return uuid.UUID(request.POST.get("key", ""))
    except ValueError:
        return None
