"""The only place where a location's row becomes a client that can talk to GHL."""

from django.conf import settings

from integrations.ghl.client import GHLClient
from integrations.ghl.pace import open_pace
from integrations.ghl.retry import RetryPolicy
from integrations.models import GHLIntegration


class LocationNotReadyError(Exception):
    """A location cannot be talked to as it stands; the text tells staff what to do."""


# Somebody looks at an empty page meanwhile: one more try, then the words of the error.
WHILE_SOMEBODY_WAITS = RetryPolicy(attempts=2, longest_advised_wait=10.5)


def client_for(integration: GHLIntegration, *, bulk: bool, retry: RetryPolicy | None = None) -> GHLClient:
    """A client for one location, within the allowance that all processes share.

    `bulk` work lets interactive work go first; pages give `retry=WHILE_SOMEBODY_WAITS`. Raises LocationNotReadyError
    when the location is switched off or has no token, SecretUnreadableError when the stored token cannot be decrypted.
    """
    if not integration.is_active:
        raise LocationNotReadyError(
            f"{integration} is switched off. Tick “Is active” on its page to pull from it or push to it."
        )
    if not integration.api_token:
        raise LocationNotReadyError(f"{integration} has no API token. Enter one on its page.")
    pace = open_pace(
        redis_url=settings.REDIS_URL,
        runtime_dir=settings.RUNTIME_DIR,
        base_url=settings.GHL_API_BASE_URL,
        location_id=integration.location_id,
    )
    return GHLClient(
        integration.api_token.reveal(),
        integration.location_id,
        base_url=settings.GHL_API_BASE_URL,
        version=settings.GHL_API_VERSION,
        pace=pace,
        timeout_seconds=settings.GHL_TIMEOUT_SECONDS,
        bulk=bulk,
        retry=retry,
    )
