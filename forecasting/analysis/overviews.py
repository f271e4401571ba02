"""Everything that an overview of a series shows, in one call."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from forecasting.analysis.autocorrelation import Autocorrelation, autocorrelation
from forecasting.analysis.averages import moving_averages, week_before
from forecasting.analysis.correlation import Correlations, column_correlations
from forecasting.analysis.distribution import Distribution, distribution
from forecasting.analysis.downsampling import downsample
from forecasting.analysis.facts import Facts, facts
from forecasting.analysis.forecastability import Forecastability, forecastability
from forecasting.analysis.marks import Stretch, burst_flags, stretches_of
from forecasting.analysis.quality import Quality, quality
from forecasting.analysis.ranges import bin_minutes, shown
from forecasting.analysis.rhythms import DayProfiles, Rhythm, WeekHours, day_profiles, rhythm_of, week_hours
from forecasting.analysis.summary import summary_of
from forecasting.clock import wall_text
from forecasting.errors import InputError
from forecasting.series import Series


@dataclass(frozen=True, eq=False)
class Line:
    """A line to draw: left edges of bins in wall seconds since 1970-01-01 (int64, n) and requests per minute (n,).

    It has about 2,000 points at most, chosen by `downsample`; NaN breaks it.
    """

    wall_seconds: np.ndarray
    requests_per_minute: np.ndarray


@dataclass(frozen=True, eq=False)
class Overview:
    """What a range of a series is like. `start` and `end` (excluded) are wall time `YYYY-MM-DD HH:MM:SS`.

    `hour_average`, `day_average` and `week_before` are None where no point of them is known or bins are as long.
    `forecastability` is that of the whole series, everything else that of the range.
    """

    name: str
    bin_seconds: int
    time_zone: str | None
    synthetic: bool
    start: str
    end: str
    summary: str
    facts: Facts
    rhythm: Rhythm
    traffic: Line
    hour_average: Line | None
    day_average: Line | None
    week_before: Line | None
    bursts: tuple[Stretch, ...]
    events: tuple[Stretch, ...]
    week_hours: WeekHours
    day_profiles: DayProfiles
    distribution: Distribution
    autocorrelation: Autocorrelation
    correlations: Correlations
    quality: Quality
    forecastability: Forecastability


def overview(series: Series, report: dict | None = None, start: int | None = None, end: int | None = None) -> Overview:
    """The overview of the bins whose left edge lies in [start, end), in absolute seconds; of all where None.

    `report` is the data set's import report as the catalog keeps it. Raises InputError where the range holds no bin.
    """
    bins = bins_between(series, start, end)
    ends = (bins.start, bins.stop)
    basics, week = facts(series, *ends), week_hours(series, *ends)
    state, rhythm, verdict = quality(series, report, *ends), rhythm_of(week), _forecastability(series)
    averages = moving_averages(series, *ends)
    edges = [series.start + edge * series.bin_seconds for edge in ends]
    return Overview(
        name=series.name,
        bin_seconds=series.bin_seconds,
        time_zone=series.time_zone,
        synthetic=series.synthetic,
        start=wall_text(edges[0], series.time_zone),
        end=wall_text(edges[1], series.time_zone),
        summary=summary_of(series, basics, rhythm, state, verdict),
        facts=basics,
        rhythm=rhythm,
        traffic=_line(series, bins, series.requests_count[bins] / bin_minutes(series)),
        hour_average=_line_if_known(series, bins, averages.hour_requests_per_minute),
        day_average=_line_if_known(series, bins, averages.day_requests_per_minute),
        week_before=_line_if_known(series, bins, week_before(series, *ends)),
        bursts=stretches_of(series, burst_flags(series), bins),
        events=() if series.is_event is None else stretches_of(series, series.is_event, bins),
        week_hours=week,
        day_profiles=day_profiles(series, *ends),
        distribution=distribution(series, *ends),
        autocorrelation=_thinned(autocorrelation(series, *ends)),
        correlations=column_correlations(series, *ends),
        quality=state,
        forecastability=verdict,
    )


def bins_between(series: Series, start: int | None, end: int | None) -> slice:
    """Positions of the bins whose left edge lies in [start, end); raises InputError where there is none."""
    part = series.between(start, end)
    if len(part) == 0:
        held = f"{wall_text(series.start, series.time_zone)} to {wall_text(series.end, series.time_zone)}"
        holds = f"it holds {held}" if len(series) else "it has no bins"
        raise InputError(f"No bin of {series.name} lies in the range asked for; {holds}.", field="start")
    first = (part.start - series.start) // series.bin_seconds
    return shown(series, first, first + len(part))


def _forecastability(series: Series) -> Forecastability:
    """That of the whole series, found once."""
    if "forecastability" not in series.cache:
        series.cache["forecastability"] = forecastability(series)
    return series.cache["forecastability"]


def _line(series: Series, bins: slice, rates: np.ndarray) -> Line:
    wall = series.wall[bins]
    kept = downsample(series.bin_seconds * np.arange(len(rates)), rates)
    return Line(wall[kept], rates[kept])


def _line_if_known(series: Series, bins: slice, rates: np.ndarray | None) -> Line | None:
    return None if rates is None or np.isnan(rates).all() else _line(series, bins, rates)


def _thinned(found: Autocorrelation) -> Autocorrelation:
    kept = downsample(found.lag_seconds, found.correlation)
    return replace(
        found, lag_seconds=found.lag_seconds[kept], correlation=found.correlation[kept], bound=found.bound[kept]
    )
