"""Forgetting deliveries whose work was done long ago, so that the inbox does not grow without end."""

from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from integrations.models import RefusedDeliveries, WebhookEvent

OVER = (WebhookEvent.Status.DONE, WebhookEvent.Status.IGNORED)
AT_A_TIME = 1_000  # deliveries in one transaction: nobody waits long for it


def forget_old() -> tuple[int, int]:
    """Removes deliveries that are done or ignored, and days of refused ones, older than settings say.

    What waits or failed stays, however old: somebody still has to do something about it. Returns how many of each were
    removed. May be ended at any moment; the next time goes on.
    """
    before = timezone.now() - timedelta(days=settings.KEEP_DELIVERIES_DAYS)
    # A delivery is settled after it was received, so the first condition only helps the database find them.
    old = WebhookEvent.objects.filter(status__in=OVER, received_at__lt=before, settled_at__lt=before)
    forgotten = 0
    while some := list(old.values_list("pk", flat=True)[:AT_A_TIME]):
        # Asked once more: a person may have let one be tried again meanwhile.
        forgotten += old.filter(pk__in=some).delete()[0]
    return forgotten, RefusedDeliveries.objects.filter(day__lt=before.date()).delete()[0]
