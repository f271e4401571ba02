"""Which days are judged, and that nobody has learnt from them."""

from __future__ import annotations

import math

import numpy as np
import pytest

from forecasting.errors import HistoryTooShort, InputError
from forecasting.evaluation.ranking.entrants import MOST_ORIGINS, TEST, VALIDATION, ZERO_SHOT, entrant_of, judged_days
from forecasting.model_sets.loading import validation_forecasts
from forecasting.settings import Settings
from tests.forecasting.traffic import MONDAY, daily_traffic

DAY = 86_400


def both(series, settings, *models):
    return [entrant_of(series, model, None, settings) for model in models or ("lightgbm", "naive")]


def test_the_days_after_training_are_a_test(series, tested):
    judged = judged_days(both(series, tested))
    assert (judged.kind, judged.first, judged.end, judged.stride) == (TEST, 9 * 96, 15 * 96, 1)
    assert judged.notes == ()


def test_where_nothing_follows_training_the_validation_days_are_judged(series, learnt):
    contenders = both(series, learnt)
    judged = judged_days(contenders)
    assert judged.kind == VALIDATION
    assert judged.first == 12 * 96 - 1 + 12, "as soon as every step has a stored forecast"
    assert "These are validation days" in judged.notes[0]
    run = judged.run(contenders[0])
    stored = validation_forecasts("mine", "15m", "lightgbm", learnt)
    assert run.origins[0] == series.position(stored.first_origin)
    known = np.isfinite(run.means)
    np.testing.assert_array_equal(run.means[known], stored.means[: len(run.origins), :12][known])
    assert not run.in_sample


def test_an_unseen_series_is_judged_from_its_second_day():
    series = daily_traffic(4, 900, seed=99)
    judged = judged_days(both(series, Settings()))
    assert (judged.kind, judged.first, judged.end) == (ZERO_SHOT, 96, 4 * 96)
    assert len(judged.notes) == 1
    assert judged.notes[0].startswith("Zero-shot: model set 'nasa-http'")


def test_days_that_were_learnt_from_are_left_out_with_a_note(series, tested):
    judged = judged_days(both(series, tested), start=MONDAY, end=MONDAY + 12 * DAY)
    assert judged.kind == VALIDATION, "the validation days come before the test, and count here too"
    assert judged.first > series.position(MONDAY + 8 * DAY - 900)
    assert judged.end == 12 * 96
    assert any(note.startswith("Days before 2024-03-12 02:45:00 were learnt from") for note in judged.notes)
    with pytest.raises(HistoryTooShort, match="no bin in the span given"):
        judged_days(both(series, tested), start=MONDAY, end=MONDAY + 5 * DAY)


def test_a_span_given_within_the_test_days_is_taken(series, tested):
    judged = judged_days(both(series, tested), start=MONDAY + 10 * DAY + 1, end=MONDAY + 11 * DAY + 1)
    assert (judged.kind, judged.first, judged.end) == (TEST, 10 * 96 + 1, 11 * 96 + 1), "edges round up to a bin"


def test_steps_beyond_what_is_stored_end_there(series, learnt):
    furthest = int(entrant_of(series, "naive", None, learnt).source.stored_steps[-1])
    contenders = both(series, learnt)
    assert judged_days(contenders, steps=(1, furthest)).steps.tolist() == [1, furthest]
    contenders = [
        type(c)(c.label, type(c.source)(series, c.source.fitted, c.source.seen, c.source.stored_from, np.arange(1, 6)))
        for c in contenders
    ]
    judged = judged_days(contenders, steps=range(1, 13))
    assert judged.steps.tolist() == [1, 2, 3, 4, 5]
    assert any("stored for 5 steps" in note for note in judged.notes)


def test_long_spans_are_strided_through_every_minute_of_the_day(monkeypatch):
    monkeypatch.setattr("forecasting.evaluation.ranking.entrants.MOST_ORIGINS", 100)
    series = daily_traffic(8, 900, seed=99)
    judged = judged_days(both(series, Settings()))
    every = judged_days(both(series, Settings()), stride=1).origins
    assert judged.stride >= every / 100
    assert math.gcd(judged.stride, series.bins_per_day) == 1
    assert judged.origins <= 100
    assert any(f"one in {judged.stride} of {every:,} origins" in note for note in judged.notes)
    assert MOST_ORIGINS > 100


def test_origins_are_those_of_the_run(series, tested):
    contender = entrant_of(series, "naive", None, tested)
    for stride in (1, 7):
        judged = judged_days([contender], stride=stride)
        assert judged.origins == len(judged.run(contender).origins)


def test_every_bin_is_the_next_step_from_the_last_origins(series, tested):
    contender = entrant_of(series, "naive", None, tested)
    run = judged_days([contender], stride=7).every_bin(200).run(contender)
    assert run.steps.tolist() == [1]
    assert run.origins.tolist() == list(range(15 * 96 - 201, 15 * 96 - 1))


@pytest.mark.parametrize("bad", [{"steps": (0,)}, {"steps": (101,)}, {"stride": 0}, {"stride": 1.5}])
def test_steps_and_strides_out_of_range_are_refused(bad, series, tested):
    with pytest.raises(InputError, match="write a whole number from 1"):
        judged_days(both(series, tested), **bad)
