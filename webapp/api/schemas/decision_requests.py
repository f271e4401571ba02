"""What goes into the calls that decide and compare: documented models and their fast twins."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from pydantic import BaseModel, Field

from forecasting.forecasters.base import MAX_HORIZON
from forecasting.forecasters.registry import MODEL_NAMES
from forecasting.scaling.config.policy_names import POLICIES
from webapp.api.schemas.common import PLAIN_NAME, ModelName, Point, PointIn, Request, TextFields, example, optional
from webapp.api.schemas.scaling import DeployableName, ServiceFields, SloFields

PolicyName = Literal[*POLICIES]
Formats = Literal["json", "csv", "html"]
MAX_SWEEP = 2_000

SetName = Annotated[str, msgspec.Meta(pattern=PLAIN_NAME)]
SetField = Field(default=None, pattern=PLAIN_NAME, description="Model set; the series' own, or the shipped one")


class DecisionIn(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """The fast twin of DecisionBody."""

    timeframe: str
    data: Annotated[list[PointIn], msgspec.Meta(min_length=1)] | None = None
    dataset: str | None = None
    service: dict[str, Any] | None = None
    slo: dict[str, Any] | None = None
    model_type: ModelName | None = None
    model_set: SetName | None = None
    current_replicas: int | None = None
    schedule: list[dict[str, Any]] = []
    scale_in_window_seconds: int | None = None


class RecommendIn(DecisionIn, kw_only=True):
    """The fast twin of RecommendBody."""

    policy: DeployableName | None = None
    parameters: dict[str, float] = {}
    horizon: Annotated[int, msgspec.Meta(ge=1, le=MAX_HORIZON)] | None = None
    as_of: str | None = None


class SimulateIn(DecisionIn, kw_only=True):
    """The fast twin of SimulateBody."""

    policy: PolicyName | None = None
    parameters: dict[str, float] = {}
    start: str | None = None
    end: str | None = None
    steps: bool = True
    sweep: Annotated[int, msgspec.Meta(ge=1, le=MAX_SWEEP)] | None = None


class CompareIn(DecisionIn, kw_only=True):
    """The fast twin of CompareBody."""

    start: str | None = None
    end: str | None = None
    quick: bool = False
    frontier: bool = False
    format: Formats = "json"


class DecisionBody(Request):
    """A series (`data` or `dataset`, one of them), its timeframe and what scales it.

    What is not given is what the data set has stored, else the default.
    """

    timeframe: str = Field(description="Bin of a step: 1m, 5m, 15m, 1h, ...", examples=["5m"])
    data: list[Point] | None = Field(default=None, min_length=1, description="History, one row a bin, oldest first")
    dataset: str | None = Field(default=None, description="Name of a data set", examples=["sample"])
    service: ServiceFields | None = Field(
        default=None,
        description="What is given of the service; the stored fields or a preset from the series fill the rest",
        examples=[{"capacity_per_minute": 60, "boot_seconds": 120, "max_replicas": 40, "price_per_hour": 0.096}],
    )
    slo: SloFields | None = Field(default=None, description="The objective", examples=[{"max_unmet_share": 0.01}])
    model_type: Literal[*MODEL_NAMES] | None = Field(default=None, examples=["lightgbm"])
    model_set: str | None = SetField
    current_replicas: int | None = Field(default=None, description="Replicas that run now, or at the start")
    schedule: list[dict[str, Any]] = Field(
        default=[],
        description="Floors: {replicas, cron, duration_minutes, time_zone} or {replicas, start, end, time_zone}",
        examples=[[{"replicas": 8, "cron": "0 8 * * MON-FRI", "duration_minutes": 600, "time_zone": "Europe/Paris"}]],
    )
    scale_in_window_seconds: int | None = Field(default=None, description="Stabilization of scale-in, 300 if absent")


_PARAMETERS = Field(
    default={}, description="The policy's own, such as quantile or target_percent", examples=[{"quantile": 0.95}]
)


class RecommendBody(DecisionBody):
    """What to recommend for."""

    model_config = example(
        dataset="sample", timeframe="5m", policy="predictive", current_replicas=6, service={"boot_seconds": 120}
    )

    policy: DeployableName | None = Field(default=None, examples=["hybrid"])
    parameters: dict[str, float] = _PARAMETERS
    horizon: int | None = Field(default=None, ge=1, le=MAX_HORIZON, description="Bins to plan, at least the lead")
    as_of: str | None = Field(default=None, description="A moment of a historical series; its end if absent")


class SimulateBody(DecisionBody):
    """Which policy to simulate, and over which days."""

    model_config = example(
        dataset="sample",
        timeframe="15m",
        policy="predictive",
        parameters={"quantile": 0.95},
        service={"boot_seconds": 120},
        steps=False,
    )

    policy: PolicyName | None = Field(default=None, examples=["predictive"])
    parameters: dict[str, float] = _PARAMETERS
    start: str | None = Field(default=None, description="First step; days that a model was trained on are refused")
    end: str | None = Field(default=None, description="End, excluded")
    steps: bool = Field(default=True, description="Answer every step, not only the totals")
    sweep: int | None = Field(default=None, ge=1, le=MAX_SWEEP, description="So many settings of the policy's knob")


class CompareBody(DecisionBody):
    """On which days to compare every policy."""

    model_config = example(dataset="sample", timeframe="15m", quick=True, slo={"max_unmet_share": 0.01})

    start: str | None = Field(default=None, description="First step; days that a model was trained on are refused")
    end: str | None = Field(default=None, description="End, excluded")
    quick: bool = Field(default=False, description="Coarser tuning and no sensitivity: a few seconds")
    frontier: bool = Field(default=False, description="Answer every setting behind the frontiers too")
    format: Formats = Field(default="json", description="csv: the table; html: a report that needs no network")


class LiveQuery(TextFields):
    """What overrides the stored choices of a data set, and the moment to answer for."""

    timeframe: str | None = optional("Bin; the data set's own where absent")
    as_of: str | None = optional("A moment of a historical data set")
    policy: DeployableName | None = optional("Policy; the stored one where absent")
    model_type: ModelName | None = optional("Model; the stored one where absent")
    current_replicas: int | None = optional("Replicas that run now")
    capacity_rps: float | None = optional("Requests a second that a replica can serve")
    capacity_per_minute: float | None = optional("Requests a minute that a replica can serve")
    boot_seconds: float | None = optional("Seconds until a new replica serves")
    min_replicas: int | None = optional("Fewest replicas")
    max_replicas: int | None = optional("Most replicas")
    max_unmet_share: float | None = optional("Objective: share of requests unmet")
    max_minutes_under_share: float | None = optional("Objective: share of minutes under")


class DatasetNamePath(BaseModel):
    """Which data set."""

    dataset: str
