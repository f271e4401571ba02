"""The recommendation as a value: replicas to run, their plan, and what decided."""

from __future__ import annotations

from dataclasses import dataclass

SCALE_UP, HOLD, SCALE_DOWN = "scale_up", "hold", "scale_down"


@dataclass(frozen=True)
class PlannedBin:
    """One of the next bins: replicas that will serve it, the demand expected and its quantile, in requests per bin."""

    ds: str
    second: int
    replicas: int
    demand_yhat: float
    demand_quantile: float

    def to_dict(self) -> dict[str, object]:
        """Return it for JSON."""
        return {name: getattr(self, name) for name in ("ds", "replicas", "demand_yhat", "demand_quantile")}


@dataclass(frozen=True)
class ErrorBudget:
    """An error budget, in requests (in steps for an objective on minutes) since its period began at `since` (seconds).

    `allowed` is what the objective allows of the demand so far, `used` what was unmet of it. `left_days` is how many
    days' budgets are left of the period's, `price_of_unmet` what an unmet request is worth now in the currency of the
    price (None for a policy with another knob), `at_cap_share` the share of the time that the knob stood at its end.
    """

    objective: float
    allowed: float
    used: float
    left_days: float
    price_of_unmet: float | None
    at_cap_share: float
    since: int
    debt: float

    def to_dict(self) -> dict[str, float | None]:
        """Return the fields of the REST call."""
        names = ("objective", "allowed", "used", "left_days", "price_of_unmet", "at_cap_share")
        return {name: getattr(self, name) for name in names}


@dataclass(frozen=True)
class Recommendation:
    """Replicas to run from now on, and why.

    `proposed` is what the policy proposed before stabilization and limits, `binding_term` what decided in the end.
    `demand` and `quantile` (at `share`) are those of the lead window, in requests per bin; None if the policy does
    not forecast. `capacity_shortfall`: more was proposed than `max_replicas`. `has_quantile`: the policy follows that
    quantile if the trust check passes; for others both are statements. `error_budget` is that of a policy with one.
    """

    policy: str
    model: str
    model_set: str | None
    origin: int
    bin_seconds: int
    current_replicas: int
    replicas: int
    proposed: int
    action: str
    binding_term: str
    reason: str
    gate_open: bool
    gate_reasons: list[str]
    hpa_would_ignore: bool
    capacity_shortfall: bool
    lead_seconds: int
    demand: float
    share: float | None
    quantile: float | None
    plan: list[PlannedBin]
    warnings: list[str]
    has_quantile: bool = False
    error_budget: ErrorBudget | None = None
