"""Whether a transcript is worth a summary: pure."""

from calls.voicemail_greetings import is_voicemail_greeting

MORE_THAN = 50  # characters


def why_not_worth_it(transcript: str) -> str:
    """The reason in words; empty when the transcript is worth it."""
    said = transcript.strip()
    if not said:
        return "The call has no transcript."
    if len(said) <= MORE_THAN:
        return f"The transcript is too short: a summary takes more than {MORE_THAN} characters."
    if is_voicemail_greeting(said):
        return "The transcript is a voicemail greeting: nobody spoke."
    return ""
