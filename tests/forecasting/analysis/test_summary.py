"""The sentence of the overview."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from forecasting.analysis import overview
from forecasting.readers import import_files
from forecasting.timeseries.clock import moment_of
from forecasting.timeseries.series import Series, Span
from tests.forecasting.traffic import MONDAY, daily_traffic


def test_the_sentence_on_nasa(recordings):
    series, report = import_files([recordings / "nasa_zeros_1m.csv.gz"], name="nasa-http")
    assert overview(series, report.to_dict()).summary == (
        "nasa-http: 42.2 requests/min on average, peak 405 on Thu 13 Jul 09:49; weekday afternoons are 3.2 x the "
        "nights; two outages (3 d 10 h, 1 d 14 h). Time of day and weekday explain 48 % of the variation, 21 % is "
        "noise: worth forecasting."
    )


def test_gaps_and_a_part_of_the_series():
    series = daily_traffic(days=20).masked([Span(MONDAY + 86_400, MONDAY + 90_000), Span(MONDAY, MONDAY + 900)])
    assert "; two gaps (1 h 15 min in all). Time of day and weekday explain" in overview(series).summary
    part = overview(series, None, MONDAY + 30_000, MONDAY + 2 * 86_400).summary
    assert "; one gap (1 h). Time of day and weekday explain" in part
    assert "% of the variation of the whole series" in part


def test_many_outages_are_summed_up():
    spans = [(f"2024-03-0{day} 01:00:00", f"2024-03-0{day} 02:30:00") for day in (4, 5, 6, 7)]
    report = {"outages": [{"start": start, "end": end, "source": "declared"} for start, end in spans]}
    assert "; four outages (6 h in all)." in overview(daily_traffic(days=10), report).summary


@pytest.mark.parametrize(
    ("counts", "text"),
    [
        ([np.nan] * 9, "shop: this range has no known bin."),
        ([0] * 9, "shop: no requests in this range."),
        (
            [120],
            "shop: 2 requests/min on average, peak 2 on Mon 4 Mar 00:00. 0.042 known days: too few to tell "
            "whether it can be forecast.",
        ),
    ],
)
def test_next_to_nothing(counts, text):
    assert overview(Series("shop", 3600, MONDAY, np.array(counts, float))).summary == text


def test_the_year_is_named_where_there_are_two():
    series = replace(daily_traffic(days=20), start=moment_of("2023-12-22", None))
    assert " 2023 " in overview(series).summary or " 2024 " in overview(series).summary
