"""The composition root: settings, URLs and the Celery application. It may import every app; no app imports it."""

from ghlportal.celery import app as celery_app

__all__ = ["celery_app"]
