"""Sensitivity: what the saving of forecasting would be with another boot time or another size of replica."""

from __future__ import annotations

from dataclasses import dataclass, replace

from forecasting.errors import InputError
from forecasting.forecasters.base import MAX_HORIZON
from forecasting.progress import Progress
from forecasting.scaling.comparison.compare import Comparison, compare
from forecasting.scaling.comparison.frontier import Saving
from forecasting.scaling.config.scaled_service import BOOT_PARTS, MAX_REPLICAS
from forecasting.scaling.simulation.replay import Replay

KNOB_VALUES = 12


@dataclass(frozen=True)
class Variation:
    """The service with one thing changed (`what`, in words), and what forecasting then saves."""

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
    """The comparison of the best forecast-driven policy with the reference, for other boot times and capacities.

    Coarser than the comparison itself, each tuned anew on the tuning days. A variation that the trace or the horizon
    of the forecasts does not allow is left out.
    """
    replay = comparison.replay
    if comparison.best_forecast is None:
        return []
    found = []
    changed = _variations(replay)
    for done, (what, variation) in enumerate(changed):
        driven = comparison.row(comparison.best_forecast).family
        rules = (comparison.row(comparison.reference).family, driven)
        try:
            result = compare(variation, policies=rules, knob_values=KNOB_VALUES)
        except InputError:  # a boot time that this trace or horizon does not allow says nothing
            continue
        found.append(Variation(what, result.row(result.best_forecast).saving))
        if progress:
            progress((done + 1) / len(changed))
    return found


def _variations(replay: Replay) -> list[tuple[str, Replay]]:
    service, step = replay.service, replay.series.bin_seconds
    boot = [seconds for seconds in (0.0, 300.0, 900.0) if abs(seconds - service.boot_seconds) >= step]
    parts = dict.fromkeys(BOOT_PARTS)
    changed = [
        (f"a boot time of {seconds:g} s instead of {service.boot_seconds:g} s", {**parts, "boot_seconds": seconds})
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
    return [(what, _with_service(replay, **fields)) for what, fields in changed]


def _with_service(replay: Replay, **fields: object) -> Replay:
    """The same replay with another service, from its usual number of replicas."""
    return replace(replay, service=replace(replay.service, **fields), start_replicas=None)
