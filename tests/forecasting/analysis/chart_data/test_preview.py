"""The preview of a series: short, with its peaks and gaps."""

from __future__ import annotations

import numpy as np

from forecasting.analysis.chart_data.preview import PREVIEW_POINTS, SKETCH_POINTS, preview, sketch
from forecasting.timeseries.series import Series
from forecasting.timeseries.synthetic import generate


def test_a_long_series_keeps_its_ends_peak_and_gap():
    counts = np.sin(np.arange(50_000) / 200) + 5
    counts[31_234] = 99.0
    counts[20_000:20_100] = np.nan
    shown = preview(Series("shop", 60, 0, counts, time_zone="+01:00"))
    assert len(shown) <= PREVIEW_POINTS
    assert shown[0] == {"ds": "1970-01-01 01:00:00", "y": 5.0}
    assert max(point["y"] for point in shown if point["y"] is not None) == 99.0
    assert [point["ds"] for point in shown if point["y"] is None] == ["1970-01-14 22:20:00"]
    assert [point["ds"] for point in shown] == sorted(point["ds"] for point in shown)


def test_a_short_series_is_whole():
    assert [point["y"] for point in preview(Series("shop", 60, 0, np.array([1.0, np.nan, 0.0])))] == [1.0, None, 0.0]


def test_a_sketch_marks_what_was_put_in():
    series = generate("trace", days=7, seed=3)
    drawn = sketch(series)
    assert len(drawn.times) == len(drawn.counts) <= SKETCH_POINTS
    assert (len(drawn.events), len(drawn.gaps), len(drawn.bursts)) == (2, 1, drawn.facts.bursts)
    assert max(count for count in drawn.counts if count is not None) == drawn.facts.peak_requests_per_bin


def test_a_sketch_of_nothing_known():
    drawn = sketch(Series("shop", 60, 0, np.full(5, np.nan)))
    assert (drawn.counts, drawn.events, len(drawn.gaps)) == ([None] * 5, (), 1)
