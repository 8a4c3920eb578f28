"""What the demo's portal holds before its first pull: who may log in, and the people it knows already.

Run by `scripts/demo.py` with the portal's settings in the environment; prints one line of JSON. Safe to repeat.
"""

import json
import os
from collections.abc import Iterable
from itertools import cycle
from typing import Any

import django

django.setup()

from django.contrib.auth import get_user_model  # noqa: E402  models exist only after setup()
from django.contrib.auth.models import Group  # noqa: E402
from django.db import transaction  # noqa: E402
from django.urls import reverse  # noqa: E402

from integrations.models import GHLIntegration  # noqa: E402
from integrations.sandbox.people import known_people  # noqa: E402
from prospects.models import Contact, SalesCampaign, SalesProspect  # noqa: E402

SOURCE = "CRM export"
PROSPECTS, CONTACTS = 300, 60
CAMPAIGNS = ("AmLaw Midwest", "Boutiques Northeast")
INTERNAL_SEED, CLIENT_SEED = 1, 2  # those of the sandbox's two locations
IDENTITY = (
    "firm_name", "contact_first_name", "contact_last_name", "contact_title",
    "contact_email", "contact_phone", "contact_linkedin", "tags",
)  # fmt: skip


def main() -> None:
    with transaction.atomic():
        make_users(os.environ["DEMO_PASSWORD"])
        make_known_people()
    print(json.dumps({"review_path": reverse("admin:imports_stagedrecord_changelist")}))


def make_users(password: str) -> None:
    """An administrator who may do everything, and a reviewer with that role's permissions."""
    users = get_user_model().objects
    admin, _ = users.get_or_create(username="admin", defaults={"is_staff": True, "is_superuser": True})
    reviewer, _ = users.get_or_create(username="reviewer", defaults={"is_staff": True})
    reviewer.groups.add(Group.objects.get(name="Reviewer"))
    for user in (admin, reviewer):
        if not user.check_password(password):
            user.set_password(password)
            user.save()


def make_known_people() -> None:
    """People from before the portal, half of whom are in GHL too; only when there are none."""
    if not SalesProspect.objects.filter(source=SOURCE).exists():
        people = known_people(INTERNAL_SEED, PROSPECTS)
        campaigns = cycle([SalesCampaign.objects.get_or_create(name=name)[0] for name in CAMPAIGNS])
        SalesProspect.objects.bulk_create(
            SalesProspect(campaign=next(campaigns), **columns) for columns in known(people)
        )
    if not Contact.objects.filter(source=SOURCE).exists():
        client = GHLIntegration.objects.get(integration_type=GHLIntegration.Type.CLIENT).client
        people = known_people(CLIENT_SEED, CONTACTS)
        Contact.objects.bulk_create(Contact(client=client, **columns) for columns in known(people))


def known(people: Iterable[dict[str, Any]]) -> Iterable[dict[str, Any]]:
    return ({**{name: person[name] for name in IDENTITY}, "source": SOURCE} for person in people)


if __name__ == "__main__":
    main()
