"""Gradient-boosted trees on relative features: one booster for step 1, one for every later step.

The target is the count over the recent level, weighted by that level: with a Poisson loss that is exactly the Poisson
likelihood of the raw count, yet the model stays scale-free. All steps come from one call, the step being a feature.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Protocol, Self

import numpy as np

from forecasting.forecasters.base import MAX_HORIZON
from forecasting.forecasters.features import FeatureBank, usable_levels
from forecasting.progress import Report, silent, within
from forecasting.series import Series

SEED = 20240701
TRAINING_ROWS = 160_000
FIRST, LATER = "first", "later"
WARM_UP_DAYS = 1


class Booster(Protocol):
    """A gradient-boosting library behind four calls. Rows are float32 (n, F), NaN unknown."""

    rounds: int

    def fit(self, train: Rows, check: Rows | None, *, first: bool, report: Report) -> Self:
        """Fit; with `check` stop when its loss no longer falls, else after `rounds`. `report` is told every round."""
        ...

    def predict(self, rows: np.ndarray) -> np.ndarray:
        """Expected target over level (n,)."""
        ...

    def gain(self) -> np.ndarray:
        """How much of the loss the splits on each feature took away in training, in all (F,)."""
        ...

    def contributions(self, rows: np.ndarray) -> np.ndarray:
        """What each feature adds to the logarithm of the prediction, and last what all rows share (n, F + 1).

        The Shapley values of the trees (Lundberg et al. 2018): a row's sum is the logarithm of its prediction.
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


class TreeForecaster:
    """The forecaster around a pair of boosters of one library."""

    name: str
    booster: type[Booster]

    def __init__(self, boosters: dict[str, Booster] | None = None):
        self.boosters = boosters or {}

    def fit(self, series: Series, *, stop_at: int | None = None, report: Report = silent) -> Self:
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
            self.boosters[part] = booster.fit(train, check, first=part == FIRST, report=half)
        return self

    def means(self, series: Series, origins: np.ndarray, steps: np.ndarray) -> np.ndarray:
        """See `Forecaster.means`."""
        bank = FeatureBank.of(series)
        means = np.empty((len(origins), len(steps)))
        for part, columns in ((FIRST, np.flatnonzero(steps == 1)), (LATER, np.flatnonzero(steps > 1))):
            if len(columns):
                pairs = np.repeat(origins, len(columns)), np.tile(steps[columns], len(origins))
                means[:, columns] = self._ratio(part, bank.rows(*pairs)).reshape(len(origins), -1)
        means *= bank.level[origins][:, None]
        return means

    def _ratio(self, part: str, rows: np.ndarray) -> np.ndarray:
        return self.boosters[part].predict(rows)

    def save(self, folder: Path) -> None:
        """Two booster files and the rounds they were fitted for."""
        for part, booster in self.boosters.items():
            booster.save(folder / part)
        rounds = {part: booster.rounds for part, booster in self.boosters.items()}
        (folder / "rounds.json").write_text(json.dumps(rounds))

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what `save` wrote."""
        rounds = json.loads((folder / "rounds.json").read_text())
        boosters = {}
        for part in rounds:
            boosters[part] = cls.booster.load(folder / part)
            boosters[part].rounds = rounds[part]
        return cls(boosters)


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
