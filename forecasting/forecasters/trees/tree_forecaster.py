"""Gradient-boosted trees on relative features: one booster for step 1, one for every later step.

The target is the count over the recent level, weighted by that level. Step 1 has a Poisson loss, which is exactly the
Poisson likelihood of the raw count but leaves the model scale-free. Unpredictable surges would dominate a squared or
Poisson loss at later steps, so these minimise the absolute error on the square-root scale; `lift` corrects the ratio of
means that this loses. One call covers all steps, the step being a feature.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Protocol, Self

import numpy as np

from forecasting.forecasters.base import MAX_HORIZON
from forecasting.forecasters.trees.features import FeatureBank, usable_levels
from forecasting.progress import Progress, silent, within
from forecasting.timeseries.series import Series

SEED = 20240701
TRAINING_ROWS = 160_000
FIRST, LATER = "first", "later"
FIT = "fit.json"
WARM_UP_DAYS = 1

LEAST_ROOT = 1e-3
"""Lower bound of the square root of target over level before its logarithm is taken."""


class Booster(Protocol):
    """The interface to a gradient-boosting library. Rows are float32 (n, F), NaN unknown."""

    rounds: int

    def fit(self, train: Rows, check: Rows | None, *, root: bool, report: Progress) -> Self:
        """Fit until the loss on `check` no longer falls, or without it for `rounds`; `report` is called every round.

        The target is `Rows.ratio` with a Poisson loss, or with `root` its square root with the absolute error.
        """
        ...

    def predict(self, rows: np.ndarray) -> np.ndarray:
        """Return the mean of target over level (n,), or if fitted with `root` the median of its square root."""
        ...

    def gain(self) -> np.ndarray:
        """Return the total reduction of the training loss by the splits on each feature (F,)."""
        ...

    def contributions(self, rows: np.ndarray) -> np.ndarray:
        """Return the contribution of each feature and, last, the common base (n, F + 1).

        These are the Shapley values of the trees (Lundberg et al. 2018): the sum of a row is the logarithm of its
        prediction, or if fitted with `root` the prediction itself.
        """
        ...

    def save(self, path: Path) -> None:
        """Write the library's own text or binary format to `path` plus the library's extension."""
        ...

    @classmethod
    def load(cls, path: Path) -> Self:
        """Load a booster that `save` wrote."""
        ...


class Rows:
    """Training rows: `features` (n, F), `ratio` (n,) target over level, `weight` (n,) level over its mean."""

    def __init__(self, bank: FeatureBank, origins: np.ndarray, steps: np.ndarray):
        target, level = bank.series.requests_count[origins + steps], bank.level[origins]
        good = ~np.isnan(target) & usable_levels(level)
        origins, steps, target, level = origins[good], steps[good], target[good], level[good]
        self.features = bank.rows(origins, steps)
        self.ratio = target / level
        self.weight = level / level.mean()

    def __len__(self) -> int:
        return len(self.ratio)

    def target(self, root: bool) -> np.ndarray:
        """Return the ratio (n,), or its square root."""
        return np.sqrt(self.ratio) if root else self.ratio


class TreeForecaster:
    """A forecaster of two boosters of one library.

    `lift` is the mean target over the squared median of the root; None in sets from before 0.4.0, whose later steps
    have a Poisson loss too.
    """

    name: str
    booster: type[Booster]

    def __init__(self, boosters: dict[str, Booster] | None = None, lift: float | None = 1.0):
        self.boosters, self.lift = boosters or {}, lift

    def fit(self, series: Series, *, stop_at: int | None = None, report: Progress = silent) -> Self:
        """See `Forecaster.fit`; with `stop_at` the later bins are used for early stopping."""
        bank, rng = FeatureBank.of(series), np.random.default_rng(SEED)
        last = len(series) if stop_at is None else stop_at
        begin = min(WARM_UP_DAYS * series.bins_per_day, last // 4)
        for number, part in enumerate((FIRST, LATER)):
            train = Rows(bank, *_pairs(part, begin, last, rng))
            check = None if stop_at is None else Rows(bank, *_pairs(part, last - 1, len(series), rng))
            booster = self.booster()
            if part in self.boosters:
                booster.rounds = self.boosters[part].rounds
            half = within(report, number / 2, (number + 1) / 2)
            self.boosters[part] = booster.fit(train, check, root=part == LATER, report=half)
            if part == LATER:
                fitted = float(np.sum(train.weight * np.maximum(booster.predict(train.features), 0.0) ** 2))
                self.lift = float(np.sum(train.weight * train.ratio)) / fitted if fitted > 0 else 1.0
        return self

    def means(self, series: Series, origins: np.ndarray, steps: np.ndarray) -> np.ndarray:
        """See `Forecaster.means`."""
        bank = FeatureBank.of(series)
        rows = bank.rows(np.repeat(origins, len(steps)), np.tile(steps, len(origins)))
        rows = rows.reshape(len(origins), len(steps), -1)
        means = np.empty((len(origins), len(steps)))
        for part, columns in ((FIRST, np.flatnonzero(steps == 1)), (LATER, np.flatnonzero(steps > 1))):
            if len(columns):
                pairs = rows[:, columns].reshape(-1, rows.shape[-1])
                means[:, columns] = self._ratio(part, pairs).reshape(len(origins), -1)
        means *= bank.level[origins][:, None]
        return means

    def _ratio(self, part: str, rows: np.ndarray) -> np.ndarray:
        prediction = self.boosters[part].predict(rows)
        lift = self._root_lift(part)
        return prediction if lift is None else np.maximum(prediction, 0.0) ** 2 * lift

    def _root_lift(self, part: str) -> float | None:
        """Return the lift if the booster of `part` predicts a square root, else None."""
        return self.lift if part == LATER else None

    def contributions(self, part: str, rows: np.ndarray) -> np.ndarray:
        """Return the contributions of the features, and last the base, to the log of prediction over level (n, F + 1).

        For a booster of the root, the log is distributed in proportion to the contributions to the root.
        """
        added = self.boosters[part].contributions(rows).astype(np.float64)
        lift = self._root_lift(part)
        if lift is None:
            return added
        shared, total = np.maximum(added[:, -1], LEAST_ROOT), np.maximum(added.sum(axis=1), LEAST_ROOT)
        change = total - shared
        small = np.abs(change) < 1e-9 * shared
        slope = np.where(small, 2.0 / shared, 2.0 * np.log(total / shared) / np.where(small, 1.0, change))
        return np.column_stack([added[:, :-1] * slope[:, None], 2.0 * np.log(shared) + np.log(lift)])

    def save(self, folder: Path) -> None:
        """Write two booster files, their rounds and the lift."""
        for part, booster in self.boosters.items():
            booster.save(folder / part)
        rounds = {part: booster.rounds for part, booster in self.boosters.items()}
        (folder / FIT).write_text(json.dumps({"rounds": rounds, "lift": self.lift}))

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Load a forecaster that `save` wrote."""
        stored = _stored(folder)
        boosters = {}
        for part, rounds in stored["rounds"].items():
            boosters[part] = cls.booster.load(folder / part)
            boosters[part].rounds = rounds
        return cls(boosters, stored["lift"])


def _stored(folder: Path) -> dict[str, Any]:
    """Return rounds and lift; sets from before 0.4.0 have only rounds, in a separate file."""
    if (folder / FIT).exists():
        return json.loads((folder / FIT).read_text())
    return {"rounds": json.loads((folder / "rounds.json").read_text()), "lift": None}


def _pairs(part: str, begin: int, end: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return (origins, steps) with targets in [begin + 1, end): every origin for step 1, else a sample of steps.

    Half of the sampled steps are at most 12, the range of scaling decisions; the other half go up to the largest step.
    """
    origins = np.arange(begin, end - 1)
    if part == FIRST:
        return origins, np.ones(len(origins), dtype=np.int64)
    repeats = int(np.clip(round(TRAINING_ROWS / max(len(origins), 1)), 2, 16))
    origins = np.repeat(origins, repeats)
    near = rng.integers(2, 13, len(origins))
    far = np.exp(rng.uniform(np.log(2), np.log(MAX_HORIZON + 1), len(origins))).astype(np.int64)
    steps = np.where(rng.random(len(origins)) < 0.5, near, far)
    inside = origins + steps < end
    return origins[inside], steps[inside]
