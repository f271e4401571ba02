"""Responses of the calls that recommend, simulate and compare: models of the OpenAPI document, with examples."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, Field

from forecasting.scaling.config.objective import Objective
from webapp.api.schemas.common import Envelope
from webapp.api.schemas.derived import answer_example
from webapp.api.schemas.recommendation_parts import BUDGET_EXAMPLE, OPEN_GATE, ErrorBudgetOut, GateOut

Action = Literal["scale_up", "hold", "scale_down"]


class PlanRow(BaseModel):
    """One of the next bins; demand in requests per bin."""

    ds: str
    replicas: int = Field(description="Replicas that serve it if the plan is followed")
    demand_yhat: float = Field(description="Mean of the demand")
    demand_quantile: float = Field(description="Quantile of the demand, at the policy's level")


class RecommendOut(Envelope):
    """How many replicas to run now, why, and the plan."""

    model_config = answer_example(
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
        reason="Scale out from 6 to 9 replicas. With 95 % certainty the next 2 bins of 5m have at most 1,760 requests "
        "each (1,496 expected); a replica can serve 200. The expected worth of a replica decides: 9 replicas earn "
        "their cost.",
        binding_term="expected worth",
        gate=OPEN_GATE,
        error_budget=BUDGET_EXAMPLE,
        hpa_would_ignore=False,
        capacity_shortfall=False,
        lead_seconds=600,
        assumed=[],
        data_age_seconds=240,
        warnings=[],
    )

    action: Action
    replicas: int = Field(description="To run from now on")
    current_replicas: int = Field(description="As given, else assumed (with a warning)")
    proposed: int = Field(description="Proposal of the policy, before stabilization and limits")
    plan: list[PlanRow]
    reason: str = Field(description="The reason as text")
    binding_term: str = Field(description="What decided in the end, such as expected worth, reactive, stabilization")
    gate: GateOut
    error_budget: ErrorBudgetOut | None = Field(description="Null for a policy that no error budget moves")
    hpa_would_ignore: bool = Field(description="The change lies within the 10 % that an HPA tolerates by default")
    capacity_shortfall: bool = Field(description="The policy proposed more than max_replicas")
    lead_seconds: int = Field(description="Lead time: to the end of the first bin that a replica ordered now serves")
    assumed: list[str] = Field(description="Fields of the service that were not given")
    data_age_seconds: int | None = Field(description="How long ago the last known bin ended")
    warnings: list[str] = Field(description="If that is more than two bins ago, this comes first")


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
    regret: float | None = Field(description="Excess of the objective over the optimum's; null if that is 0")


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
    """One bin of a simulation, which advances in steps of 15 s."""

    ds: str
    demand: float | None
    needed: int | None = Field(
        description="Replicas needed; for the busiest of its counts if the data set has finer ones"
    )
    ready: float = Field(description="Replicas ready, on average over the bin")
    booting: float = Field(description="Replicas starting, on average over the bin")
    desired: int = Field(description="Replicas decided by the end of the bin")
    action: Action = Field(description="What the bin changes of the desired replicas")
    binding_term: str = Field(description="What decided the last change in the bin, else what decided at its end")
    changes: int = Field(description="Changes decided in the bin")
    minutes_under: float = Field(description="Minutes of the bin with fewer replicas ready than needed")
    unmet: float = Field(description="Unmet requests of the bin")


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
    "slo": Objective().to_dict(),
    "judged": {"start": "1995-08-23 00:00:00", "end": "1995-09-01 00:00:00"},
    "tuned_on": {"start": "1995-08-13 23:59:00", "end": "1995-08-23 00:00:00"},
}


class Replayed(Envelope):
    """Series, service, objective and days of a replay."""

    series: str
    timeframe: str
    model_type: str
    model_set: str | None = Field(description="The set whose model forecast; null if nothing trained was used")
    service: dict[str, Any] = Field(description="Every field filled")
    slo: dict[str, float]
    judged: Period
    tuned_on: Period
    start_replicas: int = Field(description="Replicas at the start, for every policy")
    warnings: list[str]


class SimulateOut(Replayed):
    """Totals and steps of one policy, or the runs of a sweep."""

    model_config = answer_example(
        "predictive simulated from 1995-08-23 00:00:00 to 1995-09-01 00:00:00.",
        **_REPLAYED,
        service={"capacity_per_minute": 10.0, "boot_seconds": 0.0, "price_per_hour": 0.096},
        start_replicas=6,
        policy="predictive",
        parameters={"price_of_unmet": 24.7, "adaptive": 1},
        lost_request_price=0.000535,
        totals=_TOTALS,
        error_budget=BUDGET_EXAMPLE,
        steps=[
            {
                "ds": "1995-08-23 00:00:00",
                "demand": 41.0,
                "needed": 5,
                "ready": 6,
                "booting": 0,
                "desired": 6,
                "action": "hold",
                "binding_term": "expected worth",
                "changes": 0,
                "minutes_under": 0.0,
                "unmet": 0.0,
            }
        ],
        warnings=[],
    )

    totals: TotalsOut | None = Field(default=None, description="Absent in a sweep")
    error_budget: ErrorBudgetOut | None = Field(default=None, description="At the end; null if none moves the policy")
    steps: list[StepRow] | None = Field(default=None, description="Absent in a sweep and if steps is false")
    runs: list[RunRow] | None = Field(default=None, description="Of a sweep")


class PolicyRow(TotalsOut):
    """One policy on the evaluation days; `saving` is against the best tuned reactive rule at the same share unmet."""

    policy: str
    parameters: dict[str, float]
    meets_slo: bool = Field(description="Whether it keeps the objective on the evaluation days")
    tuning_share: float | None = Field(description="The share that the objective limits, on the tuning days")
    keeps: bool | None = Field(description="Whether it passes the keep test on both; null in hindsight")
    objective_kept: str | None = Field(description="The same in words: met, met here only, missed, ...")
    hindsight: bool = Field(description="Knows the evaluation days: a yardstick, without a saving")
    saving: float | None = Field(description="Share of the reference's cost; below 0 it costs more")
    saving_low: float | None = Field(description="95 % interval, null with fewer than four days")
    saving_high: float | None
    clear_difference: bool | None = Field(description="Whether the interval leaves out 0")
    forecast_regret: float | None = Field(description="The forecast's part of the regret")
    note: str = Field(description="What to know of the policy, such as that it cannot scale to zero")
    policy_regret: float | None = Field(description="The policy's part: its regret with a perfect forecast")


class VerdictOut(BaseModel):
    """The comparison as text; `text` is all of it. Figures of a month are null with under two evaluation days."""

    pick: str = Field(description="The policy to use, as named in the table")
    keeps: bool = Field(description="Whether it keeps the objective, on the tuning days too")
    pays: bool | None = Field(description="Forecasting clearly saves; false: use another policy; null: unclear")
    headline: str
    availability: str
    cost: str
    extrapolation: str
    what_would_change_it: list[str]
    cost_a_month: float | None
    cost_a_month_low: float | None = Field(description="By the cheapest day; only with two to seven evaluation days")
    cost_a_month_high: float | None = Field(description="By the dearest day")
    saving: float | None = Field(description="Of the pick at equal service, as in its row: a share of the reference's")
    saving_low: float | None
    saving_high: float | None
    saving_a_month: float | None
    saving_a_year: float | None
    assumption: str
    use: str = Field(description="The command that writes the manifest of the pick")
    text: str


_HEADLINE = "At most 1 % of requests unmet: forecasting pays. predictive:tuned keeps it with 0.846 % ..."
_VERDICT = {
    "pick": "predictive:tuned",
    "keeps": True,
    "pays": True,
    "headline": _HEADLINE,
    "availability": "Availability: predictive:tuned keeps the objective ...",
    "cost": "Cost: $136 for 6.56 replicas ...",
    "extrapolation": "That is $460 a month and $5,521 a year: ...",
    "what_would_change_it": ["With a start-up time of 300 s instead of 0 s, forecasting costs ..."],
    "cost_a_month": 460.14,
    "cost_a_month_low": None,
    "cost_a_month_high": None,
    "saving": 0.0102,
    "saving_low": 0.0012,
    "saving_high": 0.0207,
    "saving_a_month": 4.65,
    "saving_a_year": 55.8,
    "assumption": "Monthly and yearly figures assume that the 9 evaluation days are typical ...",
    "use": "Its manifest: dataflow export --dataset web --policy predictive ...",
    "text": "At most 1 % of requests unmet: forecasting pays. ...",
}


class CompareOut(Replayed):
    """The table of policies and the verdict."""

    model_config = answer_example(
        _HEADLINE,
        **_REPLAYED,
        service={"capacity_per_minute": 10.0, "boot_seconds": 0.0, "price_per_hour": 0.096},
        start_replicas=6,
        policies=[
            {
                "policy": "predictive:tuned",
                "parameters": {"price_of_unmet": 24.7, "adaptive": 0},
                **_TOTALS,
                "meets_slo": True,
                "tuning_share": 0.0081,
                "keeps": True,
                "objective_kept": "met",
                "hindsight": False,
                "saving": 0.0102,
                "saving_low": 0.0012,
                "saving_high": 0.0207,
                "clear_difference": True,
                "forecast_regret": 0.161,
                "policy_regret": 0.348,
                "note": "",
            }
        ],
        reference="reactive:smoothing",
        lost_request_price=0.000535,
        verdict=_VERDICT,
        sensitivity=[],
        warnings=[],
    )

    policies: list[PolicyRow]
    reference: str = Field(description="The policy that savings are measured against")
    lost_request_price: float = Field(description="Yours, or the smallest at which the optimum keeps the objective")
    verdict: VerdictOut


class PriceRow(BaseModel):
    """Price of one unit for an hour; `as_of` is null if the source is undated."""

    provider: str
    type: str
    price_per_hour: float
    as_of: str | None
    source: str
    unit: str
    currency: str = Field(description="ISO code; USD unless prices.csv names another")


class PricesOut(Envelope):
    """The price list."""

    model_config = answer_example(
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
