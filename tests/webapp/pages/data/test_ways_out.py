"""Messages of the service layer on the page: field names for options, and a button for each setting proposed."""

from __future__ import annotations

import pytest

from webapp.pages.data.files.ways_out import buttons, on_page, ways


@pytest.mark.parametrize(
    ("message", "shown", "fields"),
    [
        (
            "Add them up with --sum-columns '200,404', or import one data set each with --count-column NAME.",
            "Add them up with “Columns to add up”: 200,404, or import one data set each with “Count column”.",
            [{"sum_columns": "200,404"}],
        ),
        (
            "Give --time-format '%d/%m/%Y' (the day first) or --time-format '%m/%d/%Y' (the month first).",
            "Give “Time format”: %d/%m/%Y (the day first) or “Time format”: %m/%d/%Y (the month first).",
            [{"time_format": "%d/%m/%Y"}, {"time_format": "%m/%d/%Y"}],
        ),
        (
            "A pattern reads 6 of 6: --pattern '(?P<time>\\d+)' --time-format 'epoch'. It begins: 1.",
            "A pattern reads 6 of 6: “Pattern” as proposed, “Time format”: epoch. It begins: 1.",
            [{"pattern": "(?P<time>\\d+)", "time_format": "epoch"}],
        ),
        (
            "if they are a rate, give --unit per-second or --unit per-minute.",
            "if they are a rate, give “Values of a table are”: requests per second or “Values of a table are”: "
            "requests per minute.",
            [{"unit": "per-second"}, {"unit": "per-minute"}],
        ),
        (
            "Say which with --decimal-mark , or --decimal-mark . (a point).",
            "Say which with “Decimal mark”: a comma or “Decimal mark”: a point (a point).",
            [{"decimal_mark": ","}, {"decimal_mark": "."}],
        ),
        (
            "choose one with --where 'host=a'.",
            "choose one with “Only rows with”: host=a.",
            [{"where": "host=a"}],
        ),
        ("give --time-zone.", "give “Time zone”.", []),
        (
            "name them with --json-time KEY and --no-such-option x.",
            "name them with “Time key (JSON)” and --no-such-option x.",
            [],
        ),
        ("leave --append out.", "leave “Append to this data set” out.", []),
        ("Nothing is proposed -- or is it?", "Nothing is proposed -- or is it?", []),
    ],
)
def test_options_become_fields_and_buttons(message, shown, fields):
    assert on_page(message) == shown
    assert [way.fields for way in ways([message])] == fields
    assert (buttons([message]) == "") == (not fields)


def test_a_button_says_what_it_sets():
    (way,) = ways(["sum with --timeframe 5m."])
    assert way.text == "Bin: 5m"
    assert ways(["give --time-format '%d.%m.%Y' (the day first)."])[0].text == "Time format: %d.%m.%Y (the day first)"


def test_what_several_notes_propose_is_offered_once():
    assert len(ways(["give --missing zero.", "Or --missing zero, or --unit counter."])) == 2
