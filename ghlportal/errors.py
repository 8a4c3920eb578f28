"""What is answered when the portal has a fault: in words for people, in the API's own shape for programs."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.defaults import server_error

FAULT = {
    "detail": "The portal had a fault of its own; its log has it. Nothing of this request was kept. Try again later.",
    "code": "fault",
}


def fault(request: HttpRequest) -> HttpResponse:
    """Django's `handler500`: neither the database nor a template of the request may be needed."""
    if request.path_info.startswith("/api/"):
        return JsonResponse(FAULT, status=500, headers={"Cache-Control": "no-store"})
    return server_error(request)
