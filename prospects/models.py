"""Who is called: campaigns, the internal side's prospects and the clients' contacts."""

from functools import reduce

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now, Replace, Right
from django.utils import timezone

from integrations.models import Client, GHLIntegration, SyncRun
from integrations.rows import Row
from prospects.told_models import ToldPerson

__all__ = [
    "IDENTITY_COLUMNS", "Contact", "OutboundPerson", "Person", "PersonIdentity", "PersonQuerySet", "SalesCampaign",
    "SalesProspect", "ToldPerson",
]  # fmt: skip


class PersonIdentity(models.Model):
    """The columns that say who somebody is: the same for prospects, contacts and staged records."""

    firm_name = models.CharField("firm", max_length=500, blank=True, default="", db_default="")
    contact_first_name = models.CharField("first name", max_length=255, blank=True, default="", db_default="")
    contact_last_name = models.CharField("last name", max_length=255, blank=True, default="", db_default="")
    contact_title = models.CharField("title", max_length=500, blank=True, default="", db_default="")
    contact_email = models.CharField("e-mail", max_length=320, blank=True, default="", db_default="")
    contact_phone = models.CharField("phone", max_length=255, blank=True, default="", db_default="")
    contact_linkedin = models.CharField("LinkedIn", max_length=1000, blank=True, default="", db_default="")
    person_number = models.CharField(
        "bar or candidate number", max_length=255, blank=True, default="", db_default="",
        help_text="A number of the person’s own: a bar, candidate, registration or national number.",
    )  # fmt: skip
    tags = models.JSONField(default=list, blank=True, db_default=models.Value([], models.JSONField()))

    class Meta:
        abstract = True

    @property
    def full_name(self) -> str:
        return f"{self.contact_first_name} {self.contact_last_name}".strip()

    @property
    def tag_list(self) -> list[str]:
        """The tags as a list; other systems have written one text with semicolons."""
        if isinstance(self.tags, str):
            return [tag.strip() for tag in self.tags.split(";") if tag.strip()]
        return [str(tag) for tag in self.tags or []]


IDENTITY_COLUMNS = (
    "firm_name", "contact_first_name", "contact_last_name", "contact_title",
    "contact_email", "contact_phone", "contact_linkedin", "person_number",
)  # fmt: skip


class SalesCampaign(Row):
    """A market or campaign. Its name is a GHL tag and the `market_name` custom field of its prospects."""

    name = models.CharField(max_length=255, unique=True)
    notes = models.TextField(blank=True, default="", db_default="")

    class Meta:
        db_table = "sales_campaigns"
        verbose_name = "campaign"
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class PersonQuerySet(models.QuerySet["Person"]):
    def needing_keys(self) -> "PersonQuerySet":
        """Rows whose lookup keys are missing or older than the row; other systems may insert and update rows too."""
        return self.filter(Q(keys_made_at__isnull=True) | Q(keys_made_at__lt=F("updated_at")))


PHONE_PUNCTUATION = " ()-.+/"
DIGITS_OF_A_KEY = 10  # a North American number without its country code


def _last_digits(column: str) -> Right:
    bare: models.F | Replace = models.F(column)
    bare = reduce(lambda left, sign: Replace(left, models.Value(sign), models.Value("")), PHONE_PUNCTUATION, bare)
    return Right(bare, DIGITS_OF_A_KEY)


class Person(PersonIdentity, Row):
    """What prospects and contacts have in common.

    `ghl_values` is what GHL last said of the identity columns: where a column says something else, a person wrote it.
    `phone_key` finds people by phone; the database keeps it, whoever writes the phone.
    """

    source = models.CharField(max_length=255, blank=True, default="", db_default="")
    notes = models.TextField(blank=True, default="", db_default="")
    engagement_level = models.CharField(max_length=32, default="new", db_default="new")
    ghl_contact_id = models.CharField("GHL contact", max_length=64, null=True, blank=True)  # noqa: DJ001
    ghl_location_id = models.CharField("GHL location", max_length=64, blank=True, default="", db_default="")
    ghl_synced_at = models.DateTimeField("in GHL since", null=True, blank=True)
    ghl_updated_at = models.DateTimeField("changed in GHL", null=True, blank=True, editable=False)
    ghl_deleted_at = models.DateTimeField("deleted in GHL", null=True, blank=True, editable=False)
    ghl_values = models.JSONField(
        default=dict, blank=True, db_default=models.Value({}, models.JSONField()), editable=False
    )
    do_not_call = models.BooleanField(default=False, db_default=False)
    do_not_call_since = models.DateTimeField(null=True, blank=True, editable=False)
    do_not_call_told_at = models.DateTimeField(null=True, editable=False)
    phone_key = models.GeneratedField(
        expression=_last_digits("contact_phone"), output_field=models.CharField(max_length=255), db_persist=True
    )
    keys_made_at = models.DateTimeField(null=True, editable=False)

    objects = PersonQuerySet.as_manager()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        name = self.full_name or self.contact_email or self.contact_phone or "Somebody without a name"
        return f"{name}, {self.firm_name}" if self.firm_name else name


class SalesProspect(Person):
    """Somebody that our own BDRs call."""

    campaign = models.ForeignKey(
        SalesCampaign, on_delete=models.SET_NULL, null=True, blank=True, related_name="prospects"
    )
    cadence_stage = models.CharField(max_length=32, default="active", db_default="active")
    dial_attempts = models.PositiveIntegerField(default=0, db_default=0)
    no_answer_count = models.PositiveIntegerField(default=0, db_default=0)
    voicemail_count = models.PositiveIntegerField(default=0, db_default=0)
    callback_attempts = models.PositiveIntegerField(default=0, db_default=0)
    # The counters are set by one UPDATE from the calls, which leaves `updated_at` alone.
    calls_counted_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        db_table = "sales_prospects"
        verbose_name = "prospect"
        ordering = ["contact_last_name", "contact_first_name", "id"]
        indexes = [
            models.Index(fields=["ghl_contact_id"], name="prospect_ghl_contact"),
            models.Index(fields=["contact_last_name", "contact_first_name", "id"], name="prospect_by_name"),
            models.Index(fields=["keys_made_at"], name="prospect_keys_made_at"),
            models.Index(fields=["phone_key"], name="prospect_phone_key"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["ghl_location_id", "ghl_contact_id"],
                condition=Q(ghl_contact_id__gt=""),
                name="prospect_one_per_ghl_contact",
            ),
        ]


class Contact(Person):
    """Somebody called on behalf of a client."""

    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="contacts")

    class Meta:
        db_table = "contacts"
        ordering = ["contact_last_name", "contact_first_name", "id"]
        indexes = [
            models.Index(fields=["ghl_contact_id"], name="contact_ghl_contact"),
            models.Index(fields=["contact_last_name", "contact_first_name", "id"], name="contact_by_name"),
            models.Index(fields=["keys_made_at"], name="contact_keys_made_at"),
            models.Index(fields=["phone_key"], name="contact_phone_key"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["client", "ghl_location_id", "ghl_contact_id"],
                condition=Q(ghl_contact_id__gt=""),
                name="contact_one_per_ghl_contact",
            ),
        ]


class OutboundPerson(Row):
    """One person's way into GHL: there is one row for each person that a push has taken up.

    `sent_at` is written, and committed, before a request that may create the contact leaves; it is emptied when GHL
    certainly did nothing. So a row that is not done and has one may have a contact in GHL already: it is looked up
    before anything is sent again. Whoever works on a row is named in `claimed_by`, and every write names them, so that
    one who lost the claim writes nothing. A claim holds until `claimed_until`, and is renewed while its worker lives.
    `attempts` counts how often the row was taken up since it was last begun; `reason` is one of
    `outbound.reasons.Reason`, `error` the whole story in words for staff.
    """

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        SENDING = "sending", "Being sent"
        DONE = "done", "In GHL"
        FAILED = "failed", "Failed"
        REFUSED = "refused", "Refused by GHL"
        CONFLICT = "conflict", "A person must look"

    class Result(models.TextChoices):
        CREATED = "created", "Created in GHL"
        ADOPTED = "adopted", "Was in GHL already"

    OPEN = (State.WAITING, State.SENDING)
    NOT_IN_GHL = (State.FAILED, State.REFUSED, State.CONFLICT)

    prospect = models.OneToOneField(SalesProspect, on_delete=models.CASCADE, null=True, related_name="outbound")
    contact = models.OneToOneField(Contact, on_delete=models.CASCADE, null=True, related_name="outbound")
    integration = models.ForeignKey(GHLIntegration, on_delete=models.PROTECT, related_name="outbound_people")
    run = models.ForeignKey(SyncRun, on_delete=models.SET_NULL, null=True, related_name="people")
    state = models.CharField(max_length=16, choices=State.choices, default=State.WAITING, db_default=State.WAITING)
    result = models.CharField(max_length=16, choices=Result.choices, blank=True, default="", db_default="")
    claimed_by = models.CharField(max_length=128, blank=True, default="", db_default="")
    claimed_until = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0, db_default=0)
    next_try_at = models.DateTimeField(default=timezone.now, db_default=Now())
    reason = models.CharField(max_length=32, blank=True, default="", db_default="")
    error = models.TextField(blank=True, default="", db_default="")
    settled_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "ghl_outbound"
        verbose_name = "outbound person"
        verbose_name_plural = "outbound people"
        ordering = ["created_at", "id"]
        indexes = [
            models.Index(fields=["run", "state"], name="outbound_of_a_run"),
            models.Index(
                fields=["run", "next_try_at"], condition=Q(state__in=["waiting", "sending"]), name="outbound_to_do"
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(prospect__isnull=False, contact__isnull=True)
                | Q(prospect__isnull=True, contact__isnull=False),
                name="outbound_one_person",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["waiting", "sending", "done", "failed", "refused", "conflict"]),
                name="outbound_state",
            ),
            models.CheckConstraint(
                condition=~Q(state="sending") | (Q(sent_at__isnull=False) & ~Q(claimed_by="")),
                name="outbound_sending_is_claimed_and_dated",
            ),
            models.CheckConstraint(
                condition=Q(state="done", result__in=["created", "adopted"]) | (~Q(state="done") & Q(result="")),
                name="outbound_done_has_a_result",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["waiting", "sending"], settled_at__isnull=True)
                | (~Q(state__in=["waiting", "sending"]) & Q(settled_at__isnull=False, claimed_by="")),
                name="outbound_settled_has_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person}: {self.get_state_display()}"

    @property
    def person(self) -> SalesProspect | Contact:
        person = self.prospect or self.contact
        assert person is not None  # noqa: S101  a rule of the table
        return person
