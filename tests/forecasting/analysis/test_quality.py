"""Gaps, outages, repairs and needs, against plain readings and a real import's report."""

from __future__ import annotations

from itertools import groupby

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as limits

from forecasting.analysis import needs, quality
from forecasting.analysis.quality import MOST_GAPS
from forecasting.readers import ImportOptions, import_files
from forecasting.timeseries.clock import wall_text
from forecasting.timeseries.resampling import resample
from forecasting.timeseries.series import Series, Span
from tests.forecasting.analysis.strategies import series_and_range
from tests.forecasting.traffic import MONDAY, daily_traffic


def runs_of(cells: list[float]) -> list[tuple[float | None, int, int]]:
    """Value (None for unknown), first position and length of every run."""
    runs, at = [], 0
    for value, members in groupby(cells, key=lambda cell: cell if cell == cell else None):
        length = len(list(members))
        runs.append((value, at, length))
        at += length
    return runs


@limits(max_examples=150, deadline=None)
@given(series_and_range())
def test_it_equals_a_plain_reading(given_range):
    series, first, end = given_range
    result = quality(series, None, first, end)
    cells = series.requests_count[first:end].tolist()
    runs = runs_of(cells)
    gaps = [(at, length) for value, at, length in runs if value is None]
    seconds = [series.start + (first + at) * series.bin_seconds for at, _ in gaps]
    assert [gap.start for gap in result.gaps] == [wall_text(second, series.time_zone) for second in seconds]
    assert [gap.seconds for gap in result.gaps] == [length * series.bin_seconds for _, length in gaps]
    assert (result.gap_count, result.gap_seconds) == (len(gaps), sum(gap.seconds for gap in result.gaps))
    known = len(cells) - sum(length for _, length in gaps)
    assert (result.bins, result.unknown_bins, result.known_share) == (
        len(cells),
        len(cells) - known,
        known / len(cells),
    )
    assert result.zero_bins == cells.count(0.0)
    assert result.zero_share == (cells.count(0.0) / known if known else None)
    for run, is_wanted in ((result.longest_equal, lambda v: v and v > 0), (result.longest_zero, lambda v: v == 0.0)):
        longest = max((length for value, _, length in runs if is_wanted(value)), default=0)
        assert (run.bins if run else None) == (longest if longest > 1 else None)
        if run:
            assert (run.requests_per_bin, longest) in [(value, length) for value, _, length in runs]
            assert run.seconds == longest * series.bin_seconds
    assert result.outages == ()
    assert result.repairs is None


def test_only_the_longest_of_very_many_gaps_are_listed():
    counts = np.ones(1000)
    counts[::4] = np.nan
    counts[500:520] = np.nan
    result = quality(Series("shop", 60, MONDAY, counts))
    assert result.gap_count == 245
    assert len(result.gaps) == MOST_GAPS
    assert max(gap.seconds for gap in result.gaps) == 21 * 60
    assert [gap.start for gap in result.gaps] == sorted(gap.start for gap in result.gaps)


def test_the_outages_of_an_import_are_no_gaps(recordings):
    series, report = import_files([recordings / "nasa_zeros_1m.csv.gz"], name="nasa")
    result = quality(series, report.to_dict())
    assert [(outage.start, outage.end, outage.source) for outage in result.outages] == [
        ("1995-07-28 13:33:00", "1995-08-01 00:00:00", "zero run"),
        ("1995-08-01 14:53:00", "1995-08-03 04:36:00", "zero run"),
    ]
    assert result.gap_count == 0
    assert result.unknown_bins == sum(outage.seconds for outage in result.outages) / 60
    assert result.repairs.lines == 89_280
    assert quality(resample(series, 3600), report.to_dict()).gap_count == 0
    july = series.position(series.start + 20 * 86_400)
    assert quality(series, report.to_dict(), 0, july).outages == ()
    within = series.position(series.start + 28 * 86_400)
    assert quality(series, report.to_dict(), within, within + 60).outages == result.outages[:1]


def test_repairs_come_from_the_report(tmp_path):
    rows = ["timestamp,requests_count,load"]
    rows += [f"2026-03-02 {i // 12:02d}:{5 * (i % 12):02d}:00,{i},0.5" for i in range(200)]
    rows[20], rows[21] = rows[21], rows[20]
    rows += [rows[50], "2026-03-02 17:00:00,-4,0.1", "2026-03-02 17:05:00,,0.1"]
    path = tmp_path / "shop.csv"
    path.write_text("\n".join(rows))
    series, report = import_files(
        [path], name="shop", options=ImportOptions(outages=("2026-03-02 03:00/2026-03-02 04:00",))
    )
    result = quality(series, report.to_dict())
    repairs = result.repairs
    assert (repairs.lines, repairs.duplicates, repairs.format) == (203, 1, "csv")
    assert repairs.out_of_order == report.out_of_order > 0
    assert repairs.dropped == {"negative count (unknown)": 1, "empty count (unknown)": 1}
    assert repairs.columns_kept_aside == ("load",)
    assert [(outage.start, outage.source) for outage in result.outages] == [("2026-03-02 03:00:00", "declared")]
    assert [gap.start for gap in result.gaps] == ["2026-03-02 16:40:00"]


def test_a_report_of_little_is_no_trouble():
    result = quality(daily_traffic(days=1), {"format": "csv", "outages": [], "dropped": None})
    assert result.repairs.format == "csv"
    assert result.repairs.dropped == {}


def test_what_the_history_is_too_short_for():
    series = daily_traffic(days=9).masked([Span(MONDAY, MONDAY + 86_400)])
    result = {need.what: need for need in needs(series)}
    assert {what for what, need in result.items() if not need.is_met} == {
        "A weekly profile",
        "Tuning and evaluating policies on separate weeks",
    }
    assert result["A weekly profile"].sentence == "A weekly profile needs 14 known days; there are 8."
    assert result["Training a model"].needed_days == pytest.approx(400 / 96)
    assert quality(series, None, 800, 810).needs == needs(series, 810)
