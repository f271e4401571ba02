"""Sensitivity: what forecasting would save with another start-up time or another size of replica."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from forecasting.errors import InputError
from forecasting.forecasters.base import MAX_HORIZON
from forecasting.progress import Progress
from forecasting.scaling.comparison.compare import Comparison, compare
from forecasting.scaling.comparison.frontier import Saving
from forecasting.scaling.config.limits import MAX_REPLICAS
from forecasting.scaling.config.scaled_service import BOOT_PARTS
from forecasting.scaling.simulation.replay import Replay

KNOB_VALUES = 12


@dataclass(frozen=True)
class Variation:
    """The service with one thing changed (`what`, as text), and what forecasting then saves."""

    what: str
    saving: Saving

    def to_dict(self) -> dict[str, object]:
        """For JSON."""
        return {
            "what": self.what,
            "saving": self.saving.saving,
            "saving_low": self.saving.low,
            "saving_high": self.saving.high,
        }


def sensitivity(comparison: Comparison, progress: Progress | None = None) -> list[Variation]:
    """The comparison of the best forecast-driven policy with the reference, for other start-up times and
    capacities.

    Coarser than the comparison itself, each tuned again on the tuning days. A variation that the trace or the horizon
    of the forecasts does not allow is left out.
    """
    if comparison.best_forecast is None:
        return []
    policies = [comparison.row(name).family for name in (comparison.reference, comparison.best_forecast)]
    variations = []
    changed = _variations(comparison.replay)
    for done, (what, replay) in enumerate(changed):
        try:
            result = compare(replay, policies=policies, knob_values=KNOB_VALUES)
        except InputError:  # a start-up time that this trace or horizon does not allow says nothing
            continue
        if result.best_forecast is not None:
            variations.append(Variation(what, result.row(result.best_forecast).saving))
        if progress:
            progress((done + 1) / len(changed))
    return variations


def _variations(replay: Replay) -> list[tuple[str, Replay]]:
    service, step = replay.service, replay.series.bin_seconds
    boot = [seconds for seconds in (0.0, 300.0, 900.0) if abs(seconds - (service.boot_seconds or 0.0)) >= step]
    parts: dict[str, Any] = dict.fromkeys(BOOT_PARTS)
    changed: list[tuple[str, dict[str, Any]]] = [
        (f"a start-up time of {seconds:g} s instead of {service.boot_seconds:g} s", {**parts, "boot_seconds": seconds})
        for seconds in boot
        if seconds / step + 1 <= MAX_HORIZON
    ]
    for factor, words in ((0.25, "replicas a quarter of the size"), (4.0, "replicas four times the size")):
        limit = min(max(int(service.max_replicas / factor), service.min_replicas), MAX_REPLICAS)
        size = {
            "capacity_per_minute": factor * service.capacity_per_minute,
            "price_per_hour": factor * service.price_per_hour,
            "max_replicas": limit,
        }
        changed.append((f"{words} (and price)", size))
    return [(what, _with_service(replay, fields)) for what, fields in changed]


def _with_service(replay: Replay, fields: dict[str, Any]) -> Replay:
    """Return the same replay with another service, from its usual number of replicas."""
    return replace(replay, service=replace(replay.service, **fields), start_replicas=None)
