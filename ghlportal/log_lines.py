"""What log lines leave out."""

import logging
import re
from typing import Any

WEBHOOK_PATH = re.compile(r"(/webhooks/ghl/calls/)[^/\s\"?]+")


class NoWebhookSecrets(logging.Filter):
    """Writes the path of a webhook without the secret in it. Lets every line through."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg = _shortened(record.msg)
        if isinstance(record.args, tuple):
            record.args = tuple(map(_shortened, record.args))
        return True


def _shortened(value: Any) -> Any:
    return WEBHOOK_PATH.sub(r"\1…", value) if isinstance(value, str) else value
