"""Who is called: campaigns, the internal side's prospects and the clients' contacts."""

from functools import reduce

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Replace, Right

from integrations.models import Client
from integrations.rows import Row


class PersonIdentity(models.Model):
    """The columns that say who somebody is: the same for prospects, contacts and staged records."""

    firm_name = models.CharField("firm", max_length=500, blank=True, default="", db_default="")
    contact_first_name = models.CharField("first name", max_length=255, blank=True, default="", db_default="")
    contact_last_name = models.CharField("last name", max_length=255, blank=True, default="", db_default="")
    contact_title = models.CharField("title", max_length=500, blank=True, default="", db_default="")
    contact_email = models.CharField("e-mail", max_length=320, blank=True, default="", db_default="")
    contact_phone = models.CharField("phone", max_length=255, blank=True, default="", db_default="")
    contact_linkedin = models.CharField("LinkedIn", max_length=1000, blank=True, default="", db_default="")
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
    "contact_email", "contact_phone", "contact_linkedin",
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
