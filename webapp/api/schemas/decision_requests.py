"""Requests of the calls that recommend, simulate and compare. Shared fields are defined in the service layer."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, Field

from forecasting.scaling.config.objective import Objective
from forecasting.scaling.config.request import ScalingRequest
from forecasting.scaling.config.scaled_service import ServiceFields
from forecasting.scaling.config.stored_configuration import Configuration
from forecasting.validation import OneOf, fields_of
from webapp.api.schemas.common import Point, Request, TextFields, example, optional
from webapp.api.schemas.derived import having

MAX_SWEEP = 2_000
FORMATS = ("json", "csv", "html")

_REQUEST = fields_of(ScalingRequest)
_SETTINGS = {
    **fields_of(Configuration),
    **{name: _REQUEST[name] for name in ("model_set", "schedule", "scale_in_window_seconds")},
}
"""Fields of every request; its policy is one that can be deployed."""

_START = "First step. Days that the model was trained on are refused"
_END = "End, excluded"


class SeriesBody(Request):
    """A series (`data` or `dataset`, one of them), its timeframe and how it is scaled.

    What is not given is what the data set has stored, else the default.
    """

    timeframe: str = Field(description="Bin of a step: 1m, 5m, 15m, 1h, ...", examples=["5m"])
    data: list[Point] | None = Field(default=None, min_length=1, description="History, one row per bin, oldest first")
    dataset: str | None = Field(default=None, description="Name of a data set", examples=["sample"])


@having({**_SETTINGS, "parameters": _REQUEST["parameters"], "horizon": _REQUEST["horizon"]})
class RecommendBody(SeriesBody):
    """The series to recommend replicas for."""

    model_config = example(
        dataset="sample", timeframe="5m", policy="predictive", current_replicas=6, service={"boot_seconds": 120}
    )

    as_of: str | None = Field(default=None, description="A moment of the past to decide at. Default: the series' end")


@having({**_SETTINGS, "policy": _REQUEST["policy"], "parameters": _REQUEST["parameters"]})
class SimulateBody(SeriesBody):
    """The policy to simulate, and the evaluation days."""

    model_config = example(
        dataset="sample",
        timeframe="15m",
        policy="predictive",
        parameters={"price_of_unmet": 25},
        service={"boot_seconds": 120},
        steps=False,
    )

    start: str | None = Field(default=None, description=_START)
    end: str | None = Field(default=None, description=_END)
    steps: bool = Field(default=True, description="Return every bin, not only the totals")
    sweep: int | None = Field(
        default=None, ge=1, le=MAX_SWEEP, description="Simulate this number of settings of the policy's main parameter"
    )


@having({name: info for name, info in _SETTINGS.items() if name != "policy"})
class CompareBody(SeriesBody):
    """The evaluation days on which to compare every policy."""

    model_config = example(dataset="sample", timeframe="15m", quick=True, slo=Objective().to_dict())

    start: str | None = Field(default=None, description=_START)
    end: str | None = Field(default=None, description=_END)
    quick: bool = Field(default=False, description="Coarser tuning and no sensitivity: a few seconds")
    frontier: bool = Field(default=False, description="Return every setting behind the frontiers too")
    format: Annotated[str, OneOf(FORMATS)] = Field(
        default="json", description="csv: the table; html: a report that needs no network"
    )


@having(
    {
        "timeframe": _REQUEST["timeframe"],
        **{name: _SETTINGS[name] for name in ("policy", "model_type", "current_replicas")},
        **fields_of(ServiceFields),
        **fields_of(Objective),
    },
    text=True,
)
class LiveQuery(TextFields):
    """Fields in place of those stored for a data set, and the moment to decide at."""

    as_of: str | None = optional("A moment of the past of a data set. Default: now")


class DatasetNamePath(BaseModel):
    """Which data set."""

    dataset: str
