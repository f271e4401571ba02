"""The tree forecaster with LightGBM."""

from __future__ import annotations

from pathlib import Path
from typing import Self

import lightgbm
import numpy as np

from forecasting.forecasters.trees.tree_forecaster import SEED, Rows, TreeForecaster
from forecasting.progress import Progress

PARAMETERS = {
    "learning_rate": 0.05,
    "num_leaves": 24,
    "min_data_in_leaf": 100,
    "feature_fraction": 0.6,
    "bagging_fraction": 0.7,
    "bagging_freq": 1,
    "lambda_l2": 5.0,
    "deterministic": True,
    "force_row_wise": True,
    "seed": SEED,
    "verbosity": -1,
}
MOST_ROUNDS, PATIENCE = 800, 30


class LightGBMBooster:
    """One LightGBM model in its own text format."""

    def __init__(self, model: lightgbm.Booster | None = None):
        self._model, self.rounds = model, MOST_ROUNDS

    @property
    def model(self) -> lightgbm.Booster:
        """The fitted model; raises ValueError before `fit`."""
        if self._model is None:
            raise ValueError("there is no model before it is fitted")
        return self._model

    def fit(self, train: Rows, check: Rows | None, *, root: bool, report: Progress) -> Self:
        """See `Booster.fit`."""
        leaf_rows = max(5, min(100, len(train) // 50))
        data = lightgbm.Dataset(train.features, train.target(root), weight=train.weight)
        checks = (
            [lightgbm.Dataset(check.features, check.target(root), weight=check.weight, reference=data)] if check else []
        )
        stop = [lightgbm.early_stopping(PATIENCE, verbose=False)] if check else []
        self._model = model = lightgbm.train(
            {**PARAMETERS, "objective": "regression_l1" if root else "poisson", "min_data_in_leaf": leaf_rows},
            data,
            self.rounds,
            valid_sets=checks,
            callbacks=[lambda now: report((now.iteration + 1) / now.end_iteration), *stop],
        )
        self.rounds = (check and model.best_iteration) or self.rounds
        return self

    def predict(self, rows: np.ndarray) -> np.ndarray:
        """See `Booster.predict`."""
        return np.asarray(self.model.predict(rows, num_iteration=self.rounds))

    def gain(self) -> np.ndarray:
        """See `Booster.gain`."""
        return self.model.feature_importance("gain", iteration=self.rounds)

    def contributions(self, rows: np.ndarray) -> np.ndarray:
        """See `Booster.contributions`."""
        return np.asarray(self.model.predict(rows, num_iteration=self.rounds, pred_contrib=True))

    def save(self, path: Path) -> None:
        """Write `path`.txt."""
        self.model.save_model(path.with_suffix(".txt"), num_iteration=self.rounds)

    @classmethod
    def load(cls, path: Path) -> Self:
        """Load `path`.txt."""
        return cls(lightgbm.Booster(model_file=path.with_suffix(".txt")))


class LightGBMForecaster(TreeForecaster):
    """`lightgbm` in the registry."""

    name = "lightgbm"
    booster = LightGBMBooster
