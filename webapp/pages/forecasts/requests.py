"""What the page asks for: its keys of the URL, its jobs with their arguments, and what a view means."""

from __future__ import annotations

from dataclasses import dataclass

from forecasting.errors import InputError
from forecasting.evaluation import LOSSES, PATH, BeforeAfter, Leaderboard, Reliability, models_for
from forecasting.evaluation.ranking.entrants import STEPS
from forecasting.evaluation.ranking.leaderboard import METRIC
from forecasting.forecasters.base import MAX_HORIZON
from forecasting.forecasters.registry import DEFAULT_MODEL, MAIN_MODELS, MODEL_NAMES
from forecasting.model_sets.waiting import ONLY_RULES
from forecasting.timeseries.clock import moment_of
from webapp.app.context import context
from webapp.jobs.panel import Job
from webapp.ui.address import Key, View, one_of, some_of, timeframes_of, whole

NAME = "forecasts"
RECORD, TRUST, WHY, TRAIN = "record", "trust", "why", "train"
TABS = {RECORD: "Track record", TRUST: "Trust", WHY: "Why", TRAIN: "Train"}

MODEL, HORIZON = DEFAULT_MODEL, 60

BOARD = Job("forecasts-board", "leaderboard", "Judging every model", Leaderboard)
TRUSTING = Job("forecasts-trust", "trust", "Looking at the errors", Reliability)
TRAINING = Job("forecasts-train", "train", "Training")
COMPARING = Job("forecasts-compare", "before-after", "Comparing before and after", BeforeAfter)


def _time(field: str):
    def read(text: str) -> str:
        moment_of(text, None, field=field)
        return text.strip()

    return read


def _step(text: str) -> str | int:
    return PATH if text == PATH else whole(STEPS[0], STEPS[-1])(text)


def _bins(text: str) -> tuple[str, ...]:
    parts = tuple(dict.fromkeys(part for part in text.split(",") if part))
    if not parts:
        raise ValueError("must be timeframes, separated by commas")
    return parts


KEYS = (
    Key("model", one_of(*MODEL_NAMES), MODEL),
    Key("horizon", whole(1, MAX_HORIZON), HORIZON),
    Key("origin", _time("origin"), of_dataset=True),
    Key("models", some_of(*MODEL_NAMES)),
    Key("tab", one_of(*TABS), RECORD),
    Key("metric", one_of(*LOSSES), METRIC),
    Key("step", _step, PATH),
    Key("ahead", whole(1, MAX_HORIZON)),
    Key("train", some_of(*MAIN_MODELS, ONLY_RULES), (*MAIN_MODELS, ONLY_RULES)),
    Key("bins", _bins, timeframes_of, of_dataset=True),
    Key("until", _time("until"), of_dataset=True),
)
"""`models` are laid over `model`; `ahead` is the bin that is taken apart, None being the last; `train`, `bins` and
`until` are what would be trained, and on what."""


@dataclass(frozen=True)
class Chosen:
    """What a view asks a forecast of: the model, the origin (absolute seconds, None: the last bin) and other models.

    `notes` say what was asked for and cannot be.
    """

    model: str
    origin: int | None
    others: tuple[str, ...]
    notes: tuple[str, ...]


def chosen_of(view: View, origin: str | None = None) -> Chosen | None:
    """What a view asks for, at another `origin` where one is given (`""`: the last bin); None without a model."""
    there = models_there(view)
    if not there:
        return None
    notes = []
    model = view["model"]
    if model not in there:
        notes.append(f"No model set has {model} in bins of {view.timeframe}.")
        model = there[0]
    others = tuple(name for name in view["models"] or () if name in there and name != model)
    at, note = _origin(view, view["origin"] if origin is None else origin)
    return Chosen(model, at, others, (*notes, *note))


def models_there(view: View) -> tuple[str, ...]:
    """The models that can forecast what a view shows."""
    return models_for(view.series, context().settings)


def _origin(view: View, text: str | None) -> tuple[int | None, tuple[str, ...]]:
    if not text:
        return None, ()
    second, series = moment_of(text, view.info.time_zone, field="origin"), view.series
    if 0 <= series.position(second) < len(series):
        return second, ()
    return None, (f"There is no data at {text}: the forecast is made at the end of what there is.",)


def judging(view: View) -> dict[str, object]:
    """The arguments of the leaderboard: the data and, where only a part is shown, which."""
    start, end = (None, None) if view["range"] == "all" else view.span
    return {"dataset": view.dataset, "timeframe": view.timeframe, "start": start, "end": end}


def kept_board(view: View) -> Leaderboard | None:
    """The leaderboard of a view where it is there, without asking for it."""
    answers = context().answers
    return answers.find(answers.key(BOARD.task, view.version, judging(view)), Leaderboard)


def kept_statement(view: View, model: str) -> str | None:
    """How a model has done, in a sentence; None until the leaderboard is there."""
    answers = context().answers
    key = answers.key("statement", view.version, {**judging(view), "model": model})
    found = answers.find(key, str)
    if found is None and (board := kept_board(view)) is not None:
        found = board.statement(model)
        answers.keep(key, found)
    return found


def until_of(view: View) -> int | None:
    """The end of the training bins that a view asks for, in absolute seconds; None for all of the data."""
    return None if view["until"] is None else moment_of(view["until"], view.info.time_zone, field="until")


def bins_of(view: View) -> tuple[str, ...]:
    """The timeframes to train in; raises InputError for one that the data cannot be had in."""
    wanted, possible = view["bins"], timeframes_of(view.info)
    if not set(wanted) <= set(possible):
        raise InputError(f"bins is {','.join(wanted)}; write some of {', '.join(possible)}.", field="bins")
    return wanted
