"""How a call came to its disposition: the BDR's word, what the texts show, and whose word counts."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calls.dispositions import DISPOSITIONS, SPELLINGS, disposition_from, infer, is_voicemail_greeting, wins
from integrations.ghl.call_payloads import CallStatus

CARRIER_BOX = (
    "Your call has been forwarded to an automated voice messaging system. 202-555-0143 is not available. "
    "At the tone, please record your message. When you have finished recording, you may hang up."
)
OWN_BOX = (
    "Hi, you've reached Dana Whitfield at Whitfield Roofing. I can't come to the phone right now, so leave me your "
    "name and number and I'll get back to you as soon as I can. Thanks!"
)
BOX_WITH_OUR_MESSAGE = (
    "You have reached the voicemail of Dana Whitfield. Please leave a message.\nHi Dana, this is Sam Carter. I'm "
    "calling about the search you posted. Please call me back at 202-555-0100. Thanks, talk soon."
)
TALK = (
    "Hello, this is Dana.\nHi Dana, Sam Carter from 1HR. We help firms hire litigators.\nOh, we are growing in "
    "Washington, we may need two associates next year.\nThat is good to hear. Shall I send you some numbers?\nYes, do."
)

# ---------------------------------------------------------------- spellings


@pytest.mark.parametrize("word", DISPOSITIONS)
def test_each_of_the_nine_is_itself_in_any_dress(word):
    snake = word.lower().replace(" ", "_")
    camel = word[0].lower() + word[1:].replace(" ", "")
    for spelling in (
        word,
        word.upper(),
        word.lower(),
        snake,
        snake.upper(),
        snake.replace("_", "-"),
        camel,
        f" {word} ",
    ):
        assert disposition_from(spelling) == word


@pytest.mark.parametrize(
    ("spelling", "word"),
    [
        ("no_answer", "No Answer"),
        ("Didn’t answer", "No Answer"),
        ("busy", "No Answer"),
        ("Left VM", "Voicemail"),
        ("LVM", "Voicemail"),
        ("voice-mail", "Voicemail"),
        ("Gate Keeper", "Gatekeeper"),
        ("Wrong #", "Incorrect Number"),
        ("wrong_number", "Incorrect Number"),
        ("Disconnected", "Incorrect Number"),
        ("NOT INTERESTED", "Not Interested"),
        ("callback", "Callback Requested"),
        ("Call Back", "Callback Requested"),
        ("callBackRequested", "Callback Requested"),
        ("Future", "Future Potential"),
        ("booked", "Meeting Booked"),
        ("Appointment Set!", "Meeting Booked"),
        ("DNC", "Do Not Contact"),
        ("do-not-call", "Do Not Contact"),
        ("3. Not Interested", "Not Interested"),
        ("📵 DNC", "Do Not Contact"),
    ],
)
def test_the_spellings_of_bdr_workflows_map_to_the_nine(spelling, word):
    assert disposition_from(spelling) == word


@pytest.mark.parametrize(
    "unknown",
    ["", " ", "Interested", "Follow up", "n/a", "NA", "Answered", "call", "not", "17", "no answer maybe", "✓"],
)
def test_an_unknown_word_is_not_guessed(unknown):
    assert disposition_from(unknown) is None


def test_no_spelling_stands_for_two_of_the_nine():
    assert set(SPELLINGS) == set(DISPOSITIONS)
    for word, spellings in SPELLINGS.items():
        assert {disposition_from(spelling) for spelling in spellings} == {word}


# ---------------------------------------------------------------- inference


@pytest.mark.parametrize(
    ("status", "word"),
    [
        ("No answer", "No Answer"),
        ("Missed", "No Answer"),
        ("Busy", "No Answer"),
        ("Voicemail", "Voicemail"),
        ("Failed", "Incorrect Number"),
        (CallStatus.NO_ANSWER, "No Answer"),
        ("Answered", None),
        ("completed", None),
        ("canceled", None),  # the BDR gave up: it says nothing about the other side
        ("Ringing", None),
        ("teleported", None),
        ("", None),
        (None, None),
    ],
)
def test_the_status_decides_where_nobody_was_reached(status, word):
    assert infer(status, "", "") == word


def test_a_status_that_says_nobody_was_reached_is_not_overruled_by_texts():
    assert infer("no-answer", "not interested", TALK) == "No Answer"


SAID = [
    ("Voicemail", "Left VM"),
    ("Voicemail", "went straight to voicemail, will call back tomorrow"),
    ("Voicemail", "No answer, left a message."),
    ("Voicemail", "no pickup left vm"),
    ("Voicemail", "mailbox full"),
    ("Gatekeeper", "Spoke with the receptionist, she would not put me through"),
    ("Gatekeeper", "gatekeeper blocked me"),
    ("Gatekeeper", "Talked to his assistant. Try again on Monday."),
    ("Gatekeeper", "Left a message with the front desk"),
    ("Gatekeeper", "Mr. Reed is out. Can I take a message?"),
    ("Incorrect Number", "Wrong number"),
    ("Incorrect Number", "no, not interested wrong number"),
    ("Incorrect Number", "No. Wrong number."),
    ("Incorrect Number", "You have the wrong number, there is no Dana here."),
    ("Incorrect Number", "The number you have dialed is not in service."),
    ("Incorrect Number", "We're sorry, the number you have reached has been disconnected or is no longer in service."),
    ("Incorrect Number", "Your call cannot be completed as dialed."),
    ("Do Not Contact", "Please take me off your list"),
    ("Do Not Contact", "Stop calling me!"),
    ("Do Not Contact", "Could you take us off your list?"),
    ("Do Not Contact", "asked to be removed, add to DNC"),
    ("Do Not Contact", "Don't call here again."),
    ("Do Not Contact", "do not call"),
    ("Do Not Contact", "I'm not interested, stop calling."),
    ("Do Not Contact", "im not interested stop calling"),
    ("Not Interested", "We're not interested."),
    ("Not Interested", "look I'm not I'm not interested"),
    ("Not Interested", "No, thanks."),
    ("Not Interested", "Thanks, but no thanks."),
    ("Not Interested", "no thank you we have a recruiter"),
    ("Not Interested", "He isn't really interested at this point"),
    ("Callback Requested", "Can you call me back on Tuesday?"),
    ("Callback Requested", "asked for a callback next quarter"),
    ("Callback Requested", "I'm driving, try again later"),
    ("Callback Requested", "busy, call later"),
    ("Callback Requested", "Give me a call next week."),
    ("Callback Requested", "If you could call back after lunch, that would be great"),
    ("Meeting Booked", "Meeting booked for Thursday 2pm"),
    ("Meeting Booked", "booked a call with Dana"),
    ("Meeting Booked", "Set up a meeting for Tuesday"),
    ("Meeting Booked", "Thursday at 2pm works for me."),
    ("Meeting Booked", "How about Tuesday at 10?\nYes, perfect."),
    ("Meeting Booked", "Great, I'll send you a calendar invite and talk to you on Monday."),
    ("Meeting Booked", "Let's do Friday at 3."),
    ("Meeting Booked", "Perfect, I have you down for Tuesday at 11 am."),
    ("Meeting Booked", "Sure, put it on my calendar."),
    ("Meeting Booked", "He agreed to meet next Tuesday"),
    ("Meeting Booked", "scheduled an intro call later this week"),
    ("Future Potential", "Good chat, they are growing and may need help next year"),
    ("Future Potential", "interested"),
]


SAID += [  # one for each further way to say it
    ("Voicemail", "answering machine"),
    ("Gatekeeper", "his secretary picked up"),
    ("Incorrect Number", "bad number"),
    ("Incorrect Number", "that is not the right number"),
    ("Incorrect Number", "the number is invalid"),
    ("Incorrect Number", "nobody here by that name"),
    ("Do Not Contact", "take my name off, please"),
    ("Do Not Contact", "remove us from all your mailing lists"),
    ("Do Not Contact", "she wants to be removed"),
    ("Do Not Contact", "lose my number"),
    ("Do Not Contact", "put me on your do not call list"),
    ("Do Not Contact", "do not contact this firm"),
    ("Do Not Contact", "DNC"),
    ("Do Not Contact", "unsubscribe"),
    ("Do Not Contact", "opted out"),
    ("Not Interested", "there is zero interest"),
    ("Not Interested", "we don't have any interest in that"),
    ("Callback Requested", "please ring back"),
    ("Callback Requested", "call us in two weeks"),
    ("Meeting Booked", "meeting is set"),
    ("Meeting Booked", "booked him for Tuesday"),
    ("Meeting Booked", "sent the invite"),
    ("Meeting Booked", "Talk to you tomorrow"),
    ("Meeting Booked", "looking forward to our call"),
]


@pytest.mark.parametrize(("word", "text"), SAID)
def test_notes_of_a_call_that_was_picked_up_are_read(word, text):
    assert infer("Answered", text, "") == word


@pytest.mark.parametrize(("word", "text"), [said for said in SAID if said[0] not in ("Voicemail", "Future Potential")])
def test_so_is_its_transcript(word, text):
    assert infer("completed", "", text) == word


@pytest.mark.parametrize(
    ("not_this", "text"),
    [
        ("Gatekeeper", "Spoke to Dana directly, no gatekeeper, she runs hiring"),
        ("Gatekeeper", "got past the receptionist and had a good talk with Dana"),
        ("Gatekeeper", "They are looking for an assistant general counsel in Q3"),
        ("Gatekeeper", "My assistant will send you the details, we do want to hire"),
        ("Incorrect Number", "Is this the wrong number?\nNo, this is Dana, go ahead."),
        ("Incorrect Number", "It's not the wrong number, this is Dana speaking."),
        ("Incorrect Number", "Sorry, we got disconnected. As I said, we may hire next year."),
        ("Incorrect Number", "The line is not disconnected, it only takes them long to pick up."),
        ("Incorrect Number", "If disconnected use the main line, they may hire next year."),
        ("Incorrect Number", "Were you disconnected? No, I am still here and we may hire."),
        ("Do Not Contact", "They never call back."),
        ("Do Not Contact", "He did not ask to be removed, they may hire next year."),
        ("Do Not Contact", "If you want me to stop calling, just say so. No, it is fine, we may hire."),
        ("Do Not Contact", "No, don't take me off the list, I like the updates."),
        ("Do Not Contact", "Hold on, let me take you off speaker. So, we may hire next year."),
        ("Do Not Contact", "I don't call people on the weekend."),
        ("Do Not Contact", "Don't call me before ten, I am at the gym until then."),
        ("Not Interested", "It's not that I'm not interested, the timing is hard this year."),
        ("Not Interested", "Are you not interested? I am, but not this year, we hire in spring."),
        ("Not Interested", "If you're not interested I understand. I am, send me the numbers."),
        ("Not Interested", "Thank you so much, Dana.\nNo, thank you!"),
        ("Callback Requested", "no call back needed, they will write to us"),
        ("Meeting Booked", "We couldn't agree on a time, no meeting booked, but they may hire"),
        ("Meeting Booked", "I'd love to set up a meeting on the phone with your team some day."),
        ("Meeting Booked", "I want to get a meeting booked some day with your team"),
        ("Meeting Booked", "never set up a meeting for Tuesday as he was out"),
        ("Meeting Booked", "I won't see you on Monday, but we may hire next year"),
        ("Meeting Booked", "Thursday doesn't work, and I have nothing else to offer you really."),
        ("Voicemail", "rang out, did not leave a vm"),
        ("Voicemail", "Dana returned my voicemail, they may hire next year"),
    ],
)
def test_a_phrase_that_is_denied_asked_or_about_something_else_does_not_count(not_this, text):
    assert infer("completed", text, "") != not_this
    assert infer("completed", "", text) != not_this


def test_one_who_asks_to_be_left_alone_if_need_be_twice_is_heard():
    assert infer("completed", "", "If you don't take me off your list I will report you.") == "Do Not Contact"


def test_earlier_signs_count_before_later_ones():
    text = "I'm not interested, and take me off your list, but call back if this is the wrong number"
    assert infer("completed", text, "") == "Do Not Contact"
    assert infer("completed", f"receptionist: {text}", "") == "Gatekeeper"


def test_a_voicemail_greeting_counts_before_the_notes_and_the_notes_before_the_talk():
    assert infer("completed", "call back tomorrow", OWN_BOX) == "Voicemail"
    assert infer("completed", "Meeting booked for Thursday", f"{TALK} I told the receptionist.") == "Meeting Booked"
    assert infer("completed", "Spoke with Dana", "We're not interested.") == "Not Interested"


def test_another_real_conversation_has_future_potential():
    assert infer("completed", "", TALK) == "Future Potential"
    assert infer(None, "", TALK) == "Future Potential"


@pytest.mark.parametrize(
    ("notes", "transcript"),
    [
        ("", ""),
        ("  ", "\n"),
        ("", "Hello? Hello? Can you hear me? Hello?"),
        ("hung up on me right away", ""),
        (
            "",
            "Thank you for calling Reed and Partners. For litigation press 1, for billing press 2, to repeat press 9.",
        ),
        ("ok", "Hello."),
    ],
)
def test_without_anything_to_go_on_there_is_no_disposition(notes, transcript):
    assert infer("completed", notes, transcript) is None


# ---------------------------------------------------------------- voicemail greetings


@pytest.mark.parametrize(
    "text",
    [
        CARRIER_BOX,
        OWN_BOX,
        BOX_WITH_OUR_MESSAGE,
        "Please leave your message after the beep.",
        "you have reached john smith please leave a detailed message and i'll return your call",
        "Hi, it's Dana, leave a message.",
        "The person you are trying to reach is not available.",
        "The wireless customer you are calling is unavailable. Please try again later.",
        "The mailbox is full and cannot accept any messages at this time. Goodbye.",
        "This voicemail has not been set up yet.",
        "You've reached Dana. I'm not available right now.",
        "Dana Whitfield has a voice mailbox that has not been set up yet.",
        "The voicemail box of 2 0 2 5 5 5 0 1 4 3 is full.",
        "This is Anna, I am in a meeting. Kindly leave your details and I will return your call shortly.",
        "I'm away from my desk. Please leave your name and number.",
        "Thanks for calling Reed. If you know your party's extension, dial it now. For billing press 2. Dana Reed is "
        "unavailable. To leave a message, press 1 or feel free to leave word with the operator.",
        "Ha llamado a Dana. Deje su mensaje después del tono.",
        "YOU’VE REACHED DANA. I CAN’T TAKE YOUR CALL RIGHT NOW.",
    ],
)
def test_a_voicemail_box_is_recognised(text):
    assert is_voicemail_greeting(text)
    assert infer("completed", "", text) == "Voicemail"


@pytest.mark.parametrize(
    "text",
    [
        "",
        TALK,
        "Hi Dana, I left you a voicemail yesterday.\nYes, I got it, tell me more.",
        "He is out today. Would you like to leave a message?\nNo, I will try again.",
        "I don't have a voicemail of yours, sorry.",
        "Can I leave a message for him?\nSure, go ahead.",
        "You've reached the right person, I do the hiring here.",
        "Dana is not available right now, can I help you?",
        "I couldn't come to the phone earlier, sorry. What is it about?",
        f"{TALK} " * 5 + "Just drop me a note or leave a message after the tone when I am out.",
    ],
)
def test_people_who_speak_about_messages_are_no_voicemail_box(text):
    assert not is_voicemail_greeting(text)


# ---------------------------------------------------------------- whose word counts


@pytest.mark.parametrize(
    ("new", "old", "replaces"),
    [
        ("bdr", "ai", True), ("bdr", "inferred", True), ("bdr", "bdr", True), ("bdr", None, True),
        ("ai", "bdr", False), ("ai", "ai", True), ("ai", "inferred", True), ("ai", None, True),
        ("inferred", "bdr", False), ("inferred", "ai", False), ("inferred", "inferred", True), ("inferred", None, True),
        (None, "bdr", False), (None, "inferred", False), (None, None, False), ("", "", False),
        ("rumour", None, False), ("rumour", "inferred", False), ("inferred", "rumour", True),
    ],
)  # fmt: skip
def test_a_weaker_source_never_replaces_a_stronger_one(new, old, replaces):
    assert wins(new, old) is replaces


# ---------------------------------------------------------------- any text at all

PIECES = st.sampled_from(
    [text for _, text in SAID]
    + [CARRIER_BOX, OWN_BOX, TALK, "if", "not", "no", "?", ".", "\n", "’", "\x00", "ß", "take"]
)
TEXTS = st.lists(st.text(max_size=30) | PIECES, max_size=12).map(" ".join)


@settings(deadline=None)
@given(status=st.text(max_size=15) | st.sampled_from([*CallStatus, None]), notes=TEXTS, transcript=TEXTS)
def test_any_text_gets_one_of_the_nine_or_none(status, notes, transcript):
    assert infer(status, notes, transcript) in (*DISPOSITIONS, None)
    assert disposition_from(notes) in (*DISPOSITIONS, None)
