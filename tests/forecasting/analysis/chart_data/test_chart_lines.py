"""The lines of the chart: few points, all the peaks, and detail where one looks."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as limits
from hypothesis import strategies as st

from forecasting.analysis import lines_of
from forecasting.analysis.chart_data.chart_lines import LINES, POINTS_ASIDE
from forecasting.catalog.sample import sample_series
from forecasting.errors import InputError
from forecasting.timeseries.clock import wall_text
from forecasting.timeseries.series import Series
from tests.forecasting.analysis.strategies import series_and_range
from tests.forecasting.traffic import MONDAY, daily_traffic

DAY = 86_400


@limits(max_examples=80, deadline=None)
@given(series_and_range(most_bins=900), st.data())
def test_every_point_is_one_of_the_series(given_range, data):
    series, first, end = given_range
    edges = [series.start + edge * series.bin_seconds for edge in (first, end)]
    inside = st.integers(edges[0] - DAY, edges[1] + DAY)
    texts = [wall_text(second, series.time_zone) for second in sorted((data.draw(inside), data.draw(inside)))]
    found = lines_of(series, LINES, *edges, data.draw(st.sampled_from([None, tuple(texts)])))
    assert list(found.by_name) == list(LINES)
    for line in filter(None, found.by_name.values()):
        assert np.isin(line.wall_seconds, series.wall[first:end]).all()
        assert len(line.wall_seconds) == len(line.requests_per_minute) <= end - first
    traffic = found.by_name["traffic"]
    if np.isnan(series.requests_count[first:end]).all():
        assert traffic is None
    else:
        assert traffic.wall_seconds[0] == series.wall[first]


def test_what_is_seen_is_drawn_bin_by_bin_and_the_rest_keeps_its_shape():
    series = sample_series()
    visible = ("2026-03-20 06:00:00.25", "2026-03-20 18:00")
    line = lines_of(series, ("traffic",), visible=visible).by_name["traffic"]
    wall = line.wall_seconds.astype("datetime64[s]")
    inside = (wall >= np.datetime64("2026-03-20T06:00")) & (wall <= np.datetime64("2026-03-20T18:00"))
    assert inside.sum() == 12 * 60 + 1
    assert len(wall) <= 12 * 60 + 1 + 2 * POINTS_ASIDE
    assert (np.diff(line.wall_seconds) > 0).all()
    assert (str(wall[0]), str(wall[-1])) == ("2026-03-02T00:00:00", "2026-05-02T23:59:00")


def test_the_top_is_that_of_what_is_seen():
    counts = np.r_[np.full(96, 15.0), 1500.0, np.full(95, 30.0)]
    series = Series("shop", 900, MONDAY, counts)
    assert lines_of(series, ("traffic",)).most_requests_per_minute == 100
    assert lines_of(series, ("traffic",), visible=("2024-03-04", "2024-03-04 12:00")).most_requests_per_minute == 1
    assert lines_of(series, ("traffic", "hour_average"), visible=("2024-03-05 00:15", "2024-03-06")).by_name["traffic"]
    late = lines_of(series, ("traffic", "day_average"), visible=("2024-03-05 00:15", "2024-03-06"))
    assert late.most_requests_per_minute > 2


def test_a_range_beyond_the_series_shows_its_nearest_bin():
    line = lines_of(daily_traffic(days=2), ("traffic",), visible=("1999-01-01", "1999-01-02"))
    assert line.most_requests_per_minute > 0


def test_lines_that_cannot_be_are_none():
    found = lines_of(Series("shop", DAY, MONDAY, np.arange(1.0, 6.0)), LINES).by_name
    assert [name for name, line in found.items() if line is None] == ["week_before", "hour_average", "day_average"]


@pytest.mark.parametrize(
    ("names", "visible", "message"),
    [
        (("speed",), None, "line must be one of week_before, .*got 'speed'"),
        (("traffic",), ("noon", "2024-03-05"), "'noon'"),
    ],
)
def test_nonsense_is_refused(names, visible, message):
    with pytest.raises(InputError, match=message):
        lines_of(daily_traffic(days=2), names, visible=visible)
