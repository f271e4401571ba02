"""From a request to checked values: JSON bodies, query strings and uploads, all refused with the same error body.

Bodies with points are decoded by msgspec, which is twenty times faster than pydantic and names only the first wrong
field; when it refuses, pydantic reads the same bytes to list every wrong field.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import ClassVar, TypeVar

import msgspec
from flask import abort, request
from gunicorn.http.errors import ParseException
from pydantic import BaseModel, ConfigDict, ValidationError
from werkzeug.datastructures import FileStorage, MultiDict

from forecasting.errors import FieldError, InputError, TooLarge
from webapp.app.context import context

View = TypeVar("View", bound=Callable)
Body = TypeVar("Body", bound=msgspec.Struct)
Fields = TypeVar("Fields", bound=BaseModel)

LISTED_ERRORS = 20
FULL_LIST_BYTES = 1 << 20
NO_NUMBER = re.compile(rb"NaN|Infinity")
SHOWN_CHARACTERS = 60


def documents(**parts: type[BaseModel]) -> Callable[[View], View]:
    """Let the OpenAPI document describe `body`, `form`, `query` or `path` of a view that reads them itself.

    The two attributes are what flask-openapi3's own `validate_request` decorator relies on.
    """

    def mark(view: View) -> View:
        view.__annotations__ = {**view.__annotations__, **parts}
        view.__delay_validate_request__ = True
        return view

    return mark


@dataclass(frozen=True)
class JsonBody:
    """How one call's JSON body is read: the struct for speed, the model for the documents and the list of errors."""

    struct: type[msgspec.Struct]
    model: type[BaseModel]

    def read(self) -> msgspec.Struct:
        """The body of the current request; raises 415, 413 and InputError naming every wrong field."""
        _require("application/json")
        refuse_query()
        raw = _raw_body(context().settings.max_json_bytes)
        try:
            return msgspec.json.decode(raw, type=self.struct)
        except msgspec.ValidationError as error:
            raise _wrong_fields(self._every_error(raw) or [FieldError(*_place(error))]) from error
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
            problem = str(error).removeprefix("JSON is malformed: ")
            hint = " NaN and Infinity are no JSON; write null for what is unknown." if NO_NUMBER.search(raw) else ""
            raise InputError(f"The body is not valid JSON: {problem}.{hint}", field="body") from error

    def _every_error(self, raw: bytes) -> list[FieldError]:
        if len(raw) > FULL_LIST_BYTES:
            return []
        try:
            self.model.model_validate_json(raw)
        except ValidationError as error:
            return field_errors(error, self.model)
        return []


def read_fields(model: type[Fields], *sources: MultiDict[str, str]) -> Fields:
    """Check text fields (query string, form) against `model`; a later source wins, an empty text is absent.

    Raises InputError naming every wrong and every unknown field.
    """
    values: dict[str, object] = {}
    for source in sources:
        for key, texts in source.lists():
            given = [text for text in texts if text != ""]
            if given:
                values[key] = given if key in model.repeatable else given[-1]
    return check_fields(model, values)


def refuse_query() -> None:
    """Raise InputError naming what is in the query string of a call that takes nothing there."""
    if request.args:
        read_fields(_Nothing, request.args)


class _Nothing(BaseModel):
    model_config = ConfigDict(extra="forbid")
    repeatable: ClassVar[frozenset[str]] = frozenset()


def check_fields(model: type[Fields], values: dict[str, object]) -> Fields:
    """`values` as `model`; raises InputError naming every wrong and every unknown field."""
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise _wrong_fields(field_errors(error, model)) from error


def read_upload(model: type[Fields]) -> tuple[Fields, list[FileStorage]]:
    """The fields and the `file` parts of a multipart form, the files already on disk where they are large.

    Fields may come in the query string too; the form wins. Raises 415, 413 and InputError.
    """
    _require("multipart/form-data")
    request.max_content_length = limit = context().settings.max_upload_bytes
    _refuse_length(request.content_length, limit, "DATAFLOW_MAX_UPLOAD_BYTES")
    with _receiving():
        files = [file for file in request.files.getlist("file") if file.filename]
    if not files:
        raise InputError(
            "file is missing; send at least one file part named `file` that has a file name.", field="file"
        )
    unknown = sorted(set(request.files) - {"file"})
    if unknown:
        raise _wrong_fields(
            [FieldError(name, f"{name} is not a known file part; the part is `file`.") for name in unknown]
        )
    return read_fields(model, request.args, request.form), files


def field_errors(error: ValidationError, model: type[BaseModel]) -> list[FieldError]:
    """pydantic's errors against `model` with dotted paths and in words, the first few of them."""
    found = error.errors(include_url=False, include_context=False)
    listed = [_in_words(entry, model) for entry in found[:LISTED_ERRORS]]
    if len(found) > LISTED_ERRORS:
        listed.append(FieldError("body", f"{len(found) - LISTED_ERRORS} more fields are wrong."))
    return listed


def _in_words(entry: dict, model: type[BaseModel]) -> FieldError:
    field = ".".join(str(part) for part in entry["loc"]) or "body"
    shown = _shortened(field)
    if entry["type"] == "missing":
        return FieldError(shown, f"{shown} is missing.")
    if entry["type"] == "extra_forbidden":
        known = f"; there are {', '.join(model.model_fields) or 'none'}" if len(entry["loc"]) == 1 else ""
        return FieldError(shown, f"{shown} is not a known field{known}.")
    if entry["type"] == "json_invalid":
        return FieldError("body", f"The body is not valid JSON: {entry['msg'].removeprefix('Invalid JSON: ')}.")
    rule = re.sub("^(Input|String|List) | after validation.*", "", entry["msg"])
    got = "" if entry["type"] in ("too_short", "too_long") else f", not {_shortened(repr(entry['input']))}"
    return FieldError(shown, f"{shown} {rule}{got}.")


def _shortened(text: str) -> str:
    return text if len(text) <= SHOWN_CHARACTERS else f"{text[:SHOWN_CHARACTERS]}…"


def _wrong_fields(errors: list[FieldError]) -> InputError:
    message = errors[0].message if len(errors) == 1 else f"{errors[0].message} ({len(errors)} fields are wrong.)"
    return InputError(message, errors=errors)


def _place(error: msgspec.ValidationError) -> tuple[str, str]:
    """msgspec's `... - at `$.data[2].ds`` as the dotted field and the message."""
    message, _, path = str(error).partition(" - at `$")
    field = path.rstrip("`").replace("[", ".").replace("]", "").lstrip(".") or "body"
    return field, f"{field}: {message}."


def _require(mimetype: str) -> None:
    if request.mimetype != mimetype:
        got = request.mimetype or "nothing"
        abort(415, description=f"Content-Type is {_shortened(got)}; this call takes {mimetype}.")
    if request.content_encoding not in (None, "", "identity"):
        abort(415, description=f"Content-Encoding is {_shortened(request.content_encoding)}; send the body as it is.")


def _raw_body(limit: int) -> bytes:
    # A body without a length is cut off silently at its limit: one byte more tells whether it was over.
    request.max_content_length = limit + 1
    _refuse_length(request.content_length, limit, "DATAFLOW_MAX_JSON_BYTES")
    with _receiving():
        raw = request.get_data(cache=False)
    _refuse_length(len(raw), limit, "DATAFLOW_MAX_JSON_BYTES")
    return raw


def _refuse_length(length: int | None, limit: int, variable: str) -> None:
    if length is not None and length > limit:
        raise TooLarge(
            f"The body has at least {length} bytes; the limit is {limit} ({variable} sets it).", field="body"
        )


@contextmanager
def _receiving() -> Iterator[None]:
    """A body that is badly chunked is the sender's fault; gunicorn raises this while the body is read."""
    try:
        yield
    except ParseException as error:
        raise InputError(f"The body could not be received: {error}.", field="body") from error
