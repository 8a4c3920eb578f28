"""What the webhook is measured against: a Django application of one view with one INSERT.

Without middleware, or with that of the portal where the environment has BENCHMARK_MIDDLEWARE.
"""

import os
import uuid

import django
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

TABLE = "benchmark_bodies"


@csrf_exempt
def take(request: HttpRequest) -> HttpResponse:
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {TABLE} (id, body) VALUES (%s, %s)", [str(uuid.uuid4()), request.body.decode()])  # noqa: S608
    return HttpResponse("{}", content_type="application/json", headers={"Content-Length": "2"})


urlpatterns = [path("", take)]
settings.ROOT_URLCONF = "benchmarks.bare_insert"
if "BENCHMARK_MIDDLEWARE" not in os.environ:
    settings.MIDDLEWARE = []
django.setup()
application = WSGIHandler()
