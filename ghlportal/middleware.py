"""What every answer of the portal gets: a strict content policy, and times in the reader's own zone."""

import zoneinfo
from collections.abc import Callable
from urllib.parse import unquote

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

Handler = Callable[[HttpRequest], HttpResponse]

# Plain admin pages need nothing from elsewhere and no inline script (measured: no violation on any page).
# A recording is played from what the page itself has fetched (calls/static/calls/call.js), which is a blob.
CONTENT_POLICY = (
    "default-src 'self'; img-src 'self' data:; media-src 'self' blob:; object-src 'none'; base-uri 'self'; "
    "form-action 'self'; frame-ancestors 'none'"
)
ZONE_COOKIE = "portal_zone"  # set by portal.js from the browser's own setting


def content_security_policy(get_response: Handler) -> Handler:
    def handle(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.headers.setdefault("Content-Security-Policy", CONTENT_POLICY)
        return response

    return handle


def times_in_the_readers_zone(get_response: Handler) -> Handler:
    """Shows times in the zone that the browser named; a name nobody knows leaves the installation's zone."""

    def handle(request: HttpRequest) -> HttpResponse:
        name = unquote(request.COOKIES.get(ZONE_COOKIE, ""))  # a browser writes "America%2FNew_York"
        try:
            zone = zoneinfo.ZoneInfo(name) if name else None
        except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError):
            zone = None
        with timezone.override(zone) if zone else timezone.override(timezone.get_default_timezone()):
            return get_response(request)

    return handle
