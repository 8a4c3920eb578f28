"""System checks: what would make this installation unsafe or useless, said before it serves anybody."""

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register

THIS_MACHINE = ("127.0.0.1", "localhost", "::1")


@register()
def encryption_keys(**kwargs: Any) -> list[CheckMessage]:
    keys = settings.FIELD_ENCRYPTION_KEYS
    if not [key for key in keys if key.strip()]:
        return [
            Error(
                "FIELD_ENCRYPTION_KEYS is empty, so no API token can be stored.",
                hint="Set it to a long random text; several, separated by commas, newest first, while rotating.",
                id="ghlportal.E001",
            )
        ]
    if not settings.DEBUG and min(len(key) for key in keys) < 16:
        return [
            Warning(
                "A key in FIELD_ENCRYPTION_KEYS is shorter than 16 characters.",
                hint="Use at least 32 random characters, then run rotate_tokens.",
                id="ghlportal.W001",
            )
        ]
    return []


@register()
def ghl_address(**kwargs: Any) -> list[CheckMessage]:
    address = urlsplit(settings.GHL_API_BASE_URL)
    if address.scheme == "https" or address.hostname in THIS_MACHINE:
        return []
    return [
        Warning(
            "GHL_API_BASE_URL would send API tokens unencrypted over the network.",
            hint="Use an https:// address; plain http is accepted for this machine only.",
            id="ghlportal.W002",
        )
    ]
