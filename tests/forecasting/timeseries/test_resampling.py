"""Coarser bins are sums, an unknown bin makes its coarse bin unknown unless the rest is nearly whole."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecasting.errors import HistoryTooShort, InputError
from forecasting.timeseries.clock import moment_of
from forecasting.timeseries.resampling import resample
from forecasting.timeseries.series import Series

NAN = np.nan


def series_of(counts, start="2026-03-02 00:00:00", bin_seconds=60, time_zone=None, **flags) -> Series:
    return Series("shop", bin_seconds, moment_of(start, time_zone), np.array(counts, float), time_zone, **flags)


def test_a_coarse_bin_is_the_sum_of_its_fine_bins():
    coarse = resample(series_of(range(10)), 300)
    assert (coarse.timeframe, coarse.ds) == ("5m", ["2026-03-02 00:00:00", "2026-03-02 00:05:00"])
    assert coarse.requests_count.tolist() == [10, 35]


def test_the_own_bin_is_the_series_itself():
    series = series_of([1, 2])
    assert resample(series, 60) is series


@pytest.mark.parametrize(
    ("counts", "total"),
    [
        ([2, 2, NAN, 2, 2], 10),  # 80 % known: the sum over that share
        ([2, NAN, NAN, 2, 2], NAN),
        ([NAN] * 5, NAN),
        ([0, 0, 0, 0, 0], 0),
    ],
)
def test_unknown_bins(counts, total):
    np.testing.assert_array_equal(resample(series_of(counts), 300).requests_count, [total])


def test_incomplete_coarse_bins_at_both_ends_are_left_out():
    coarse = resample(series_of(range(15), start="2026-03-02 00:03:00"), 300)
    assert coarse.ds == ["2026-03-02 00:05:00", "2026-03-02 00:10:00"]
    assert coarse.requests_count.tolist() == [20, 45]


def test_a_flag_is_set_where_any_fine_bin_has_it():
    burst = np.zeros(10, dtype=bool)
    burst[7] = True
    coarse = resample(series_of(range(10), is_burst=burst), 300)
    assert coarse.is_burst.tolist() == [False, True]
    assert coarse.is_event is None


def test_name_zone_and_label_stay():
    series = Series("shop", 60, 0, np.ones(5), "Europe/Paris", synthetic=True)
    coarse = resample(series, 300)
    assert (coarse.name, coarse.time_zone, coarse.synthetic) == ("shop", "Europe/Paris", True)


@pytest.mark.parametrize("time_zone", [None, "-04:00", "Asia/Kolkata", "America/New_York"])
def test_a_day_starts_at_midnight_on_the_wall(time_zone):
    coarse = resample(series_of(range(60), "2026-01-05 07:00:00", 3600, time_zone), 86_400)
    assert coarse.ds == ["2026-01-06 00:00:00"]
    assert coarse.requests_count.tolist() == [sum(range(17, 41))]


def test_a_grid_off_its_bin_stays_off_by_the_same_seconds():
    coarse = resample(series_of(range(8), "2026-03-02 00:09:00", 300), 900)
    assert coarse.ds == ["2026-03-02 00:19:00", "2026-03-02 00:34:00"]
    assert coarse.requests_count.tolist() == [2 + 3 + 4, 5 + 6 + 7]


def test_a_change_of_clocks_neither_loses_nor_doubles_an_hour():
    series = series_of([1] * 4 * 24 * 3, "2026-03-28 00:00:00", 900, "Europe/Paris")
    coarse = resample(series, 3600)
    assert coarse.requests_count.tolist() == [4] * 72
    assert coarse.ds[25:27] == ["2026-03-29 01:00:00", "2026-03-29 03:00:00"]


@pytest.mark.parametrize(
    ("bin_seconds", "message"),
    [
        (60, r"timeframe must be a multiple of 5m, the bin of shop, that divides a day \(got 1m\)"),
        (420, r"timeframe must be a multiple of 5m, the bin of shop, .*got 7m"),
        (1500, r"timeframe must be a multiple of 5m, the bin of shop, .*got 25m"),
        (172_800, r"timeframe must be a multiple of 5m, the bin of shop, .*got 2d"),
        (301, r"timeframe must be a multiple of 5m, the bin of shop, .*got 301 seconds"),
        (0, "got 0 seconds"),
    ],
)
def test_only_coarser_multiples_that_divide_a_day(bin_seconds, message):
    with pytest.raises(InputError, match=message):
        resample(series_of([1] * 100, bin_seconds=300), bin_seconds)


@pytest.mark.parametrize(("count", "start", "needed"), [(4, "00:00:00", 5), (8, "00:01:00", 9), (0, "00:00:00", 5)])
def test_less_than_one_coarse_bin_is_refused_saying_how_much_is_needed(count, start, needed):
    with pytest.raises(HistoryTooShort, match=f"not one complete bin of 5m, which needs at least {needed}"):
        resample(series_of([1] * count, f"2026-03-02 {start}"), 300)


@given(
    counts=st.lists(st.floats(0, 1e6) | st.just(NAN), min_size=1, max_size=80),
    first_minute=st.integers(0, 30),
    factor=st.sampled_from([5, 15]),
)
def test_it_equals_a_plain_loop(counts, first_minute, factor):
    series = series_of(counts, f"2026-03-02 00:{first_minute:02d}:00")
    wanted = {}
    for i, count in enumerate(counts):
        wanted.setdefault((first_minute + i) // factor, []).append(count)
    wanted = {edge: cells for edge, cells in wanted.items() if len(cells) == factor}
    if not wanted:
        with pytest.raises(HistoryTooShort):
            resample(series, 60 * factor)
        return
    coarse = resample(series, 60 * factor)
    assert coarse.start == moment_of("2026-03-02", None) + 60 * factor * min(wanted)
    for total, cells in zip(coarse.requests_count, wanted.values(), strict=True):
        known = [cell for cell in cells if cell == cell]
        if len(known) < 0.8 * factor:
            assert np.isnan(total)
        else:
            assert total == pytest.approx(sum(known) * factor / len(known))
