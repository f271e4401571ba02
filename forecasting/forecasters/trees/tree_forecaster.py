"""Gradient-boosted trees on relative features: one booster for step 1, one for every later step.

The target is the count over the recent level, weighted by that level. Step 1 has a Poisson loss: exactly the Poisson
likelihood of the raw count, yet the model stays scale-free. Later steps, where surges that nothing announces would
rule a squared or Poisson loss, have the absolute error of the square root, and the ratio of means that this leaves out
(`lift`) is put back. All steps come from one call, the step being a feature.
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
"""The least square root of a target over its level of which a logarithm is taken."""


class Booster(Protocol):
    """A gradient-boosting library behind four calls. Rows are float32 (n, F), NaN unknown."""

    rounds: int

    def fit(self, train: Rows, check: Rows | None, *, root: bool, report: Progress) -> Self:
        """Fit; with `check` stop when its loss no longer falls, else after `rounds`. `report` is told every round.

        The target is `Rows.ratio` with a Poisson loss; with `root` its square root with the absolute error.
        """
        ...

    def predict(self, rows: np.ndarray) -> np.ndarray:
        """Expected target over level (n,); where fitted with `root`, the median of its square root."""
        ...

    def gain(self) -> np.ndarray:
        """How much of the loss the splits on each feature took away in training, in all (F,)."""
        ...

    def contributions(self, rows: np.ndarray) -> np.ndarray:
        """What each feature adds, and last what all rows share (n, F + 1).

        The Shapley values of the trees (Lundberg et al. 2018): a row's sum is the logarithm of its prediction, where
        fitted with `root` the prediction itself.
        """
        ...

    def save(self, path: Path) -> None:
        """Write the library's own text or binary format to `path` plus the library's ending."""
        ...

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read what `save` wrote."""
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
        """The ratio (n,), or its square root."""
        return np.sqrt(self.ratio) if root else self.ratio


class TreeForecaster:
    """The forecaster around a pair of boosters of one library.

    `lift` is the mean target over the squared root's median; None in sets of before 0.4.0, whose later steps have a
    Poisson loss too.
    """

    name: str
    booster: type[Booster]

    def __init__(self, boosters: dict[str, Booster] | None = None, lift: float | None = 1.0):
        self.boosters, self.lift = boosters or {}, lift

    def fit(self, series: Series, *, stop_at: int | None = None, report: Progress = silent) -> Self:
        """See `Forecaster.fit`: with `stop_at` the boosters stop early on the bins from there on."""
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
                said = float(np.sum(train.weight * np.maximum(booster.predict(train.features), 0.0) ** 2))
                self.lift = float(np.sum(train.weight * train.ratio)) / said if said > 0 else 1.0
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
        said = self.boosters[part].predict(rows)
        return np.maximum(said, 0.0) ** 2 * self.lift if self._of_root(part) else said

    def _of_root(self, part: str) -> bool:
        return part == LATER and self.lift is not None

    def contributions(self, part: str, rows: np.ndarray) -> np.ndarray:
        """What each feature adds to the logarithm of the prediction over the level, and last what all share (n, F + 1).

        Of a root, the features' parts of its logarithm are in proportion to what each adds to the root.
        """
        added = self.boosters[part].contributions(rows).astype(np.float64)
        if not self._of_root(part):
            return added
        shared, total = np.maximum(added[:, -1], LEAST_ROOT), np.maximum(added.sum(axis=1), LEAST_ROOT)
        change = total - shared
        small = np.abs(change) < 1e-9 * shared
        slope = np.where(small, 2.0 / shared, 2.0 * np.log(total / shared) / np.where(small, 1.0, change))
        return np.column_stack([added[:, :-1] * slope[:, None], 2.0 * np.log(shared) + np.log(self.lift)])

    def save(self, folder: Path) -> None:
        """Two booster files, the rounds they were fitted for and the lift."""
        for part, booster in self.boosters.items():
            booster.save(folder / part)
        rounds = {part: booster.rounds for part, booster in self.boosters.items()}
        (folder / FIT).write_text(json.dumps({"rounds": rounds, "lift": self.lift}))

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what `save` wrote."""
        stored = _stored(folder)
        boosters = {}
        for part, rounds in stored["rounds"].items():
            boosters[part] = cls.booster.load(folder / part)
            boosters[part].rounds = rounds
        return cls(boosters, stored["lift"])


def _stored(folder: Path) -> dict[str, Any]:
    """Rounds and lift; sets of before 0.4.0 have the rounds alone, in a file of their own."""
    if (folder / FIT).exists():
        return json.loads((folder / FIT).read_text())
    return {"rounds": json.loads((folder / "rounds.json").read_text()), "lift": None}


def _pairs(part: str, begin: int, end: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """(origins, steps) with targets in [begin + 1, end): every origin for step 1, a sample of steps for the rest.

    Half of the sampled steps are up to 12, where decisions are made; the other half reach to the furthest step.
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
