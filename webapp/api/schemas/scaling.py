"""Requests and responses of the calls about the configuration of a data set and about its fresh points."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, Field
from pydantic.fields import FieldInfo

from forecasting.scaling.config.objective import Objective
from forecasting.scaling.config.scaled_service import GivenService, ScaledService, ServiceFields
from forecasting.scaling.config.stored_configuration import Configuration
from forecasting.timeseries.known_events import MAX_EVENTS, KnownEvent
from forecasting.validation import OneOf, fields_of
from webapp.api.schemas.common import (
    CALENDAR_HELP,
    POINTS,
    Dataset,
    Envelope,
    Point,
    Request,
    TextFields,
    example,
    optional,
)
from webapp.api.schemas.derived import answer_example, having

MANIFESTS = ("keda", "hpa")


@having(fields_of(Configuration))
class ChoicesBody(Request):
    """How a data set is scaled; it replaces everything that was stored."""

    model_config = example(
        service={"capacity_rps": 12.5, "min_replicas": 2, "boot_seconds": 90, "price_per_hour": 0.096},
        policy="hybrid",
        model_type="lightgbm",
        slo=Objective.of_share(0.005).to_dict(),
        current_replicas=7,
        schedule=[{"name": "sale", "replicas": 12, "cron": "0 8 * * MON-FRI", "duration_minutes": 240}],
    )


class CalendarBody(Request):
    """The known events of a data set; they replace those that were stored."""

    model_config = example(
        calendar=[
            {"name": "sale", "start": "2026-03-20 09:00", "end": "2026-03-20 18:00", "factor": 1.8},
            {"name": "newsletter", "cron": "0 9 * * TUE", "duration_minutes": 120},
            {"name": "holidays", "country": "FR"},
        ]
    )

    calendar: list[KnownEvent] = Field(max_length=MAX_EVENTS, description=CALENDAR_HELP)


class CalendarOut(Envelope):
    """The known events of a data set."""

    calendar: list[dict[str, Any]]


class PointsBody(Request):
    """Fresh points of a data set, and whether to create it from them."""

    model_config = example(
        data=[{"ds": "2026-03-20 11:58:00", "y": 52}, {"ds": "2026-03-20 11:59:00", "y": 57}],
        create=True,
        timeframe="1m",
        time_zone="UTC",
    )

    data: list[Point] = POINTS
    create: bool = Field(default=False, description="Create the data set if it does not exist")
    timeframe: str | None = Field(
        default=None, description="Bin of a new data set; an existing one must have it", examples=["1m"]
    )
    time_zone: str | None = Field(
        default=None, description="Time zone of a new data set; an existing one must have it", examples=["Europe/Paris"]
    )


class ExportQuery(TextFields):
    """The form of the manifest, and the address of this server for the cluster."""

    format: Annotated[str, OneOf(MANIFESTS)] = Field(
        default="keda", description="KEDA ScaledObject or plain HPA (autoscaling/v2)"
    )
    url: str | None = optional("Address of this server as the cluster reaches it, such as http://dataflow:8000")
    accept_assumptions: bool | None = optional("Export although the capacity is assumed, not given; else 409")


class PointsOut(Envelope):
    """What became of the points, each time counted once; `late` are added ones before the former end."""

    model_config = answer_example(
        "shop: 2 bins added, 0 changed, 0 unchanged.",
        dataset={
            "name": "shop",
            "timeframe": "1m",
            "bin_seconds": 60,
            "start": "2026-03-18 00:00:00",
            "end": "2026-03-20 12:00:00",
            "time_zone": "UTC",
            "bins": 3600,
            "known_bins": 3600,
            "requests": 214530.0,
        },
        added=2,
        changed=0,
        unchanged=0,
        late=0,
    )

    dataset: Dataset
    added: int
    changed: int
    unchanged: int
    late: int


@having({"capacity_rps": fields_of(ServiceFields)["capacity_rps"]}, required=True)
@having(fields_of(ScaledService), required=True)
class FilledService(Request):
    """A service with every field filled."""


@having({**fields_of(Configuration), "service": FieldInfo(annotation=FilledService)}, required=True)
class ServiceOut(Envelope):
    """How a data set is scaled: `service` has every field filled, `given` those that are stored."""

    model_config = answer_example(
        "shop is scaled by hybrid with lightgbm.",
        service=ScaledService.of({"capacity_rps": 12.5, "min_replicas": 2, "max_replicas": 19}).to_dict(),
        given={"capacity_rps": 12.5, "min_replicas": 2},
        policy="hybrid",
        model_type="lightgbm",
        slo=Objective.of_share(0.005).to_dict(),
        current_replicas=7,
        parameters={},
        model_set=None,
        schedule=[{"name": "sale", "replicas": 12, "cron": "0 8 * * MON-FRI", "duration_minutes": 240}],
        scale_in_window_seconds=300,
        behavior=None,
        stored=True,
    )

    given: GivenService
    stored: bool = Field(description="Whether anything is stored; if not, everything is proposed")


YAML_OUT: dict[str, Any] = {
    "description": "YAML to download",
    "content": {"text/yaml": {"schema": {"type": "string"}, "example": "apiVersion: keda.sh/v1alpha1\n…"}},
}


class ManyPointsBody(Request):
    """Fresh points of many data sets, by name."""

    model_config = example(data={"trial": [{"ds": "2026-03-20 11:59:00", "y": 57}]})

    data: dict[str, Annotated[list[Point], POINTS]] = Field(
        min_length=1, description="Points by the name of an existing data set"
    )


class RefusedPoints(BaseModel):
    """A data set whose points were not stored, and why."""

    dataset: str
    message: str


class ManyPointsOut(Envelope):
    """How many bins of all data sets were added, changed, unchanged or late, and which data sets were left out."""

    model_config = answer_example(
        "2 data sets: 2 bins added, 0 changed, 0 unchanged.",
        added=2,
        changed=0,
        unchanged=0,
        late=0,
        refused=[{"dataset": "shop", "message": "Data set 'shop' not found."}],
    )

    added: int
    changed: int
    unchanged: int
    late: int
    refused: list[RefusedPoints]
