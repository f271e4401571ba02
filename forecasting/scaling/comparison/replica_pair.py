"""Pairs: the replicas of two policies side by side over a part of the days judged, few enough points to draw.

They are read from a digest: nothing is simulated, and nothing is imported that simulates.
"""

from __future__ import annotations

import base64
import zlib
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from forecasting.errors import InputError
from forecasting.scaling.config.scaled_service import ScaledService
from forecasting.timeseries.series import Series
from forecasting.timeseries.timeframes import HOUR

MOST_POINTS = 1_500
_TYPE = np.dtype("<i2")


def packed(replicas: np.ndarray) -> str:
    """Replicas (steps,), each at most 32,767, as text."""
    return base64.b64encode(zlib.compress(replicas.astype(_TYPE).tobytes(), 9)).decode()


def unpacked(text: str) -> np.ndarray:
    """The replicas of `packed` (steps,) int32."""
    return np.frombuffer(zlib.decompress(base64.b64decode(text)), _TYPE).astype(np.int32)


@dataclass(frozen=True, eq=False)
class ReplicaPair:
    """Two policies over some of the days judged: a point stands for `steps_a_point` steps, the highest of them.

    `wall_seconds` (points,) is when each begins. `demand` (points,) is in requests a bin and `needed` in replicas (NaN
    unknown); `first` and `second` (points,) are ready replicas. `hours` are both's replica-hours over the steps shown.
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
    digest: Mapping[str, object],
    series: Series,
    names: tuple[str, str],
    span: tuple[int, int] | None = None,
    most: int = MOST_POINTS,
) -> ReplicaPair:
    """Two rows of a digest; `series` is the one that it was made of, in its timeframe.

    `span` are wall seconds, end excluded (None: all days judged); what lies outside these days is cut off. Raises
    InputError for a policy that the digest lacks.
    """
    first, end = _within(digest, series, span)
    begin = digest["span"][0]
    runs = [_run(digest, name)[first - begin : end - begin] for name in names]
    service = ScaledService.of(**digest["service"])
    demand = series.requests_count[first:end] * service.demand_multiplier
    together = -(-(end - first) // most)
    hours = tuple(float(run.sum() * series.bin_seconds / HOUR) for run in runs)
    return ReplicaPair(
        names,
        together,
        series.wall[first:end:together],
        _highest(demand, together),
        _highest(service.replicas_needed(demand, series.bin_seconds), together),
        *(_highest(run, together) for run in runs),
        hours=hours,
    )


def _within(digest: Mapping[str, object], series: Series, span: tuple[int, int] | None) -> tuple[int, int]:
    """Bins of the digest's span that begin in these wall seconds; one bin at least."""
    begin, end = digest["span"]
    if span is None:
        return begin, end
    wall = series.wall[begin:end]
    first, last = (begin + int(np.searchsorted(wall, second)) for second in span)
    first = min(first, end - 1)
    return first, min(max(last, first + 1), end)


def _run(digest: Mapping[str, object], name: str) -> np.ndarray:
    if name not in digest["runs"]:
        raise InputError(f"policy is {name!r}; write one of {', '.join(digest['runs'])}.", field="policy")
    return unpacked(digest["runs"][name])


def _highest(values: np.ndarray, together: int) -> np.ndarray:
    """The highest known one of each `together` values, float64, NaN where none is known."""
    return np.fmax.reduceat(values.astype(np.float64), np.arange(0, len(values), together))
