"""Times in text against datetime's own reading."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecasting.errors import InputError
from forecasting.readers.times.times import CLF_WIDTH, ISO_WIDTH, clf_times, iso_times, matrix, moment, moment_reader

MOMENTS = st.datetimes(datetime(1900, 1, 1), datetime(2299, 12, 31, 23, 59, 59)).map(lambda t: t.replace(microsecond=0))
EPOCH = datetime(1970, 1, 1)


@given(st.lists(MOMENTS, min_size=1, max_size=20), st.integers(-14 * 60, 14 * 60))
def test_times_of_logs_and_of_iso_read_as_datetime_does(times: list[datetime], minutes: int) -> None:
    wall = [int((time - EPOCH).total_seconds()) for time in times]
    offset = f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02d}{abs(minutes) % 60:02d}"
    clf = clf_times(matrix([f"{time:%d/%b/%Y:%H:%M:%S} {offset}".encode() for time in times], CLF_WIDTH))
    assert clf.ok.all()
    assert (clf.seconds + 60 * minutes).tolist() == wall
    assert set(clf.offsets.tolist()) == {minutes}
    for separator in "T _":
        iso = iso_times(matrix([time.isoformat(separator).encode() for time in times], ISO_WIDTH))
        assert iso.ok.all()
        assert iso.seconds.tolist() == wall
    dates = iso_times(matrix([time.date().isoformat().encode() for time in times], 10))
    assert dates.seconds.tolist() == [second // 86_400 * 86_400 for second in wall]


@given(st.binary(min_size=19, max_size=19))
def test_no_other_text_is_taken_for_a_time(text: bytes) -> None:
    times = iso_times(np.frombuffer(text, dtype=np.uint8).reshape(1, 19))
    if times.ok[0]:
        assert EPOCH + timedelta(seconds=int(times.seconds[0])) == datetime.fromisoformat(
            text[:10].decode() + "T" + text[11:].decode()
        )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1995-08-01 00:05:00", (807_235_500, None)),
        ("1995-08-01T00:05", (807_235_500, None)),
        ("1995-08-01", (807_235_200, None)),
        ("1995-08-01T00:05:00Z", (807_235_500, 0)),
        ("1995-08-01T00:05:00.999999999Z", (807_235_500, 0)),
        ("1995-08-01T00:05:00.5-04:00", (807_249_900, -240)),
        ("1995-08-01T00:05:00+0530", (807_215_700, 330)),
        (" 01/Aug/1995:00:05:00 -0400 ", (807_249_900, -240)),
        ("807235500", (807_235_500, 0)),
        ("1404301234.567", (1_404_301_234, 0)),
        ("1404301234567", (1_404_301_234, 0)),
        ("1404301234567890", (1_404_301_234, 0)),
        ("1404301234567890123", (1_404_301_234, 0)),
        ("19950801", (807_235_200, None)),
    ],
)
def test_one_time_of_any_form(text: str, expected: tuple[int, int | None]) -> None:
    assert moment(text) == expected


@pytest.mark.parametrize(
    "text",
    ["", "abc", "01/Auh/1995:00:05:00 -0400", "1995-13-01", "1995-02-30 00:00:00", "12:00", "-807235500", "1e999"],
)
def test_what_is_no_time(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        moment(text)


def test_formats_that_are_given() -> None:
    assert moment_reader("epoch")("100.7") == (100, 0)
    assert moment_reader("epoch_ms")("100700") == (100, 0)
    assert moment_reader("iso")("1995-08-01") == (807_235_200, None)
    assert moment_reader("%d.%m.%Y %H:%M")("01.08.1995 00:05") == (807_235_500, None)
    assert moment_reader("%d/%b/%Y %H:%M:%S %z")("01/Aug/1995 00:05:00 -0400") == (807_249_900, -240)
    with pytest.raises(ValueError, match="does not match format"):
        moment_reader("%d.%m.%Y")("1995-08-01")


@pytest.mark.parametrize(
    ("time_format", "reason"),
    [
        ("%Q", r"time_format is '%Q'.*is a bad directive"),
        ("%H:%M:%S", r"must give year, month and day \(got '%H:%M:%S'\)"),
        ("%Y", r"must give year, month and day \(got '%Y'\)"),
    ],
)
def test_a_format_that_is_none(time_format: str, reason: str) -> None:
    with pytest.raises(InputError, match=reason) as caught:
        moment_reader(time_format)
    assert caught.value.errors[0].field == "time_format"


def test_a_leap_second_counts_as_the_next_second() -> None:
    times = clf_times(matrix([b"31/Dec/2016:23:59:60 +0000"], CLF_WIDTH))
    assert times.ok[0]
    assert times.seconds[0] == datetime(2017, 1, 1, tzinfo=UTC).timestamp()
