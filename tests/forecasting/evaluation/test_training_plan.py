"""What training would find, and whether the new set is better than what is used now."""

from __future__ import annotations

import numpy as np
import pytest

from forecasting import prediction
from forecasting.errors import HistoryTooShort, InputError, NotFound
from forecasting.evaluation.ranking.leaderboard import Standing
from forecasting.evaluation.ranking.scoring import Comparison
from forecasting.evaluation.training_plan import Change, before_after, training_facts
from forecasting.model_sets.candidates import accept
from forecasting.model_sets.loading import card_of
from forecasting.model_sets.names import SHIPPED
from forecasting.model_sets.training import train
from forecasting.timeseries.series import Series
from tests.forecasting.traffic import MONDAY, daily_traffic, with_counts

DAY = 86_400


class TestFacts:
    def test_they_are_what_training_does(self, series, tested):
        facts = training_facts(series, until=MONDAY + 9 * DAY)
        entry = card_of("mine", tested)["models"]["15m"]["lightgbm"]
        assert (entry["validation_from"], entry["trained_until"]) == ("2024-03-12 00:00:00", "2024-03-13 00:00:00")
        assert (facts.known_days, facts.held_out_days, facts.test_days) == (9.0, 1, 6.0)
        assert facts.held_out_share == pytest.approx(1 / 9)
        assert facts.enough
        assert facts.sentence == (
            "9 known days to learn from, of which the last day (11 %) is held out at first to calibrate on. 6 days "
            "after that are only forecast, as a test."
        )

    def test_without_an_end_nothing_is_left_to_test_on(self, series):
        facts = training_facts(series)
        assert (facts.known_days, facts.held_out_days, facts.test_days) == (15.0, 3, 0.0)
        assert facts.sentence.endswith("the last 3 (20 %) are held out at first to calibrate on.")

    @pytest.mark.parametrize(
        "short", [daily_traffic(2, 900), daily_traffic(2, 60), Series("silent", 900, 0, np.zeros(1_000))]
    )
    def test_why_not_is_what_training_would_say(self, short, settings):
        facts = training_facts(short)
        assert not facts.enough
        assert facts.held_out_days == 0
        with pytest.raises(HistoryTooShort) as refused:
            train(short, model_set="mine", models=(), timeframes=(facts.timeframe,), settings=settings)
        assert facts.why_not == facts.sentence == str(refused.value)

    def test_unknown_bins_are_no_days(self, series):
        counts = series.requests_count.copy()
        counts[96 : 3 * 96] = np.nan
        assert training_facts(with_counts(series, counts)).known_days == 13.0

    def test_a_timeframe_is_summed_to(self):
        facts = training_facts(daily_traffic(15, 300), "15m")
        assert (facts.timeframe, facts.known_days) == ("15m", 15.0)
        assert facts.least_days == pytest.approx(400 / 96)
        with pytest.raises(InputError, match="timeframe is 5m"):
            training_facts(daily_traffic(15, 900), "5m")


class TestBeforeAfter:
    def test_both_are_scored_on_days_that_neither_has_seen(self, series, settings):
        train(series, model_set="mine", models=(), until=MONDAY + 6 * DAY, settings=settings)
        train(series, model_set="mine", models=(), until=MONDAY + 10 * DAY, settings=settings, candidate=True)
        found = before_after(series, "mine", models=("smoothing", "seasonal_naive"), settings=settings)
        assert (found.board.kind, found.board.start) == ("test", MONDAY + 10 * DAY)
        for change, model in zip(found.changes, ("smoothing", "seasonal_naive"), strict=True):
            assert change.model == model
            for standing, name in ((change.before, "mine"), (change.after, "mine.candidate")):
                assert standing.model_set == name
                run = prediction.backtest(
                    series, model=model, model_set=name, start=MONDAY + 10 * DAY, settings=settings
                )
                assert standing.scores["mae"] == pytest.approx(run.scores()[-1]["mae"])
            share = 1 - change.after.scores["mae"] / change.before.scores["mae"]
            assert change.better.share == pytest.approx(share)
        assert found.changes[1].better.share == 0, "the same rule"
        assert "no better and no worse than before" in found.changes[1].sentence

    def test_trained_on_everything_the_validation_days_decide(self, series, settings):
        train(series, model_set="mine", models=(), until=MONDAY + 9 * DAY, settings=settings)
        train(series, model_set="mine", models=(), settings=settings, candidate=True)
        found = before_after(series, "mine", models=("smoothing",), settings=settings)
        assert found.board.kind == "validation"
        assert found.board.start == MONDAY + 12 * DAY + 11 * 900

    def test_a_first_set_is_compared_with_the_shipped_one(self, series, settings):
        train(series, model_set="mine", models=(), until=MONDAY + 9 * DAY, settings=settings, candidate=True)
        (change,) = before_after(series, "mine", models=("smoothing",), settings=settings).changes
        assert (change.before.model_set, change.after.model_set) == (SHIPPED, "mine.candidate")

    def test_where_nothing_forecast_it_until_now_the_new_one_is_new(self, settings):
        series = daily_traffic(40, 3_600, level=5_000)
        train(series, model_set="hourly", models=(), until=MONDAY + 33 * DAY, settings=settings, candidate=True)
        (change,) = before_after(series, "hourly", models=("smoothing",), settings=settings).changes
        assert (change.before, change.better) == (None, None)
        assert change.sentence == "Exponential smoothing is new."

    def test_without_a_candidate_there_is_nothing_to_compare(self, series, settings):
        train(series, model_set="mine", models=(), until=MONDAY + 9 * DAY, settings=settings, candidate=True)
        with pytest.raises(InputError, match="models is lightgbm; write some that the candidate of 'mine' has at 15m"):
            before_after(series, "mine", models=("lightgbm",), settings=settings)
        accept("mine", settings)
        with pytest.raises(NotFound, match=r"no model set 'mine\.candidate'"):
            before_after(series, "mine", settings=settings)


def standing(loss: float) -> Standing:
    return Standing("LightGBM", "lightgbm", "mine", {"mae": loss}, True, None)


@pytest.mark.parametrize(
    ("better", "sentence"),
    [
        (Comparison(0.12, 0.08, 0.15), "LightGBM is 12 % better than before."),
        (Comparison(-0.031, -0.05, -0.01), "LightGBM is 3.1 % worse than before."),
        (Comparison(0.12), "LightGBM is 12 % better than before, on too few days to rule out chance."),
        (
            Comparison(0.02, -0.01, 0.05),
            "LightGBM is no better and no worse than before: 2 % is within what chance in the days explains.",
        ),
    ],
)
def test_changes_in_words(better, sentence):
    assert Change("lightgbm", standing(2.0), standing(1.0), better).sentence == sentence
