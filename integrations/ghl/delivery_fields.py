"""A delivery without its dialect: every value by one plain name, however it was nested, cased or separated."""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple, TypeVar

from integrations.ghl.json_values import clean, kind_of, number_as_text

Value = TypeVar("Value")

# Blocks that only wrap: their keys count as if they stood outside. The number is whose word comes first.
TYPED, ROOT, TRIGGER = 0, 1, 2
WRAPPERS: Mapping[str, int | None] = {
    "customdata": TYPED,
    "triggerdata": TRIGGER,
    "data": None,
    "payload": None,
    "body": None,
    "extras": None,
    "meta": None,
}
ABOUT_THE_CALL = ("message", "call")  # their keys count with and, less, without the block's name
WITHOUT_NAME = 3
WORKFLOW_BLOCKS = ("customdata", "triggerdata", "workflow")
PIPELINE_KEYS = ("pipelineid", "pipelinename", "pipelinestage", "piplelinestage", "opportunityname")  # their typo too
DEEPEST = 6

LABEL = re.compile(r"[A-Z][a-z0-9]*|.*[^A-Za-z0-9_.-].*", re.DOTALL)  # "Notes", "Call Status": as people write
UNRENDERED = re.compile(r"(\s*\{\{[^{}]*\}\})+\s*")
NOTHING = ("null", "undefined", "[object Object]")  # how JavaScript writes nothing; "Null" may be somebody's name


class Told(NamedTuple):
    """One value as it came: `path` is where it stood, for people."""

    name: str
    path: str
    value: Any
    rank: int


class Spot(NamedTuple):
    """Where in a delivery we are: the name so far, the path for people, whose word it is, and how deep."""

    prefix: str = ""
    path: str = ""
    rank: int = ROOT
    depth: int = 0

    def inside(self, **changes: Any) -> "Spot":
        return self._replace(depth=self.depth + 1, **changes)


class DeliveryFields:
    """What a delivery says, by plain names ("callstatus"); `remarks` collects what was odd about it.

    What GHL sends for an empty merge field ("", "{{phone_call.status}}", "null") counts as absent. In the free workflow
    action's body, the contact's custom fields stand among GHL's own keys under the labels that people gave them: such
    a "Call Status" is not this call's, so labels are kept apart.
    """

    def __init__(self, raw: Mapping[Any, Any]) -> None:
        self._told: dict[str, list[Told]] = {}
        self._labels: dict[str, list[Told]] = {}
        self._remarks: dict[str, None] = {}
        names = {plain_name(str(key)): value for key, value in raw.items()}
        self._is_workflow_body = any(isinstance(names.get(block), Mapping) for block in WORKFLOW_BLOCKS)
        self._walk(raw, Spot())
        self._is_opportunity = any(name in self._told for name in PIPELINE_KEYS)

    @property
    def remarks(self) -> tuple[str, ...]:
        return tuple(self._remarks)

    def remark(self, path: str, what: str) -> None:
        self._remarks[f"{clean(path)[:80]}: {what}"] = None

    # ---------------------------------------------------------------- asking

    def values(self, names: Iterable[str], *, labels: bool = False) -> Iterator[Told]:
        """What is told under these names, the most trusted first; absent values are left out."""
        wanted = tuple(names)
        found = [told for name in wanted for told in self._told.get(name, ()) if not self._is_foreign(told)]
        found.sort(key=lambda told: told.rank)  # within a rank, the names keep their order
        if labels:
            found += [told for name in wanted for told in self._labels.get(name, ())]
        return (told for told in found if not is_absent(told.value))

    def first(
        self, names: Iterable[str], read: Callable[[Any], Value | None], expected: str, *, labels: bool = False
    ) -> Value | None:
        """The first value that `read` makes sense of; those before it draw a remark. An object inside is no surprise:
        its keys have names of their own.
        """
        for told in self.values(names, labels=labels):
            value = read(told.value)
            if value is not None:
                return value
            if not isinstance(told.value, Mapping):
                self.remark(told.path, f"expected {expected}, ignored {kind_of(told.value)}")
        return None

    def text(self, names: Iterable[str], *, labels: bool = False) -> str:
        """The first text; "" when there is none."""
        return self.first(names, text_of, "text", labels=labels) or ""

    def ids(self, names: Iterable[str]) -> Iterator[str]:
        """Ids that GHL itself sends: what it says of its own accord comes before what somebody typed."""
        found = sorted(self.values(names), key=lambda told: told.rank == TYPED)
        for told in found:
            if value := id_of(told.value):
                yield value
            else:
                self.remark(told.path, "no usable id, ignored")

    def first_id(self, names: Iterable[str]) -> str:
        return next(self.ids(names), "")

    def has(self, names: Iterable[str]) -> bool:
        return next(self.values(names), None) is not None

    def root(self, name: str) -> str:
        """A text of the delivery's own, never a typed one."""
        return next((text_of(told.value) or "" for told in self.values([name]) if told.rank == ROOT), "")

    # ---------------------------------------------------------------- taking it apart

    def _walk(self, given: Mapping[Any, Any], spot: "Spot") -> None:
        for key, value in given.items():
            head, _, rest = str(key).partition(".")
            if rest:  # "location.id": 5 says what "location": {"id": 5} says
                value = {rest: value}
            plain = plain_name(head)
            if spot.depth == 0 and self._is_label(str(key), value):
                self._labels.setdefault(plain, []).append(Told(plain, head, value, spot.rank))
            else:
                self._place(plain, value, spot._replace(path=f"{spot.path}.{head}".lstrip(".")))

    def _place(self, plain: str, value: Any, spot: "Spot") -> None:
        if spot.depth >= DEEPEST:
            return
        if plain in WRAPPERS and isinstance(unwrapped := decoded(value), Mapping):
            rank = WRAPPERS[plain]
            self._walk(unwrapped, spot.inside(rank=spot.rank if rank is None or spot.rank > ROOT else rank))
            return
        name = plain_name(spot.prefix + plain)
        self._told.setdefault(name, []).append(Told(name, spot.path, value, spot.rank))
        if isinstance(value, Mapping):
            self._walk(value, spot.inside(prefix=name))
            if plain in ABOUT_THE_CALL and spot.rank < WITHOUT_NAME:
                self._walk(value, spot.inside(prefix="", rank=spot.rank + WITHOUT_NAME))

    def _is_label(self, key: str, value: Any) -> bool:
        return self._is_workflow_body and not isinstance(value, Mapping) and LABEL.fullmatch(key) is not None

    def _is_foreign(self, told: Told) -> bool:
        """Whether GHL's own key at the root speaks of the contact or of an opportunity, not of the call."""
        if told.rank != ROOT or not self._is_workflow_body:
            return False
        return told.name == "dateadded" or (self._is_opportunity and told.name in ("status", "source"))


def plain_name(key: str) -> str:
    """A key without case and separators; "phonecall" is "call"."""
    name = "".join(character for character in key.casefold() if character.isalnum())
    return name.removeprefix("phone") if name.startswith("phonecall") else name


def is_absent(value: Any) -> bool:
    if isinstance(value, str):
        text = clean(value)
        return not text or text in NOTHING or UNRENDERED.fullmatch(text) is not None
    return value is None or (isinstance(value, list | Mapping) and not value)


def text_of(value: Any) -> str | None:
    """A text, a number as text, or the one text of a list; None for anything else."""
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    text = clean(value) if isinstance(value, str) else number_as_text(value)
    return None if text is None or is_absent(text) else text


def id_of(value: Any) -> str:
    """A text that can be an id of GHL's: one word of at most 64 characters; "" for anything else."""
    text = text_of(value) or ""
    return text if len(text) <= 64 and not re.search(r"\s", text) else ""


def decoded(value: Any) -> Any:
    """An object or list that was sent as its JSON text; anything else as it is."""
    if not isinstance(value, str) or not value.lstrip().startswith(("{", "[")):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return value
