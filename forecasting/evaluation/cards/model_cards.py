"""The card of a model set: its training data, how the days were split, and the scores of each model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from forecasting.errors import ForecastingError, NotReady
from forecasting.evaluation.ranking.leaderboard import ALL_STEPS, METRIC, YESTERDAY
from forecasting.forecasters.registry import MAIN_MODELS
from forecasting.model_sets.card import PublicCard, public
from forecasting.model_sets.installed import InstalledSet, SetFile
from forecasting.model_sets.inventory import installed_sets
from forecasting.model_sets.names import is_candidate
from forecasting.settings import Settings
from forecasting.timeseries.timeframes import DAY, bin_seconds_of

SHIPPED_WITH, TRAINED_HERE, CANDIDATE = "shipped", "trained here", "candidate"

Scores = Mapping[str, Any]
SplitDates = tuple[datetime, datetime, datetime, str, datetime, datetime]


@dataclass(frozen=True)
class Split:
    """How the days were split for the models of some timeframes, as wall times of the data; ends are excluded.

    `scored_on` is `test` (days after training) or `validation` (days on which early stopping and the widths of the
    intervals were chosen).
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
        """The number of days that were scored."""
        return days_between(self.scored_from, self.scored_until)


@dataclass(frozen=True)
class Gain:
    """By what share the MAE of a set's best model in a timeframe is less than that of simple rules, over all steps.

    The model is a trained one if there is any. `rule` is the best other simple rule. A share is None if there is
    nothing to compare with.
    """

    timeframe: str
    model: str
    over_yesterday: float | None
    rule: str | None
    over_rule: float | None


@dataclass(frozen=True, eq=False)
class ModelCard:
    """The card of one set. `content` is the stored card without the fingerprints of its training days.

    `kind` is one of SHIPPED_WITH, TRAINED_HERE and CANDIDATE; `whole_days` counts the training days that are
    complete enough to be recognised.
    """

    name: str
    kind: str
    content: PublicCard
    whole_days: int

    @property
    def data(self) -> Mapping[str, Any]:
        """The part of the card about the training data."""
        return self.content["data"]

    @cached_property
    def timeframes(self) -> tuple[str, ...]:
        """The timeframes of the set, the finest first."""
        return tuple(sorted(self.content["models"], key=bin_seconds_of))

    @property
    def models(self) -> tuple[str, ...]:
        """Every model of the set, in any timeframe."""
        return tuple(dict.fromkeys(model for has in self.content["models"].values() for model in has))

    @property
    def days(self) -> float:
        """The length of the training data in days."""
        return days_between(*(datetime.fromisoformat(self.data[key]) for key in ("start", "end")))

    def entries(self, timeframe: str) -> Mapping[str, Mapping[str, Any]]:
        """Return the entry of each model in a timeframe."""
        return self.content["models"].get(timeframe, {})

    def steps(self, timeframe: str) -> tuple[int, ...]:
        """Return the steps ahead at which any model of a timeframe was scored."""
        rows = (row["step"] for entry in self.entries(timeframe).values() for row in entry.get("metrics", ()))
        return tuple(sorted({step for step in rows if step != ALL_STEPS}))

    def scores(self, timeframe: str, step: int | str = ALL_STEPS) -> dict[str, Scores]:
        """Return the scores of each model that has any, at one step or pooled over all (`all`)."""
        rows = {
            model: next((row for row in entry.get("metrics", ()) if row["step"] == step), None)
            for model, entry in self.entries(timeframe).items()
        }
        return {model: row for model, row in rows.items() if row is not None}

    @cached_property
    def splits(self) -> tuple[Split, ...]:
        """How the days were split: one for all timeframes, or several if their days differ."""
        splits: dict[SplitDates, list[str]] = {}
        for timeframe in self.timeframes:
            for entry in self.entries(timeframe).values():
                timeframes = splits.setdefault(_dates(entry), [])
                if timeframe not in timeframes:
                    timeframes.append(timeframe)
        return tuple(Split(tuple(timeframes), *dates) for dates, timeframes in splits.items())

    @cached_property
    def gains(self) -> tuple[Gain, ...]:
        """How the best model compares with the simple rules in each timeframe that has scores."""
        pairs = ((timeframe, self._losses(timeframe)) for timeframe in self.timeframes)
        return tuple(_gain(timeframe, losses) for timeframe, losses in pairs if losses)

    def _losses(self, timeframe: str) -> dict[str, float]:
        rows = self.scores(timeframe)
        return {model: row[METRIC] for model, row in rows.items() if row.get(METRIC) is not None}


def model_card(name: str, settings: Settings) -> ModelCard:
    """Return the card of a set.

    Raises InputError for an invalid name, NotFound with the names available, DamagedModelSet for a card that cannot be
    used.
    """
    return _model_card(installed_sets(settings).find(name))


def _model_card(installed: InstalledSet) -> ModelCard:
    card = installed.card
    kind = CANDIDATE if is_candidate(installed.name) else TRAINED_HERE if installed.own else SHIPPED_WITH
    whole_days = max((len(days) for days in card["data"]["day_hashes"].values()), default=0)
    result = ModelCard(installed.name, kind, public(card), whole_days)
    if not result.gains:
        raise NotReady(f"Model set {installed.name!r} has no scores, so it has no card to show. Train it again.")
    return result


def model_cards(settings: Settings) -> dict[str, ModelCard | ForecastingError]:
    """Return every set's card by name, or the error if it cannot be used."""
    cards: dict[str, ModelCard | ForecastingError] = {}
    for name, state in installed_sets(settings).states.items():
        try:
            cards[name] = _model_card(state) if isinstance(state, InstalledSet) else state
        except ForecastingError as error:
            cards[name] = error
    return cards


def files_of(name: str, settings: Settings) -> tuple[SetFile, ...]:
    """Return the files of a set by path. Raises like `model_card`."""
    return installed_sets(settings).find(name).files.listed()


def days_between(start: datetime, end: datetime) -> float:
    """Return the length of a span of wall time in days."""
    return (end - start).total_seconds() / DAY


def _dates(entry: Mapping[str, Any]) -> SplitDates:
    """Return the dates of an entry in the order of the fields of Split."""
    at = datetime.fromisoformat
    trained = at(entry["trained_from"]), at(entry["validation_from"]), at(entry["trained_until"])
    return *trained, entry["metrics_on"], at(entry["metrics_from"]), at(entry["metrics_until"])


def _gain(timeframe: str, losses: Mapping[str, float]) -> Gain:
    trained = {model: loss for model, loss in losses.items() if model in MAIN_MODELS}
    best = min(trained or losses, key=losses.__getitem__)
    rules = {model: loss for model, loss in losses.items() if model not in MAIN_MODELS and model != best}
    rule = min(rules, key=rules.__getitem__, default=None)
    return Gain(timeframe, best, _less(losses, best, YESTERDAY), rule, _less(losses, best, rule))


def _less(losses: Mapping[str, float], one: str, other: str | None) -> float | None:
    if other is None or one == other or not losses.get(other):
        return None
    return 1.0 - losses[one] / losses[other]
