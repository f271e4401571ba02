"""The live recommendation: what a cluster polls, fresh or not at all."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import numpy as np

from forecasting.errors import HistoryTooShort, NotReady
from forecasting.scaling.config.request import ScalingRequest
from forecasting.scaling.recommendation.recommend import recommend
from forecasting.scaling.recommendation.recommended import Recommendation
from forecasting.timeseries.clock import wall_text
from forecasting.timeseries.derived import Derived
from forecasting.timeseries.series import Series
from forecasting.timeseries.timeframes import HOUR, MINUTE

REFRESHES = 2
"""A recommendation is valid for this many bins after the last known one."""

_COMPLETE: Derived[Series] = Derived()


@dataclass(frozen=True)
class Live:
    """A recommendation at one moment, with its demand in requests a second.

    `demand_rps` divided by `capacity_rps` (usable at the target utilisation) and rounded up is the proposal: the
    quantile of the lead window if that gives just this number, else half a replica less than the capacity of the
    proposed ones, which is the same number also after Kubernetes cut both to thousandths.
    `generated_at` and `valid_until` are absolute seconds.
    """

    recommendation: Recommendation
    generated_at: int
    valid_until: int
    demand_rps: float
    capacity_rps: float

    def to_dict(self, name: str) -> dict[str, Any]:
        """Return it for JSON: times in UTC, every number finite."""
        recommended = self.recommendation
        return {
            "service": name,
            "generated_at": _utc(self.generated_at),
            "valid_until": _utc(self.valid_until),
            "mode": "shadow",
            "recommendation": {
                "replicas": recommended.replicas,
                "demand_rps": self.demand_rps,
                "capacity_rps": self.capacity_rps,
                "quantile": recommended.share,
                "lead_seconds": recommended.lead_seconds,
                "binding": recommended.binding_term,
                "gate": {"open": recommended.gate_open, "reasons": recommended.gate_reasons},
                "action": recommended.action,
                "reason": recommended.reason,
                "policy": recommended.policy,
                "model_type": recommended.model,
                "model_set": recommended.model_set,
                "error_budget": recommended.error_budget.to_dict() if recommended.error_budget else None,
                "warnings": recommended.warnings,
            },
        }


def live(request: ScalingRequest, now: int) -> Live:
    """Return the recommendation at `now` (absolute seconds; of a series without a time zone: on its wall).

    Only bins that are over by then count. Raises NotReady if the last known one ended more than REFRESHES bins ago:
    an old answer is worse than none.
    """
    series = _over_by(request.binned, now)
    known = np.flatnonzero(np.isfinite(series.requests_count))
    if not len(known):
        raise HistoryTooShort(
            f"{series.name!r} has no known bin before {wall_text(now, series.time_zone)}. Append points, or give a "
            "later `as_of`.",
            field="as_of",
        )
    fresh_until = series.start + (int(known[-1]) + 1 + REFRESHES) * series.bin_seconds
    if now > fresh_until:
        raise NotReady(_stale(series, now, fresh_until - REFRESHES * series.bin_seconds))
    # The preset of the whole series, so that a cluster does not see another capacity with each new bin.
    service = request.scaled_service
    recommended = recommend(replace(request, series=series, timeframe=series.timeframe, service=service.to_dict()))
    recommended = replace(recommended, warnings=[*recommended.warnings, *request.assumptions])
    usable = service.capacity_rps * service.target_utilisation
    return Live(recommended, now, fresh_until, _demand_rps(recommended, usable), usable)


def _over_by(series: Series, now: int) -> Series:
    """The bins that are over; the same object until another one is, because a cluster polls several times a bin."""
    count = len(series.between(None, now - series.bin_seconds + 1))
    return _COMPLETE.of(series, lambda: series.slice(0, count), count)


def _demand_rps(recommended: Recommendation, usable: float) -> float:
    if recommended.has_quantile and recommended.gate_open and recommended.quantile is not None:
        demand = recommended.quantile / recommended.bin_seconds
        if (recommended.proposed - 1) * usable < demand <= recommended.proposed * usable:
            return demand
    return usable * (recommended.proposed - 0.5)


def _stale(series: Series, now: int, ended: int) -> str:
    hours = (now - ended) / HOUR
    age = f"{hours:,.1f} hours" if hours >= 1 else f"{hours * HOUR / MINUTE:.0f} minutes"
    return (
        f"The last known bin of {series.name!r} ended at {wall_text(ended, series.time_zone)}, {age} ago: too old to "
        f"recommend from. Append points (POST /datasets/{series.name}/points), or give a moment of the past with "
        "?as_of=TIME."
    )


def _utc(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
