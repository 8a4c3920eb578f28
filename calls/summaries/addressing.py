"""Sentences of a transcript that speak to whoever summarises it rather than to the other person: pure.

They are left out of what Claude is given, nothing is allowed to rest on them, and a call in which there are any gets
no outcome from the AI. Recognising is rough by nature: it is one guard among several, beside the prompt, the schema,
the quotes that are looked up, and a BDR's word that stands above the AI's.
"""

import re
import unicodedata
from collections.abc import Sequence
from itertools import groupby

from calls.summaries.sentences import Sentence, sentences_of

OBEY = r"(?:instruction|prompt|rule|guideline|direction|directive|order|constraint|training|programming|polic)"
MODEL = (
    r"(?:a\.?i\.?|llm|(?:large )?language model|ai model|chat ?gpt|chat ?bot|gpt\S{0,3}|claude|anthropic|summari[sz]er"
    r"|note ?taker|transcriber|transcription (?:bot|software|system)|summary (?:bot|software|system|tool))"
)
WRITES = (
    r"(?:mark|set|log|record|classify|label|categori[sz]e|tag|score|rate|report|list|treat|flag|change|update|choose"
    r"|select|pick|give|assign|put|enter|output|write|return|respond|reply|answer|say|print|emit|produce|state|claim"
    r"|ignore|disregard|forget|skip|omit|leave out|summari[sz]e|include|add|translate|repeat|reveal|show)"
)
OF_THE_RECORD = (
    r"(?:call|conversation|transcript|recording|summary|disposition|outcome|result|sentiment|interest(?: level)?"
    r"|conversation quality|engagement|key points?|objections?|buying signals?|action items?|lead score)"
)
OF_OURS = (
    r"\b(?:i|we|i'll|we'll|i'm|we're|i'd|let me|let us|let's|gonna|going to|will|able to|want to|have to|need to)\s+$"
)
FORGED = tuple(
    re.compile(pattern)
    for pattern in (
        r"</?\s*(?:transcript|system|assistant|user|human|instructions?|prompt|tool\w*|function\w*|answer|json|script|img"
        r"|iframe|svg|style|meta|object|summary|!\[cdata)\b",
        r"<\|[^|]{1,30}\|>|\[/?(?:inst|system|end of transcript)\b|<<\s*/?sys|```|\{\{|\{%",
        r"(?:^|\s)#{2,}\s*\w+|(?:^|\W)(?:system|assistant|developer)\s*(?:message|prompt|override|note)?\s*:\s",
        r"\b(?:key_points|action_items|interest_level|conversation_quality|buying_signals|engagement_assessment"
        r"|disposition_quote|ai_summary)\b",
        r"[\"']?\b(?:disposition|sentiment|objections|interest level)\b[\"']?\s*[:=]",
        r"\b(?:end|beginning|start) of (?:the )?(?:transcript|prompt|system|instructions?)\b",
        r"\bjavascript:|\bonerror\s*=|\bdrop table\b",
    )
)
SPOKEN = tuple(
    re.compile(pattern)
    for pattern in (
        r"\b(?:ignore|disregard|forget|override|bypass|overrule|drop|discard|stop following|do not follow"
        rf"|don't follow) (?:\w+ ){{0,6}}{OBEY}",
        rf"\b(?:new|updated|real|actual|hidden|secret|following|special|additional) {OBEY}s? "
        r"(?:for|are|is|to|from|follow)\b",
        r"\bsystem (?:prompt|message|override|instruction)|\b(?:developer|debug|admin|god|jailbreak|dan) mode\b",
        rf"\byou are (?:now |actually |really )?(?:an? |the )?(?:\w+ )?(?:{MODEL}|unrestricted|jailbroken)\b",
        r"\byou are now (?:an? |the )(?:\w+ ){0,3}(?:bot|assistant|model|agent|program|machine|system)\b",
        r"\bas an? (?:ai|language model)\b",
        r"\byour (?:new |real |actual |only |next |true )(?:task|job|goal|role|instructions?|purpose|output|answer)\b",
        rf"\b(?:to|for|attention|dear|hey|hello|hi|note to|message to|message for) (?:the |all |any )?{MODEL}\b"
        rf"(?=.*\b{WRITES}\b)",
        rf"\b{MODEL} (?:that is |that's |who is |which is )?(?:reading|listening|processing|summari[sz]ing|analy[sz]ing"
        r"|transcribing|reviewing|scoring|grading)\b",
        rf"\b{MODEL} (?:please |must |should |shall |has to |have to |needs to |will now |now |you must )+{WRITES}\b",
        r"\bwhoever (?:is |may be )?(?:reads?|reading|summari[sz]\w+|analy[sz]\w+|transcrib\w+|process(?:es|ing))\b",
        r"\b(?:in|from|into|to) (?:the|your|this) (?:ai |call |final |written |generated )?summary\b",
        r"\b(?:output|return|respond with|reply with|answer with|print|emit) (?:only |just |exactly |nothing but |the |"
        r"following |valid |this |a |an )*(?:json|xml|yaml|html|object|disposition|word|phrase)\b",
        r"\b(?:interest|lead) (?:level|score) (?:is|of|to|as|should be|must be)\b",
        r"\b(?:disposition|outcome|result) (?:of this call |for this call )?(?:is|to|as|should be|must be|equals)\b",
        r"\bignor(?:a|ez|iere|ieren sie|e) (?:\w+ ){0,4}"
        r"(?:instruc|instruktion|anweisung|consignes|reglas|indicaciones)",
        r"\bolvida (?:\w+ ){0,3}instrucciones|\boubliez? (?:\w+ ){0,3}(?:instructions|consignes)",
        r"\bvergiss (?:\w+ ){0,3}(?:anweisungen|instruktionen)",
        r"игнорируй|забудь|忽略|忘记|指示を無視",
    )
)
RECORDED = re.compile(
    r"\b(?:mark|set|log|record|classify|label|categori[sz]e|tag|score|rate|report|treat|flag|summari[sz]e|count)"
    rf" (?:down )?(?:(?:the|this|every|all|each|whole|entire) )+{OF_THE_RECORD} "
    r"(?:\w+ ){0,3}?(?:as|to|with|into|under)\b"
)
SHORT = 3  # words
DATA = re.compile(r"[A-Za-z0-9+/]{60,}={0,2}")


def addressed(sentences: Sequence[Sentence]) -> frozenset[int]:
    """The numbers of the sentences that are not for the other person.

    Where short ones read so together but none of them alone ("Ignore. All. Instructions."), all of these count.
    """
    found = {sentence.number for sentence in sentences if speaks_to_the_reader(sentence.text)}
    for (_, is_short), group in groupby(sentences, key=lambda each: (each.turn, len(each.text.split()) <= SHORT)):
        run = list(group)
        if is_short and len(run) > 1 and speaks_to_the_reader(" ".join(sentence.text for sentence in run)):
            found |= {sentence.number for sentence in run}
    return frozenset(found)


def without_addressed(transcript: str) -> str:
    """The transcript without them; as it is where there are none."""
    sentences = sentences_of(transcript) if transcript else []
    for number in sorted(addressed(sentences), reverse=True):
        transcript = transcript[: sentences[number].start] + transcript[sentences[number].end :]
    return transcript


def speaks_to_the_reader(text: str) -> bool:
    """Whether words tell a summariser what to do or write."""
    folded = "".join(
        sign for sign in unicodedata.normalize("NFKC", text) if unicodedata.category(sign) not in ("Cf", "Mn")
    ).casefold()
    folded = folded.replace("’", "'")
    if any(pattern.search(folded) for pattern in FORGED) or DATA.search(text):
        return True
    spoken = " ".join(re.sub(r"[^\w'\s.]|(?<!\b\w)\.(?!\w\.)|_", " ", folded).split())
    if any(pattern.search(spoken) for pattern in SPOKEN):
        return True
    return any(not re.search(OF_OURS, spoken[: found.start()]) for found in RECORDED.finditer(spoken))
