"""What all views of the API are made of."""

import uuid
from collections.abc import Callable, Mapping
from typing import Any

from rest_framework import mixins, serializers
from rest_framework.parsers import JSONParser
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.views import APIView
from rest_framework.viewsets import GenericViewSet

from integrations.api import access, answers
from integrations.api.narrowing import Filter, Narrowing
from integrations.api.paging import Pages


class PortalView(APIView):
    """JSON in, JSON out, for staff only, with the API's own errors."""

    authentication_classes = access.AUTHENTICATION
    permission_classes = (access.IsStaff,)
    throttle_classes = (access.Pace,)
    parser_classes = (JSONParser,)
    renderer_classes: Any = (JSONRenderer,)
    metadata_class = None  # OPTIONS says nothing that the schema does not

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        answer = super().finalize_response(request, response, *args, **kwargs)
        answer.headers["Cache-Control"] = "no-store"  # it tells of people
        return answer

    def get_exception_handler(self) -> Callable[..., Any]:
        return answers.answer_to


class Rows(PortalView, mixins.ListModelMixin, mixins.RetrieveModelMixin, GenericViewSet[Any]):
    """One table: its list and its rows.

    `rights` names the right for each action; `order` is the list's, ending with a unique column; `one_serializer_class`
    shows what only the row itself shows.
    """

    permission_classes = (access.HasRight,)
    pagination_class = Pages
    filter_backends = (Narrowing,)
    lookup_value_converter = "uuid"
    rights: Mapping[str, str] = {}
    order: tuple[str, ...] = ("-created_at", "id")
    filters: Mapping[str, Filter] = {}
    search_words = ""
    search_columns: tuple[str, ...] = ()
    exact_columns: tuple[str, ...] = ()
    phone_columns: tuple[str, ...] = ()
    one_serializer_class: type[serializers.BaseSerializer[Any]] | None = None

    def get_serializer_class(self) -> type[serializers.BaseSerializer[Any]]:
        if self.action != "list" and self.one_serializer_class is not None:
            return self.one_serializer_class
        return super().get_serializer_class()

    def paginate_queryset(self, queryset: Any) -> Any:
        page = super().paginate_queryset(queryset)
        return page if page is None else self.prepared(page)

    def get_object(self) -> Any:
        return self.prepared([super().get_object()])[0]

    def prepared(self, rows: list[Any]) -> list[Any]:
        """The rows of a page, with what they need from other tables fetched for all at once."""
        return rows


def rights_of(model: str, **of_actions: str) -> dict[str, str]:
    """Looking at a table's rows asks for its view right; the other actions name theirs."""
    app, _, name = model.partition(".")
    view = f"{app}.view_{name}"
    return {"list": view, "retrieve": view, **of_actions}


class TakesOnlyWhatItKnows(serializers.Serializer[Any]):
    """What is sent and would be passed over is refused, so that a slip of the pen is no silence."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            writable = {name for name, field in self.fields.items() if not field.read_only}
            if unknown := [str(name) for name in data if name not in writable]:
                words = f"This cannot be set here. What can: {', '.join(sorted(writable)) or 'nothing'}."
                raise serializers.ValidationError({name: [words] for name in unknown})
        return super().to_internal_value(data)


class LocationBriefSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    location_id = serializers.CharField()
    name = serializers.SerializerMethodField()

    def get_name(self, location: Any) -> str:
        return str(location)


class NamedSerializer(serializers.Serializer[Any]):
    """A row by its id and what staff call it."""

    id = serializers.UUIDField()
    name = serializers.SerializerMethodField()

    def get_name(self, row: Any) -> str:
        return str(row)


def as_id(value: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(value)
    except ValueError:
        return None
