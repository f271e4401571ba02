"""Known events as people write them."""

from __future__ import annotations

import pytest

from forecasting.errors import InputError
from forecasting.scaling.config.calendar import CalendarEntry
from forecasting.scaling.config.calendar_text import events_of, text_of


def test_a_line_is_an_event_with_or_without_a_name():
    events = events_of(
        "sale = 20 from 1995-08-25 09:00 to 1995-08-25 18:00\n\n"
        "  weekday mornings = 12 at 0 8 * * MON-FRI for 240 min\n"
        "3 at 30 7 1 * * for 5"
    )
    assert [event.name for event in events] == ["sale", "weekday mornings", ""]
    assert [event.entry for event in events] == [
        CalendarEntry(replicas=20, name="sale", start="1995-08-25 09:00", end="1995-08-25 18:00"),
        CalendarEntry(replicas=12, name="weekday mornings", cron="0 8 * * MON-FRI", duration_minutes=240),
        CalendarEntry(replicas=3, cron="30 7 1 * *", duration_minutes=5),
    ]
    assert [event.when for event in events][:2] == [
        "1995-08-25 09:00 to 1995-08-25 18:00",
        "0 8 * * MON-FRI, for 240 min",
    ]


def test_any_room_between_words_is_one_space():
    much = " " * 200_000
    assert events_of(f"sale{much}day ={much}3{much}from{much}1995-08-25{much}to\t1995-08-26") == events_of(
        "sale day = 3 from 1995-08-25 to 1995-08-26"
    )
    with pytest.raises(InputError):
        events_of(f"3 from {much}x")


def test_nothing_written_is_no_event():
    assert events_of(" \n") == ()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("much = many", "Each event must be NAME = REPLICAS from TIME to TIME"),
        ("a = 3 at 0 8 * * for 3", "Each event must be"),
        pytest.param(
            f"a = {'9' * 5_000} from 1995-08-25 to 1995-08-26", "Each event must be", id="a number without end"
        ),
        ("a = 3 from noon to 1995-08-26", "Line: 'a = 3 from noon to 1995-08-26'"),
        ("b = 1 from 1995-08-25 to 1995-08-26\na = 0 from 1995-08-25 to 1995-08-26", "Line: 'a = 0"),
        ("a = 3 from 1995-08-26 to 1995-08-25", "end must be after start"),
        ("a = 3 at 0 99 * * * for 5 min", "must have five fields"),
    ],
)
def test_a_line_that_is_none_is_named(text, said):
    with pytest.raises(InputError) as error:
        events_of(text)
    assert said in error.value.message
    assert error.value.errors[0].field == "events"


@pytest.mark.parametrize(
    "text",
    [
        "sale = 20 from 1995-08-25 09:00 to 1995-08-25 18:00",
        "12 at 0 8 * * MON-FRI for 240 min",
        "campaign = x3 at 0 18 * * SUN for 120 min in Europe/Paris",
        "x2.5 from 1995-08-25 09:00 to 1995-08-25 18:00 in +02:00",
        "8 on holidays of DE-BY",
        "sale = x2 on holidays of FR in Europe/Paris",
        "a = 1 at * * * * * for 1 min\nb = 2 at * * * * * for 1 min",
    ],
)
def test_entries_are_written_as_they_are_read(text):
    assert text_of([event.entry for event in events_of(text)]) == text


def test_expected_traffic_stands_in_place_of_replicas():
    (event,) = events_of("campaign = ×3 at 0 18 * * SUN for 120 min")
    assert (event.entry.factor, event.entry.replicas, event.size) == (3.0, None, "x3")
