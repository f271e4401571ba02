"""The fingerprint of days, and slices."""

from __future__ import annotations

import numpy as np

from forecasting.timeseries.series import MIN_DISTINCT_COUNTS, Series

START = 807_235_200
HOURS = 24


def series(counts: np.ndarray) -> Series:
    return Series("hours", 3_600, START, counts)


def test_a_day_is_hashed_only_where_its_counts_tell_it_from_others():
    dull, varied = np.zeros(HOURS), np.zeros(HOURS)
    dull[-MIN_DISTINCT_COUNTS + 2 :] = np.arange(1, MIN_DISTINCT_COUNTS - 1)
    varied[-MIN_DISTINCT_COUNTS + 1 :] = np.arange(1, MIN_DISTINCT_COUNTS)
    hidden = np.where(varied == MIN_DISTINCT_COUNTS - 1, np.nan, varied)
    assert list(series(np.r_[dull, varied, hidden]).day_hashes()) == ["1995-08-02"]


def test_a_day_that_is_not_whole_is_not_hashed():
    counts = np.arange(3.0 * HOURS)
    late = Series("hours", 3_600, START + 3_600, counts[1:-1])
    assert list(late.day_hashes()) == ["1995-08-02"]
    assert late.day_hashes()["1995-08-02"] == series(counts).day_hashes()["1995-08-02"]
    assert series(counts[: HOURS - 1]).day_hashes() == {}


def test_a_slice_of_everything_keeps_what_was_derived():
    whole = series(np.arange(48.0))
    assert whole.slice(0, 48) is whole
    assert whole.slice(0, 47).derived == {}
    assert whole.slice(1, 48).start == START + 3_600
