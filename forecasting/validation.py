"""Input models: what the definition of a field says about it, and pydantic's errors as an InputError.

A field is defined once, with its type, range, title, description and unit. Every surface that takes it (REST, command
line, address, form) and every message about it is derived from that definition.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, NamedTuple, Union, get_args, get_origin

import numpy as np
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    GetCoreSchemaHandler,
    Strict,
    ValidationError,
    create_model,
    model_validator,
)
from pydantic.fields import FieldInfo
from pydantic_core import CoreSchema, ErrorDetails, PydanticCustomError, PydanticUndefined, core_schema

from forecasting.errors import FieldError, InputError

LISTED_ERRORS = 20
SHOWN_CHARACTERS = 60
HUGE = 1e9
WHOLE_INPUT = "body"
"""The field named when the input as a whole is wrong."""

INPUT_MODEL = ConfigDict(extra="forbid", allow_inf_nan=False)


def _plain(value: object) -> object:
    """A numpy scalar as Python's own number."""
    return value.item() if isinstance(value, np.generic) else value


def _plain_integer(value: object) -> object:
    """The same, and 7.0 as 7: JSON from a browser has it."""
    value = _plain(value)
    return int(value) if isinstance(value, float) and value.is_integer() else value


Number = Annotated[float, BeforeValidator(_plain), Strict()]
"""A finite number; neither text nor true stands for one."""

Whole = Annotated[int, BeforeValidator(_plain_integer), Strict()]


@dataclass(frozen=True)
class OneOf:
    """An annotation of text that must be one of these names, which are known only when the program runs."""

    names: tuple[str, ...]

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        """What pydantic asks an annotation for."""
        return core_schema.literal_schema(list(self.names))


@dataclass(frozen=True)
class GivenFieldsOf:
    """An annotation of a mapping that holds some fields of `model`: checked by it, and left as given without None."""

    model: type[BaseModel]

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        """What pydantic asks an annotation for."""
        return core_schema.no_info_after_validator_function(_given, handler(self.model))


def _given(fields: BaseModel) -> dict[str, object]:
    return fields.model_dump(exclude_none=True)


def description_of(info: FieldInfo, scale: float = 1.0, unit: str = "") -> str:
    """Return what a field means, with its default unless its description has one, in another unit on request."""
    text, default = info.description or "", info.default
    if "Default:" in text or default is None or default is PydanticUndefined:
        return text
    if isinstance(default, bool):
        shown = str(default).lower()
    elif isinstance(default, int | float):
        shown = f"{default * scale:g} {unit}".rstrip() if scale != 1.0 else f"{default:g}"
    else:
        return text
    return f"{text} Default: {shown}."


def documentation_of(info: FieldInfo) -> str:
    """Return what a field means, with its default and its unit, unless its description has them."""
    text, unit = description_of(info), unit_of(info)
    return f"{text} Unit: {unit}." if unit and "Unit:" not in text else text


class Bounds(NamedTuple):
    """The range of a number: None for no bound; `above` and `below` say that the bound itself is not allowed."""

    least: float | None
    most: float | None
    above: bool
    below: bool

    def scaled(self, factor: float) -> Bounds:
        """The range of the same quantity in another unit."""
        least, most = (None if edge is None else edge * factor for edge in (self.least, self.most))
        return Bounds(least, most, self.above, self.below)

    def holds(self, value: float) -> bool:
        """Return whether a value lies within the range."""
        over = self.least is None or (value > self.least if self.above else value >= self.least)
        return over and (self.most is None or (value < self.most if self.below else value <= self.most))

    def __str__(self) -> str:
        return self.text()

    def text(self, *, huge: bool = False) -> str:
        """Return ` from 1 to 10,000`, ` above 0`; a `huge` upper bound, which only keeps numbers finite, on request."""
        most_shown = self.most if huge or self.most is None or self.most < HUGE else None
        least, most = (None if edge is None else _number(edge) for edge in (self.least, most_shown))
        if least is not None and most is not None and not self.above and not self.below:
            return f" from {least} to {most}"
        low = "" if least is None else f"above {least}" if self.above else f"of at least {least}"
        high = "" if most is None else f"below {most}" if self.below else f"at most {most}"
        return "".join(f" {part}" for part in (" and ".join(part for part in (low, high) if part),) if part)


def _number(value: float) -> str:
    return f"{value:,.15g}" if abs(value) < 1e15 else f"{value:,.0f}"


def fields_of(model: type) -> Mapping[str, FieldInfo]:
    """Return the fields of a pydantic model or dataclass by name, in order."""
    fields: Mapping[str, FieldInfo] = getattr(model, "__pydantic_fields__", {})
    return fields


def unit_of(info: FieldInfo) -> str:
    """Return the unit of a field as a form shows it; empty if it has none."""
    extra = info.json_schema_extra
    return str(extra.get("unit", "")) if isinstance(extra, dict) else ""


def kind_of(info: FieldInfo) -> type:
    """Return the plain type of a field: float for `Annotated[float, ...] | None`."""
    kind, _ = _unwrapped(info)
    return get_origin(kind) or kind


def bounds_of(info: FieldInfo) -> Bounds:
    """Return the range of a number field."""
    _, metadata = _unwrapped(info)
    edges = {name: getattr(one, name) for one in metadata for name in ("ge", "gt", "le", "lt") if hasattr(one, name)}
    least, most = edges.get("gt", edges.get("ge")), edges.get("lt", edges.get("le"))
    return Bounds(least, most, "gt" in edges, "lt" in edges)


def names_of(info: FieldInfo) -> tuple[str, ...]:
    """Return the names that a field must be one of; none if it is no such field."""
    kind, metadata = _unwrapped(info)
    own = next((one.names for one in metadata if isinstance(one, OneOf)), ())
    return own or (tuple(map(str, get_args(kind))) if str(get_origin(kind)) == "typing.Literal" else ())


def rule_of(info: FieldInfo, *, huge: bool = False) -> str:
    """Return what a value of a field must be: `an integer from 1 to 10,000`, `one of keda, hpa`, `true or false`."""
    kind, metadata = _unwrapped(info)
    names = names_of(info)
    if names:
        return f"one of {', '.join(names)}"
    if kind is bool:
        return "true or false"
    if kind in (int, float):
        return f"{'an integer' if kind is int else 'a number'}{bounds_of(info).text(huge=huge)}"
    if kind is str:
        patterns = (getattr(one, "pattern", None) for one in metadata)
        pattern = next((one for one in patterns if one), None)
        return f"text that matches {pattern}" if pattern else "text"
    if get_origin(kind) in (list, tuple) or kind in (list, tuple):
        return f"a list{_length_of(metadata)}"
    return "an object with its fields by name"


def _length_of(metadata: Iterable[object]) -> str:
    least = next((one.min_length for one in metadata if hasattr(one, "min_length")), 0)
    most = next((one.max_length for one in metadata if hasattr(one, "max_length")), None)
    if most is not None:
        return f" of {least} to {most:,} entries" if least else f" of at most {most:,} entries"
    return f" of at least {least} entry" if least == 1 else f" of at least {least} entries" if least else ""


def _unwrapped(info: FieldInfo) -> tuple[Any, list[object]]:
    """The type of a field without None, and all metadata on the way to it."""
    kind, metadata = info.annotation, list(info.metadata)
    while True:
        if get_origin(kind) is Annotated:
            kind, *more = get_args(kind)
            metadata += more
        elif get_origin(kind) in (Union, types.UnionType):
            left = [one for one in get_args(kind) if one is not types.NoneType]
            if len(left) != 1:
                return kind, metadata
            (kind,) = left
        else:
            return kind, metadata


def given_annotation(info: FieldInfo, *, text: bool = False) -> Any:
    """Return the type of a field that may be absent; with `text` its value arrives as text and is read leniently."""
    kind, metadata = _unwrapped(info)
    if text:
        metadata = [one for one in metadata if not isinstance(one, BeforeValidator | Strict)]
    return (Annotated[kind, *metadata] if metadata else kind) | None


def without_null(schema: dict[str, Any]) -> None:
    """Take null out of the documented schema of a field: a query string or form cannot express it."""
    schema.pop("default", None)
    (only,) = (choice for choice in schema.pop("anyOf") if choice != {"type": "null"})
    schema.update(only)


def optional_field(info: FieldInfo, *, text: bool = False) -> tuple[Any, FieldInfo]:
    """Return the same field for a model in which it may be absent or null, as `pydantic.create_model` takes it.

    With `text` its value arrives as text (query string, form).
    """
    field = FieldInfo(
        default=None,
        title=info.title,
        description=documentation_of(info) or None,
        examples=None if text else info.examples,
        json_schema_extra=without_null if text else info.json_schema_extra,
    )
    return given_annotation(info, text=text), field


def required_field(info: FieldInfo) -> tuple[Any, FieldInfo]:
    """Return the same field for a model in which it is always present, such as that of a response."""
    field = FieldInfo(
        title=info.title, description=documentation_of(info) or None, json_schema_extra=info.json_schema_extra
    )
    return Annotated[info.annotation, *info.metadata] if info.metadata else info.annotation, field


def fields_model(
    name: str,
    description: str,
    fields: Mapping[str, FieldInfo],
    *,
    text: bool = False,
    consistent: Callable[[BaseModel], BaseModel] | None = None,
) -> type[BaseModel]:
    """Return a model of the same fields where each may be absent; `consistent` checks them together."""
    definitions: dict[str, Any] = {field: optional_field(info, text=text) for field, info in fields.items()}
    validators: dict[str, Any] = {"consistent": model_validator(mode="after")(consistent)} if consistent else {}
    return create_model(name, __config__=INPUT_MODEL, __doc__=description, __validators__=validators, **definitions)


def contradiction(field: str, message: str) -> PydanticCustomError:
    """Return the error of a field that contradicts another one, for a validator of the whole model to raise.

    `message` is a whole sentence that begins with the field's name.
    """
    return PydanticCustomError("contradiction", "{message}", {"field": field, "message": message})


def input_error(error: ValidationError, model: Any, parent: str = "") -> InputError:
    """Return pydantic's errors against `model` as one InputError with a FieldError for each wrong field.

    Names are dotted paths below `parent`.
    """
    errors = field_errors(error, model, parent)
    return InputError(" ".join(dict.fromkeys(one.message for one in errors)), errors=errors)


def field_errors(error: ValidationError, model: Any, parent: str = "") -> list[FieldError]:
    """Return a FieldError for each wrong field, the first LISTED_ERRORS of them and how many more there are."""
    details = error.errors(include_url=False)
    listed = [one for detail in details[:LISTED_ERRORS] for one in _errors_of(detail, model, parent)]
    if len(details) > LISTED_ERRORS:
        listed.append(FieldError(WHOLE_INPUT, f"{len(details) - LISTED_ERRORS} more fields are wrong."))
    return listed


def _errors_of(detail: ErrorDetails, model: Any, parent: str) -> Iterable[FieldError]:
    place = [str(part) for part in detail["loc"]]
    context = detail.get("ctx", {})
    if detail["type"] == "contradiction":
        path, message = _dotted(parent, *place), str(context["message"])
        for field in str(context["field"]).split(","):
            placed = f"{path}.{message}" if path and message.startswith(field) else message
            yield FieldError(_dotted(path, field), placed)
        return
    field = shortened(_dotted(parent, *place) or WHOLE_INPUT)
    owner, info = _definition(model, detail["loc"])
    yield FieldError(field, _message(detail, field, owner, info))


def _message(detail: ErrorDetails, field: str, owner: type | None, info: FieldInfo | None) -> str:
    kind = detail["type"]
    if kind in ("missing", "missing_argument"):
        return f"{field} is missing."
    if kind in ("extra_forbidden", "unexpected_keyword_argument"):
        known = f" Known fields: {', '.join(fields_of(owner)) or 'none'}." if owner else ""
        return f"{field} is not a known field.{known}"
    if kind == "json_invalid":
        return f"The body is not valid JSON: {detail['msg'].removeprefix('Invalid JSON: ')}."
    got = "" if kind in ("too_short", "too_long") else f" (got {shortened(repr(detail['input']))})"
    if kind == "finite_number":
        return f"{field} must be a finite number{got}."
    if info is not None and field != WHOLE_INPUT:
        return f"{field} must be {rule_of(info, huge=kind.startswith('less_than'))}{got}."
    if field == WHOLE_INPUT:
        return f"The {field} must be {'a list' if kind == 'list_type' else 'an object with its fields by name'}{got}."
    return f"{field} is wrong: {detail['msg']}{got}."


def _definition(model: Any, place: tuple[int | str, ...]) -> tuple[type | None, FieldInfo | None]:
    """The model that a wrong value belongs to, and the definition of its field (None: not known by name)."""
    root = FieldInfo.from_annotation(model)
    owner: type | None = _model_of(root)
    info: FieldInfo | None = root
    for part in place:
        if info is None:
            break
        info = fields_of(owner).get(str(part)) if owner else _entry_type(info)
        owner = owner if info is None else _model_of(info)
    return owner, info


def _model_of(info: FieldInfo) -> type | None:
    """The model that a field holds, or some fields of."""
    kind, metadata = _unwrapped(info)
    given = next((one.model for one in metadata if isinstance(one, GivenFieldsOf)), None)
    return given or (kind if isinstance(kind, type) and fields_of(kind) else None)


def _entry_type(info: FieldInfo) -> FieldInfo | None:
    """The definition of an entry of a list, or of a value of a mapping."""
    arguments = [one for one in get_args(_unwrapped(info)[0]) if one is not Ellipsis]
    return FieldInfo.from_annotation(arguments[-1]) if arguments else None


def _dotted(*parts: str) -> str:
    return ".".join(part for part in parts if part)


def shortened(text: str) -> str:
    """Return the start of a text that quotes what a caller wrote, which may have any length."""
    return text if len(text) <= SHOWN_CHARACTERS else f"{text[:SHOWN_CHARACTERS]}…"
