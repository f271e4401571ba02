"""The preview of a series before it is stored: few points that show its peaks and gaps, with annotations."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forecasting.analysis.chart_data.annotations import Stretch, burst_flags, stretches_of
from forecasting.analysis.chart_data.downsampling import downsample
from forecasting.analysis.facts import Facts, facts
from forecasting.timeseries.clock import wall_texts
from forecasting.timeseries.series import Series

PREVIEW_POINTS = 600
SKETCH_POINTS = 1_500


@dataclass(frozen=True, eq=False)
class Sketch:
    """The data of a preview chart: wall `times` (k,), `counts` (k,; None if unknown) and annotated periods."""

    timeframe: str
    times: list[str]
    counts: list[float | None]
    facts: Facts
    bursts: tuple[Stretch, ...]
    events: tuple[Stretch, ...]
    gaps: tuple[Stretch, ...]


def preview(series: Series, most: int = PREVIEW_POINTS) -> list[dict[str, object]]:
    """Return at most `most` points {ds, y} in order of time, chosen by `downsample`; y is None if unknown."""
    return [{"ds": ds, "y": y} for ds, y in zip(*few_points(series, most), strict=True)]


def few_points(series: Series, most: int) -> tuple[list[str], list[float | None]]:
    """Return wall times and counts (None if unknown) of at most `most` bins, with every peak and gap."""
    chosen = downsample(series.seconds, series.requests_count, most)
    counts = series.requests_count[chosen]
    texts = wall_texts(series.seconds[chosen], series.time_zone)
    return texts, [None if np.isnan(count) else count for count in counts.tolist()]


def sketch(series: Series) -> Sketch:
    """Return the sketch of a whole series, which must have at least one bin."""
    everything = slice(0, len(series))
    unknown = np.isnan(series.requests_count)
    return Sketch(
        series.timeframe,
        *few_points(series, SKETCH_POINTS),
        facts=facts(series),
        bursts=stretches_of(series, burst_flags(series), everything),
        events=() if series.is_event is None else stretches_of(series, series.is_event, everything),
        gaps=stretches_of(series, unknown, everything),
    )
