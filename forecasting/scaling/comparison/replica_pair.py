"""The replicas of two policies side by side over a part of the evaluation days, few enough points to draw.

They are read from a page payload: nothing is simulated.
"""

from __future__ import annotations

import base64
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from forecasting.errors import InputError
from forecasting.scaling.comparison.replica_lines import highest_of_groups
from forecasting.scaling.config.limits import STEP_SECONDS
from forecasting.scaling.config.scaled_service import ScaledService
from forecasting.timeseries.series import Series
from forecasting.timeseries.timeframes import HOUR

MOST_POINTS = 1_500
_TYPE = np.dtype("<i4")


def packed(replicas: np.ndarray, bin_seconds: int) -> str:
    """Average replicas of bins (bins,) as text, exact to a step of the simulation."""
    replica_steps = np.rint(replicas * (bin_seconds // STEP_SECONDS)).astype(_TYPE)
    return base64.b64encode(zlib.compress(replica_steps.tobytes(), 9)).decode()


def unpacked(text: str, bin_seconds: int) -> np.ndarray:
    """The replicas of `packed` (bins,) float64."""
    return np.frombuffer(zlib.decompress(base64.b64decode(text)), _TYPE) / (bin_seconds // STEP_SECONDS)


@dataclass(frozen=True, eq=False)
class ReplicaPair:
    """Two policies over some of the evaluation days: a point stands for `steps_a_point` bins, the highest of them.

    `wall_seconds` (points,) is when each begins. `demand` (points,) is in requests a bin and `needed` in replicas (NaN
    unknown); `first` and `second` (points,) are ready replicas, averages of a bin. `hours` are both's replica-hours
    over the bins shown.
    """

    names: tuple[str, str]
    steps_a_point: int
    wall_seconds: np.ndarray
    demand: np.ndarray
    needed: np.ndarray
    first: np.ndarray
    second: np.ndarray
    hours: tuple[float, float]


def replica_pair_of(
    payload: Mapping[str, Any],
    series: Series,
    names: tuple[str, str],
    span: tuple[int, int] | None = None,
    most: int = MOST_POINTS,
) -> ReplicaPair:
    """Return two rows of a payload; `series` is the one that it was made of, in its timeframe.

    `span` are wall seconds, end excluded (None: all evaluation days); what lies outside them is cut off. Raises
    InputError for a policy that the payload lacks.
    """
    first, end = _within(payload, series, span)
    begin = payload["span"][0]
    runs = [_run(payload, name, series.bin_seconds)[first - begin : end - begin] for name in names]
    service = ScaledService.of(payload["service"])
    demand = series.requests_count[first:end] * service.demand_multiplier
    together = -(-(end - first) // most)
    mine, theirs = (float(run.sum() * series.bin_seconds / HOUR) for run in runs)
    return ReplicaPair(
        names,
        together,
        series.wall[first:end:together],
        highest_of_groups(demand, together),
        highest_of_groups(service.replicas_needed(demand, series.bin_seconds), together),
        highest_of_groups(runs[0], together),
        highest_of_groups(runs[1], together),
        (mine, theirs),
    )


def _within(payload: Mapping[str, Any], series: Series, span: tuple[int, int] | None) -> tuple[int, int]:
    """Bins of the payload's span that begin in these wall seconds; one bin at least."""
    begin, end = payload["span"]
    if span is None:
        return begin, end
    wall = series.wall[begin:end]
    first, last = (begin + int(np.searchsorted(wall, second)) for second in span)
    first = min(first, end - 1)
    return first, min(max(last, first + 1), end)


def _run(payload: Mapping[str, Any], name: str, bin_seconds: int) -> np.ndarray:
    if name not in payload["runs"]:
        raise InputError(f"policy must be one of {', '.join(payload['runs'])} (got {name!r}).", field="policy")
    return unpacked(payload["runs"][name], bin_seconds)
