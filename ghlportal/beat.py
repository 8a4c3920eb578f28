"""The schedule of background work, read from the database, that outlives an outage of that database.

django-celery-beat's own scheduler ends when it cannot read the schedule, which it does as it starts and every five
minutes after that. Nothing would be swept, fetched or pulled until somebody noticed.
"""

import logging
import time
from typing import Any

from django.db import Error, close_old_connections
from django_celery_beat.schedulers import DatabaseScheduler

logger = logging.getLogger(__name__)
PAUSE = 2.0  # seconds


class PatientScheduler(DatabaseScheduler):
    """Goes by the schedule that it read last while the database is away; waits where it has read none yet."""

    def all_as_schedule(self) -> dict[str, Any]:
        while True:
            try:
                schedule: dict[str, Any] = super().all_as_schedule()
            except Error as problem:
                logger.warning("the schedule cannot be read, the database is away (%s)", type(problem).__name__)
                if self._schedule is not None:
                    return dict(self._schedule)
                time.sleep(PAUSE)
                close_old_connections()
            else:
                return schedule
