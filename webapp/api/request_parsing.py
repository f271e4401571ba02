"""From a request to checked values: JSON bodies, query strings and uploads, all refused with the same error body.

Bodies of points alone are decoded by msgspec, which is twenty times faster than pydantic and names only the first wrong
field; if it refuses one, pydantic reads the same bytes to list every wrong field.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Generic, TypeVar, cast

import msgspec
from flask import abort, request
from gunicorn.http.errors import ParseException
from pydantic import BaseModel, ValidationError
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.exceptions import RequestEntityTooLarge

from forecasting.errors import FieldError, InputError, TooLarge
from forecasting.validation import WHOLE_INPUT, field_errors, shortened
from webapp.api.schemas.common import TextFields
from webapp.app.context import context

View = TypeVar("View", bound=Callable[..., object])
Body = TypeVar("Body", bound=msgspec.Struct)
Fields = TypeVar("Fields", bound=BaseModel)

MAX_FILES = 10_000
"""Files in one upload; as many as an archive may hold."""

MAX_TEXT_PARTS = 200
FULL_LIST_BYTES = 1 << 20
NO_NUMBER = re.compile(rb"NaN|Infinity")


def documents(**parts: type[BaseModel]) -> Callable[[View], View]:
    """Let the OpenAPI document describe `body`, `form`, `query` or `path` of a view that reads them itself.

    The two attributes are what flask-openapi3's own `validate_request` decorator relies on.
    """

    def mark(view: View) -> View:
        marked: Any = view
        marked.__annotations__ = {**view.__annotations__, **parts}
        marked.__delay_validate_request__ = True
        return view

    return mark


@dataclass(frozen=True)
class JsonBody(Generic[Body]):
    """How a body of points is read: the struct for speed, the model for the document and the list of errors."""

    struct: type[Body]
    model: type[BaseModel]

    def read(self) -> Body:
        """Return the body of the current request; raises 415, 413 and InputError naming every wrong field."""
        raw = _json_bytes()
        try:
            return msgspec.json.decode(raw, type=self.struct)
        except msgspec.ValidationError as error:
            raise _wrong_fields(self._every_error(raw) or [FieldError(*_place(error))]) from error
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
            raise _not_json(str(error).removeprefix("JSON is malformed: "), raw) from error

    def _every_error(self, raw: bytes) -> list[FieldError]:
        if len(raw) > FULL_LIST_BYTES:
            return []
        try:
            self.model.model_validate_json(raw)
        except ValidationError as error:
            return field_errors(error, self.model)
        return []


def read_json(model: type[Fields]) -> Fields:
    """Return the body of the current request as `model`; raises 415, 413 and InputError naming every wrong field."""
    raw = _json_bytes()
    try:
        return model.model_validate_json(raw, strict=True)
    except ValidationError as error:
        details = error.errors(include_url=False)
        if details[0]["type"] == "json_invalid":
            raise _not_json(details[0]["msg"].removeprefix("Invalid JSON: "), raw) from error
        raise _wrong_fields(field_errors(error, model)) from error


def _json_bytes() -> bytes:
    _require("application/json")
    refuse_query()
    return _raw_body(context().settings.max_json_bytes)


def _not_json(problem: str, raw: bytes) -> InputError:
    hint = " NaN and Infinity are not JSON; write null for unknown values." if NO_NUMBER.search(raw) else ""
    return InputError(f"The body is not valid JSON: {problem}.{hint}", field=WHOLE_INPUT)


def read_fields(model: type[Fields], *sources: MultiDict[str, str]) -> Fields:
    """Return text fields (query string, form) as `model`; a later source wins, an empty text is absent.

    Raises InputError naming every wrong and every unknown field.
    """
    repeatable = model.repeatable if issubclass(model, TextFields) else frozenset()
    values: dict[str, object] = {}
    for source in sources:
        for key, texts in source.lists():
            given = [text for text in texts if text != ""]
            if given:
                values[key] = given if key in repeatable else given[-1]
    return check_fields(model, values)


def refuse_query() -> None:
    """Raise InputError for a query string, naming its fields, if the call takes none."""
    if request.args:
        read_fields(_Nothing, request.args)


class _Nothing(TextFields):
    """No fields."""


def check_fields(model: type[Fields], values: dict[str, object]) -> Fields:
    """Return `values` as `model`; raises InputError naming every wrong and every unknown field."""
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise _wrong_fields(field_errors(error, model)) from error


def read_upload(model: type[Fields]) -> tuple[Fields, list[FileStorage]]:
    """Return the fields and the `file` parts of a multipart form; large files are on disk already.

    Fields may come in the query string too; the form wins. Raises 415, 413 and InputError.
    """
    _require("multipart/form-data")
    request.max_content_length = limit = context().settings.max_upload_bytes
    request.max_form_parts = MAX_FILES + MAX_TEXT_PARTS
    _refuse_length(request.content_length, limit, "DATAFLOW_MAX_UPLOAD_BYTES")
    with _receiving():
        files = [file for file in request.files.getlist("file") if file.filename]
    if len(files) > MAX_FILES:
        raise _too_many_files()
    if not files:
        raise InputError(
            "file is missing; send at least one file part named `file` that has a file name.", field="file"
        )
    unknown = sorted(set(request.files) - {"file"})
    if unknown:
        raise _wrong_fields(
            [FieldError(name, f"{name} is not a known file part. Known part: file.") for name in unknown]
        )
    return read_fields(model, request.args, request.form), files


def named_streams(files: list[FileStorage]) -> list[Path | tuple[str, BinaryIO]]:
    """Return uploaded files as importing takes them: each name with its stream."""
    return [(file.filename or "", cast(BinaryIO, file.stream)) for file in files]


def _wrong_fields(errors: list[FieldError]) -> InputError:
    message = errors[0].message if len(errors) == 1 else f"{errors[0].message} ({len(errors)} fields are wrong.)"
    return InputError(message, errors=errors)


def _place(error: msgspec.ValidationError) -> tuple[str, str]:
    """msgspec's `... - at `$.data[2].ds`` as the dotted field and the message."""
    message, _, path = str(error).partition(" - at `$")
    field = path.rstrip("`").replace("[", ".").replace("]", "").lstrip(".") or WHOLE_INPUT
    return field, f"{field}: {message}."


def _require(mimetype: str) -> None:
    if request.mimetype != mimetype:
        got = request.mimetype or "nothing"
        abort(415, description=f"Content-Type must be {mimetype} (got {shortened(got)}).")
    if request.content_encoding not in (None, "", "identity"):
        got = shortened(request.content_encoding)
        abort(415, description=f"Content-Encoding must be absent: send the body as it is (got {got}).")


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
            f"The body must have at most {limit} bytes ({variable} sets the limit; got {length} or more).",
            field=WHOLE_INPUT,
        )


@contextmanager
def _receiving() -> Iterator[None]:
    """A body that is badly chunked is the sender's fault; gunicorn raises this while the body is read."""
    try:
        yield
    except ParseException as error:
        raise InputError(f"The body could not be received: {error}.", field=WHOLE_INPUT) from error
    except RequestEntityTooLarge as error:
        if (request.max_form_parts or 0) > MAX_FILES:  # of an upload whose bytes are within the limit
            raise _too_many_files() from error
        raise


def _too_many_files() -> TooLarge:
    return TooLarge(
        f"An upload must have at most {MAX_FILES:,} files and {MAX_TEXT_PARTS} other fields; send more as one archive "
        "(zip or tar), or in several uploads with append=true.",
        field="file",
    )
