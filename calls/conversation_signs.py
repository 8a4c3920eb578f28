"""What a call's notes and transcript show about how it went.

Recognising by phrase is rough by nature, and a reading by the AI or the BDR's own choice overrules it. So a phrase is
listed only where it rarely means anything else: where two readings are possible, none is better than a wrong one.
"""

from collections.abc import Sequence
from enum import StrEnum

from calls.phrases import DENIED, IN_CASE, UP_TO_3, Phrase, phrase, plain, words_in
from calls.voicemail_greetings import is_voicemail_greeting

CONVERSATION_WORDS = 10  # different ones; "Hello? Hello? Can you hear me?" has five
MENU_WITHIN = 80  # words: a text with a phone menu that is shorter holds nothing but the menu
NOTE_WORDS = 3

DAY = r"(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day|tomorrow)"
TIME = rf"(?:{DAY}|\d{{1,2}}(?::\d\d)? ?(?:am|pm|a\.m|p\.m|o'clock)|noon)"
THEM = r"(?:me|us|him|her|them|you)"
APPOINTMENT = r"(?:meeting|mtg|appointment|appt|demo|intro|interview|zoom|consultation|discovery call|call)"
DOUBLY_DENIED = rf"\b(?:not (?:that|saying|because)|\w+n't (?:say|saying|said|mean|that)|never said) {UP_TO_3}"


class Sign(StrEnum):
    VOICEMAIL = "voicemail"
    GATEKEEPER = "gatekeeper"
    WRONG_NUMBER = "wrong number"
    STOP = "stop"
    NO_INTEREST = "no interest"
    CALL_AGAIN = "call again"
    MEETING = "meeting"


SIGNS: Sequence[tuple[Sign, Phrase]] = (  # in the order in which they count
    (
        Sign.GATEKEEPER,
        phrase(
            r"gate ?keepers?\b",
            r"receptionist\b",
            r"front desk\b",
            r"secretary\b",
            r"take a message\b",
            # Not the titles that the firm recruits for.
            r"assistant\b(?! (?:general|counsel|professor|vice|director|manager|attorney|roles?|positions?|jobs?))",
            unless_after=[
                DENIED,
                r"\b(?:my|our|your|legal|virtual|ai) ",  # the person's own assistant: they spoke themselves
                r"\b(?:past|around|through|bypassed|hiring|hire) (?:the |a |an |his |her |their )?",
            ],
        ),
    ),
    (
        Sign.WRONG_NUMBER,
        phrase(
            r"wrong (?:number\b|#)",
            r"(?:incorrect|bad|invalid|dead) (?:phone )?number\b",
            r"not (?:the|a) (?:right|working|valid) number\b",
            r"number (?:is|was) (?:wrong|incorrect|invalid|bad)\b",
            r"(?:not|no longer|out of|isn't) (?:currently )?(?:in )?service\b",
            r"cannot be completed as dialed\b",
            r"(?:no one|noone|nobody) (?:is )?(?:here )?(?:by|with) that name\b",
            unless_after=[DENIED, IN_CASE],
            counts_as_question=False,
        ),
    ),
    (
        Sign.WRONG_NUMBER,
        phrase(
            r"disconnected\b",
            # "We got disconnected": the call was cut off, the number is right.
            unless_after=[DENIED, IN_CASE, r"\b(?:we|us|i|got|get|gets|getting|call) (?:[\w']+ ){0,2}"],
            counts_as_question=False,
        ),
    ),
    (
        Sign.STOP,
        phrase(
            rf"(?:take|taking) (?:{THEM}|my (?:name|number)|this number|this) off\b"
            r"(?! (?:hold|speaker|mute|guard|work))",
            r"(?:taken|removed|remove|take) (?:me |us |him |her |them |my (?:name |number )|this number )*"
            r"(?:from|off) (?:\w+ ){0,3}lists?\b",
            r"(?:be|been) removed\b",
            r"(?:stop|quit) (?:calling|phoning|contacting|bothering)\b",
            r"lose (?:my|this) number\b",
            r"do not (?:call|contact) list\b",
            r"do not contact\b",
            r"dnc\b",
            r"unsubscribe\b",
            r"opt(?:ed)? out\b",
            unless_after=[
                rf"\b(?:not(?! interested)|never|didn't|doesn't|wasn't) {UP_TO_3}",
                r"(?<!if you )\bdon't (?:[\w']+ )?",
                rf"\bif (?:you|you'd|they) (?:want|need|like|would|prefer) {UP_TO_3}",
            ],
        ),
    ),
    (
        Sign.STOP,
        phrase(
            r"(?:do not|don't|dont|never) (?:ever )?(?:call|contact|phone|ring)"
            r"(?: (?:me|us|here|him|her|this number|back|again|anymore|ever))*(?= ?(?:[.,!|]|$|please|and|or))",
            unless_after=[r"\b(?:i|we|they|you|he|she|who|that|normally|usually) "],
        ),
    ),
    (
        Sign.NO_INTEREST,
        phrase(
            r"(?:not|isn't|aren't|ain't|wasn't|weren't) (?:really |at all |all that |very |currently |even )?"
            r"interested\b",
            r"(?:no|zero) interest\b",
            r"don't have (?:any|much) interest\b",
            unless_after=[DOUBLY_DENIED, IN_CASE],
            counts_as_question=False,
        ),
    ),
    (
        Sign.NO_INTEREST,
        phrase(
            r"no,? (?:thanks|thank you)\b(?! (?:for|so|to))",
            # "Thank you!" "No, thank you!" is a farewell
            unless_after=[r"\bthank(?:s| you)\b[^.!?|]{0,30}[.!|][ |]*(?:\w+: )?"],
        ),
    ),
    (
        Sign.CALL_AGAIN,
        phrase(
            r"call[ -]?backs?\b",
            r"(?:call|try)(?: back| again| later)\b",
            r"ring back\b",
            rf"(?:call|ring|phone|try) {THEM} (?:back|again|later|next|on|after|around|{DAY})\b",
            rf"(?:call|ring|phone|try) {THEM} in (?:a|an|the|\w+ (?:hours?|days?|weeks?|months?))\b",
            rf"(?:give|giving) {THEM} a (?:call|ring) (?:back|later|next|{DAY})\b",
            unless_after=[
                rf"\b(?:no|not|never|cannot|\w+n't) {UP_TO_3}",
                # "a call later today" is an appointment
                r"\b(?:the|our|quick|short|brief|scheduled|video|zoom|phone|intro|discovery) ",
            ],
        ),
    ),
    (
        Sign.MEETING,
        phrase(
            rf"{APPOINTMENT} (?:is |was |has been |got |all )?(?:booked|scheduled|set|confirmed|agreed)\b",
            rf"(?:booked|scheduled|confirmed|arranged|agreed (?:on|to|upon)) {UP_TO_3}(?:{APPOINTMENT}|time|slot)\b",
            rf"(?:booked|scheduled|confirmed|set) (?:him |her |them |in |it )?(?:for|on) {UP_TO_3}{TIME}",
            r"(?:sent|sending|send|got|accepted) (?:you |over |me |him |her |out )?(?:a |an |the |your )?"
            r"(?:calendar |meeting |zoom )?invite\b",
            unless_after=[DENIED, rf"\b(?:if|to|can|could|would) {UP_TO_3}"],
        ),
    ),
    (
        Sign.MEETING,
        phrase(
            rf"set (?:up )?(?:a |an |the |our )?(?:\w+ )?{APPOINTMENT} (?:for|on|at)\b",
            unless_after=[DENIED, rf"\b(?:i|we|if|to|can|could|would|should|let's|want|trying) {UP_TO_3}"],
        ),
    ),
    (
        Sign.MEETING,
        phrase(
            rf"(?:see|talk to|speak to|speak with|meet) you (?:on |at |then )?(?:next )?{TIME}",
            rf"(?:agreed to|let us) meet (?:\w+ ){{0,2}}{TIME}",
            rf"have you down for (?:\w+ ){{0,2}}{TIME}",
            r"looking forward to (?:our|the) (?:meeting|call|conversation)\b",
            r"put (?:it|that|me|you|us) (?:on|in) (?:my|the|your) calendar\b",
            rf"let's (?:do|say|plan on|meet|make it) (?:it )?(?:on |at |for |next )?{TIME}",
            rf"{TIME}[^.!?|]{{0,40}} (?:works\b|sounds (?:good|great|perfect)|is (?:good|fine|great|perfect)\b)",
            rf"{TIME}[^.!?|]{{0,30}}\?[ |]{{1,3}}(?:[\w':]+,? ){{0,4}}"
            r"(?:yes|yeah|yep|sure|okay|ok|perfect|great|that works|works for me|sounds good)\b",
            unless_after=[DENIED],
        ),
    ),
)

IN_NOTES_VOICEMAIL = phrase(
    r"l?vms?\b",
    r"voice ?mails?\b",
    r"answering machine\b",
    r"left (?:a |him a |her a |them a )?(?:detailed |short |brief )?(?:message|msg)\b"
    r"(?! with| at (?:the )?(?:front|reception))",
    r"mail ?box (?:is |was )?full\b",
    # "Called back after my voicemail" was a talk.
    unless_after=[
        r"\b(?:no|not|\w+n't|without) (?:leave |left |leaving |reach )?(?:a |any )?",
        rf"\b(?:my|our|your|received|heard|returning|returned|previous|last) {UP_TO_3}",
    ],
)
NO_TALK = phrase(r"hung up\b", r"hang up\b", r"dead air\b", r"(?:no one|nobody) spoke\b", r"dropped\b", r"cut off\b")
TALK = phrase(r"spoke\b", r"talked\b", r"conversation\b", r"chat(?:ted)?\b", r"discussed\b", r"interested\b")
MENU = phrase(
    r"press (?:\d|one|two|three|zero|star|pound)\b", r"party's extension\b", r"para español\b", r"menu options\b"
)


def sign_in_notes(notes: str) -> Sign | None:
    """The first sign, in the order of SIGNS, that a BDR's notes hold; voicemail before all."""
    text = plain(notes)
    if IN_NOTES_VOICEMAIL.is_in(text) or is_voicemail_greeting(notes):
        return Sign.VOICEMAIL
    return _first_sign(text)


def sign_in_transcript(transcript: str) -> Sign | None:
    """The first sign, in the order of SIGNS, that a transcript holds, whoever said it; voicemail before all."""
    return Sign.VOICEMAIL if is_voicemail_greeting(transcript) else _first_sign(plain(transcript))


def is_conversation(transcript: str) -> bool:
    """Whether people talked with each other: not a menu, not "Hello? Hello?"."""
    text = plain(transcript)
    words = words_in(text)
    if len(set(words)) < CONVERSATION_WORDS:
        return False
    return len(words) >= MENU_WITHIN or not MENU.is_in(text)


def notes_tell_of_a_conversation(notes: str) -> bool:
    text = plain(notes)
    if NO_TALK.is_in(text):
        return False
    return len(words_in(text)) >= NOTE_WORDS or TALK.is_in(text)


def _first_sign(text: str) -> Sign | None:
    return next((sign for sign, said in SIGNS if said.is_in(text)), None)
