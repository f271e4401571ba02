"""What the titles of an overview state, and why a part is empty."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as limits

from forecasting.analysis import Finding, findings_of, overview
from forecasting.catalog.sample import sample_series
from forecasting.timeseries.series import Series, Span
from tests.forecasting.analysis.strategies import series_and_range
from tests.forecasting.traffic import MONDAY, daily_traffic

DAY = 86_400


def findings(counts, bin_seconds: int = 900):
    return findings_of(overview(Series("shop", bin_seconds, MONDAY, np.array(counts, float))))


@limits(max_examples=100, deadline=None)
@given(series_and_range(most_bins=700))
def test_every_part_of_anything_says_something(given_range):
    series, first, end = given_range
    found = overview(series, None, *(series.start + edge * series.bin_seconds for edge in (first, end)))
    result = findings_of(found)
    for field in fields(result):
        part: Finding = getattr(result, field.name)
        assert part.title
        assert "nan" not in f"{part.title} {part.sentence} {part.missing}".split()
    if not found.facts.known_bins:
        assert "unknown. Choose a longer range" in result.traffic.missing
    assert (result.autocorrelation.missing is None) == bool((~np.isnan(found.autocorrelation.correlation[1:])).any())
    assert (result.forecastability.missing is None) == (found.forecastability.explained_share is not None)


def test_the_sample():
    result = findings_of(overview(sample_series()))
    assert result.traffic.title == "Highest on Fri 1 May 12:33: 1,180 requests/min, 6.0 x the mean"
    assert result.forecastability.title == "Time of day and weekday explain 67 % of the variation: worth forecasting"
    assert result.forecastability.sentence.startswith(
        "1 h ahead, a forecast from time of day, weekday and the last hours is 25 % better than"
    )
    assert result.week.title == "Busiest: Monday 14:00"
    assert result.week.sentence == "321 requests/min on average, 4.0 x the quietest hour, Saturday 03:00 (81.2)."
    assert result.day == Finding(
        "Weekday afternoons are 2.4 x the nights", "A weekend day has 15.7 % fewer requests than a weekday."
    )
    assert result.distribution.title == "Between 135 and 250 requests/min half of the time"
    assert result.autocorrelation.title == "Resembles the week before (0.70) more than the day before (0.66)"
    assert result.correlations.title == "Requests are correlated with 1 bin before (0.85) and 1 week before (0.80)"
    assert result.quality.title == "Data quality: no outages, one gap (2 h 41 min), 99.8 % of bins known"
    assert result.quality.sentence == "The history is long enough for every feature."


def test_where_all_is_unknown_every_part_but_the_quality_says_so():
    result = findings([np.nan] * 300)
    parts = (result.traffic, result.week, result.day, result.distribution, result.autocorrelation, result.correlations)
    assert {part.missing for part in parts} == {
        "This range has no known bin: all 300 bins are unknown. Choose a longer range or another one."
    }
    assert result.forecastability.missing == "This takes at least 4 known days; this series has 0."
    assert result.quality.title == "Data quality: no outages, one gap (3 d 3 h), 0 % of bins known"


def test_where_nothing_changes_there_is_nothing_to_find():
    result = findings([21.0] * 96 * 10)
    assert result.traffic.title == "Always 1.40 requests/min"
    assert result.forecastability.missing == "A constant series has no variation to explain."
    assert result.week.title == "No hour of the week stands out"
    assert result.day.sentence == "A weekend day has as many requests as a weekday."
    assert result.distribution.title == "Almost always 1.40 requests/min"
    assert result.autocorrelation.missing == "Requests are constant in this range, so the autocorrelation is undefined."
    assert result.correlations.missing.endswith("in this range: always the same.")
    assert findings([0.0] * 96).traffic.title == "No requests in this range"


def test_one_bin():
    result = findings([15.0])
    assert result.traffic.title == "One bin: 1 requests/min"
    assert result.autocorrelation.missing == "The range is too short: the largest lag is a quarter of its one bin."
    assert result.correlations.missing.endswith("in this range: too few known bins.")


def test_one_day_tells_what_it_lacks():
    result = findings_of(overview(daily_traffic(days=1)))
    assert result.week.sentence.endswith("This range has only Monday.")
    assert result.day.sentence == "This range has no weekend day."
    assert result.autocorrelation.sentence == "A lag of a day needs at least 4 days in the range, a lag of a week 28."
    assert "Assessing forecastability needs 4 known days; there are 1." in result.quality.sentence


def test_a_few_days():
    result = findings_of(overview(daily_traffic(days=6)))
    assert "Sunday has no known bins." in result.week.sentence
    assert result.autocorrelation.title.startswith("Resembles the day before (0.")
    assert result.autocorrelation.sentence == "A lag of a week needs at least 28 days in the range."
    assert findings_of(overview(daily_traffic(days=2))).week.sentence.endswith(
        "This range has only Monday and Tuesday."
    )


def test_days_as_bins_have_no_hours():
    result = findings(np.arange(1.0, 60.0), bin_seconds=DAY)
    assert result.week.title == "Requests by weekday and hour"
    assert result.day.missing == "Bins of a day have no daily profile."


def test_hours_without_a_request():
    day = np.r_[np.zeros(24), np.full(72, 30.0)]
    result = findings(np.tile(day, 14))
    assert result.week.sentence == "2 requests/min on average, none on Monday 00:00."
    assert result.day.title == "Weekday nights have no requests, mornings are busiest"


def test_noise_resembles_nothing():
    result = findings(np.random.default_rng(5).poisson(50, 96 * 40))
    assert result.autocorrelation.title.startswith("Hardly resembles the ")
    assert result.correlations.title == "Requests are not correlated with any other column"
    assert result.forecastability.title.endswith("hardly worth forecasting")


def test_outages_and_gaps_have_lengths():
    series = daily_traffic(days=20).masked([Span(MONDAY + DAY, MONDAY + DAY + 3600), Span(MONDAY, MONDAY + 900)])
    report = {"outages": [{"start": "2024-03-08 00:00", "end": "2024-03-08 06:00", "source": "declared"}]}
    title = findings_of(overview(series, report)).quality.title
    assert title == "Data quality: one outage (6 h), two gaps (1 h 15 min in all), 99.7 % of bins known"


@pytest.mark.parametrize("zone", ["Europe/Paris", None])
def test_the_peak_is_told_in_wall_time(zone):
    series = Series("shop", 3600, MONDAY, np.r_[np.ones(12), 9.0, np.ones(11)], zone)
    when = "13:00" if zone else "12:00"
    assert findings_of(overview(series)).traffic.title.startswith(f"Highest on Mon 4 Mar {when}: 0.15")
