"""What the API answers when something is wrong: one shape, in words, with a code for programs."""

from typing import Any

from django.http import HttpRequest, JsonResponse
from rest_framework import serializers, status
from rest_framework.exceptions import APIException, ErrorDetail, ValidationError
from rest_framework.response import Response
from rest_framework.views import exception_handler

WORDS_FOR_FIELDS = "Some of what was sent cannot be taken. See “fields”."


class ErrorSerializer(serializers.Serializer[Any]):
    """`detail` is for people, `code` for programs; `fields`, with 400 only, has each field's own words."""

    detail = serializers.CharField()
    code = serializers.CharField()
    fields = serializers.DictField(child=serializers.ListField(child=serializers.CharField()), required=False)  # type: ignore[assignment]


class Conflict(APIException):
    """What was asked for does not go with how things stand; the words tell what to do."""

    status_code = status.HTTP_409_CONFLICT
    default_code = "conflict"

    def __init__(self, problem: object, code: str = "conflict") -> None:
        super().__init__(str(problem), code)


class NobodyAnswers(APIException):
    """GoHighLevel could not be asked."""

    status_code = status.HTTP_502_BAD_GATEWAY
    default_code = "ghl_unreachable"


def answer_to(problem: Exception, context: dict[str, Any]) -> Response | None:
    """The answer to an exception of a view; None for what nobody expected."""
    answer = exception_handler(problem, context)
    if answer is None:
        return None
    if isinstance(problem, ValidationError):
        answer.data = _about_fields(problem.detail)
        return answer
    detail = answer.data.get("detail", "") if isinstance(answer.data, dict) else ""
    code = detail.code if isinstance(detail, ErrorDetail) else "error"
    answer.data = {"detail": str(detail), "code": code}
    return answer


def nowhere(request: HttpRequest, *args: Any, **kwargs: Any) -> JsonResponse:
    """For addresses that the API does not have."""
    return JsonResponse(
        {"detail": "There is nothing at this address. Addresses end with a slash.", "code": "not_found"}, status=404
    )


def _about_fields(detail: Any) -> dict[str, Any]:
    if not isinstance(detail, dict):
        words = _flat(detail)
        return {"detail": " ".join(words), "code": "invalid", "fields": {}}
    fields = {str(name): _flat(words) for name, words in detail.items()}
    own = fields.pop("non_field_errors", [])
    return {"detail": " ".join(own) or WORDS_FOR_FIELDS, "code": "invalid", "fields": fields}


def _flat(words: Any) -> list[str]:
    """All sentences, however deep they are; those of a list's items come with their place."""
    if isinstance(words, dict):
        return [f"{name}: {one}" for name, inner in words.items() for one in _flat(inner)]
    if isinstance(words, list):
        return [one for inner in words for one in _flat(inner)]
    return [str(words)]
