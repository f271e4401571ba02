"""What comes out of the calls that decide and compare: the models of the OpenAPI document, each with an example."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from webapp.api.schemas.common import Envelope

Action = Literal["scale_up", "hold", "scale_down"]


def _answers(message: str, **fields: Any) -> ConfigDict:
    return ConfigDict(openapi_extra={"example": {"success": True, "message": message, **fields}})


class PlanRow(BaseModel):
    """One coming bin; demand in requests per bin."""

    ds: str
    replicas: int = Field(description="Replicas that serve it if the plan is followed")
    demand_yhat: float = Field(description="Mean of the demand")
    demand_quantile: float = Field(description="What it stays below with the policy's certainty")


class GateOut(BaseModel):
    """Whether the forecast decides, and why not."""

    open: bool
    reasons: list[str]


_OPEN = {"open": True, "reasons": []}


class RecommendOut(Envelope):
    """What to run now, why, and the plan."""

    model_config = _answers(
        "scale_up: 9 replicas.",
        policy="predictive",
        model_type="lightgbm",
        model_set="nasa-http",
        action="scale_up",
        replicas=9,
        current_replicas=6,
        proposed=9,
        plan=[
            {"ds": "2026-03-20 12:00:00", "replicas": 6, "demand_yhat": 1480.5, "demand_quantile": 1702.8},
            {"ds": "2026-03-20 12:05:00", "replicas": 9, "demand_yhat": 1496.1, "demand_quantile": 1731.4},
        ],
        reason="Start 3 replicas: 6 now, 9 then. With 95 % certainty the coming 2 bins of 5m bring at most 1,760 "
        "requests each (1,496 expected); a replica takes 200. The forecast asks for 9 replicas.",
        binding_term="predictive",
        gate=_OPEN,
        hpa_would_ignore=False,
        capacity_shortfall=False,
        lead_seconds=600,
        warnings=[],
    )

    action: Action
    replicas: int = Field(description="To run from now on")
    current_replicas: int = Field(description="As given, else assumed (then with a warning)")
    proposed: int = Field(description="What the policy asked for before stabilization and limits")
    plan: list[PlanRow]
    reason: str = Field(description="In words")
    binding_term: str = Field(description="What decided in the end, such as predictive, reactive, stabilization")
    gate: GateOut
    hpa_would_ignore: bool = Field(description="The change lies within the 10 % that an HPA tolerates by default")
    capacity_shortfall: bool = Field(description="More was asked for than max_replicas")
    lead_seconds: int = Field(description="From now to the end of the bin that a replica ordered now serves first")
    warnings: list[str]


class TotalsOut(BaseModel):
    """A run in numbers: money in the price's currency, shares from 0 to 1, theta and tau in percent."""

    cost: float = Field(description="The provider's money only")
    replica_hours: float = Field(description="Billed ones")
    mean_replicas: float = Field(description="Ready ones")
    requests: float
    unmet_requests: float
    unmet_share: float
    minutes_under: float
    minutes_under_share: float = Field(description="Minutes with fewer ready replicas than needed")
    theta_u: float = Field(description="How far under the need, mean over time in percent of the need")
    theta_o: float = Field(description="How far over the need")
    tau_u: float = Field(description="Share of time under the need")
    tau_o: float = Field(description="Share of time over the need")
    launches: int
    scale_events: int
    objective: float = Field(description="cost + lost_request_price x unmet_requests")
    regret: float | None = Field(description="Excess of the objective over the optimum's; null where that is 0")


_TOTALS = {
    "cost": 136.05,
    "replica_hours": 1417.2,
    "mean_replicas": 6.56,
    "requests": 526651.0,
    "unmet_requests": 4457.0,
    "unmet_share": 0.00846,
    "minutes_under": 554.0,
    "minutes_under_share": 0.0427,
    "theta_u": 1.02,
    "theta_o": 66.9,
    "tau_u": 4.27,
    "tau_o": 83.1,
    "launches": 1702,
    "scale_events": 1629,
    "objective": 138.43,
    "regret": 0.509,
}


class StepRow(BaseModel):
    """One bin of a simulation; `desired`, `action` and `binding_term` are what was decided at its end."""

    ds: str
    demand: float | None
    needed: int | None
    ready: int
    booting: int
    desired: int
    action: Action
    binding_term: str
    unmet: float


class RunRow(BaseModel):
    """One setting of a sweep."""

    parameters: dict[str, float]
    totals: TotalsOut


class Period(BaseModel):
    """Wall times, the end excluded."""

    start: str
    end: str


_REPLAYED = {
    "series": "web",
    "timeframe": "1m",
    "model_type": "lightgbm",
    "model_set": "nasa-http",
    "slo": {"max_unmet_share": 0.01},
    "judged": {"start": "1995-08-23 00:00:00", "end": "1995-09-01 00:00:00"},
    "tuned_on": {"start": "1995-08-13 23:59:00", "end": "1995-08-23 00:00:00"},
}


class Replayed(Envelope):
    """What a replay was made of."""

    series: str
    timeframe: str
    model_type: str
    model_set: str
    service: dict[str, Any] = Field(description="Every field filled")
    slo: dict[str, float]
    judged: Period
    tuned_on: Period
    start_replicas: int = Field(description="With which every policy starts")
    warnings: list[str]


class SimulateOut(Replayed):
    """Totals and steps of one policy, or the runs of a sweep."""

    model_config = _answers(
        "predictive simulated from 1995-08-23 00:00:00 to 1995-09-01 00:00:00.",
        **_REPLAYED,
        service={"capacity_per_minute": 10.0, "boot_seconds": 0.0, "price_per_hour": 0.096},
        start_replicas=6,
        policy="predictive",
        parameters={"quantile": 0.92, "gated": 1, "scale_in_window_seconds": 300},
        lost_request_price=0.000535,
        totals=_TOTALS,
        steps=[
            {
                "ds": "1995-08-23 00:00:00",
                "demand": 41.0,
                "needed": 5,
                "ready": 6,
                "booting": 0,
                "desired": 6,
                "action": "hold",
                "binding_term": "stabilization",
                "unmet": 0.0,
            }
        ],
        warnings=[],
    )

    totals: TotalsOut | None = Field(default=None, description="Absent in a sweep")
    steps: list[StepRow] | None = Field(default=None, description="Absent in a sweep and where steps is false")
    runs: list[RunRow] | None = Field(default=None, description="Of a sweep")


class PolicyRow(TotalsOut):
    """One policy on the days judged; `saving` is against the best tuned reactive rule at the same share missed."""

    policy: str
    parameters: dict[str, float]
    meets_slo: bool
    hindsight: bool = Field(description="Knew the days judged: a yardstick, without a saving")
    saving: float | None = Field(description="Share of the reference's cost")
    saving_low: float | None = Field(description="95 % interval, null with fewer than four days")
    saving_high: float | None
    clear_difference: bool | None = Field(description="Whether the interval leaves out 0")
    forecast_regret: float | None = Field(description="The forecast's part of the regret")
    policy_regret: float | None = Field(description="The rule's part: what it loses with a perfect forecast")


class VerdictOut(BaseModel):
    """The comparison in words; `text` is all of it."""

    pick: str
    pays: bool | None = Field(description="Whether forecasting clearly saves, clearly costs (false) or neither (null)")
    headline: str
    availability: str
    cost: str
    extrapolation: str
    what_would_change_it: list[str]
    cost_a_month: float
    saving_a_month: float
    saving_a_year: float
    assumption: str
    text: str


_VERDICT = {
    "pick": "predictive:tuned",
    "pays": True,
    "headline": "Forecasting pays here: at equal service predictive:tuned costs 1.0 % (95 % interval 0.1 % to 2.1 %) "
    "less than the best reactive rule (reactive:smoothing).",
    "availability": "Availability: predictive:tuned keeps the objective (at most 1.0 % of requests unmet): ...",
    "cost": "Cost: 136.05 for 6.56 replicas on average, 19.2 % less than reactive:default (168.34), ...",
    "extrapolation": "That is 460.14 a month and 5,521.22 a year: 109.24 a month and 1,310.74 a year less than "
    "reactive:default.",
    "what_would_change_it": ["With a boot time of 300 s instead of 0 s: no clear difference (...)."],
    "cost_a_month": 460.14,
    "saving_a_month": 109.24,
    "saving_a_year": 1310.74,
    "assumption": "Monthly and yearly figures take the 9 days judged for typical: no growth, season or price change.",
    "text": "Forecasting pays here: ...",
}


class CompareOut(Replayed):
    """The table of policies and the verdict."""

    model_config = _answers(
        "Forecasting pays here: at equal service predictive:tuned costs 1.0 % (95 % interval 0.1 % to 2.1 %) less than "
        "the best reactive rule (reactive:smoothing).",
        **_REPLAYED,
        service={"capacity_per_minute": 10.0, "boot_seconds": 0.0, "price_per_hour": 0.096},
        start_replicas=6,
        policies=[
            {
                "policy": "predictive:tuned",
                "parameters": {"quantile": 0.92, "gated": 1, "scale_in_window_seconds": 300},
                **_TOTALS,
                "meets_slo": True,
                "hindsight": False,
                "saving": 0.0102,
                "saving_low": 0.0012,
                "saving_high": 0.0207,
                "clear_difference": True,
                "forecast_regret": 0.161,
                "policy_regret": 0.348,
            }
        ],
        reference="reactive:smoothing",
        lost_request_price=0.000535,
        verdict=_VERDICT,
        sensitivity=[],
        warnings=[],
    )

    policies: list[PolicyRow]
    reference: str = Field(description="What savings are measured against")
    lost_request_price: float = Field(description="The same for all: yours, or the least at which the optimum keeps it")
    verdict: VerdictOut


class PriceRow(BaseModel):
    """What one unit costs an hour; `as_of` is null where the source is undated."""

    provider: str
    type: str
    price_per_hour: float
    as_of: str | None
    source: str
    unit: str
    currency: str = Field(description="ISO code; USD unless prices.csv names another")


class PricesOut(Envelope):
    """The price list."""

    model_config = _answers(
        "Prices: 1, an hour, each in its currency.",
        prices=[
            {
                "provider": "AWS us-east-1",
                "type": "m5.large",
                "price_per_hour": 0.096,
                "as_of": "2026-07-20",
                "source": "aws/karpenter-provider-aws 1d927085, pkg/providers/pricing/zz_generated.pricing_aws.go",
                "unit": "instance",
                "currency": "USD",
            }
        ],
    )

    prices: list[PriceRow]


class LiveRecommendation(BaseModel):
    """What a cluster polls; demand in requests a second."""

    replicas: int
    demand_rps: float = Field(description="Divided by capacity_rps and rounded up: what the policy proposes")
    capacity_rps: float = Field(description="What one replica should serve")
    quantile: float | None = Field(description="Of the highest demand of the lead time; null without a forecast")
    lead_seconds: int
    binding: str
    gate: GateOut


class LiveOut(Envelope):
    """The recommendation of a data set, good until `valid_until`; 503 where its data is older."""

    model_config = _answers(
        "14 replicas.",
        service="web",
        generated_at="2026-03-20T12:00:05Z",
        valid_until="2026-03-20T12:02:00Z",
        mode="shadow",
        recommendation={
            "replicas": 14,
            "demand_rps": 812.4,
            "capacity_rps": 60.0,
            "quantile": 0.95,
            "lead_seconds": 240,
            "binding": "predictive",
            "gate": _OPEN,
            "action": "hold",
            "reason": "Keep 14 replicas. ...",
            "policy": "predictive",
            "model_type": "lightgbm",
            "model_set": "nasa-http",
            "warnings": [],
        },
    )

    service: str
    generated_at: str
    valid_until: str
    mode: Literal["shadow", "active"]
    recommendation: LiveRecommendation
