"""What error pages and error mails leave out: every value that may be a secret or somebody's particulars."""

import re
from collections.abc import ItemsView
from types import FrameType
from typing import Any

from django.http import HttpRequest, QueryDict
from django.views.debug import SafeExceptionReporterFilter

ABOUT_THE_REQUEST = ("HTTP_", "REQUEST_", "PATH_INFO", "QUERY_", "CONTENT_", "REMOTE_ADDR", "SERVER_")


class NoSecrets(SafeExceptionReporterFilter):
    """Shows where an error happened, in full, and no values: a token goes through frames under many names.

    It works with DEBUG on, too; Django's own hides nothing then.
    """

    hidden_settings = re.compile("API|AUTH|TOKEN|KEY|SECRET|PASS|SIGNATURE|COOKIE|DATABASE|REDIS|BROKER", re.IGNORECASE)

    def get_safe_request_meta(self, request: Any) -> dict[str, Any]:
        """Only what is about the request: the development server mixes the whole environment in."""
        meta = super().get_safe_request_meta(request)
        return {name: value for name, value in meta.items() if name.startswith(ABOUT_THE_REQUEST)}

    def get_post_parameters(self, request: HttpRequest | None) -> Any:
        hidden = QueryDict(mutable=True)
        for name in request.POST if request is not None else ():
            hidden[name] = self.cleansed_substitute
        return hidden

    def get_traceback_frame_variables(self, request: HttpRequest | None, tb_frame: FrameType) -> ItemsView[str, Any]:
        nothing: dict[str, Any] = {}
        return nothing.items()
