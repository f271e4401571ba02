"""Requests and responses of the forecast calls: the models of the OpenAPI document, and their fast twins."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from flask_openapi3 import FileStorage
from pydantic import BaseModel, ConfigDict, Field

from forecasting.forecasters.base import MAX_HORIZON, QUANTILES
from forecasting.forecasters.registry import DEFAULT_MODEL
from forecasting.timeseries.known_events import MAX_EVENTS, KnownEvent
from webapp.api.schemas.common import (
    CALENDAR_HELP,
    PLAIN_NAME,
    POINTS,
    Envelope,
    ModelName,
    Point,
    Points,
    Request,
    SetName,
    TextFields,
    TimeframeName,
    example,
    optional,
)

MAX_STEP = 50
MAX_LEVELS = 32


Horizon = Annotated[int, msgspec.Meta(ge=1, le=MAX_HORIZON)]
Step = Annotated[int, msgspec.Meta(ge=1, le=MAX_STEP)]
Level = Annotated[float, msgspec.Meta(ge=QUANTILES[0], le=QUANTILES[-1])]


class _SeriesIn(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What both fast twins have."""

    data: Points
    model_type: ModelName = DEFAULT_MODEL
    timeframe: TimeframeName
    model_set: SetName | None = None
    time_zone: str | None = None
    calendar: Annotated[list[dict[str, Any]], msgspec.Meta(max_length=MAX_EVENTS)] = []


class PredictIn(_SeriesIn, forbid_unknown_fields=True, kw_only=True):
    """The fast twin of PredictBody."""

    horizon: Horizon
    quantiles: Annotated[list[Level], msgspec.Meta(max_length=MAX_LEVELS)] = []


class BacktestIn(_SeriesIn, forbid_unknown_fields=True, kw_only=True):
    """The fast twin of BacktestBody."""

    step: Step


_TWO_POINTS = [{"ds": "1995-08-01 00:00:00", "y": 210}, {"ds": "1995-08-01 00:05:00", "y": 195}]
SET_HELP = (
    "Model set. Default: the one trained on these days, else the shipped one; auto and adaptive use none that was "
    "trained on other days"
)
_SET = Field(default=None, pattern=PLAIN_NAME, description=SET_HELP)
ZONE_HELP = (
    "IANA name or offset of the service's wall clock, by which days and weeks repeat. Times without an offset are wall "
    "time of it. Default: the zone that the offsets belong to"
)
_ZONE = Field(default=None, description=ZONE_HELP, examples=["Europe/Paris"])
_MODEL = Field(default=DEFAULT_MODEL, description=f"Which model forecasts. Default: {DEFAULT_MODEL}", examples=["auto"])


class PredictBody(Request):
    """The history to forecast from, how far, and with which model."""

    model_config = example(data=_TWO_POINTS, horizon=3, model_type="auto", timeframe="5m", quantiles=[0.5, 0.95])

    data: list[Point] = POINTS
    horizon: int = Field(ge=1, le=MAX_HORIZON, description="Bins to forecast", examples=[12])
    model_type: ModelName = _MODEL
    timeframe: TimeframeName = Field(examples=["5m"])
    model_set: str | None = _SET
    time_zone: str | None = _ZONE
    calendar: list[KnownEvent] = Field(default=[], max_length=MAX_EVENTS, description=CALENDAR_HELP)
    quantiles: list[Annotated[float, Field(ge=QUANTILES[0], le=QUANTILES[-1])]] = Field(
        default=[],
        max_length=MAX_LEVELS,
        description="Quantiles to return besides the 80 % interval, each as a column such as q95",
        examples=[[0.5, 0.95]],
    )


class BacktestBody(Request):
    """The history to backtest on, and how."""

    model_config = example(data=_TWO_POINTS, step=1, model_type="auto", timeframe="5m")

    data: list[Point] = POINTS
    step: int = Field(ge=1, le=MAX_STEP, description="Bins per block", examples=[12])
    model_type: ModelName = _MODEL
    timeframe: TimeframeName = Field(examples=["5m"])
    model_set: str | None = _SET
    time_zone: str | None = _ZONE
    calendar: list[KnownEvent] = Field(default=[], max_length=MAX_EVENTS, description=CALENDAR_HELP)


class CsvFields(TextFields):
    """The options of a forecast from a file, in the query string or the form."""

    horizon: int = Field(default=12, ge=1, le=MAX_HORIZON)
    model_type: ModelName = DEFAULT_MODEL
    timeframe: TimeframeName = "5m"
    model_set: str | None = optional(SET_HELP, pattern=PLAIN_NAME)
    time_zone: str | None = optional("IANA name or offset of the service's wall clock")


class CsvForm(CsvFields):
    """The form with the file to forecast from."""

    file: FileStorage = Field(
        description="CSV with timestamp or ds and requests_count or y; plain, gz, bz2, xz, zst, zip or tar"
    )


class ForecastRow(BaseModel):
    """One forecast bin; further columns are quantiles such as q95."""

    model_config = ConfigDict(extra="allow")

    ds: str
    yhat: float | None = Field(description="Expected requests")
    yhat_lower: float | None = Field(description="Lower end of the 80 % interval")
    yhat_upper: float | None = Field(description="Upper end of the 80 % interval")


class BacktestRow(ForecastRow):
    """One forecast bin with its actual."""

    y: float | None


_SET_OUT = Field(description="Model set; null if nothing trained was used")


class Member(BaseModel):
    """A member of a model that mixes several, and its share of this forecast."""

    model: str
    weight: float = Field(ge=0.0, le=1.0, description="Averaged over the steps; the weights sum to 1")


class PredictOut(Envelope):
    """A forecast."""

    model_type: str
    timeframe: str
    model_set: str | None = _SET_OUT
    members: list[Member] = Field(description="Largest weight first; empty for a model that mixes no others")
    predictions: list[ForecastRow]
    warnings: list[str]


class BacktestOut(Envelope):
    """A backtest of rolling blocks."""

    model_type: str
    timeframe: str
    model_set: str | None = _SET_OUT
    members: list[Member] = Field(description="At the last origin; empty for a model that mixes no others")
    step: int
    predictions: list[BacktestRow]
    metrics: dict[str, Any]
    warnings: list[str]
