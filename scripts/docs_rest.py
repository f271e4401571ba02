"""The generated parts of the REST reference, from the OpenAPI document that the server serves."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from forecasting.settings import Settings
from scripts.docs_tables import code, table
from webapp.app.factory import build

Node = dict[str, Any]
SHARED_ERRORS = ("400", "405", "500", "503")


@lru_cache(maxsize=1)
def openapi() -> Node:
    """The OpenAPI document of an application with default settings."""
    with tempfile.TemporaryDirectory() as home:
        answer = build(Settings(home=Path(home))).server.test_client().get("/openapi.json")
        document: Node = answer.get_json()
    return document


def operations() -> Iterator[tuple[str, str, Node]]:
    """Method, path and description of every endpoint, in the order of the document."""
    for path, methods in openapi()["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation


def anchor(method: str, path: str) -> str:
    """The anchor of an endpoint's section."""
    words = path.replace("{", "").replace("}", "").strip("/").replace("/", "-").replace("_", "-")
    return f"{method.lower()}-{words}"


def index() -> str:
    """A table of all endpoints."""
    rows = [
        [f"[`{method} {path}`](#{anchor(method, path)})", operation["summary"]]
        for method, path, operation in operations()
    ]
    return table(["endpoint", "what it does"], [["`GET /`", GET_ROOT], *rows])


GET_ROOT = "The Overview page for browsers; `{api, version, status, endpoints}` for programs."


def endpoints() -> str:
    """A section for each endpoint: parameters, body and answers."""
    return "\n\n".join(_endpoint(method, path, operation) for method, path, operation in operations())


def _endpoint(method: str, path: str, operation: Node) -> str:
    parts = [f"### `{method} {path}` {{ #{anchor(method, path)} }}", operation["summary"]]
    parameters = [
        [code(p["name"]), p["in"], _type(p["schema"]), "yes" if p.get("required") else "", p.get("description", "")]
        for p in operation.get("parameters", [])
    ]
    if parameters:
        parts.append(table(["parameter", "in", "type", "required", "meaning"], parameters))
    for kind, content in operation.get("requestBody", {}).get("content", {}).items():
        parts += [f"Body: `{kind}`", _fields(_resolved(content["schema"]))]
    parts.append(_answers(operation["responses"]))
    return "\n\n".join(parts)


def _answers(responses: Node) -> str:
    texts = []
    for status, response in sorted(responses.items()):
        names = [_name(content["schema"]) for content in response.get("content", {}).values() if "schema" in content]
        shown = " or ".join(f"[`{name}`](#{name.lower()})" for name in names if name)
        if status[0] == "2":
            texts.append(f"{status}: {shown}" if shown else f"{status}")
    failures = ", ".join(status for status in sorted(responses) if status[0] != "2")
    return f"Answers {'; '.join(texts)}. Errors: {failures}."


def objects() -> str:
    """A section for each object in an answer or nested in a body."""
    schemas = openapi()["components"]["schemas"]
    bodies = {
        _name(content["schema"])
        for _, _, operation in operations()
        for content in operation.get("requestBody", {}).get("content", {}).values()
    }
    sections = [
        f"### `{name}` {{ #{name.lower()} }}\n\n{_fields(schema, required=False)}"
        for name, schema in sorted(schemas.items())
        if name not in bodies and schema.get("properties")
    ]
    return "\n\n".join(sections)


def _fields(schema: Node, *, required: bool = True) -> str:
    needed = schema.get("required", [])
    rows = []
    for name, field in schema["properties"].items():
        default = field.get("default")
        note = f" Default: `{default}`." if default not in (None, [], {}, "") else ""
        meaning = field.get("description", "") + note
        rows.append([code(name), _type(field), *(["yes" if name in needed else ""] if required else []), meaning])
    return table(["field", "type", *(["required"] if required else []), "meaning"], rows)


def _resolved(schema: Node) -> Node:
    name = _name(schema)
    resolved: Node = openapi()["components"]["schemas"][name] if name else schema
    return resolved


def _name(schema: Node) -> str:
    return str(schema.get("$ref", "")).rpartition("/")[2]


def _type(schema: Node) -> str:
    """A short text for a type, with its range or choices."""
    if reference := _name(schema):
        return f"[{reference}](#{reference.lower()})"
    if "anyOf" in schema or "allOf" in schema or "oneOf" in schema:
        kinds = list(schema.get("anyOf") or schema.get("allOf") or schema["oneOf"])
        return " or ".join(_type(part) for part in kinds if part.get("type") != "null")
    if "enum" in schema:
        return ", ".join(code(value) for value in schema["enum"])
    if schema.get("type") == "array":
        return f"list of {_type(schema.get('items', {}))}"
    name = str(schema.get("type", "any"))
    kind = "file" if schema.get("format") == "binary" else {"string": "text"}.get(name, name)
    low, high = schema.get("minimum"), schema.get("maximum")
    if low is not None and high is not None:
        return f"{kind}, {low:g} to {high:g}"
    return kind if low is None else f"{kind}, from {low:g}"
