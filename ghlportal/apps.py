from django.apps import AppConfig, apps
from django.contrib.admin.apps import AdminConfig
from django.db.models.signals import post_migrate


class PortalAdminConfig(AdminConfig):
    default_site = "ghlportal.admin_site.PortalAdminSite"


class PortalConfig(AppConfig):
    name = "ghlportal"

    def ready(self) -> None:
        from ghlportal import checks, roles  # noqa: F401  the import registers the system checks

        # Permissions exist only after every app has migrated, so a data migration would come too early. The signal
        # is sent for apps with models only, of which this one is none.
        sender = apps.get_app_config("integrations")
        post_migrate.connect(roles.grant_roles, sender=sender, dispatch_uid="grant_roles")
