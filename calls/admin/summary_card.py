"""What a call's page shows of its summary and of what was said: translated for people, each line with its place."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.safestring import SafeString

from calls.models import CallSummary, PhoneCall, SummaryStatus
from calls.summaries.schema import CLAIMS, UNSURE
from calls.summaries.sentences import digest_of, sentences_of
from calls.summaries.standing import NONE, NOT_WORTH, Standing, standing_of
from integrations.admin_parts import BAD, BUSY, GOOD, NOTHING, QUIET, WARN, badge, counted

OUTCOME_TONES = {"Meeting Booked": GOOD, "Future Potential": BUSY, "Callback Requested": BUSY}
TONES = {
    NONE: QUIET, NOT_WORTH: QUIET, SummaryStatus.WAITING: BUSY, SummaryStatus.RUNNING: BUSY,
    SummaryStatus.DONE: GOOD, SummaryStatus.FAILED: WARN, SummaryStatus.GAVE_UP: BAD, SummaryStatus.REFUSED: BAD,
    SummaryStatus.NO_KEY: WARN, SummaryStatus.OVER_BUDGET: WARN, SummaryStatus.REPLACED: QUIET,
}  # fmt: skip
IN_LINE = (SummaryStatus.WAITING, SummaryStatus.RUNNING)
HEADINGS = {
    "key_points": "Key points",
    "objections": "Objections",
    "buying_signals": "Buying signals",
    "action_items": "Action items",
}
SHOWN, EARLIER = "sentence", "earlier"  # what the sentences' anchors begin with, in the two transcripts of a page


@dataclass(frozen=True, slots=True)
class Line:
    """A claim with the words it rests on. `anchor` is its sentence's on the page, empty where that is not shown."""

    text: str
    quote: str
    speaker: str
    time: str
    seconds: int | None
    anchor: str


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a transcript: a sentence with its anchor, or what stands between two, without one."""

    text: str
    anchor: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """One summary as the page shows it."""

    row: CallSummary
    outcome: SafeString
    evidence: Line | None
    groups: list[tuple[str, list[Line]]]
    facts: list[tuple[str, str]]
    remarks: list[str]


def card_of(call: PhoneCall) -> dict[str, Any]:
    """What calls/said.html shows of a call of either table."""
    standing = standing_of(call)
    current, digest = standing.current, digest_of(call.transcript)
    is_earlier = current is not None and current.transcript_digest != digest
    others = [row for row in standing.history if not row.is_current]
    return {
        "call": call,
        "standing": standing,
        "badge": status_badge(standing.status, standing.label),
        "is_in_line": standing.status in IN_LINE,
        "shows_button": standing.can_ask and (standing.latest is None or standing.status not in IN_LINE),
        "reading": _reading(current, EARLIER if is_earlier else SHOWN) if current else None,
        "disagreement": _disagreement(call, standing),
        "outcome": outcome_badge(call.disposition) if call.disposition else "",
        "others": [
            (_reading(row, SHOWN if row.transcript_digest == digest else ""), status_badge(row.status))
            for row in others
        ],
        "unchecked": [] if current else list(_plain_lines(call.ai_summary)),
        "transcript": pieces_of(call.transcript, SHOWN),
        "earlier_transcript": pieces_of(current.transcript, EARLIER) if current and is_earlier else [],
    }


def outcome_badge(outcome: str) -> SafeString:
    """One of the nine, or "unsure"."""
    return badge("Unsure" if outcome == UNSURE else outcome, OUTCOME_TONES.get(outcome, QUIET))


def status_badge(status: str, label: str = "") -> SafeString:
    return badge(label or SummaryStatus(status).label, TONES[status])


def pieces_of(transcript: str, prefix: str) -> list[Piece]:
    """The whole transcript, letter for letter, with an anchor at each of its sentences."""
    pieces: list[Piece] = []
    reached = 0
    for sentence in sentences_of(transcript):
        if sentence.start > reached:
            pieces.append(Piece(transcript[reached : sentence.start]))
        pieces.append(Piece(sentence.text, f"{prefix}-{sentence.number}"))
        reached = sentence.end
    if reached < len(transcript):
        pieces.append(Piece(transcript[reached:]))
    return pieces


def line_of(claim: Mapping[str, Any], prefix: str = "") -> Line:
    """A stored claim, or the words that an outcome rests on. No `prefix`: its sentence is not on the page."""
    seconds, sentence = claim.get("seconds"), claim.get("sentence")
    return Line(
        text=str(claim.get("text", "")),
        quote=str(claim.get("quote", "")),
        speaker=str(claim.get("speaker") or ""),
        time=f"{seconds // 60}:{seconds % 60:02d}" if isinstance(seconds, int) else "",
        seconds=seconds if isinstance(seconds, int) else None,
        anchor=f"{prefix}-{sentence}" if prefix and isinstance(sentence, int) else "",
    )


def _reading(row: CallSummary, prefix: str) -> Reading:
    told: Mapping[str, Any] = row.answer if isinstance(row.answer, dict) else {}
    evidence = told.get("disposition_quote")
    groups = [(HEADINGS[name], [line_of(claim, prefix) for claim in told.get(name) or ()]) for name in CLAIMS]
    return Reading(
        row=row,
        outcome=outcome_badge(row.disposition) if row.disposition else SafeString(""),
        evidence=line_of(evidence, prefix) if isinstance(evidence, dict) else None,
        groups=[(heading, lines) for heading, lines in groups if lines],
        facts=list(_facts(told)),
        remarks=list(_remarks(row)),
    )


def _facts(told: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if told:
        yield (
            "Conversation",
            f"{told.get('conversation_quality', NOTHING)}, {told.get('sentiment', NOTHING)}".capitalize(),
        )
        yield "Interest", f"{told.get('interest_level', NOTHING)} of 10"
    if told.get("engagement_assessment"):
        yield "Engagement", str(told["engagement_assessment"])


def _remarks(row: CallSummary) -> Iterator[str]:
    """What a reader should know before believing it."""
    if row.dropped_claims:
        were = "line was" if row.dropped_claims == 1 else "lines were"
        yield f"{row.dropped_claims} {were} left out: their words are not in the transcript."
    if row.left_out_sentences:
        speak = "speaks" if row.left_out_sentences == 1 else "speak"
        yield (
            f"{counted(row.left_out_sentences, 'sentence')} of the transcript {speak} to whoever summarises the call, "
            "and so was not sent to Claude; the outcome is left to you."
        )


def _disagreement(call: PhoneCall, standing: Standing) -> str:
    if not standing.disagrees or standing.current is None:
        return ""
    chose = f"the BDR chose “{call.disposition}”" if call.disposition else "the BDR chose none"
    return f"The AI read “{standing.current.disposition}”, {chose}. The BDR’s choice stands."


def _plain_lines(summary: Any) -> Iterator[tuple[str, str]]:
    """A summary that another system wrote: whatever it holds, as words."""
    for name, value in summary.items() if isinstance(summary, dict) else ():
        if value not in (None, "", []):
            words = "; ".join(map(str, value)) if isinstance(value, list) else str(value)
            yield str(name).replace("_", " ").capitalize(), words
