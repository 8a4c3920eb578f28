"""What becomes of a person after each answer: the state machine of a push, pure.

    waiting ──▶ sending ──▶ done                    created, or adopted
       ▲           │  └───▶ conflict                a person must look
       │           │  └───▶ refused, failed         for good, or for this run
       └───────────┘                                again, after a wait; looked up first if GHL may have acted

The one rule that everything rests on: GHL knows no idempotency key, so nothing is sent again while a request may have
been acted upon. That is the case for every row with a `sent_at` (see OutboundPerson) that is not done. Such a row
waits until GHL's search, which lags about ten seconds behind its writes, must show what was made, and is then looked
up; only when nobody is found may it be sent. The wait is the row's `next_try_at`: nobody sleeps for it.

Tries are counted, and come to an end. The death of a worker is nobody's fault, so it is not counted as a try of those
that it held.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from integrations.ghl.payloads import ContactRecord
from prospects.models import OutboundPerson
from prospects.outbound.reasons import Reason

State, Result = OutboundPerson.State, OutboundPerson.Result
Changes = dict[str, Any]

TRIES_IN_A_RUN = 4  # with waits of one, two and four times the search's lag between them: 15 s, 30 s, a minute
MOST_TRIES = 3 * TRIES_IN_A_RUN  # then only a person's “try again”, or a change of the person, begins anew
REFUSALS = (Reason.REFUSED, Reason.REFUSED_EMAIL, Reason.REFUSED_PHONE)
NOT_ALLOWED = (Reason.DO_NOT_CONTACT, Reason.DO_NOT_CALL, Reason.NOTHING_TO_REACH_BY)


# ---------------------------------------------------------------- what GHL said


@dataclass(frozen=True, slots=True)
class Created:
    """GHL made the contact and said so."""

    contact: ContactRecord


@dataclass(frozen=True, slots=True)
class IsThere:
    """GHL would not make it, since it has this contact; None: it did not say which, or has it no longer."""

    contact: ContactRecord | None
    words: str


@dataclass(frozen=True, slots=True)
class LookedUp:
    """Who in GHL has this e-mail or phone, as read one by one."""

    contacts: tuple[ContactRecord, ...]


@dataclass(frozen=True, slots=True)
class Trouble:
    """It did not work. `may_be_done`: GHL may have made the contact all the same.

    `is_refusal`: GHL found fault with what was sent. `ends_run`: no other person would fare better; unless others do:
    then `if_alone`, where it is not empty, says what it means for this person.
    """

    reason: Reason
    words: str
    may_be_done: bool
    is_refusal: bool = False
    ends_run: bool = False
    if_alone: str = ""


Answer = Created | IsThere | LookedUp | Trouble


# ---------------------------------------------------------------- what becomes of the row


def taken_up(worker: str, now: datetime, until: datetime) -> Changes:
    """Claimed by a worker; `attempts` is the caller's to count."""
    return {"claimed_by": worker, "claimed_until": until, "updated_at": now}


def about_to_be_sent(now: datetime) -> Changes:
    """To be committed before the request leaves."""
    return {"state": State.SENDING, "sent_at": now, "updated_at": now}


def done(result: OutboundPerson.Result, now: datetime) -> Changes:
    return {**_settled(State.DONE, now), "result": result, "reason": "", "error": ""}


def in_conflict(reason: Reason, words: str, now: datetime) -> Changes:
    return {**_settled(State.CONFLICT, now), "reason": reason, "error": words}


def not_allowed(reason: Reason, now: datetime) -> Changes:
    """Not to be pushed as they are now. Whether GHL may have them already stays noted."""
    return {**_settled(State.REFUSED, now), "reason": reason, "error": f"{reason.label}."}


def after_trouble(trouble: Trouble, *, attempts: int, settle: timedelta, now: datetime) -> Changes:
    """Tried again after a wait, or failed for this run. `settle`: how long GHL's search takes to show what was made."""
    noted: Changes = {"reason": trouble.reason, "error": trouble.words}
    if not trouble.may_be_done:
        noted["sent_at"] = None
    if trouble.ends_run:
        return {**noted, **_waiting(now, now), "attempts": max(0, attempts - 1)}
    if trouble.is_refusal:  # it stands once a look shows that nobody was made all the same
        if not trouble.may_be_done:
            return was_refused(trouble.reason, trouble.words, now)
        return {**noted, **_waiting(now, now + settle)}
    tries = attempts % TRIES_IN_A_RUN
    if tries == 0:
        return {**noted, **_settled(State.FAILED, now), "error": _given_up(trouble.words, attempts)}
    return {**noted, **_waiting(now, now + settle * 2 ** (tries - 1))}


def was_refused(reason: Reason, words: str, now: datetime) -> Changes:
    """Refused, and GHL has nobody: it certainly did nothing, or they were looked up since. So the refusal stands."""
    return {**_settled(State.REFUSED, now), "sent_at": None, "reason": reason, "error": words}


def given_back(now: datetime) -> Changes:
    """The worker stops before it began with the row."""
    return _waiting(now, now)


def left_by_the_dead(now: datetime, settle: timedelta) -> Changes:
    """Its worker died. If it was being sent, GHL may be at it still: it is looked up once that must show."""
    return _waiting(now, now + settle)


def begun_anew(now: datetime) -> Changes:
    """As for the first time, but for `sent_at`: whoever may be in GHL is looked up first even now."""
    return {**_waiting(now, now), "result": "", "attempts": 0, "reason": "", "error": "", "settled_at": None}


def is_held_to_be_refused(reason: str) -> bool:
    return reason in REFUSALS


def _waiting(now: datetime, until: datetime) -> Changes:
    return {
        "state": State.WAITING, "claimed_by": "", "claimed_until": None, "next_try_at": until, "updated_at": now,
    }  # fmt: skip


def _settled(state: OutboundPerson.State, now: datetime) -> Changes:
    return {"state": state, "claimed_by": "", "claimed_until": None, "settled_at": now, "updated_at": now}


def _given_up(words: str, attempts: int) -> str:
    if attempts >= MOST_TRIES:
        return f"{words} Given up after {attempts} tries; “try again” begins anew."
    return f"{words} Tried {attempts} times; the next push tries again."
