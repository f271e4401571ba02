"""The requests of the page: its address keys, its jobs with their arguments, and the selection of a view."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from forecasting.access.roles import Role
from forecasting.errors import InputError
from forecasting.evaluation import (
    ALL_STEPS,
    LOSSES,
    BeforeAfter,
    Leaderboard,
    Reliability,
    display_name,
    models_for,
)
from forecasting.evaluation.ranking.entrants import STEPS
from forecasting.evaluation.ranking.leaderboard import METRIC
from forecasting.forecasters.base import MAX_HORIZON
from forecasting.forecasters.registry import DEFAULT_MODEL, MODEL_NAMES, TRAINABLE_MODELS, TRAINED_BY_DEFAULT
from forecasting.model_sets.waiting import ONLY_RULES
from forecasting.timeseries.clock import moment_of
from webapp.app.context import context
from webapp.jobs.panel import PageJob
from webapp.ui.address import Key, View, one_of, some_of, timeframes_of, whole

NAME = "forecasts"
RECORD, TRUST, WHY, TRAIN = "record", "trust", "why", "train"
TABS = {RECORD: "Track record", TRUST: "Reliability", WHY: "Why", TRAIN: "Train"}

MODEL, HORIZON = DEFAULT_MODEL, 60

BOARD = PageJob("forecasts-board", "leaderboard", "Evaluating all models", Leaderboard)
RELIABILITY = PageJob("forecasts-trust", "trust", "Analysing errors", Reliability)
TRAINING = PageJob("forecasts-train", "train", "Training", lasting=True, role=Role.OPERATOR)
COMPARING = PageJob("forecasts-compare", "before-after", "Comparing the new models with those in use", BeforeAfter)


def _time(field: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        moment_of(text, None, field=field)
        return text.strip()

    return read


def _step(text: str) -> object:
    return ALL_STEPS if text == ALL_STEPS else whole(STEPS[0], STEPS[-1])(text)


def _bins(text: str) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(name for name in text.split(",") if name))
    if not names:
        raise ValueError("must be timeframes, separated by commas")
    return names


KEYS = (
    Key("model", one_of(*MODEL_NAMES), MODEL),
    Key("horizon", whole(1, MAX_HORIZON), HORIZON),
    Key("origin", _time("origin"), of_dataset=True),
    Key("models", some_of(*MODEL_NAMES)),
    Key("tab", one_of(*TABS), RECORD),
    Key("metric", one_of(*LOSSES), METRIC),
    Key("step", _step, ALL_STEPS),
    Key("ahead", whole(1, MAX_HORIZON)),
    Key("train", some_of(*TRAINABLE_MODELS, ONLY_RULES), (*TRAINED_BY_DEFAULT, ONLY_RULES)),
    Key("bins", _bins, timeframes_of, of_dataset=True),
    Key("until", _time("until"), of_dataset=True),
)
"""`models` are compared with `model` in the chart; `ahead` is the step to explain (None: the last); `train`, `bins` and
`until` are the models, timeframes and end of a training."""


@dataclass(frozen=True)
class Selection:
    """The forecast that a view selects: model, origin (absolute seconds, None: the last bin) and models to compare.

    `notes` are sentences about selections that are not possible.
    """

    model: str
    origin: int | None
    others: tuple[str, ...]
    notes: tuple[str, ...]


def selection_of(view: View, origin: str | None = None) -> Selection:
    """Return the selection of a view, at another `origin` if given (`""`: the last bin)."""
    available = available_models(view)
    notes = []
    model = view["model"]
    if model not in available:
        notes.append(f"No model set has {display_name(model)} for bins of {view.timeframe}.")
        model = available[0]
    others = tuple(name for name in view["models"] or () if name in available and name != model)
    at, note = _origin(view, view["origin"] if origin is None else origin)
    return Selection(model, at, others, (*notes, *note))


def available_models(view: View) -> tuple[str, ...]:
    """Return the models that can forecast the series of a view."""
    return models_for(view.series, context().settings)


def _origin(view: View, text: str | None) -> tuple[int | None, tuple[str, ...]]:
    if not text:
        return None, ()
    second, series = moment_of(text, view.info.time_zone, field="origin"), view.series
    if 0 <= series.position(second) < len(series):
        return second, ()
    return None, (f"There is no data at {text}; the forecast starts at the end of the data.",)


def evaluation_arguments(view: View) -> dict[str, object]:
    """Return the arguments of the leaderboard: data set, timeframe and range."""
    start, end = (None, None) if view["range"] == "all" else view.span
    return {"dataset": view.dataset, "timeframe": view.timeframe, "start": start, "end": end}


def cached_board(view: View) -> Leaderboard | None:
    """Return the leaderboard of a view if it is cached."""
    cache = context().results
    return cache.find(cache.key(BOARD.task, view.version, evaluation_arguments(view)), Leaderboard)


def cached_statement(view: View, model: str) -> str | None:
    """Return the sentence that compares a model with simple rules; None until the leaderboard is cached."""
    cache = context().results
    key = cache.key("statement", view.version, {**evaluation_arguments(view), "model": model})
    statement = cache.find(key, str)
    if statement is None and (board := cached_board(view)) is not None:
        statement = board.statement(model)
        cache.put(key, statement)
    return statement


def until_of(view: View) -> int | None:
    """Return the end of the training bins of a view in absolute seconds; None for all of the data."""
    return None if view["until"] is None else moment_of(view["until"], view.info.time_zone, field="until")


def bins_of(view: View) -> tuple[str, ...]:
    """Return the timeframes to train; raises InputError for one that the data does not allow."""
    selected, possible = view["bins"], timeframes_of(view.info)
    if not set(selected) <= set(possible):
        raise InputError(f"bins must be some of {', '.join(possible)} (got {','.join(selected)}).", field="bins")
    return selected
