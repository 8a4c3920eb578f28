"""The three roles of staff, and what each may do. Written to the database after every migrate."""

from typing import Any

from django.apps import AppConfig, apps
from django.contrib.auth.management import create_permissions
from django.contrib.auth.models import Group, Permission

SEES = {
    "imports": ("importbatch", "stagedrecord", "matchcandidate", "reviewdecision", "bulkrun", "toldapart"),
    "prospects": ("salesprospect", "contact", "salescampaign"),
    "calls": ("salescall", "call"),
}
ROLES: dict[str, tuple[str, ...]] = {
    "Reviewer": (
        *(f"{app}.view_{model}" for app, models in SEES.items() for model in models if model != "salescampaign"),
        "imports.review_stagedrecord",
    ),
    "Operator": (
        *(f"{app}.view_{model}" for app, models in SEES.items() for model in models),
        "imports.review_stagedrecord",
        "imports.add_importbatch",  # bringing in a CSV file; it says whose people they are, as adding a location does
        "integrations.view_client", "integrations.add_client", "integrations.change_client",
        "integrations.view_ghlintegration", "integrations.add_ghlintegration", "integrations.change_ghlintegration",
        "integrations.view_syncrun", "integrations.view_webhookevent", "integrations.change_webhookevent",
        "prospects.add_salescampaign", "prospects.change_salescampaign",
        "prospects.change_salesprospect", "prospects.change_contact",
        "calls.change_salescall", "calls.change_call",
        "calls.view_callsummary", "calls.change_callsummary",  # where AI and BDR differ; a summary is seen on its call
        "calls.view_summarybudget", "calls.change_summarybudget", "calls.view_summaryspend",
        "django_celery_beat.view_periodictask", "django_celery_beat.change_periodictask",
        "django_celery_beat.view_crontabschedule", "django_celery_beat.add_crontabschedule",
        "django_celery_beat.change_crontabschedule", "django_celery_beat.view_intervalschedule",
    ),
}  # fmt: skip
ADMINISTRATOR_APPS = ("auth", "calls", "django_celery_beat", "imports", "integrations", "prospects")


def grant_roles(sender: AppConfig, **kwargs: Any) -> None:
    """Makes the groups and gives them exactly their permissions; groups of other names are left alone."""
    for label in ADMINISTRATOR_APPS:
        create_permissions(apps.get_app_config(label), verbosity=0)
    permissions = {
        f"{permission.content_type.app_label}.{permission.codename}": permission
        for permission in Permission.objects.select_related("content_type").filter(
            content_type__app_label__in=ADMINISTRATOR_APPS
        )
    }
    for role, names in ROLES.items():
        Group.objects.get_or_create(name=role)[0].permissions.set(permissions[name] for name in names)
    Group.objects.get_or_create(name="Administrator")[0].permissions.set(permissions.values())
