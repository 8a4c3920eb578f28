"""The Celery application: `celery -A ghlportal worker` and `celery -A ghlportal beat`."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ghlportal.settings")

app = Celery("ghlportal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
