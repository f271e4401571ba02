"""Quantile heads: five LightGBM models of the same rows, one for each of five levels."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Self

import lightgbm
import numpy as np
from scipy.special import ndtri

from forecasting.forecasters.base import QUANTILES
from forecasting.progress import Progress, silent

HEAD_LEVELS = (0.1, 0.3, 0.5, 0.7, 0.9)
MEDIAN = HEAD_LEVELS.index(0.5)
PARAMETERS = {
    "objective": "quantile",
    "learning_rate": 0.1,
    "num_leaves": 31,
    "min_data_in_leaf": 40,
    "feature_fraction": 0.5,
    "bagging_fraction": 0.6,
    "bagging_freq": 1,
    "lambda_l2": 1.0,
    "max_bin": 63,
    "deterministic": True,
    "force_row_wise": True,
    "num_threads": 1,
    "seed": 20261130,
    "verbosity": -1,
}
MOST_ROUNDS, LEAST_ROUNDS, PATIENCE = 80, 8, 12
REFIT_ROUNDS = 1.2
"""All rows get this many times the rounds that the first 80 % needed."""

CHECK_ROWS = 15_000
CHECK_SHARE = 0.2

_SCORES = ndtri(np.array(QUANTILES))
_HEAD_SCORES = ndtri(np.array(HEAD_LEVELS))
_INNER = np.array([0.1 <= level <= 0.9 for level in QUANTILES])


@dataclass(frozen=True, eq=False)
class HeadRows:
    """Training rows in the order of time: `features` (n, F), `target` and `weight` (n,)."""

    features: np.ndarray
    target: np.ndarray
    weight: np.ndarray

    def part(self, chosen: np.ndarray | slice) -> HeadRows:
        """Return some of the rows."""
        return HeadRows(self.features[chosen], self.target[chosen], self.weight[chosen])

    def __len__(self) -> int:
        return len(self.target)


class QuantileHeads:
    """Five boosters; `rounds` is that of each."""

    def __init__(self, boosters: list[lightgbm.Booster]):
        self._boosters = boosters

    @classmethod
    def fit(cls, rows: HeadRows, report: Progress = silent) -> tuple[Self, np.ndarray, np.ndarray]:
        """Fit to rows; return the heads, and the positions of late rows with medians made without having seen them.

        The late rows stop the rounds early; the heads are then fitted to all rows with somewhat more rounds.
        """
        cut = int(len(rows) * (1.0 - CHECK_SHARE))
        late = np.arange(cut, len(rows))
        stride = max(1, -(-cut // int(CHECK_ROWS * (1.0 - CHECK_SHARE))))
        early = rows.part(slice(0, cut, stride))
        data = _dataset(early)
        check = rows.part(late)
        probe = lightgbm.train(
            {**_parameters(early), "alpha": 0.5},
            data,
            MOST_ROUNDS,
            valid_sets=[lightgbm.Dataset(check.features, check.target, weight=check.weight, reference=data)],
            callbacks=[lightgbm.early_stopping(PATIENCE, verbose=False)],
        )
        medians = np.asarray(probe.predict(check.features, num_iteration=probe.best_iteration, num_threads=1))
        rounds = int(np.clip(round(REFIT_ROUNDS * probe.best_iteration), LEAST_ROUNDS, MOST_ROUNDS))
        data, boosters = _dataset(rows), []
        for number, level in enumerate(HEAD_LEVELS):
            boosters.append(lightgbm.train({**_parameters(rows), "alpha": level}, data, rounds))
            report((number + 1) / len(HEAD_LEVELS))
        return cls(boosters), late, medians

    def predict(self, features: np.ndarray) -> np.ndarray:
        """Return the quantiles (n, 5) of the target at `HEAD_LEVELS`, sorted."""
        columns = [np.asarray(booster.predict(features, num_threads=1)) for booster in self._boosters]
        return np.sort(np.stack(columns, axis=-1), axis=-1)

    def save(self, folder: Path, name: str) -> None:
        """Write one text file for each level."""
        for level, booster in zip(HEAD_LEVELS, self._boosters, strict=True):
            booster.save_model(folder / f"{name}-{round(100 * level)}.txt")

    @classmethod
    def load(cls, folder: Path, name: str) -> Self:
        """Load what `save` wrote."""
        return cls([lightgbm.Booster(model_file=folder / f"{name}-{round(100 * level)}.txt") for level in HEAD_LEVELS])


def _dataset(rows: HeadRows) -> lightgbm.Dataset:
    return lightgbm.Dataset(
        rows.features, rows.target, weight=rows.weight, params={"max_bin": PARAMETERS["max_bin"], "verbosity": -1}
    )


def _parameters(rows: HeadRows) -> dict[str, object]:
    return {**PARAMETERS, "min_data_in_leaf": max(5, min(40, len(rows) // 50))}


def spread_to_levels(heads: np.ndarray, tail: np.ndarray) -> np.ndarray:
    """Return quantiles (..., levels) at `QUANTILES` from those at `HEAD_LEVELS` (..., 5).

    Between heads they are linear in the normal score. Beyond the outer heads the distance from the median grows as in
    `tail` (..., levels), the quantiles of the untrained forecast.
    """
    result = np.empty((*heads.shape[:-1], len(QUANTILES)))
    right = np.clip(np.searchsorted(_HEAD_SCORES, _SCORES), 1, len(HEAD_LEVELS) - 1)
    share = (_SCORES - _HEAD_SCORES[right - 1]) / (_HEAD_SCORES[right] - _HEAD_SCORES[right - 1])
    result[...] = heads[..., right - 1] * (1.0 - share) + heads[..., right] * share
    centre, middle = heads[..., MEDIAN], tail[..., QUANTILES.index(0.5)]
    for level, edge in ((0.1, 0), (0.9, len(HEAD_LEVELS) - 1)):
        outer = [place for place, each in enumerate(QUANTILES) if (each < 0.1 if level == 0.1 else each > 0.9)]
        side = tail[..., QUANTILES.index(level)] - middle
        usual = _SCORES[outer] / _HEAD_SCORES[edge]
        with np.errstate(divide="ignore", invalid="ignore"):
            grown = (tail[..., outer] - middle[..., None]) / side[..., None]
        grown = np.where((side != 0)[..., None] & np.isfinite(grown), np.clip(grown, 1.0, 8.0), usual)
        result[..., outer] = centre[..., None] + grown * (heads[..., edge] - centre)[..., None]
    return result
