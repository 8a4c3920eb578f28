"""Whether this installation is up: for load balancers and monitors, with no detail beyond which part is down."""

import redis
from django.conf import settings
from django.db import Error, connection
from django.http import HttpRequest, JsonResponse
from redis.backoff import NoBackoff
from redis.retry import Retry


def healthz(request: HttpRequest) -> JsonResponse:
    """The process answers."""
    return JsonResponse({"status": "up"})


def readyz(request: HttpRequest) -> JsonResponse:
    """The process can work: database and, where there is one, Redis answer. 503 otherwise."""
    parts = {"database": _database_answers(), "redis": _redis_answers()}
    up = all(parts.values())
    words = {part: "up" if answers else "down" for part, answers in parts.items()}
    return JsonResponse({"status": "up" if up else "down", **words}, status=200 if up else 503)


def _database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error:
        return False
    return True


def _redis_answers() -> bool:
    if not settings.REDIS_URL:
        return True  # nothing to be down: this installation runs without Redis
    try:
        with redis.Redis.from_url(
            settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1, retry=Retry(NoBackoff(), 0)
        ) as server:
            return bool(server.ping())
    except (redis.RedisError, ValueError):  # ValueError: the address is none
        return False
