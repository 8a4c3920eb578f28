"""Staff have one of three roles, each with exactly its permissions, after every migrate."""

import pytest
from django.apps import apps
from django.contrib.auth.models import Group, Permission, User
from django.core.management import call_command

from ghlportal.roles import ROLES

pytestmark = pytest.mark.django_db


def permissions_of(role: str) -> set[str]:
    return {
        f"{permission.content_type.app_label}.{permission.codename}"
        for permission in Group.objects.get(name=role).permissions.select_related("content_type")
    }


def migrate() -> None:
    call_command("migrate", verbosity=0)


def test_a_migrated_database_has_the_three_roles():
    assert set(Group.objects.values_list("name", flat=True)) == {"Reviewer", "Operator", "Administrator"}


@pytest.mark.parametrize("role", ["Reviewer", "Operator"])
def test_a_role_has_exactly_its_permissions(role):
    assert permissions_of(role) == set(ROLES[role])


def test_a_reviewer_looks_and_decides_and_nothing_else():
    assert "imports.review_stagedrecord" in permissions_of("Reviewer")
    others = permissions_of("Reviewer") - {"imports.review_stagedrecord"}
    assert {name.partition(".")[2].partition("_")[0] for name in others} == {"view"}
    assert not any(name.startswith(("integrations.", "auth.")) for name in others)


def test_an_operator_keeps_locations_and_deletes_nothing():
    assert "integrations.add_ghlintegration" in permissions_of("Operator")
    assert not [name for name in permissions_of("Operator") if ".delete_" in name or name.startswith("auth.")]
    assert permissions_of("Reviewer") <= permissions_of("Operator")


def test_an_administrator_may_do_everything_there_is():
    ours = ("auth", "calls", "imports", "integrations", "prospects", "django_celery_beat")
    models = [model for model in apps.get_models() if model._meta.app_label in ours]
    names = {f"{m._meta.app_label}.{verb}_{m._meta.model_name}" for m in models for verb in m._meta.default_permissions}
    assert names <= permissions_of("Administrator")
    assert permissions_of("Operator") <= permissions_of("Administrator")


def test_the_next_migrate_takes_away_what_somebody_added_and_gives_back_what_is_missing():
    reviewer = Group.objects.get(name="Reviewer")
    reviewer.permissions.set(Permission.objects.filter(codename="delete_user"))
    Group.objects.get(name="Operator").delete()
    migrate()
    assert permissions_of("Reviewer") == set(ROLES["Reviewer"])
    assert permissions_of("Operator") == set(ROLES["Operator"])


def test_people_keep_their_roles_and_groups_of_other_names_are_left_alone():
    user = User.objects.create_user("dana")
    user.groups.add(Group.objects.get(name="Reviewer"), Group.objects.create(name="Interns"))
    migrate()
    assert set(user.groups.values_list("name", flat=True)) == {"Reviewer", "Interns"}
    assert permissions_of("Interns") == set()
