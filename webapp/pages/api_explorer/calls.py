"""The calls of the OpenAPI document as forms: their fields and an example of their body."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from forecasting.access.roles import Role
from webapp.access.access_rules import ROLE_EXTENSION

JSON, FORM = "application/json", "multipart/form-data"
PATH, QUERY, FORM_FIELD, FILE = "path", "query", "form", "file"

Schema = Mapping[str, Any]


@dataclass(frozen=True)
class CallField:
    """One field of a call outside a JSON body. `where` is PATH, QUERY, FORM_FIELD or FILE; `many` may be repeated.

    `choices` are the allowed values (none: any text); `default` is the value if it is left empty ("": none).
    """

    name: str
    where: str
    required: bool
    description: str
    choices: tuple[str, ...] = ()
    default: str = ""
    many: bool = False


@dataclass(frozen=True)
class Call:
    """One call. `body` is the example of its JSON body, None if it has no body.

    `changes` means that it changes stored data, which needs the role operator and which a read-only install rejects.
    """

    method: str
    path: str
    group: str
    summary: str
    operation: str
    fields: tuple[CallField, ...]
    body: Schema | None
    changes: bool

    @property
    def name(self) -> str:
        """The name in lists and in the address of the page: `POST /forecast/predict`."""
        return f"{self.method} {self.path}"


def calls_of(document: Schema) -> tuple[Call, ...]:
    """Return every call of an OpenAPI document, in its order."""
    return tuple(
        _call(document, path, method, operation)
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
    )


def _call(document: Schema, path: str, method: str, operation: Schema) -> Call:
    content = operation.get("requestBody", {}).get("content", {})
    form = tuple(_form_fields(document, content[FORM]["schema"])) if FORM in content else ()
    named = {field.name for field in form}
    # A form's fields may be in the query string too; show them once
    parameters = tuple(field for field in map(_parameter, operation.get("parameters", ())) if field.name not in named)
    return Call(
        method=method.upper(),
        path=path,
        group=operation["tags"][0],
        summary=operation["summary"],
        operation=operation["operationId"],
        fields=parameters + form,
        body=_example(_resolved(document, content[JSON]["schema"])) if JSON in content else None,
        changes=operation.get(ROLE_EXTENSION) == Role.OPERATOR and method != "get",
    )


def _parameter(parameter: Schema) -> CallField:
    required = parameter.get("required", False)
    return _field(parameter["name"], parameter["in"], required, parameter["schema"])


def _form_fields(document: Schema, schema: Schema) -> Iterator[CallField]:
    resolved = _resolved(document, schema)
    for name, one in resolved["properties"].items():
        is_file = "binary" in (one.get("format"), one.get("items", {}).get("format"))
        yield _field(name, FILE if is_file else FORM_FIELD, name in resolved.get("required", ()), one)


def _field(name: str, where: str, required: bool, schema: Schema) -> CallField:
    many = schema.get("type") == "array"
    default = "" if many else _text(schema.get("default", ""))
    choices = ("true", "false") if schema.get("type") == "boolean" else tuple(map(_text, schema.get("enum", ())))
    return CallField(name, where, required, schema.get("description", ""), choices, default, many)


def _example(schema: Schema) -> dict[str, object]:
    """Return the example of a body, its fields in the order of the schema."""
    return {name: schema["example"][name] for name in schema["properties"] if name in schema["example"]}


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _resolved(document: Schema, schema: Schema) -> Schema:
    """Return the schema itself, or the one it refers to."""
    place: Schema = document
    for part in schema.get("$ref", "").removeprefix("#/").split("/"):
        place = place[part] if part else schema
    return place
