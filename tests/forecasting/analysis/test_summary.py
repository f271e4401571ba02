"""The words: numbers as people read them, and the sentence of the overview."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecasting.analysis import overview
from forecasting.analysis.words import counted, duration, moment, number, percent
from forecasting.clock import moment_of
from forecasting.readers import import_files
from forecasting.series import Series, Span
from tests.forecasting.traffic import MONDAY, daily_traffic


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (7, "7"),
        (421, "421"),
        (38.84, "38.8"),
        (2.4999, "2.50"),
        (0.001234, "0.00123"),
        (999.6, "1,000"),
        (9.996, "10.00"),
        (3_461_612, "3,460,000"),
        (1e15, "1,000,000,000,000,000"),
        (-12.34, "-12.3"),
    ],
)
def test_numbers(value, text):
    assert number(value) == text


@given(st.floats(1e-9, 1e15))
def test_numbers_have_three_digits(value):
    assert float(number(value).replace(",", "")) == pytest.approx(value, rel=0.0051)


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0.6234, "62 %"),
        (1, "100 %"),
        (0, "0 %"),
        (0.0034, "0.3 %"),
        (0.00951, "1 %"),
        (0.00096, "0.1 %"),
        (0.0001, "<0.1 %"),
        (-0.12, "-12 %"),
    ],
)
def test_shares(share, text):
    assert percent(share) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (296_820, "3 d 10 h"),
        (135_780, "1 d 14 h"),
        (86_400, "1 d"),
        (7_800, "2 h 10 min"),
        (3_600, "1 h"),
        (3_599, "59 min 59 s"),
        (0, "0 s"),
        (300, "5 min"),
        (45, "45 s"),
        (86_399, "1 d"),
        (86_340, "23 h 59 min"),
        (172_799, "2 d"),
    ],
)
def test_lengths_of_time(seconds, text):
    assert duration(seconds) == text


def test_counts():
    assert [counted(n, "gap") for n in (0, 1, 2, 10, 1100)] == [
        "no gaps",
        "one gap",
        "two gaps",
        "ten gaps",
        "1,100 gaps",
    ]


def test_moments():
    second = moment_of("1995-07-13 09:42", "-04:00")
    assert moment(second, "-04:00") == "Thu 13 Jul 09:42"
    assert moment(second, "UTC", with_year=True) == "Thu 13 Jul 1995 13:42"


def test_the_sentence_on_nasa(shared_data):
    series, report = import_files([shared_data / "nasa_http_1m.csv.gz"], name="nasa-http")
    assert overview(series, report.to_dict()).summary == (
        "nasa-http: 42.2 requests/min on average, peak 405 on Thu 13 Jul 09:49; weekday afternoons are 3.2 x the "
        "nights; two outages (3 d 10 h, 1 d 14 h). The day and week explain 48 % of it, 21 % is noise: "
        "worth forecasting."
    )


def test_gaps_and_a_part_of_the_series():
    series = daily_traffic(days=20).masked([Span(MONDAY + 86_400, MONDAY + 90_000), Span(MONDAY, MONDAY + 900)])
    assert "; two gaps (1 h 15 min in all). The day and week explain" in overview(series).summary
    part = overview(series, None, MONDAY + 30_000, MONDAY + 2 * 86_400).summary
    assert "; one gap (1 h). The day and week explain" in part
    assert "% of the whole series" in part


def test_many_outages_are_summed_up():
    spans = [(f"2024-03-0{day} 01:00:00", f"2024-03-0{day} 02:30:00") for day in (4, 5, 6, 7)]
    report = {"outages": [{"start": start, "end": end, "source": "declared"} for start, end in spans]}
    assert "; four outages (6 h in all)." in overview(daily_traffic(days=10), report).summary


@pytest.mark.parametrize(
    ("counts", "text"),
    [
        ([np.nan] * 9, "shop: nothing is known of this range."),
        ([0] * 9, "shop: no request at all in this range."),
        (
            [120],
            "shop: 2 requests/min on average, peak 2 on Mon 4 Mar 00:00. Too little is known to tell whether it can"
            " be forecast: 0.042 days.",
        ),
    ],
)
def test_next_to_nothing(counts, text):
    assert overview(Series("shop", 3600, MONDAY, np.array(counts, float))).summary == text


def test_the_year_is_named_where_there_are_two():
    series = replace(daily_traffic(days=20), start=moment_of("2023-12-22", None))
    assert " 2023 " in overview(series).summary or " 2024 " in overview(series).summary
