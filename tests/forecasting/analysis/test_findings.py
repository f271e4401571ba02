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
    said = findings_of(found)
    for field in fields(said):
        part: Finding = getattr(said, field.name)
        assert part.title
        assert "nan" not in f"{part.title} {part.sentence} {part.missing}".split()
    if not found.facts.known_bins:
        assert "unknown. Choose a longer range" in said.traffic.missing
    assert (said.autocorrelation.missing is None) == bool((~np.isnan(found.autocorrelation.correlation[1:])).any())
    assert (said.forecastability.missing is None) == (found.forecastability.explained_share is not None)


def test_the_sample():
    said = findings_of(overview(sample_series()))
    assert said.traffic.title == "Highest on Fri 1 May 12:33: 1,180 requests/min, 6.0 x the mean"
    assert said.forecastability.title == "The day and week explain 67 % of all variation: worth forecasting"
    assert said.forecastability.sentence.startswith("1 h ahead, the calendar with the last hours is 25 % better than")
    assert said.week.title == "Busiest: Monday 14:00"
    assert said.week.sentence == "321 requests/min on average, 4.0 x the quietest, Saturday 03:00 (81.2)."
    assert said.day == Finding(
        "Weekday afternoons are 2.4 x the nights", "A weekend day has 15.7 % fewer requests than a weekday."
    )
    assert said.distribution.title == "Half of the time between 135 and 250 requests/min"
    assert said.autocorrelation.title == "Resembles the week before (0.70) more than the day before (0.66)"
    assert said.correlations.title == "Requests go with 1 bin before (0.85) and 1 week before (0.80)"
    assert said.quality.title == "Data quality: no outages, one gap (2 h 41 min), 99.8 % of all bins known"
    assert said.quality.sentence == "There is enough of it for everything that this product does."


def test_where_all_is_unknown_every_part_but_the_quality_says_so():
    said = findings([np.nan] * 300)
    parts = (said.traffic, said.week, said.day, said.distribution, said.autocorrelation, said.correlations)
    assert {part.missing for part in parts} == {
        "Nothing is known in this range: all 300 bins are unknown. Choose a longer range or another one."
    }
    assert said.forecastability.missing == "It takes 4 known days or more to tell; this series has 0."
    assert said.quality.title == "Data quality: no outages, one gap (3 d 3 h), 0 % of all bins known"


def test_where_nothing_changes_there_is_nothing_to_find():
    said = findings([21.0] * 96 * 10)
    assert said.traffic.title == "Always 1.40 requests/min"
    assert said.forecastability.missing == "A series that never changes has no variation to explain."
    assert said.week.title == "No hour of the week stands out"
    assert said.day.sentence == "A weekend day has as many requests as a weekday."
    assert said.distribution.title == "Nearly always 1.40 requests/min"
    assert said.autocorrelation.missing == "Requests never change in this range, so no lag says more than another."
    assert said.correlations.missing.endswith("in this range: always the same.")
    assert findings([0.0] * 96).traffic.title == "No request at all in this range"


def test_one_bin():
    said = findings([15.0])
    assert said.traffic.title == "One bin: 1 requests/min"
    assert said.autocorrelation.missing == "The range is too short: lags go as far as a quarter of its one bin."
    assert said.correlations.missing.endswith("in this range: too little is known.")


def test_one_day_tells_what_it_lacks():
    said = findings_of(overview(daily_traffic(days=1)))
    assert said.week.sentence.endswith("Only Monday is in this range.")
    assert said.day.sentence == "No weekend day is in this range."
    assert said.autocorrelation.sentence == "A lag of a day takes 4 days in the range, one of a week 28."
    assert "Telling whether it can be forecast needs 4 known days and has 1." in said.quality.sentence


def test_a_few_days():
    said = findings_of(overview(daily_traffic(days=6)))
    assert "Nothing is known of Sunday." in said.week.sentence
    assert said.autocorrelation.title.startswith("Resembles the day before (0.")
    assert said.autocorrelation.sentence == "A lag of a week takes 28 days in the range."
    assert findings_of(overview(daily_traffic(days=2))).week.sentence.endswith(
        "Only Monday and Tuesday are in this range."
    )


def test_days_as_bins_have_no_hours():
    said = findings(np.arange(1.0, 60.0), bin_seconds=DAY)
    assert said.week.title == "Requests by weekday and hour"
    assert said.day.missing == "A bin is a whole day here, which has no shape to show."


def test_hours_without_a_request():
    day = np.r_[np.zeros(24), np.full(72, 30.0)]
    said = findings(np.tile(day, 14))
    assert said.week.sentence == "2 requests/min on average, none on Monday 00:00."
    assert said.day.title == "Weekday nights are silent, mornings busiest"


def test_noise_resembles_nothing():
    said = findings(np.random.default_rng(5).poisson(50, 96 * 40))
    assert said.autocorrelation.title.startswith("Hardly resembles the ")
    assert said.correlations.title == "Requests hang together with no other column"
    assert said.forecastability.title.endswith("hardly worth forecasting")


def test_outages_and_gaps_have_lengths():
    series = daily_traffic(days=20).masked([Span(MONDAY + DAY, MONDAY + DAY + 3600), Span(MONDAY, MONDAY + 900)])
    report = {"outages": [{"start": "2024-03-08 00:00", "end": "2024-03-08 06:00", "source": "declared"}]}
    title = findings_of(overview(series, report)).quality.title
    assert title == "Data quality: one outage (6 h), two gaps (1 h 15 min in all), 99.7 % of all bins known"


@pytest.mark.parametrize("zone", ["Europe/Paris", None])
def test_the_peak_is_told_in_wall_time(zone):
    series = Series("shop", 3600, MONDAY, np.r_[np.ones(12), 9.0, np.ones(11)], zone)
    when = "13:00" if zone else "12:00"
    assert findings_of(overview(series)).traffic.title.startswith(f"Highest on Mon 4 Mar {when}: 0.15")
