"""The card of a model set: what it learnt from, how its days were split, and how good each model was on which days."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from forecasting.errors import ForecastingError, NotReady
from forecasting.evaluation.ranking.leaderboard import METRIC, PATH, YESTERDAY
from forecasting.forecasters.registry import MAIN_MODELS
from forecasting.model_sets.loading import card_of, folder_of, set_names
from forecasting.model_sets.names import is_candidate
from forecasting.settings import Settings
from forecasting.timeseries.timeframes import DAY, bin_seconds_of

SHIPPED_WITH, TRAINED_HERE, CANDIDATE = "shipped", "trained here", "candidate"

Scores = Mapping[str, Any]


@dataclass(frozen=True)
class Split:
    """Which days were what to the models of some timeframes, as wall times of the data; ends are excluded.

    `scored_on` is `test` (the models had not seen these days) or `validation` (they chose when to stop learning and
    how wide the intervals are).
    """

    timeframes: tuple[str, ...]
    trained_from: datetime
    validation_from: datetime
    trained_until: datetime
    scored_on: str
    scored_from: datetime
    scored_until: datetime

    @property
    def scored_days(self) -> float:
        """How many days were scored."""
        return days_between(self.scored_from, self.scored_until)


@dataclass(frozen=True)
class Gain:
    """By what share the MAE of a set's best model in a timeframe is less than that of simple rules, over all steps.

    The model is a trained one where there is any. `rule` is the best simple rule besides it. A share is None where
    there is nothing to compare with.
    """

    timeframe: str
    model: str
    over_yesterday: float | None
    rule: str | None
    over_rule: float | None


@dataclass(frozen=True)
class SetFile:
    """One file of a set: its path within the set's folder, its size and its SHA-256."""

    path: str
    bytes: int
    sha256: str


@dataclass(frozen=True, eq=False)
class ModelCard:
    """The card of one set. `content` is all that was written down, but for the fingerprints of its training days.

    `kind` is one of SHIPPED_WITH, TRAINED_HERE and CANDIDATE; `whole_days` counts the training days of which enough is
    known to recognise them.
    """

    name: str
    kind: str
    content: Mapping[str, Any]
    whole_days: int

    @property
    def data(self) -> Mapping[str, Any]:
        """What is written about the training data."""
        return self.content["data"]

    @cached_property
    def timeframes(self) -> tuple[str, ...]:
        """Those of the set, the finest first."""
        return tuple(sorted(self.content["models"], key=bin_seconds_of))

    @property
    def models(self) -> tuple[str, ...]:
        """Every model that the set has in any timeframe."""
        return tuple(dict.fromkeys(model for has in self.content["models"].values() for model in has))

    @property
    def days(self) -> float:
        """The length of the training data in days."""
        return days_between(*(datetime.fromisoformat(self.data[key]) for key in ("start", "end")))

    def entries(self, timeframe: str) -> Mapping[str, Mapping[str, Any]]:
        """What is written about each model in a timeframe."""
        return self.content["models"].get(timeframe, {})

    def steps(self, timeframe: str) -> tuple[int, ...]:
        """The bins ahead that any model of a timeframe was scored at."""
        rows = (row["step"] for entry in self.entries(timeframe).values() for row in entry.get("metrics", ()))
        return tuple(sorted({step for step in rows if step != PATH}))

    def scores(self, timeframe: str, step: int | str = PATH) -> dict[str, Scores]:
        """The scores of each model at one step, or pooled over all (`all`); a model without them is left out."""
        found = {
            model: next((row for row in entry.get("metrics", ()) if row["step"] == step), None)
            for model, entry in self.entries(timeframe).items()
        }
        return {model: row for model, row in found.items() if row is not None}

    @cached_property
    def splits(self) -> tuple[Split, ...]:
        """How the days were split: one for all timeframes, or several where their days differ."""
        found: dict[tuple, list[str]] = {}
        for timeframe in self.timeframes:
            for entry in self.entries(timeframe).values():
                of_it = found.setdefault(_dates(entry), [])
                if timeframe not in of_it:
                    of_it.append(timeframe)
        return tuple(Split(tuple(timeframes), *dates) for dates, timeframes in found.items())

    @cached_property
    def gains(self) -> tuple[Gain, ...]:
        """How the best model stands to the simple rules in each timeframe that has scores."""
        pairs = ((timeframe, self._losses(timeframe)) for timeframe in self.timeframes)
        return tuple(_gain(timeframe, losses) for timeframe, losses in pairs if losses)

    def _losses(self, timeframe: str) -> dict[str, float]:
        rows = self.scores(timeframe)
        return {model: row[METRIC] for model, row in rows.items() if row.get(METRIC) is not None}


def model_card(name: str, settings: Settings) -> ModelCard:
    """The card of a set.

    Raises InputError for a bad name, NotFound with what exists, NotReady for a card that cannot be read.
    """
    card = card_of(name, settings)
    try:
        return _model_card(name, card, folder_of(name, settings).parent == settings.model_sets_path)
    except (KeyError, TypeError, ValueError) as error:
        raise NotReady(f"The card of model set {name!r} lacks something ({error!r}); train it again.") from error


def _model_card(name: str, card: Mapping[str, Any], is_own: bool) -> ModelCard:
    """The card with all that is found from it looked at once: what is amiss is told here, not while a page is drawn."""
    kind = CANDIDATE if is_candidate(name) else TRAINED_HERE if is_own else SHIPPED_WITH
    hashes = card["data"].get("day_hashes", {}).values()
    found = ModelCard(name, kind, public(card), max((len(days) for days in hashes), default=0))
    if not (found.days > 0 and found.splits and found.gains):
        raise ValueError("no days, no models or no scores")
    return found


def model_cards(settings: Settings) -> dict[str, ModelCard | ForecastingError]:
    """Every set's card by name, or why it cannot be read."""
    found: dict[str, ModelCard | ForecastingError] = {}
    for name in set_names(settings):
        try:
            found[name] = model_card(name, settings)
        except ForecastingError as error:
            found[name] = error
    return found


def public(card: Mapping[str, Any]) -> dict[str, Any]:
    """A card without the fingerprints of its training days, which are for recognising a series only."""
    return {**card, "data": {key: value for key, value in card["data"].items() if key != "day_hashes"}}


def files_of(name: str, settings: Settings) -> tuple[SetFile, ...]:
    """Every file of a set by path; hashed once until it changes. Raises as `model_card`."""
    folder = folder_of(name, settings)
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return tuple(_file(path, folder) for path in paths)


def days_between(start: datetime, end: datetime) -> float:
    """The length of a span of wall time in days."""
    return (end - start).total_seconds() / DAY


def _file(path: Path, folder: Path) -> SetFile:
    stat = path.stat()
    digest = _sha256(path, stat.st_mtime_ns, stat.st_size)
    return SetFile(path.relative_to(folder).as_posix(), stat.st_size, digest)


@lru_cache(maxsize=1024)
def _sha256(path: Path, _changed: int, _size: int) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _dates(entry: Mapping[str, Any]) -> tuple:
    """The dates of an entry in the order of Split."""
    trained = (entry["trained_from"], entry["validation_from"], entry["trained_until"])
    scored = (entry["metrics_from"], entry["metrics_until"])
    return (*map(datetime.fromisoformat, trained), entry["metrics_on"], *map(datetime.fromisoformat, scored))


def _gain(timeframe: str, losses: Mapping[str, float]) -> Gain:
    trained = {model: loss for model, loss in losses.items() if model in MAIN_MODELS}
    best = min(trained or losses, key=losses.__getitem__)
    rules = {model: loss for model, loss in losses.items() if model not in MAIN_MODELS and model != best}
    rule = min(rules, key=rules.__getitem__, default=None)
    return Gain(timeframe, best, _less(losses, best, YESTERDAY), rule, _less(losses, best, rule))


def _less(losses: Mapping[str, float], one: str, other: str | None) -> float | None:
    if one == other or not losses.get(other):
        return None
    return 1.0 - losses[one] / losses[other]
