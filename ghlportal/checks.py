"""System checks: what would make this installation unsafe or useless, said before it serves anybody."""

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register

from integrations.ghl.signatures import is_usable_key, split_pems

DAYS_THAT_GHL_SENDS_AGAIN = 30  # from its log of deliveries, by hand
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


@register()
def app_public_keys(**kwargs: Any) -> list[CheckMessage]:
    """Said at the start, since otherwise each delivery of the marketplace app would be refused, one by one."""
    told = settings.GHL_APP_PUBLIC_KEYS.strip()
    keys = split_pems(told)
    unusable = [number for number, key in enumerate(keys, start=1) if not is_usable_key(key)]
    if not told or (keys and not unusable):
        return []
    hint = (
        "Give each as a PEM block, “-----BEGIN PUBLIC KEY-----” to “-----END PUBLIC KEY-----”, Ed25519 or RSA; "
        "or leave the variable empty for the two keys that GHL publishes."
    )
    if len(unusable) == len(keys):
        words = "GHL_APP_PUBLIC_KEYS holds no usable public key, so every delivery of the marketplace app is refused."
        return [Error(words, hint=hint, id="ghlportal.E002")]
    which = ", ".join(map(str, unusable))
    return [
        Warning(f"GHL_APP_PUBLIC_KEYS holds keys that cannot be used (number {which}).", hint=hint, id="ghlportal.W003")
    ]


@register()
def deliveries_kept(**kwargs: Any) -> list[CheckMessage]:
    if settings.KEEP_DELIVERIES_DAYS >= DAYS_THAT_GHL_SENDS_AGAIN:
        return []
    return [
        Warning(
            "KEEP_DELIVERIES_DAYS is so short that a delivery which GHL sends again may be taken for a new one.",
            hint=f"Use at least {DAYS_THAT_GHL_SENDS_AGAIN}: for so long GHL’s deliveries can be sent again by hand.",
            id="ghlportal.W004",
        )
    ]
