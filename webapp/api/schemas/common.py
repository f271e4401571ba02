"""Requests and responses of every call: the models of the OpenAPI document, and the fast twins of those with points.

Requests refuse unknown fields. Responses may carry more fields than a model names.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

import msgspec
from flask_openapi3 import FileStorage
from flask_openapi3.models.data_type import DataType
from flask_openapi3.models.media_type import MediaType
from flask_openapi3.models.schema import Schema
from pydantic import BaseModel, ConfigDict, Field

from forecasting.catalog.appended_series import OVERLAP_RULES
from forecasting.forecasters.registry import MODEL_NAMES
from forecasting.plain_names import PLAIN_NAME
from forecasting.readers.options import DUPLICATE_RULES, FORMATS, MISSING_RULES, UNITS
from forecasting.timeseries.timeframes import API_TIMEFRAMES
from forecasting.validation import OneOf, without_null
from webapp.api.schemas.derived import answer_config


def _any_of(names: tuple[str, ...]) -> msgspec.Meta:
    """What msgspec checks where pydantic checks OneOf."""
    return msgspec.Meta(pattern=f"^({'|'.join(names)})$")


ModelName = Annotated[str, OneOf(MODEL_NAMES), _any_of(MODEL_NAMES)]
TimeframeName = Annotated[str, OneOf(API_TIMEFRAMES), _any_of(API_TIMEFRAMES)]


class PointIn(msgspec.Struct, forbid_unknown_fields=True):
    """One posted bin: its time as text and its count, None if unknown."""

    ds: str
    y: float | None


Points = Annotated[list[PointIn], msgspec.Meta(min_length=1)]
SetName = Annotated[str, msgspec.Meta(pattern=PLAIN_NAME)]


class PointsIn(msgspec.Struct, forbid_unknown_fields=True):
    """The fast twin of PointsBody."""

    data: Points
    create: bool = False
    timeframe: str | None = None
    time_zone: str | None = None


class ManyPointsIn(msgspec.Struct, forbid_unknown_fields=True):
    """The fast twin of ManyPointsBody."""

    data: Annotated[dict[str, Points], msgspec.Meta(min_length=1)]


class Request(BaseModel):
    """A request: strict where JSON has types, and without unknown fields."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)


def example(**fields: Any) -> ConfigDict:
    """Give a body a whole example in the document."""
    return ConfigDict(json_schema_extra={"example": fields})


class TextFields(BaseModel):
    """Fields that arrive as text (query string, form): read leniently, without unknown ones."""

    model_config = ConfigDict(extra="forbid")

    repeatable: ClassVar[frozenset[str]] = frozenset()


def optional(description: str, **rules: Any) -> Any:
    """A text field that may be absent."""
    return Field(default=None, description=description, json_schema_extra=without_null, **rules)


class Envelope(BaseModel):
    """The response of every call that succeeded."""

    model_config = ConfigDict(extra="allow")

    success: bool = Field(examples=[True])
    message: str


class FieldMessage(BaseModel):
    """One wrong field."""

    field: str = Field(description="Dotted path, such as data.2.ds")
    message: str


class Failure(BaseModel):
    """The error body of every call."""

    success: Literal[False]
    message: str
    errors: list[FieldMessage]
    request_id: str | None = Field(None, description="Id of the request in the server log; with status 500 and above")


class Point(Request):
    """One bin: the time of its left edge and the requests in it."""

    ds: str = Field(description="Time of the bin, such as 1995-08-01 00:00:00", examples=["1995-08-01 00:00:00"])
    y: float | None = Field(description="Requests in the bin; null if unknown", examples=[57.0])


POINTS = Field(min_length=1, description="History, one row per bin, oldest first; a single row is enough")
CALENDAR_HELP = (
    "Known events and holidays: each multiplies the forecasts of its own times by a factor, given or learned"
)


class RenameBody(Request):
    """The new name of a data set."""

    model_config = example(name="trial-july")

    name: str = Field(pattern=PLAIN_NAME, examples=["shop-july"])


class ImportFields(TextFields):
    """The options of an import."""

    repeatable: ClassVar[frozenset[str]] = frozenset({"outage", "where"})

    name: str = Field(pattern=PLAIN_NAME, description="Name of the data set")
    format: Annotated[str, OneOf(FORMATS)] | None = optional("Format of the file. Default: detected")
    pattern: str | None = optional("Regular expression with a group named `time`")
    time_format: str | None = optional("strptime format of that group")
    time_zone: str | None = optional("IANA name or offset")
    timeframe: str | None = optional("Bin; a log is counted by the minute if absent")
    outage: list[str] = Field(default=[], description="START/END of a span to treat as unknown; repeatable")
    keep_zero_runs: bool = Field(default=False, description="Do not treat long runs of zeros as unknown")
    duplicates: Annotated[str, OneOf(DUPLICATE_RULES)] | None = optional(
        "Rows of a table with an equal time; the last if absent"
    )
    time_column: str | None = optional("Column of a table with the time, by name or number")
    count_column: str | None = optional("Column of a table with the count, by name or number")
    sum_columns: str | None = optional("Count columns to add up, separated by commas")
    where: list[str] = Field(default=[], description="COLUMN=VALUE of the rows to read; repeatable")
    unit: Annotated[str, OneOf(UNITS)] | None = optional("What the numbers of a table are; counts if absent")
    missing: Annotated[str, OneOf(MISSING_RULES)] | None = optional("Bins without a row in a table; unknown if absent")
    decimal_mark: Literal[".", ","] | None = optional("How fractions are written, if it is not certain")
    sheet: str | None = optional("Sheet of an Excel workbook, by name or number")
    json_time: str | None = optional("Key of the time in JSON records, if it is not detected")
    json_status: str | None = optional("Key of the status in JSON records, if it is not detected")
    status: str | None = optional("Only these, such as 2xx,404")
    method: str | None = optional("Only these, such as GET,POST")
    path_prefix: str | None = optional("Only paths that begin so")
    exclude_bots: bool = False
    exclude_static: bool = False
    dry_run: bool = Field(default=False, description="Only report; store nothing")
    replace: bool = Field(default=False, description="Replace a data set of that name")
    append: bool = Field(default=False, description="Append a later span to the data set of that name")
    overlap: Annotated[str, OneOf(OVERLAP_RULES)] | None = optional(
        "With append, bins that have a count already: the new one, the stored one, or both added; refused if absent"
    )


class ImportForm(ImportFields):
    """The form with the files to import."""

    file: list[FileStorage] = Field(
        description="CSV or access logs; plain, gz, bz2, xz, zst, zip or tar; repeatable, in any order"
    )


class SeriesQuery(TextFields):
    """Which part of a data set, in which bins and format."""

    format: Literal["json", "csv"] = Field(default="json", description="csv is a file to download, of any length")
    timeframe: str | None = optional("Bin to sum to. Default: the data set's own")
    start: str | None = optional("First bin, in the data set's wall time or with an offset")
    end: str | None = optional("End, excluded")


class MetricsQuery(TextFields):
    """Which model set."""

    model_set: str | None = optional("Model set. Default: the shipped one", pattern=PLAIN_NAME)


class MetricsPath(TextFields):
    """Which model."""

    model_type: ModelName
    timeframe: TimeframeName


class DatasetPath(BaseModel):
    """Which data set."""

    name: str


class MetricsOut(Envelope):
    """The metrics of one model of a set, on days it was not trained on."""

    model_type: str
    timeframe: str
    model_set: str | None
    metrics: dict[str, Any]


class Dataset(BaseModel):
    """One data set; times are wall time of its zone, `end` is where the last bin ends."""

    model_config = ConfigDict(extra="allow")

    name: str
    timeframe: str
    start: str
    end: str
    source: str | None = Field(description="Source and terms of a built-in data set; null if not recorded")
    damage: str | None = Field(default=None, description="What is wrong with what is stored; absent if nothing is")


class DatasetsOut(Envelope):
    """All data sets."""

    datasets: list[Dataset]


class DatasetOut(Envelope):
    """One data set and, if it was imported, the report of that."""

    dataset: Dataset
    report: dict[str, Any] | None = None


class ImportOut(Envelope):
    """What an import read, repaired and dropped. After a dry run there is a preview instead of a data set.

    The preview is a few of the points, chosen so that a line through them shows every peak and gap. The excerpt is the
    beginning of a file: its columns, keys or lines, and what they are read as. A refused dry run has one too.
    """

    report: dict[str, Any]
    dataset: Dataset | None = None
    preview: list[Point] | None = None
    excerpt: dict[str, Any] | None = None


CSV_OUT = MediaType(schema=Schema(type=DataType.STRING), example="timestamp,requests_count\n1995-08-01 00:00:00,57\n")


class SeriesOut(Envelope):
    """Part of a data set, in the form that the forecast calls take; or CSV."""

    model_config = answer_config(content={"text/csv": CSV_OUT})

    name: str
    timeframe: str
    time_zone: str | None
    start: str
    end: str
    data: list[Point]


class RootOut(BaseModel):
    """Name and version of this server."""

    api: str
    version: str
    status: str
    endpoints: list[dict[str, str]]


class HealthOut(Envelope):
    """Everything needed is available."""

    status: Literal["healthy"]
    version: str
    read_only: bool
    model_sets: list[str] = Field(description="The model sets that can be used")
    broken_model_sets: list[str] = Field(description="Those that are damaged and left out; GET /models says why")


class LiveOutcome(Envelope):
    """The server answers."""

    status: Literal["alive"]


class HealthFailure(Failure):
    """What is not available."""

    status: Literal["unhealthy"]
    version: str
