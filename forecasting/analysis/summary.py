"""The summary of a range in one or two sentences: volume, peak, rhythm, forecastability."""

from __future__ import annotations

from forecasting.analysis.facts import Facts
from forecasting.analysis.forecastability import Forecastability
from forecasting.analysis.quality import Quality
from forecasting.analysis.rhythms import Rhythm
from forecasting.timeseries.clock import wall_text
from forecasting.timeseries.formatting import counted, duration, moment, number
from forecasting.timeseries.series import Series

OUTAGES_LISTED = 3
"""With more outages, only their total length is stated."""


def summary_of(series: Series, facts: Facts, rhythm: Rhythm, quality: Quality, forecast: Forecastability) -> str:
    """Return the summary of a range as one paragraph.

    Such as: `shop: 38.8 requests/min on average, peak 421 on Thu 13 Jul 09:42; weekday afternoons are 3.1 x the nights;
    two outages (3 d 10 h, 1 d 14 h). Time of day and weekday explain 62 % of the variation, 21 % is noise: worth
    forecasting.`
    """
    if facts.mean_requests_per_minute is None or facts.peak_second is None:
        return f"{series.name}: this range has no known bin."
    if facts.mean_requests_per_minute == 0:
        return f"{series.name}: no requests in this range."
    clauses = [_level(series, facts, facts.peak_second), rhythm.clause, _silence(quality)]
    verdict = forecast.sentence("the variation" if facts.bins == len(series) else "the variation of the whole series")
    return f"{series.name}: {'; '.join(clause for clause in clauses if clause)}. {verdict}"


def _level(series: Series, facts: Facts, peak_second: int) -> str:
    first_year, last_year = (wall_text(second, series.time_zone)[:4] for second in (series.start, series.end - 1))
    when = moment(peak_second, series.time_zone, with_year=first_year != last_year)
    mean, peak = number(facts.mean_requests_per_minute), number(facts.peak_requests_per_minute)
    return f"{mean} requests/min on average, peak {peak} on {when}"


def _silence(quality: Quality) -> str | None:
    """Return the outages with their lengths, and the gaps."""
    lengths = [outage.seconds for outage in quality.outages]
    is_short = len(lengths) <= OUTAGES_LISTED
    listed = ", ".join(map(duration, lengths)) if is_short else f"{duration(sum(lengths))} in all"
    outages = f"{counted(len(lengths), 'outage')} ({listed})" if lengths else ""
    all_of_them = " in all" if quality.gap_count > 1 else ""
    gaps = f"{counted(quality.gap_count, 'gap')} ({duration(quality.gap_seconds)}{all_of_them})"
    return " and ".join(filter(None, [outages, gaps if quality.gap_count else ""])) or None
