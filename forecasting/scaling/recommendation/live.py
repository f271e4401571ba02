"""The live recommendation: what a cluster polls, fresh or not at all."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime

import numpy as np

from forecasting.errors import HistoryTooShort, NotReady
from forecasting.scaling.config.request import ScalingRequest, asked
from forecasting.scaling.recommendation.recommended import Recommendation
from forecasting.timeseries.clock import wall_text
from forecasting.timeseries.derived import Derived
from forecasting.timeseries.series import Series
from forecasting.timeseries.timeframes import HOUR, MINUTE

REFRESHES = 2
"""A recommendation is good for as many bins after the last known one."""

_COMPLETE: Derived[Series] = Derived()


@dataclass(frozen=True)
class Live:
    """A recommendation at one moment, with what it asks for as a demand in requests a second.

    `demand_rps` divided by `capacity_rps` (usable at the target utilisation) and rounded up is what was proposed: the
    quantile of the lead window where it asks for just that, else half a replica less than what the proposed ones can
    take, which is the same number also after Kubernetes cut both to thousandths.
    `generated_at` and `valid_until` are absolute seconds.
    """

    recommendation: Recommendation
    generated_at: int
    valid_until: int
    demand_rps: float
    capacity_rps: float

    def to_dict(self, name: str) -> dict[str, object]:
        """For JSON: times in UTC, every number finite."""
        found = self.recommendation
        return {
            "service": name,
            "generated_at": _utc(self.generated_at),
            "valid_until": _utc(self.valid_until),
            "mode": "shadow",
            "recommendation": {
                "replicas": found.replicas,
                "demand_rps": self.demand_rps,
                "capacity_rps": self.capacity_rps,
                "quantile": found.share,
                "lead_seconds": found.lead_seconds,
                "binding": found.binding_term,
                "gate": {"open": found.gate_open, "reasons": found.gate_reasons},
                "action": found.action,
                "reason": found.reason,
                "policy": found.policy,
                "model_type": found.model,
                "model_set": found.model_set,
                "warnings": found.warnings,
            },
        }


def live(question: ScalingRequest, now: int) -> Live:
    """The recommendation at `now` (absolute seconds; of a series without a time zone: on its wall).

    Only bins that are over by then count. Raises NotReady where the last known one ended more than REFRESHES bins
    ago: an old answer is worse than none.
    """
    series = _over_by(question.binned, now)
    known = np.flatnonzero(np.isfinite(series.requests_count))
    if not len(known):
        raise HistoryTooShort(
            f"{series.name!r} has no known bin before {wall_text(now, series.time_zone)}; append points, or ask with "
            "a later `as_of`.",
            field="as_of",
        )
    fresh_until = series.start + (int(known[-1]) + 1 + REFRESHES) * series.bin_seconds
    if now > fresh_until:
        raise NotReady(_stale(question, now, fresh_until - REFRESHES * series.bin_seconds))
    service = question.scaled_service
    now_known = asked(question, series=series, timeframe=series.timeframe, service=service.to_dict())
    found = now_known.recommendation()
    found = replace(found, warnings=[*found.warnings, *question.assumptions])
    usable = service.capacity_rps * service.target_utilisation
    return Live(found, now, fresh_until, _demand_rps(found, usable), usable)


def _over_by(series: Series, now: int) -> Series:
    """The bins that are over, the same object while no other one is: a cluster asks several times a bin."""
    count = len(series.between(None, now - series.bin_seconds + 1))
    return _COMPLETE.of(series, lambda: series.slice(0, count), count)


def _demand_rps(found: Recommendation, usable: float) -> float:
    if found.gate_open and found.quantile is not None:
        demand = found.quantile / found.bin_seconds
        if (found.proposed - 1) * usable < demand <= found.proposed * usable:
            return demand
    return usable * (found.proposed - 0.5)


def _stale(question: ScalingRequest, now: int, ended: int) -> str:
    series = question.binned
    hours = (now - ended) / HOUR
    age = f"{hours:,.1f} hours" if hours >= 1 else f"{hours * HOUR / MINUTE:.0f} minutes"
    return (
        f"The last known bin of {series.name!r} ended at {wall_text(ended, series.time_zone)}, {age} ago: "
        f"too old to recommend from. Append points (POST /datasets/{series.name}/points), or ask for a moment of the "
        "past with ?as_of=TIME."
    )


def _utc(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
