"""Normal forms of what tells one person from another: e-mail, phone, LinkedIn, names, firm, numbers … No Django."""

from prospects.identity.email import Email, emails_in
from prospects.identity.firms import Firm, firm_of
from prospects.identity.linkedin import linkedin_id
from prospects.identity.names import PersonName, person_name
from prospects.identity.number import person_number
from prospects.identity.phone import Phone, phones_in
from prospects.identity.record import Identity, digest_of, identity_of

__all__ = [
    "Email",
    "Firm",
    "Identity",
    "PersonName",
    "Phone",
    "digest_of",
    "emails_in",
    "firm_of",
    "identity_of",
    "linkedin_id",
    "person_name",
    "person_number",
    "phones_in",
]
