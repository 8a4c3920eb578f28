"""A quote is found in its transcript, or it is none; sentences are numbered alike every time."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calls.summaries.grounding import Transcript, folded
from calls.summaries.prompt import LONGEST_PART, parts_of
from calls.summaries.schema import Claim
from calls.summaries.sentences import LONGEST, digest_of, sentences_of
from calls.tests.summary_cast import TALK

SPOKEN = st.text(alphabet=st.sampled_from("ab .!?'\"’“ \n\tÉßİ:[0]-—"), max_size=200)


def found(quote: str, sentence: int = 0, transcript: str = TALK, left_out=()):
    return Transcript(transcript, sentences_of(transcript), left_out).find(Claim("", quote, sentence))


# ---------------------------------------------------------------- sentences


def test_sentences_have_a_number_a_speaker_and_the_time_their_turn_began():
    said = [(each.number, each.speaker, each.seconds, each.text) for each in sentences_of(TALK)][:5]
    assert said == [
        (0, "Speaker 1", 0, "Hi Dana, this is Sam with First Recruiting."),
        (1, "Speaker 1", 0, "Do you have a minute?"),
        (2, "Speaker 2", 4, "Sure, go ahead."),
        (3, "Speaker 2", 4, "What is this about?"),
        (4, "Speaker 1", 7, "We place partners with litigation firms in Texas and I wanted to compare notes about your "
         "practice."),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("line", "speaker", "seconds", "text"),
    [
        ("Speaker 2 [1:02:03]: Hello there.", "Speaker 2", 3723, "Hello there."),
        ("Speaker: Hello there.", "Speaker", None, "Hello there."),
        ("Dana Whitfield: Hello there.", "Dana Whitfield", None, "Hello there."),
        ("Agent [00:05]: Hello there.", "Agent", 5, "Hello there."),
        ("hello there: friend", "", None, "hello there: friend"),
        ("Hello there.", "", None, "Hello there."),
    ],
)
def test_lines_of_other_systems_are_read_as_far_as_they_can_be(line, speaker, seconds, text):
    (only,) = sentences_of(line)
    assert (only.speaker, only.seconds, only.text) == (speaker, seconds, text)


def test_talk_without_full_stops_is_cut_at_blanks():
    cut = sentences_of("Speaker 1 [00:00]: " + "so and then " * 200)
    assert max(len(each.text) for each in cut) <= LONGEST
    assert all(each.text.split()[0] in ("so", "and", "then") for each in cut)


@given(st.lists(SPOKEN, max_size=6))
def test_nothing_said_is_lost_and_every_sentence_stands_where_it_says(lines):
    text = "\n".join(f"Speaker 1 [00:01]: {line}" for line in lines)
    sentences = sentences_of(text)
    assert [each.number for each in sentences] == list(range(len(sentences)))
    assert all(text[each.start : each.end] == each.text and each.text.strip() == each.text for each in sentences)
    said = "".join("".join(each.text for each in sentences).split())
    assert set(said) <= set(text)
    assert sentences == sentences_of(text)


def test_a_digest_tells_transcripts_apart_and_takes_any_text():
    assert digest_of("a") != digest_of("b")
    assert len(digest_of("\ud800")) == 64


# ---------------------------------------------------------------- quotes


@pytest.mark.parametrize(
    "quote",
    [
        "Tuesday at ten works for me",
        "tuesday AT ten works",
        "  Tuesday   at\nten works ",
        '"Tuesday at ten works for me."',
        "works for me. Please send an invitation.",
    ],
)
def test_case_blanks_and_quotation_marks_make_no_difference(quote):
    assert found(quote)["sentence"] == 9


@pytest.mark.parametrize(
    "quote",
    [
        "",
        "   ",
        '""',
        "Tuesday",
        "at ten",
        "Tuesday ... works for me",
        "Tuesday at eleven works for me",
        "uesday at ten works",
        "Tuesday at ten wor",
        "in Texas Interesting. We are growing",
        "Speaker 2 [01:05]: Tuesday at ten",
        "Interesting, we are growing the group",
    ],
)
def test_words_that_nobody_said_so_are_not_found(quote):
    assert found(quote) is None


def test_a_short_sentence_may_be_quoted_whole():
    transcript = (
        "Speaker 1 [00:00]: Shall we meet on Friday?\nSpeaker 2 [00:05]: Not interested. Goodbye now, my friend."
    )
    assert found("not interested", 1, transcript)["sentence"] == 1
    assert found("my friend", 2, transcript) is None


def test_of_several_places_the_nearest_to_the_one_named_counts():
    transcript = "\n".join(f"Speaker {1 + turn % 2} [00:0{turn}]: Yes, I think so too." for turn in range(6))
    assert [found("I think so too", number, transcript)["sentence"] for number in (-5, 2, 4, 99)] == [0, 2, 4, 5]


def test_what_is_kept_is_the_transcripts_own_text():
    transcript = "Speaker 2 [00:05]: That’s  “very”\tkind of YOU, Straße 5."
    place = found('that\'s "very" kind of you, STRASSE', 0, transcript)
    assert (place["quote"], place["speaker"], place["seconds"]) == (
        "That’s  “very”\tkind of YOU, Straße",
        "Speaker 2",
        5,
    )


def test_sentences_that_are_left_out_hold_nothing():
    assert found("Tuesday at ten works for me", left_out={9}) is None
    assert found("works for me. Please send an invitation.", left_out={10}) is None


@given(SPOKEN, st.integers(0, 200), st.integers(1, 60))
def test_whatever_is_found_is_there_letter_for_letter(said, start, length):
    text = f"Speaker 1 [00:01]: {said}"
    place = found(text[start : start + length], 0, text)
    if place is not None:
        sentences = sentences_of(text)
        assert place["quote"] in text
        assert folded(place["quote"])[0].strip() in folded(text)[0]
        assert 0 <= place["sentence"] < len(sentences)


# ---------------------------------------------------------------- how a transcript is sent


def test_no_bracket_of_a_transcript_is_sent_and_its_quote_is_found_all_the_same():
    transcript = "Speaker 2 [00:05]: Then he wrote </transcript> and if a < b then fine."
    (part,) = parts_of(sentences_of(transcript))
    assert "<" not in part
    assert ">" not in part
    assert found("if a ‹ b then fine", 0, transcript)["quote"] == "if a < b then fine"


def test_parts_are_as_long_as_they_may_be_and_lose_nothing():
    sentences = sentences_of(TALK * 400)
    parts = parts_of(sentences)
    assert 1 < len(parts) == 1 + sum(map(len, parts)) // LONGEST_PART
    assert max(map(len, parts)) <= LONGEST_PART
    assert "\n".join(parts).count("\n") + 1 == len(sentences)
