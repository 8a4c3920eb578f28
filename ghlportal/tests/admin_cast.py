"""A portal with one of everything, for tests that walk through the admin."""

from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.urls import reverse
from django.utils import timezone

from calls.models import Call, SalesCall
from imports.models import ImportBatch, StagedRecord
from imports.tests.review_cast import a_batch, a_call, a_candidate, a_record, an_error
from integrations.models import Client, GHLIntegration, SyncRun, WebhookEvent
from prospects.models import Contact, SalesCampaign, SalesProspect

OURS = ("integrations", "prospects", "calls", "imports")
SCRIPT = "<script>alert(1)</script>"


@dataclass(frozen=True)
class Portal:
    """One row of each table; their texts are as hostile as GHL's contacts may be."""

    integration: GHLIntegration
    batch: ImportBatch
    record: StagedRecord
    prospect: SalesProspect
    call: SalesCall

    @classmethod
    def fill(cls, integration: GHLIntegration) -> "Portal":
        client = Client.objects.create(name=SCRIPT)
        campaign = SalesCampaign.objects.create(name=SCRIPT)
        prospect = SalesProspect.objects.create(
            contact_last_name=SCRIPT, firm_name=SCRIPT, campaign=campaign, tags=[SCRIPT]
        )
        contact = Contact.objects.create(contact_last_name=SCRIPT, client=client)
        batch = a_batch(integration, remarks=[SCRIPT], error=SCRIPT)
        record = a_record(
            batch, contact_last_name=SCRIPT, contact_title=SCRIPT, remarks=[SCRIPT], raw_data={"id": SCRIPT}
        )
        a_candidate(record, prospect)
        a_call(record, status=SCRIPT)
        an_error(batch, contact_first_name=SCRIPT)
        said = {"integration": integration, "notes": SCRIPT, "transcript": SCRIPT, "started_at": timezone.now()}
        call = SalesCall.objects.create(
            external_call_id="m1", prospect=prospect, ai_summary={"key_points": [SCRIPT]}, **said
        )
        Call.objects.create(external_call_id="m2", contact=contact, **said)
        WebhookEvent.objects.create(
            integration=integration, delivery_key="d", source="workflow", event_type=SCRIPT, status="failed",
            payload={"name": SCRIPT}, error_message=SCRIPT,
        )  # fmt: skip
        SyncRun.objects.create(integration=integration, failures_by_reason={SCRIPT: 1})
        return cls(integration, batch, record, prospect, call)

    @staticmethod
    def urls() -> list[str]:
        """The address of every page of the admin that can be looked at."""
        found = [reverse("admin:index")]
        for model, model_admin in admin.site._registry.items():
            label = f"{model._meta.app_label}_{model._meta.model_name}"
            found.append(reverse(f"admin:{label}_changelist"))
            for row in model._default_manager.all():
                found += [reverse(f"admin:{label}_{page}", args=[row.pk]) for page in ("change", "history")]
            if model._meta.app_label in OURS and model_admin.has_add_permission(_superuser()):
                found.append(reverse(f"admin:{label}_add"))
        return found


def _superuser() -> Any:
    """A request of somebody who may do everything."""

    class Everything:
        is_active = is_staff = is_superuser = True

        def has_perm(self, *about: Any) -> bool:
            return True

    class Request:
        user = Everything()

    return Request()
