"""What must survive when a chart gets fewer points."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as limits
from hypothesis import strategies as st

from forecasting.analysis import downsample
from forecasting.errors import InputError


def gaps_of(values: np.ndarray) -> list[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.isnan(values), prepend=False, append=False))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


@st.composite
def lines(draw: st.DrawFn) -> np.ndarray:
    count = draw(st.integers(1, 3000))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    kind = draw(st.sampled_from(["noise", "walk", "flat", "spikes", "huge", "unknown"]))
    values = {
        "noise": rng.normal(0, 1, count),
        "walk": np.cumsum(rng.normal(0, 1, count)),
        "flat": np.ones(count),
        "spikes": (rng.random(count) < 0.01) * rng.exponential(1000, count),
        "huge": rng.uniform(0, 1e15, count),
        "unknown": np.full(count, np.nan),
    }[kind]
    values[rng.random(count) < draw(st.sampled_from([0.0, 0.0, 0.01, 0.5]))] = np.nan
    for _ in range(draw(st.integers(0, 5))):
        first = draw(st.integers(0, count - 1))
        values[first : first + draw(st.integers(1, 300))] = np.nan
    return values


@limits(max_examples=300, deadline=None)
@given(values=lines(), most=st.integers(16, 500), bin_seconds=st.sampled_from([60, 900]), start=st.integers(0, 2**31))
def test_extremes_ends_and_gaps_survive(values, most, bin_seconds, start):
    kept = downsample(start + bin_seconds * np.arange(len(values)), values, most)
    gaps = gaps_of(values)
    assert len(kept) <= max(most, len(gaps) + 16)
    assert (np.diff(kept) > 0).all()
    if len(values) <= most:
        assert kept.tolist() == list(range(len(values)))
    known = np.flatnonzero(~np.isnan(values))
    if len(known):
        assert {known[0], known[-1], int(np.nanargmax(values)), int(np.nanargmin(values))} <= set(kept.tolist())
    for first, end in gaps:
        assert ((kept >= first) & (kept < end)).any()


def test_a_line_of_a_million_points_keeps_its_shape():
    x = np.arange(1_000_000)
    values = np.sin(x / 50_000) + np.random.default_rng(1).normal(0, 0.1, len(x))
    values[600_000:600_010] = np.nan
    values[123_456] = 40
    kept = downsample(60 * x, values)
    assert 1_500 < len(kept) <= 2_000
    assert 123_456 in kept
    drawn = np.interp(x, kept[~np.isnan(values[kept])], values[kept][~np.isnan(values[kept])])
    near = np.abs(drawn[:120_000] - np.sin(x[:120_000] / 50_000))
    assert near.max() < 0.6


def test_read_only_and_strided_arrays_are_taken():
    values = np.arange(20_000.0)[::2]
    values.flags.writeable = False
    assert len(downsample(60 * np.arange(10_000), values, 100)) <= 100


@pytest.mark.parametrize(
    ("seconds", "values", "most", "message"),
    [
        (np.arange(3), np.ones(4), 2000, r"values and seconds must be .*got \(4,\) and \(3,\)"),
        (np.ones((2, 2)), np.ones((2, 2)), 2000, r"values and seconds must be one-dimensional .*got \(2, 2\)"),
        (np.arange(30), np.ones(30), 15, "most must be an integer of at least 16 .got 15"),
    ],
)
def test_what_makes_no_line_is_refused(seconds, values, most, message):
    with pytest.raises(InputError, match=message):
        downsample(seconds, values, most)


def test_of_nothing_nothing_is_kept():
    assert len(downsample(np.empty(0, int), np.empty(0))) == 0
