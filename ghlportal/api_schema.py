"""What the schema says of the API as a whole: how to come in, and the one shape of errors."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema

ERROR = {
    "type": "object",
    "required": ["detail", "code"],
    "properties": {
        "detail": {"type": "string", "description": "What happened and what to do, for people."},
        "code": {"type": "string", "description": "The same for programs."},
        "fields": {
            "type": "object",
            "description": "With 400 only: each field’s own words.",
            "additionalProperties": {"type": "array", "items": {"type": "string"}},
        },
    },
}
ALWAYS = {
    "401": "Nobody is logged in, or the token is not accepted.",
    "403": "The role does not include this.",
    "429": "Too many requests; `Retry-After` says when to try again.",
}


class TokenScheme(OpenApiAuthenticationExtension):
    target_class = "integrations.api.access.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, Any]:
        return {"type": "http", "scheme": "bearer", "description": "An API token, made in the admin."}


def only_the_api(endpoints: list[Any], **kwargs: Any) -> list[Any]:
    return [endpoint for endpoint in endpoints if endpoint[0].startswith("/api/")]


def with_errors(result: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
    """Every operation may end in an error, and all errors look alike."""
    result["components"]["schemas"]["Error"] = ERROR
    for path, operations in result["paths"].items():
        for method, operation in operations.items():
            for code, words in _errors_of(path, method).items():
                content = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
                operation["responses"][code] = {"description": words, "content": content}
    return result


def _errors_of(path: str, method: str) -> dict[str, str]:
    errors = dict(ALWAYS)
    if method != "get" or "{" not in path:
        errors["400"] = "What was sent makes no sense; `fields` says where."
    if "{" in path:
        errors["404"] = "There is no such row."
    if method != "get":
        errors["409"] = "It does not go with how things stand; the words say why."
    return dict(sorted(errors.items()))
