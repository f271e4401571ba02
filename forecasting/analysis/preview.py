"""A look at a series before anything is kept of it: few points that still show its peaks and gaps."""

from __future__ import annotations

from forecasting.analysis.downsampling import downsample
from forecasting.clock import wall_texts
from forecasting.series import Series

PREVIEW_POINTS = 600


def preview(series: Series, most: int = PREVIEW_POINTS) -> list[dict[str, object]]:
    """At most `most` points {ds, y} in order of time (`downsample` chooses), y None where unknown."""
    kept = downsample(series.seconds, series.requests_count, most)
    counts = series.requests_count[kept]
    times = wall_texts(series.seconds[kept], series.time_zone)
    return [{"ds": ds, "y": None if y != y else y} for ds, y in zip(times, counts.tolist(), strict=True)]
