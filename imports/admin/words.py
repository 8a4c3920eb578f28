"""How matches, reasons and decisions are worded and coloured for staff."""

from django.utils.safestring import SafeString

from imports.duplicates.scoring import TAUGHT
from imports.models import ImportBatch, StagedRecord
from integrations.admin_parts import BAD, BUSY, GOOD, QUIET, WARN, badge, moment

BAND_WORDS = {"certain": "Certain", "likely": "Likely", "possible": "Possible"}
BAND_TONES = {"certain": GOOD, "likely": BUSY, "possible": WARN}

REASON_WORDS = {
    "email-same": "Same e-mail",
    "email-typo": "E-mails one slip apart",
    "email-role": "Same shared mailbox",
    "email-different": "Different e-mails",
    "phone-same": "Same phone",
    "phone-typo": "Phones one slip apart",
    "phone-extensions": "Same phone, different extensions",
    "phone-different": "Different phones",
    "linkedin-same": "Same LinkedIn profile",
    "linkedin-different": "Different LinkedIn profiles",
    "ghl-same": "Same GHL contact",
    "given-same": "Same first name",
    "given-nickname": "Nickname of the first name",
    "given-initial": "Initial of the first name",
    "given-middle": "First name is the other's middle name",
    "given-typo": "First names one slip apart",
    "given-different": "Different first names",
    "names-swapped": "First and last name swapped",
    "names-crossed": "One name alike, in the other’s place",
    "surname-same": "Same last name",
    "surname-part": "Part of a double last name",
    "surname-initial": "Initial of the last name",
    "surname-typo": "Last names one slip apart",
    "surname-different": "Different last names",
    "suffix-same": "Same suffix (Jr., III)",
    "suffix-different": "Different suffixes (Jr., Sr.)",
    "firm-same": "Same firm",
    "firm-variant": "One firm, spelt differently",
    "firm-partly": "Firm names partly alike",
    "firm-different": "Different firms",
    "domain-same": "Same mail domain",
    "domain-fits": "Mail domain fits the firm",
    "title-same": "Same title",
    "title-similar": "Similar titles",
    "title-different": "Different titles",
    "born-same": "Same date of birth",
    "born-typo": "Dates of birth one slip apart",
    "born-different": "Different dates of birth",
    "number-same": "Same bar or candidate number",
    "number-typo": "Bar or candidate numbers one slip apart",
    "number-different": "Different bar or candidate numbers",
    "address-same": "Same address",
    "address-typo": "Addresses one slip apart",
    "address-different": "Different addresses",
}

RECORD_TONES = {
    StagedRecord.Status.PENDING: BUSY,
    StagedRecord.Status.MATCHED: WARN,
    StagedRecord.Status.ERROR: BAD,
    StagedRecord.Status.IMPORTED: GOOD,
    StagedRecord.Status.SKIPPED: QUIET,
    StagedRecord.Status.REJECTED: QUIET,
}
SHORT_WORDS: dict[str, str] = {"pending": "New", "matched": "Match", "error": "Error"}
BATCH_TONES = {
    ImportBatch.Status.QUEUED: BUSY,
    ImportBatch.Status.RUNNING: BUSY,
    ImportBatch.Status.STOPPED: WARN,
    ImportBatch.Status.SUCCESS: GOOD,
    ImportBatch.Status.PARTIAL: WARN,
    ImportBatch.Status.FAILED: BAD,
}


def percent(score: float | None) -> str:
    """A score as staff read it. 100 % is never said: no comparison is that sure."""
    if score is None:
        return ""
    shown = min(score * 100, 99.9)
    return f"{shown:.1f} %" if shown >= 99 else f"{shown:.0f} %"


def band_badge(band: str, score: float | None) -> SafeString:
    return badge(f"{BAND_WORDS.get(band, band)} {percent(score)}".strip(), BAND_TONES.get(band, QUIET))


def record_badge(record: StagedRecord, *, short: bool = False) -> SafeString:
    words = record.get_decision_display() if record.decision else record.get_status_display()
    if short:
        words = SHORT_WORDS.get(record.status, words)
    return badge(words, RECORD_TONES.get(StagedRecord.Status(record.status), QUIET))


def batch_words(batch: ImportBatch) -> str:
    """A batch as staff call it, with the time in their own zone."""
    source = "" if batch.source == ImportBatch.Source.GHL else f" · {batch.get_source_display()}"
    return f"{batch.integration}{source} · {moment(batch.created_at)}"


def batch_badge(batch: ImportBatch) -> SafeString:
    return badge(batch.get_status_display(), BATCH_TONES.get(ImportBatch.Status(batch.status), QUIET))


def first_reason(reasons: list[dict[str, object]]) -> str:
    """The words of the finding that speaks loudest for one person."""
    found = [reason for reason in reasons if reason.get("code") != TAUGHT]
    best = max(found, key=lambda reason: float(str(reason.get("weight", 0))), default=None)
    return str(best.get("words", "")) if best else ""
