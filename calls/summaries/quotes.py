"""Whether every quote of every stored summary is in the transcript that it rests on."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from calls.models import Call, CallSummary, SalesCall
from calls.summaries.grounding import quotes_in
from calls.summaries.sentences import digest_of, sentences_of

AT_A_TIME = 200


@dataclass(slots=True)
class Checked:
    """What was looked at, and the quotes that are not where they should be, each in words that name its row."""

    summaries: int = 0
    quotes: int = 0
    problems: list[str] = field(default_factory=list)


def check_quotes() -> Checked:
    """Looks up every stored quote, letter for letter: of all summaries ever made, and of what the calls show now."""
    checked = Checked()
    for name, summary, transcripts in _stored():
        checked.summaries += 1
        places = [(text, sentences_of(text)) for text in transcripts]
        for claim in quotes_in(summary):
            checked.quotes += 1
            if not any(_is_there(claim, text, sentences) for text, sentences in places):
                checked.problems.append(f"{name}: a quote is not in its transcript, or not where it says.")
    return checked


def _stored() -> Iterator[tuple[str, Any, list[str]]]:
    """Each stored summary with the transcripts that it may rest on, and what it is called."""
    rows = CallSummary.objects.exclude(answer=None).order_by("pk")
    for row in rows.iterator(chunk_size=AT_A_TIME):
        is_its_own = digest_of(row.transcript) == row.transcript_digest
        yield f"Summary {row.pk}", row.answer, [row.transcript] if is_its_own else []
    tables: tuple[Any, ...] = (SalesCall, Call)
    for table in tables:
        calls = table.objects.exclude(ai_summary=None).only("pk", "transcript", "ai_summary").order_by("pk")
        for call in calls.iterator(chunk_size=AT_A_TIME):
            if isinstance(call.ai_summary, dict):
                yield f"Call {call.pk}", call.ai_summary, [call.transcript, *_read_for(call)]


def _read_for(call: Any) -> list[str]:
    """What the current summary rests on, where the call has a later transcript by now."""
    return list(call.summaries.filter(is_current=True).values_list("transcript", flat=True))


def _is_there(claim: dict[str, Any], text: str, sentences: list[Any]) -> bool:
    number, quote = claim.get("sentence"), claim.get("quote")
    if not isinstance(number, int) or not isinstance(quote, str) or not quote or not 0 <= number < len(sentences):
        return False
    sentence = sentences[number]
    place = text.find(quote, sentence.start)
    facts = (claim.get("speaker"), claim.get("seconds"))
    return sentence.start <= place < sentence.end and facts == (sentence.speaker, sentence.seconds)
