"""E-mail addresses: one normal form per mailbox, and whether the mailbox belongs to a person at all."""

import re
from dataclasses import dataclass
from functools import lru_cache

from prospects.identity.text import word_set

FREE_DOMAINS = word_set(
    """gmail.com yahoo.com ymail.com rocketmail.com outlook.com hotmail.com live.com msn.com icloud.com me.com mac.com
    aol.com aim.com proton.me protonmail.com pm.me gmx.com gmx.net gmx.de web.de mail.com zoho.com yandex.com yandex.ru
    mail.ru comcast.net verizon.net att.net sbcglobal.net bellsouth.net cox.net charter.net earthlink.net optonline.net
    frontier.com frontiernet.net juno.com netzero.net windstream.net roadrunner.com rr.com fastmail.com hey.com
    tutanota.com hushmail.com inbox.com btinternet.com sky.com virginmedia.com ntlworld.com orange.fr free.fr
    laposte.net wanadoo.fr libero.it t-online.de shaw.ca rogers.com bell.net sympatico.ca telus.net bigpond.com
    optusnet.com.au qq.com 163.com 126.com naver.com daum.net rediffmail.com uol.com.br"""
)
# Big providers run one domain per country: yahoo.co.uk, hotmail.fr, live.nl.
_FREE_FAMILIES = frozenset({"yahoo", "ymail", "hotmail", "outlook", "live", "gmx", "yandex", "aol", "msn", "icloud"})

_ROLES = word_set(
    """account accounting accounts ad admin administration administrator advertising advice all apply applications
    appointments ask assist assistance assistant attorney attorneys billing booking bookings business careers case
    cases client clients clientservices compliance consult consultation contact contactus contracts conveyancing
    counsel customer customercare customerservice cv desk director dispatch docket ecf employment email emails
    enquire enquiries enquiry events everyone feedback finance firm front frontdesk general getintouch group hello help
    helpdesk hi hire hiring home hr human humanresources inbox info information inquire inquiries inquiry intake
    interns invoice invoices it job jobs join kontakt law lawfirm lawoffice lawyer lawyers lead leads legal lettings
    litigation mail mailbox mailroom main management manager marketing media membership news newsletter noreply
    notices office officemanager offices online operations orders owner paralegal partners payments payroll people
    phone postmaster practice practicemanager pr press privacy procurement project queries receipts reception
    receptionist recruit recruiter recruiters recruiting recruitment recruits referral referrals reply request
    reservations resume resumes sales schedule scheduling secretary security service services staff staffing studio
    subpoenas subscribe support talent talentacquisition team tech technical training web webadmin webmaster website
    welcome work"""
)
_PLACEHOLDER_LOCALS = word_set("na none noemail nomail noreply donotreply unknown null notprovided")
_PLACEHOLDER_DOMAINS = word_set("example.com example.org example.net test.com none.com noemail.com na.com")

_ADDRESS = re.compile(r"[^\s<>()\[\],;:\"'|@\\/]+@[^\s<>()\[\],;:\"'|@\\/_]+\.[^\s<>()\[\],;:\"'|@\\/_.\d]{2,}")
_NOT_LETTERS = re.compile(r"[\W\d_]+")


@dataclass(frozen=True, slots=True)
class Email:
    """One mailbox. ``value`` is its normal form; ``is_role`` an office's inbox (info@); ``is_free`` a free provider."""

    value: str
    local: str
    domain: str
    is_role: bool
    is_free: bool

    @property
    def letters(self) -> str:
        """The local part's letters alone: "jane.doe84" and "janedoe" have them in common."""
        return _NOT_LETTERS.sub("", self.local)


@lru_cache(maxsize=4_000)
def emails_in(text: str) -> tuple[Email, ...]:
    """Every mailbox named in a cell, in order. Text that is no address, or stands in for one, gives nothing."""
    found = (_email(match) for match in _ADDRESS.findall(text.lower().replace("mailto:", " "))) if "@" in text else ()
    return tuple(dict.fromkeys(email for email in found if email is not None))


def _email(address: str) -> Email | None:
    local, _, domain = address.partition("@")
    local = local.partition("+")[0].strip(".")
    domain = domain.strip(".")
    if domain == "googlemail.com":
        domain = "gmail.com"
    if domain == "gmail.com":  # Gmail ignores dots: https://support.google.com/mail/answer/7436150
        local = local.replace(".", "")
    if not local or _is_placeholder(local, domain):
        return None
    is_free = domain in FREE_DOMAINS or domain.partition(".")[0] in _FREE_FAMILIES
    return Email(f"{local}@{domain}", local, domain, _NOT_LETTERS.sub("", local) in _ROLES and not is_free, is_free)


def _is_placeholder(local: str, domain: str) -> bool:
    return domain in _PLACEHOLDER_DOMAINS or _NOT_LETTERS.sub("", local) in _PLACEHOLDER_LOCALS
