"""Descriptive statistics of a series: the figures of an overview, each from one pure function of a Series.

Functions take a series in the timeframe on display and, for a range, its bins `first` to `end` - 1. Rates are requests
per minute whatever the timeframe; times are wall times of the series' zone; unknown bins (NaN) are never counted, zeros
are. Bursts, moving averages and the week before also use bins before the range. All functions use the whole range at
once: they describe and do not forecast.
"""

from forecasting.analysis.autocorrelation import Autocorrelation, autocorrelation
from forecasting.analysis.chart_data.annotations import Stretch, burst_flags, stretches_of
from forecasting.analysis.chart_data.averages import MovingAverages, moving_averages, week_before
from forecasting.analysis.chart_data.chart_lines import Line, Lines, lines_of
from forecasting.analysis.chart_data.downsampling import downsample
from forecasting.analysis.correlation import Correlations, column_correlations
from forecasting.analysis.distribution import Distribution, distribution
from forecasting.analysis.facts import Facts, WeekChange, facts, week_change
from forecasting.analysis.findings import Finding, Findings, findings_of
from forecasting.analysis.forecastability import Forecastability, Noise, Skill, forecastability
from forecasting.analysis.overview import Overview, overview
from forecasting.analysis.quality import Need, Outage, Quality, Repairs, Run, needs, quality
from forecasting.analysis.rhythms import DayProfile, DayProfiles, Rhythm, WeekHours, day_profiles, rhythm_of, week_hours
from forecasting.analysis.summary import summary_of

__all__ = [
    "Autocorrelation",
    "Correlations",
    "DayProfile",
    "DayProfiles",
    "Distribution",
    "Facts",
    "Finding",
    "Findings",
    "Forecastability",
    "Line",
    "Lines",
    "MovingAverages",
    "Need",
    "Noise",
    "Outage",
    "Overview",
    "Quality",
    "Repairs",
    "Rhythm",
    "Run",
    "Skill",
    "Stretch",
    "WeekChange",
    "WeekHours",
    "autocorrelation",
    "burst_flags",
    "column_correlations",
    "day_profiles",
    "distribution",
    "downsample",
    "facts",
    "findings_of",
    "forecastability",
    "lines_of",
    "moving_averages",
    "needs",
    "overview",
    "quality",
    "rhythm_of",
    "stretches_of",
    "summary_of",
    "week_before",
    "week_change",
    "week_hours",
]
