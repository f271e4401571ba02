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
class Recommendation:
    """Replicas to run from now on, and why.

    `proposed` is what the policy proposed before stabilization and limits, `binding_term` what decided in the end.
    `demand` and `quantile` (at `share`) are those of the lead window, in requests per bin; None if the policy does
    not forecast. `capacity_shortfall`: more was proposed than `max_replicas`.
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
