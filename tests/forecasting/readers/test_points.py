"""Posted points: what is repaired with a warning, what is refused by name, and answers in the same form."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecasting.errors import HistoryTooShort, InputError
from forecasting.readers import PointForm, format_ds, import_points

AUGUST = 807_235_200
NAN = float("nan")
FORMS = ["%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M"]
FORMS += [f"{form}{tail}" for form in FORMS[:2] for tail in ("+00:00", "-0400", "+05:30", ".250", ".000000Z")]
FORMS += ["%Y-%m-%dT%H:%M-04:00"]


def stamp(minutes: float, form: str = FORMS[0]) -> str:
    return (datetime(1995, 8, 1) + timedelta(minutes=minutes)).strftime(form)


def errors_of(points: list, timeframe: str = "5m") -> dict[str, str]:
    with pytest.raises(InputError) as caught:
        import_points(points, timeframe=timeframe)
    return {error.field: error.message for error in caught.value.errors}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("count", [1, 2, 300])
def test_the_bin_after_the_last_is_answered_in_the_same_form(form: str, count: int) -> None:
    points = [(stamp(5 * i, form), float(i)) for i in range(count)]
    series, answer_form, warnings = import_points(points, timeframe="5m")
    assert series.requests_count.tolist() == list(range(count))
    assert (series.bin_seconds, warnings) == (300, [])
    after = series.end + 300 * np.arange(3)
    assert format_ds(answer_form, after) == [stamp(5 * (count + i), form) for i in range(3)]


@pytest.mark.parametrize(
    ("suffix", "zone", "offset_seconds"),
    [("", None, 0), ("Z", "UTC", 0), ("+00:00", "UTC", 0), ("-04:00", "-04:00", -14_400), ("+0530", "+05:30", 19_800)],
)
def test_the_zone_is_the_offset_written(suffix: str, zone: str | None, offset_seconds: int) -> None:
    series, form, _ = import_points([(stamp(0) + suffix, 1.0)], timeframe="5m")
    assert (series.time_zone, series.start, form.suffix) == (zone, AUGUST - offset_seconds, suffix)
    assert series.ds == ["1995-08-01 00:00:00"]


def test_a_date_alone_is_answered_with_its_time() -> None:
    series, form, _ = import_points([("1995-08-01", 3.0)], timeframe="5m")
    assert format_ds(form, np.array([series.end])) == ["1995-08-01 00:05:00"]


def test_different_ways_of_writing_one_offset_may_be_mixed() -> None:
    points = [("1995-08-01T00:00:00Z", 1), ("1995-08-01 00:05:00+00:00", 2), ("1995-08-01 00:10:00.5+0000", 3)]
    series, form, _ = import_points(points, timeframe="5m")
    assert series.requests_count.tolist() == [1, 2, 3]
    assert form == PointForm(separator=" ", has_seconds=True, fraction=".5", suffix="+0000")


def test_points_keep_their_distance_from_the_grid() -> None:
    series, form, warnings = import_points([(stamp(5 * i + 4.5), i) for i in range(3)], timeframe="5m")
    assert (series.ds[0], warnings) == ("1995-08-01 00:04:30", [])
    assert format_ds(form, np.array([series.end])) == [stamp(19.5)]


def test_null_is_unknown_and_so_is_a_bin_without_a_point() -> None:
    series, _, warnings = import_points(
        [(stamp(0), 1), (stamp(5), None), (stamp(10), 0), (stamp(20), 4)], timeframe="5m"
    )
    np.testing.assert_array_equal(series.requests_count, [1, NAN, 0, NAN, 4])
    assert warnings == []


def test_unsorted_points_are_sorted_and_the_last_of_equal_times_wins() -> None:
    points = [(stamp(10), 3), (stamp(0), 1), (stamp(5), 2), (stamp(10), 30), (stamp(10), 300)]
    series, _, warnings = import_points(points, timeframe="5m")
    assert series.requests_count.tolist() == [1, 2, 300]
    assert warnings == [
        "data is not in order of time; the points were sorted by ds.",
        "data gives a ds more than once (2 points too many); the last of each wins.",
    ]


def test_finer_points_are_summed_and_incomplete_bins_left_out() -> None:
    series, _, warnings = import_points([(stamp(i), float(i)) for i in range(3, 18)], timeframe="5m")
    assert (series.ds, series.requests_count.tolist()) == (["1995-08-01 00:05:00", "1995-08-01 00:10:00"], [35, 60])
    assert warnings == [
        "data has points 1 min apart; they were summed to 5 min.",
        "The first bin was incomplete and is left out.",
        "The last bin was incomplete and is left out.",
    ]
    series, _, warnings = import_points([(stamp(i / 6), 1.0) for i in range(61)], timeframe="5m")
    assert series.requests_count.tolist() == [30, 30]
    assert len(warnings) == 2


def test_finer_points_without_one_whole_bin_are_too_few() -> None:
    with pytest.raises(HistoryTooShort, match="data has 3 points 1 min apart, not one whole bin of 5 min; post"):
        import_points([(stamp(i), 1.0) for i in range(3, 6)], timeframe="5m")
    series, _, _ = import_points([(stamp(i), 1.0) for i in range(1, 10)], timeframe="5m")
    assert len(series) == 1


@pytest.mark.parametrize(
    ("minutes", "field", "reason"),
    [
        ([0, 15, 30], "timeframe", "timeframe is 5 min, but the points are mostly 15 min apart"),
        ([0, 60], "timeframe", "mostly 1 h apart"),
        ([0, 2, 4, 6], "data", "mostly 2 min apart, which do not add up to 5 min"),
        ([0, 5, 10, 12, 15], "data", "points at 1995-08-01 00:10:00 and 1995-08-01 00:12:00, but most are 5 min apart"),
        ([0, 5, 10**8], "data", "spans 20,000,001 bins of 5 min; post points within 1,000,000 bins"),
    ],
)
def test_points_on_no_grid_of_the_timeframe(minutes: list[int], field: str, reason: str) -> None:
    errors = errors_of([(stamp(minute), 1.0) for minute in minutes])
    assert list(errors) == [field]
    assert reason in errors[field]


def test_a_point_a_little_off_is_put_in_its_bin() -> None:
    series, _, warnings = import_points([(stamp(m), m) for m in (0, 5, 10.05, 14.95, 20)], timeframe="5m")
    assert series.requests_count.tolist() == [0, 5, 10.05, 14.95, 20]
    assert warnings == []


def test_wrong_cells_are_named_each() -> None:
    points = [
        (stamp(0), -1.0),
        ("soon", 1.0),
        (stamp(10), NAN),
        (stamp(15), float("inf")),
        (stamp(20), 1e308),
        (stamp(25), True),
        (stamp(30), "3"),
        (stamp(35) + "Z", 1.0),
        ("1995-02-30 00:00:00", 10**400),
        (None, 10**5000),
        (stamp(45), 1),
    ]
    errors = errors_of(points)
    assert list(errors) == [
        "data.0.y",
        "data.1.ds",
        "data.2.y",
        "data.3.y",
        "data.4.y",
        "data.5.y",
        "data.6.y",
        "data.7.ds",
        "data.8.y",
        "data.8.ds",
        "data.9.y",
        "data.9.ds",
    ]
    assert errors["data.0.y"] == "y must be a count of requests from 0, or null for unknown (got -1.0)."
    assert errors["data.1.ds"] == "'soon' is no time; write a time such as 1995-08-01 00:05:00."
    assert errors["data.2.y"] == "y must be a count of requests, or null for unknown (got nan)."
    assert errors["data.4.y"] == "y must be at most 1,000,000,000,000,000 (got 1e+308)."
    assert errors["data.7.ds"].startswith("'1995-08-01 00:35:00Z' has another offset than the last point")


def test_only_the_first_wrong_points_are_listed_but_all_are_counted() -> None:
    with pytest.raises(
        InputError,
        match=r"^data\.0\.y: y must be a count of requests from 0.*\(got -1\.0\)\. \(500 points are wrong\)$",
    ) as caught:
        import_points([(stamp(5 * i), -1.0) for i in range(500)], timeframe="5m")
    assert len(caught.value.errors) == 20


@pytest.mark.parametrize(
    "ds",
    [
        "",
        " ",
        "1995-08-01 00:00:00 ",
        "1995-8-1 0:0:0",
        "1995-08-01 24:00:00",
        "0000-00-00 00:00:00",
        "1995-08-01T",
        "now",
        "NaT",
        "807235200",
        "1995-08-01 00:00:00+15:00",
        "1995-08-01 00:00:00+02:61",
        "１９９５-08-01 00:00:00",
        "1995-08-01\n",
        "1995-08-01 00:00:00.",
        "1995-08-01 00:00:0x",
        "1995/08/01 00:00:00",
        "1995-08-01 00:00:00X",
        "9999-12-31 00:00:00",
    ],
)
def test_what_is_no_time(ds: str) -> None:
    assert list(errors_of([(ds, 1.0)])) == ["data.0.ds"]
    assert list(errors_of([(stamp(0), 1.0), (ds, 1.0), (stamp(10), 1.0)])) == ["data.1.ds"]


def test_nothing_to_go_by() -> None:
    assert errors_of([]) == {"data": "data is empty; give at least one point."}
    assert errors_of([(stamp(0), None)]) == {"data": "data has no known y; give at least one count."}
    assert list(errors_of([(stamp(0), 1.0)], timeframe="7m")) == ["timeframe"]


@given(
    st.lists(st.tuples(st.integers(0, 60), st.none() | st.floats(0, 1e15)), min_size=1, max_size=40),
    st.sampled_from(FORMS),
)
def test_points_of_minutes_become_themselves_or_a_named_error(points: list, form: str) -> None:
    texts = [(stamp(minute, form), y) for minute, y in points]
    errors, wanted = [], {ds: y for ds, y in dict(texts).items() if y is not None}
    try:
        series, answer_form, _ = import_points(texts, timeframe="1m")
        known = zip(format_ds(answer_form, series.seconds), series.requests_count.tolist(), strict=True)
        got = {ds: y for ds, y in known if not np.isnan(y)}
    except InputError as error:
        got, errors = wanted, [e.field for e in error.errors]
    assert got == wanted
    assert set(errors) <= {"data", "timeframe"}
