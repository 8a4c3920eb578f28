"""Where GHL posts its deliveries: each is proven, kept and acknowledged; the work on it comes later."""

import logging
from collections.abc import Callable
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.db import Error
from django.http import JsonResponse
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.request import Request
from rest_framework.views import APIView

from integrations.delivery_bodies import LARGEST_BODY
from integrations.queueing import Messenger, queue
from integrations.receiving import NotProvenError, Received, receive_from_app, receive_from_workflow

logger = logging.getLogger(__name__)

workers = Messenger(lambda event_ids: queue("integrations.tasks.process_several", list(event_ids)))


class AlwaysJSON(BaseContentNegotiation):
    """A delivery is taken whatever its sender would like to be answered in."""

    def select_parser(self, request: Request, parsers: Any) -> Any:
        return parsers[0]

    def select_renderer(self, request: Request, renderers: Any, format_suffix: str | None = None) -> Any:
        return renderers[0], renderers[0].media_type


class DeliveryView(APIView):
    """Takes a delivery in. Senders prove themselves by what they send, not by a login."""

    authentication_classes = ()
    permission_classes = ()
    content_negotiation_class = AlwaysJSON

    def take(self, request: Request, receive: Callable[[bytes], Received]) -> JsonResponse:
        try:
            body = request.body
            if len(body) > LARGEST_BODY:
                raise RequestDataTooBig
            received = receive(body)
        except RequestDataTooBig:
            return _answer(413, "This is larger than any delivery.")
        except NotProvenError:
            return _answer(401, "This delivery is not accepted.")
        except Error as problem:
            # 429, since by one of GHL's published policies only that is sent again, and by the other that too.
            logger.error("a delivery could not be kept (%s); GHL is asked to send it again", type(problem).__name__)
            return _answer(429, "This cannot be kept right now. Send it again later.")
        if received.is_waiting:
            workers.tell(str(received.event_id))
        return _answer(200, "Received." if received.event_id else "Received before.")


class WorkflowDeliveryView(DeliveryView):
    def post(self, request: Request, secret: str) -> JsonResponse:
        return self.take(request, lambda body: receive_from_workflow(body, secret=secret))


class AppDeliveryView(DeliveryView):
    def post(self, request: Request) -> JsonResponse:
        return self.take(request, lambda body: receive_from_app(body, headers=request.headers))


def _answer(status: int, detail: str) -> JsonResponse:
    return JsonResponse({"detail": detail}, status=status)
