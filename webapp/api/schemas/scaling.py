"""What goes in and out of the calls about scaling: the models of the OpenAPI document and their fast twins."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from pydantic import ConfigDict, Field

from forecasting.scaling.config.policy_names import DEPLOYABLE
from forecasting.scaling.config.scaled_service import MAX_REPLICAS, ScaledService
from webapp.api.schemas.common import (
    POINTS,
    Dataset,
    Envelope,
    ModelName,
    Point,
    Points,
    Request,
    TextFields,
    example,
    optional,
)

DeployableName = Literal[*DEPLOYABLE]
Replicas = Annotated[int, msgspec.Meta(ge=1, le=MAX_REPLICAS)]
ReplicasNow = Annotated[int, msgspec.Meta(ge=0, le=MAX_REPLICAS)]


class ServiceIn(msgspec.Struct, forbid_unknown_fields=True):
    """The fast twin of ServiceFields."""

    capacity_rps: float | None = None
    capacity_per_minute: float | None = None
    min_replicas: Replicas | None = None
    max_replicas: Replicas | None = None
    boot_seconds: float | None = None
    metric_lag_seconds: float | None = None
    poll_seconds: float | None = None
    schedule_seconds: float | None = None
    image_seconds: float | None = None
    ready_seconds: float | None = None
    price_per_hour: float | None = None
    launch_cost: float | None = None
    minimum_billed_seconds: float | None = None
    bill_booting: bool | None = None
    lost_request_price: float | None = None
    target_utilisation: float | None = None
    demand_multiplier: float | None = None


class SloIn(msgspec.Struct, forbid_unknown_fields=True):
    """The fast twin of SloFields."""

    max_unmet_share: float | None = None
    max_minutes_under_share: float | None = None


class ChoicesIn(msgspec.Struct, forbid_unknown_fields=True):
    """The fast twin of ChoicesBody."""

    service: ServiceIn | None = None
    policy: DeployableName | None = None
    model_type: ModelName | None = None
    slo: SloIn | None = None
    current_replicas: ReplicasNow | None = None


class PointsIn(msgspec.Struct, forbid_unknown_fields=True):
    """The fast twin of PointsBody."""

    data: Points
    create: bool = False
    timeframe: str | None = None
    time_zone: str | None = None


def _given(description: str, **rules: Any) -> Any:
    """A field that may be absent or null, which is the same."""
    return Field(default=None, description=description, **rules)


def _replicas(description: str) -> Any:
    return _given(description, ge=1, le=MAX_REPLICAS)


class ServiceFields(Request):
    """The service being scaled; what is absent is proposed from the data set, or has its default."""

    capacity_rps: float | None = _given("Requests a replica serves in a second; write this or the next")
    capacity_per_minute: float | None = _given("Requests a replica serves in a minute")
    min_replicas: int | None = _replicas("Never fewer; 1 where absent")
    max_replicas: int | None = _replicas("Never more; 1.5 times the highest need of the data set where absent")
    boot_seconds: float | None = _given("From the decision to a serving replica, 95th percentile; or write its parts")
    metric_lag_seconds: float | None = _given("Part of boot: until a metric is known")
    poll_seconds: float | None = _given("Part of boot: until the autoscaler looks")
    schedule_seconds: float | None = _given("Part of boot: until a machine is found")
    image_seconds: float | None = _given("Part of boot: until the image is there")
    ready_seconds: float | None = _given("Part of boot: until the program is ready")
    price_per_hour: float | None = _given("Of one replica; 0.096 where absent")
    launch_cost: float | None = _given("Of each launch, in the same currency")
    minimum_billed_seconds: float | None = _given("A replica is billed for at least so long; 60 where absent")
    bill_booting: bool | None = _given("Whether a replica is billed while it boots; true where absent")
    lost_request_price: float | None = _given("What an unmet request costs; the objective decides where absent")
    target_utilisation: float | None = _given("Share of the capacity to use at most, above 0 to 1")
    demand_multiplier: float | None = _given("What if traffic were so many times as high; 1 where absent")


class SloFields(Request):
    """The objective: one of the two shares, 0.01 unmet where both are absent."""

    max_unmet_share: float | None = _given("Most of the requests that may go unmet", examples=[0.01])
    max_minutes_under_share: float | None = _given("Most of the minutes with fewer replicas than needed")


class ChoicesBody(Request):
    """What a data set is scaled with; it takes the place of all that was stored."""

    model_config = example(
        service={"capacity_rps": 12.5, "min_replicas": 2, "boot_seconds": 90, "price_per_hour": 0.096},
        policy="hybrid",
        model_type="lightgbm",
        slo={"max_unmet_share": 0.005},
        current_replicas=7,
    )

    service: ServiceFields | None = _given("The service; only what is given is stored")
    policy: DeployableName | None = _given("How replicas are decided; hybrid where absent")
    model_type: ModelName | None = _given("What forecasts; ensemble where absent")
    slo: SloFields | None = _given("The objective")
    current_replicas: int | None = _given("Replicas that run now", ge=0, le=MAX_REPLICAS)


class PointsBody(Request):
    """Fresh points of a data set, and whether to start it from them."""

    model_config = example(
        data=[{"ds": "2026-03-20 11:58:00", "y": 52}, {"ds": "2026-03-20 11:59:00", "y": 57}],
        create=True,
        timeframe="1m",
        time_zone="UTC",
    )

    data: list[Point] = POINTS
    create: bool = Field(default=False, description="Start the data set where there is none")
    timeframe: str | None = _given("Bin of a new data set; one that exists must have it", examples=["1m"])
    time_zone: str | None = _given("Zone of a new data set; one that exists must have it", examples=["Europe/Paris"])


class ExportQuery(TextFields):
    """Which form, and where the cluster finds this server."""

    format: Literal["keda", "hpa"] = Field(
        default="keda", description="KEDA ScaledObject or plain HPA (autoscaling/v2)"
    )
    url: str | None = optional("Address of this server as the cluster reaches it, such as http://dataflow:8000")


class PointsOut(Envelope):
    """What became of the points, each time counted once; `late` are those of the added before the former end."""

    model_config = ConfigDict(
        openapi_extra={
            "example": {
                "success": True,
                "message": "shop: 2 bins added, 0 changed, 0 unchanged.",
                "dataset": {
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
                "added": 2,
                "changed": 0,
                "unchanged": 0,
                "late": 0,
            }
        }
    )

    dataset: Dataset
    added: int
    changed: int
    unchanged: int
    late: int


class ServiceOut(Envelope):
    """What a data set is scaled with: `service` has every field filled, `given` those that are stored."""

    model_config = ConfigDict(
        openapi_extra={
            "example": {
                "success": True,
                "message": "shop is scaled by hybrid with lightgbm.",
                "service": ScaledService.of(capacity_rps=12.5, min_replicas=2, max_replicas=19).to_dict(),
                "given": {"capacity_rps": 12.5, "min_replicas": 2},
                "policy": "hybrid",
                "model_type": "lightgbm",
                "slo": {"max_unmet_share": 0.005},
                "current_replicas": 7,
                "stored": True,
            }
        }
    )

    service: dict[str, Any]
    given: dict[str, Any]
    policy: str
    model_type: str
    slo: dict[str, float]
    current_replicas: int | None
    stored: bool = Field(description="Whether anything is stored; if not, all is proposed")


YAML_OUT: dict[str, Any] = {
    "description": "YAML to download",
    "content": {"text/yaml": {"schema": {"type": "string"}, "example": "apiVersion: keda.sh/v1alpha1\n…"}},
}
