"""The generator makes what its parameters promise, and the shipped sample is what it makes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecasting.catalog.sample import sample_series
from forecasting.errors import InputError
from forecasting.paths import sample_path
from forecasting.timeseries.series import Series
from forecasting.timeseries.synthetic import Traffic, csv_bytes, generate

PLAIN = Traffic(day_swing=0, week_swing=0, growth_per_week=0, wander=0, bursts_per_week=0, events=0, outages=0)


def runs(flags: np.ndarray) -> int:
    """How many separate runs of True there are."""
    return int(np.count_nonzero(np.diff(np.r_[False, flags].astype(int)) == 1))


def test_the_shipped_sample_is_what_the_generator_writes():
    assert sample_path().read_bytes() == csv_bytes(generate())


def test_the_shipped_sample_reads_back_as_the_generated_series():
    made, read = generate(), sample_series()
    np.testing.assert_array_equal(read.requests_count, made.requests_count)
    np.testing.assert_array_equal(read.is_burst, made.is_burst)
    np.testing.assert_array_equal(read.is_event, made.is_event)
    assert (read.name, read.ds[0], read.ds[-1]) == ("sample", made.ds[0], made.ds[-1])
    assert read.synthetic
    assert sample_series() is read


def test_the_sample_is_62_days_with_bursts_two_events_and_one_outage():
    series = generate()
    assert (len(series), series.timeframe, series.ds[0]) == (62 * 1440, "1m", "2026-03-02 00:00:00")
    assert runs(series.is_event) == 2
    assert runs(np.isnan(series.requests_count)) == 1
    assert runs(series.is_burst) > 20


def test_the_same_seed_gives_the_same_series_and_another_seed_another():
    first, again, other = generate(days=2, seed=1), generate(days=2, seed=1), generate(days=2, seed=2)
    np.testing.assert_array_equal(first.requests_count, again.requests_count)
    assert not np.array_equal(first.requests_count, other.requests_count)


@pytest.mark.parametrize("requests_per_minute", [8, 200, 50_000])
@pytest.mark.parametrize("dispersion", [1, 4])
def test_counts_have_the_mean_and_the_variance_asked_for(requests_per_minute, dispersion):
    traffic = Traffic(**{**vars(PLAIN), "requests_per_minute": requests_per_minute, "dispersion": dispersion})
    counts = generate(days=30, traffic=traffic).requests_count
    assert counts.mean() == pytest.approx(requests_per_minute, rel=0.02)
    assert counts.var() / counts.mean() == pytest.approx(dispersion, rel=0.1)


def test_the_level_grows_by_the_week_and_scales_with_the_bin():
    traffic = Traffic(**{**vars(PLAIN), "growth_per_week": 0.5})
    weeks = generate(days=14, bin_seconds=900, traffic=traffic).requests_count.reshape(2, -1).mean(axis=1)
    assert weeks[1] / weeks[0] == pytest.approx(1.5, rel=0.02)
    assert generate(days=14, bin_seconds=900, traffic=PLAIN).requests_count.mean() == pytest.approx(180 * 15, rel=0.02)


def test_the_day_follows_the_wall_time_and_the_weekend_is_quieter():
    traffic = Traffic(**{**vars(PLAIN), "day_swing": 0.6, "week_swing": 0.3})
    series = generate(days=28, bin_seconds=3600, time_zone="America/New_York", traffic=traffic)
    hour, day = series.wall % 86_400 // 3600, (series.wall // 86_400 + 3) % 7
    by_hour = [series.requests_count[hour == h].mean() for h in range(24)]
    assert int(np.argmin(by_hour)) in (3, 4)
    assert series.requests_count[day >= 5].mean() < 0.8 * series.requests_count[day < 5].mean()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"days": 0}, "days must make 1 to 5,000,000 bins of 1m"),
        ({"days": 100_000}, "days must make 1 to 5,000,000 bins of 1m .got 100000"),
        ({"bin_seconds": 61}, "bin_seconds must be whole minutes"),
    ],
)
def test_a_wrong_size_is_refused(arguments, message):
    with pytest.raises(InputError, match=message):
        generate(**arguments)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"requests_per_minute": -1}, "requests_per_minute must be at least 0"),
        ({"day_swing": 1}, "day_swing must be at least 0 and below 1"),
        ({"dispersion": 0}, "dispersion must be above 0"),
        ({"burst_ratio": (3, 2)}, r"burst_ratio must be \(lowest, highest\)"),
        ({"events": float("nan")}, "events must be at least 0 .got nan"),
    ],
)
def test_wrong_traffic_is_refused(parameters, message):
    with pytest.raises(InputError, match=message):
        Traffic(**parameters)


@given(
    days=st.integers(1, 4),
    seed=st.integers(0, 2**32),
    bin_seconds=st.sampled_from([60, 300, 3600, 86_400]),
    level=st.sampled_from([0, 0.01, 5, 1e9]),
    bursts=st.integers(0, 500),
)
def test_any_traffic_is_whole_and_never_negative(days, seed, bin_seconds, level, bursts):
    traffic = Traffic(requests_per_minute=level, bursts_per_week=bursts, burst_ratio=(1, 50), events=3, outages=2)
    series = generate("stress", days=days, seed=seed, bin_seconds=bin_seconds, traffic=traffic)
    assert isinstance(series, Series)
    known = series.requests_count[~np.isnan(series.requests_count)]
    assert (known >= 0).all()
    assert (known == np.floor(known)).all()
