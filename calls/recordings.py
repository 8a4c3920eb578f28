"""Playing a call's recording: it streams through the portal, so that the location's token stays on the server."""

import re
from collections.abc import Iterator
from contextlib import ExitStack

from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse

from calls.models import PhoneCall
from integrations.credentials import LocationNotReadyError, client_for
from integrations.fields import SecretUnreadableError
from integrations.ghl.errors import GHLError

SOUND = re.compile(r"(audio/[\w.+-]+|application/ogg)\s*(;.*)?", re.IGNORECASE)


class _Held:
    """The pieces of a recording; whoever stops listening closes the connection to GHL."""

    def __init__(self, pieces: Iterator[bytes], connection: ExitStack) -> None:
        self._pieces = pieces
        self._connection = connection

    def __iter__(self) -> Iterator[bytes]:
        return self._pieces

    def close(self) -> None:
        self._connection.close()


def recording_of(call: PhoneCall) -> HttpResponseBase:
    """The sound, or words with status 404 when there is none and 502 when GHL cannot be asked."""
    with ExitStack() as stack:
        try:
            client = stack.enter_context(client_for(call.integration, bulk=False))
            recording = stack.enter_context(client.recording(call.external_call_id))
        except (GHLError, LocationNotReadyError, SecretUnreadableError) as problem:
            return HttpResponse(str(problem), status=502, content_type="text/plain; charset=utf-8")
        if recording is None:
            words = "GHL has no recording of this call. Not every call is recorded, and some take a while to appear."
            return HttpResponse(words, status=404, content_type="text/plain; charset=utf-8")
        kind = recording.content_type if SOUND.fullmatch(recording.content_type) else "application/octet-stream"
        return StreamingHttpResponse(_Held(recording.chunks, stack.pop_all()), content_type=kind)
    raise AssertionError("unreachable")
