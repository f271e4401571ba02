"""The tasks of the page Forecasts: their answers are the service's, and one training goes on at a time."""

from __future__ import annotations

from dataclasses import replace

import pytest

from forecasting.catalog import Catalog
from forecasting.errors import Conflict, HistoryTooShort, ReadOnly
from forecasting.evaluation import leaderboard, waiting
from forecasting.forecasters.registry import MODEL_NAMES
from forecasting.jobs import JobQueue
from forecasting.model_sets.loading import card_of
from forecasting.model_sets.lock import sets_locked
from forecasting.settings import Settings
from tests.forecasting.traffic import daily_traffic
from tests.webapp.jobs.processes import perform_one, result_of
from webapp.app.result_cache import ResultCache
from webapp.jobs.tasks import evaluate
from webapp.jobs.tasks.registry import task_of

NAME = "test"
ALL = {"timeframe": "15m", "start": None, "end": None}
RULES = {"models": [], "timeframes": ["15m"], "until": None}


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A home with one data set of twelve days."""
    settings = Settings(home=tmp_path_factory.mktemp("judging") / "home")
    Catalog(settings).add(daily_traffic(12))
    return settings


def done(settings: Settings, task: str, **arguments: object) -> tuple[object, list[tuple[float, str]]]:
    """The answer of a task, and what it reported."""
    told: list[tuple[float, str]] = []
    version = Catalog(settings).info(NAME).version
    answer = task_of(task)(settings, lambda *one: told.append(one), version, dataset=NAME, **arguments)
    return answer, told


def test_the_leaderboard_has_every_model_there_is(settings):
    board, told = done(settings, "leaderboard", **ALL)
    alone = leaderboard(Catalog(settings).get(NAME), settings=settings)
    assert board.models == MODEL_NAMES
    assert [row.scores for row in board.ranking()] == [row.scores for row in alone.ranking()]
    assert told[0][1] == "Evaluating the default model"


def test_it_is_of_the_span_asked_for(settings):
    series = Catalog(settings).get(NAME)
    begin = series.start + 9 * 86_400
    board, _ = done(settings, "leaderboard", **{**ALL, "start": begin, "end": series.end})
    assert (board.start, board.end) == (begin, series.end)
    with pytest.raises(HistoryTooShort):
        done(settings, "leaderboard", **{**ALL, "start": series.end, "end": series.end + 1})


def test_trust_is_of_one_model(settings):
    found, told = done(settings, "trust", model="naive", **ALL)
    assert found.model == "naive"
    assert told[0][1] == "Analysing the errors of 'the last value'"


def test_a_training_leaves_a_candidate_that_can_be_compared(settings):
    card, told = done(settings, "train", **RULES)
    assert card["model_set"] == "test.rules.candidate"
    assert [share for share, _ in told] == sorted(share for share, _ in told)
    (one,) = waiting(Catalog(settings).get(NAME), settings)
    assert one.model_set == "test.rules"
    found, _ = done(settings, "before-after", timeframe="15m", model_set="test.rules", models=["naive"])
    assert found.changes[0].before.model_set == "nasa-http"


def test_a_second_training_waits_for_the_first(settings):
    with sets_locked(settings), pytest.raises(Conflict, match="being trained already"):
        done(settings, "train", **RULES)
    assert done(settings, "train", **RULES)[0]["models"]


def test_a_read_only_install_trains_nothing(settings):
    with pytest.raises(ReadOnly):
        done(replace(settings, read_only=True), "train", **RULES)


def test_a_training_in_a_process_of_its_own_is_stored(settings):
    version = Catalog(settings).info(NAME).version
    arguments = {"dataset": NAME, **RULES}
    queue = JobQueue(settings)
    trained = result_of(queue, perform_one(queue, settings, "train", version, **arguments))
    results = ResultCache(settings)
    assert (
        results.find(results.key("train", version, arguments)) == trained == card_of("test.rules.candidate", settings)
    )


def test_progress_is_reported_a_few_times_a_second(monkeypatch):
    moments = iter([0.0, 0.05, 0.19, 0.21, 0.3, 0.42])
    monkeypatch.setattr(evaluate.time, "monotonic", lambda: next(moments))
    told = []
    progress = evaluate.sparing(lambda share, doing: told.append(share))
    for share in (0.1, 0.2, 0.3, 0.4, 0.5, 0.6):
        progress(share)
    assert told == [0.1, 0.4, 0.6]


@pytest.mark.parametrize(
    ("task", "arguments"),
    [
        ("leaderboard", ALL),
        ("trust", {**ALL, "model": "naive"}),
        ("train", RULES),
        ("before-after", {"timeframe": "15m", "model_set": "test.rules", "models": ["naive"]}),
    ],
)
def test_data_that_changed_meanwhile_are_not_mistaken(settings, task, arguments):
    with pytest.raises(Conflict, match="has changed meanwhile"):
        task_of(task)(settings, print, "another", dataset=NAME, **arguments)
