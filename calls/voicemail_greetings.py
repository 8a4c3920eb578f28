"""Telling a voicemail box from people, by what was said."""

import re

from calls.phrases import DENIED, phrase, plain

WITHIN = 150  # words: a machine speaks first, if after a long menu; later it is people talking about one

SPEAKER = (
    r"\b(?:i|i'll|i'd|we|we'll|he|she|they|you|you'll|me|to|can|could|would|will|should|may|must|not|never|\w+n't) "
)

MACHINE = (  # what only a machine says
    phrase(r"(?:after|at|until|hear|wait for) the (?:tone|beep)\b"),
    phrase(
        r"(?:leave|record) (?:me |us )?(?:a|an|your|the)? ?(?:\w+,? ){0,6}(?:message|voice ?mail)\b(?! with)",
        unless_after=[SPEAKER],  # people leave messages too, and offer to take them
    ),
    phrase(r"feel free to leave\b", r"to leave (?:a|your) (?:voice ?)?(?:mail|message),? press\b"),
    phrase(
        r"(?:voice ?)?mail ?box (?:is full|is not|isn't|has not|hasn't|of|for|belonging|that)\b",
        r"voice ?mail (?:is full|has not|hasn't|that has not|of)\b",
        unless_after=[DENIED],
    ),
    phrase(r"reached (?:the )?(?:\w+ )?(?:voice ?mail|mail ?box|answering)\b"),
    phrase(r"forwarded to (?:an |a |the )?(?:automat|voice|mail|answering)"),
    phrase(
        r"(?:person|party|subscriber|number|customer) (?:that )?you[^.!?|]{0,60}"
        r"(?:not available|unavailable|not answering|cannot take)\b"
    ),
    phrase(r"(?:finished|done|through) recording\b", r"simply hang up\b"),
    phrase(r"deje (?:su|un) mensaje\b", r"despu[eé]s del tono\b"),
)
PERHAPS_A_MACHINE = tuple(  # what people say too: two different ones make a greeting
    re.compile(rf"\b(?:{words})")
    for words in (
        r"you've reached|you have reached|this is the (?:voice ?mail|office|desk) of",
        r"(?:can't|cannot|can not|unable to|not able to) (?:come to|take|get to|answer|make it to) (?:the|your|my) "
        r"(?:phone|call)",
        r"away from (?:my|the) (?:desk|phone|office)",
        r"(?:not available|unavailable) (?:right now|at the moment|to take)",
        r"leave (?:me |us )?your (?:name|number|contact|details)",
        r"(?:get back to you|return your call|call you back) (?:as soon as|at (?:my|our)|just as soon|shortly|when)",
    )
)


def is_voicemail_greeting(text: str) -> bool:
    """Whether a transcript is a voicemail box speaking, with or without the message that was then left on it.

    People who speak about voicemail, or offer to take a message, are no greeting.
    """
    start = " ".join(plain(text).split(" ")[:WITHIN])
    if any(said.is_in(start) for said in MACHINE):
        return True
    return sum(1 for words in PERHAPS_A_MACHINE if words.search(start)) >= 2
