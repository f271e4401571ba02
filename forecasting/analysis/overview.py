"""The overview of a series: every figure in one call."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from forecasting.analysis.autocorrelation import Autocorrelation, autocorrelation
from forecasting.analysis.chart_data.annotations import Stretch, burst_flags, stretches_of
from forecasting.analysis.chart_data.chart_lines import LINES, Line, lines_of
from forecasting.analysis.chart_data.downsampling import downsample
from forecasting.analysis.correlation import Correlations, column_correlations
from forecasting.analysis.distribution import Distribution, distribution
from forecasting.analysis.facts import Facts, facts
from forecasting.analysis.forecastability import Forecastability, forecastability
from forecasting.analysis.quality import Quality, quality
from forecasting.analysis.ranges import bins_between
from forecasting.analysis.rhythms import DayProfiles, Rhythm, WeekHours, day_profiles, rhythm_of, week_hours
from forecasting.analysis.summary import summary_of
from forecasting.timeseries.clock import wall_text
from forecasting.timeseries.derived import Derived
from forecasting.timeseries.series import Series

_FORECASTABILITY: Derived[Forecastability] = Derived()


@dataclass(frozen=True, eq=False)
class Overview:
    """The figures of a range of a series. `start` and `end` (excluded) are wall time `YYYY-MM-DD HH:MM:SS`.

    The four lines are None if no point is known or bins are as long as their window. `forecastability` is of the whole
    series, everything else of the range.
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
    traffic: Line | None
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


def overview(
    series: Series, report: dict[str, Any] | None = None, start: int | None = None, end: int | None = None
) -> Overview:
    """Return the overview of the bins whose left edge lies in [start, end), in absolute seconds (None: open).

    `report` is the data set's import report as stored in the catalog. Raises InputError if the range has no bin.
    """
    bins = bins_between(series, start, end)
    ends = (bins.start, bins.stop)
    basics, week = facts(series, *ends), week_hours(series, *ends)
    state, rhythm, verdict = quality(series, report, *ends), rhythm_of(week), _forecastability(series)
    lines = lines_of(series, LINES, start, end).by_name
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
        **lines,
        bursts=stretches_of(series, burst_flags(series), bins),
        events=() if series.is_event is None else stretches_of(series, series.is_event, bins),
        week_hours=week,
        day_profiles=day_profiles(series, *ends),
        distribution=distribution(series, *ends),
        autocorrelation=_downsampled(autocorrelation(series, *ends)),
        correlations=column_correlations(series, *ends),
        quality=state,
        forecastability=verdict,
    )


def _forecastability(series: Series) -> Forecastability:
    """Return the forecastability of the whole series, computed once."""
    return _FORECASTABILITY.of(series, lambda: forecastability(series))


def _downsampled(full: Autocorrelation) -> Autocorrelation:
    at = downsample(full.lag_seconds, full.correlation)
    return replace(full, lag_seconds=full.lag_seconds[at], correlation=full.correlation[at], bound=full.bound[at])
