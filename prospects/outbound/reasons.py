"""Why a person is not in GHL: short words to count by. The whole story is in the row's own `error`."""

from django.db.models import TextChoices


class Reason(TextChoices):
    """Kept in `OutboundPerson.reason`; the labels are for pages and for a run's counts."""

    # Who may not be pushed.
    DO_NOT_CONTACT = "do_not_contact", "Marked Do Not Contact"
    DO_NOT_CALL = "do_not_call", "Do not disturb: no calls"
    NOTHING_TO_REACH_BY = "nothing_to_reach_by", "Neither a usable e-mail nor a usable phone"
    # What GHL or the way there would not do.
    NO_ANSWER = "no_answer", "GoHighLevel could not be reached or had a fault"
    REFUSED = "refused", "GoHighLevel refused what was sent"
    REFUSED_EMAIL = "refused_email", "GoHighLevel refused the e-mail"
    FORBIDDEN = "forbidden", "GoHighLevel takes others, but not this person"
    REFUSED_PHONE = "refused_phone", "GoHighLevel refused the phone"
    # What a person must look at.
    OTHER_NAME = "other_name", "GoHighLevel has somebody else with this e-mail or phone"
    NOT_FOUND_OUT = "not_found_out", "GoHighLevel calls it a duplicate, but of whom could not be found out"
    LINKED_TO_ANOTHER = "linked_to_another", "The GHL contact is linked to somebody else in the portal"
    LINKED_MEANWHILE = "linked_meanwhile", "Linked to another GHL contact meanwhile"


def words_for(code: str) -> str:
    return str(Reason(code).label) if code in Reason.values else code or "Another reason"
