"""The tree forecaster with XGBoost."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any, Self

import numpy as np
import xgboost

from forecasting.forecasters.trees.tree_forecaster import SEED, Rows, TreeForecaster
from forecasting.progress import Progress

PARAMETERS = {
    "eta": 0.05,
    "tree_method": "hist",
    "grow_policy": "lossguide",
    "max_leaves": 24,
    "max_depth": 0,
    "colsample_bynode": 0.6,
    "subsample": 0.7,
    "lambda": 5.0,
    "seed": SEED,
    "verbosity": 0,
}
MOST_ROUNDS, PATIENCE = 800, 30


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Delay a Ctrl-C until the block ends: XGBoost's C code calls Python here, and aborts if that raises."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    held: list[tuple[int, FrameType | None]] = []
    before = signal.signal(signal.SIGINT, lambda number, frame: held.append((number, frame)))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
        if held and callable(before):
            before(*held[0])


class _RoundReport(xgboost.callback.TrainingCallback):
    """Calls a Progress after every round, from Python code, so an exception of the Progress ends the training."""

    def __init__(self, report: Progress, rounds: int):
        self.report, self.rounds = report, rounds

    def after_iteration(self, model: xgboost.Booster, epoch: int, evals_log: dict[str, Any]) -> bool:
        self.report((epoch + 1) / self.rounds)
        return False


class XGBoostBooster:
    """One XGBoost model in its UBJSON format."""

    def __init__(self, model: xgboost.Booster | None = None):
        self._model, self.rounds = model, MOST_ROUNDS

    @property
    def model(self) -> xgboost.Booster:
        """The fitted model; raises ValueError before `fit`."""
        if self._model is None:
            raise ValueError("there is no model before it is fitted")
        return self._model

    def fit(self, train: Rows, check: Rows | None, *, root: bool, report: Progress) -> Self:
        """See `Booster.fit`."""
        leaf_weight = max(5, min(60, len(train) // 80))
        objective = "reg:absoluteerror" if root else "count:poisson"
        parameters = {**PARAMETERS, "objective": objective, "min_child_weight": leaf_weight}
        options: dict[str, Any] = {"callbacks": [_RoundReport(report, self.rounds)]}
        with uninterrupted():
            data = xgboost.QuantileDMatrix(train.features, train.target(root), weight=train.weight)
            if check:
                against = xgboost.QuantileDMatrix(check.features, check.target(root), weight=check.weight, ref=data)
                options |= {"evals": [(against, "check")], "early_stopping_rounds": PATIENCE, "verbose_eval": False}
        model = xgboost.train(parameters, data, self.rounds, **options)
        if check:
            self.rounds = model.best_iteration + 1
        self._model = model[: self.rounds]
        return self

    def predict(self, rows: np.ndarray) -> np.ndarray:
        """See `Booster.predict`."""
        return self.model.inplace_predict(rows)

    def gain(self) -> np.ndarray:
        """See `Booster.gain`."""
        scores = self.model.get_score(importance_type="total_gain")
        return np.array([scores.get(f"f{column}", 0.0) for column in range(self.model.num_features())])

    def contributions(self, rows: np.ndarray) -> np.ndarray:
        """See `Booster.contributions`."""
        return self.model.predict(xgboost.DMatrix(rows), pred_contribs=True)

    def save(self, path: Path) -> None:
        """Write `path`.ubj."""
        self.model.save_model(path.with_suffix(".ubj"))

    @classmethod
    def load(cls, path: Path) -> Self:
        """Load `path`.ubj."""
        model = xgboost.Booster(model_file=path.with_suffix(".ubj"))
        return cls(model)


class XGBoostForecaster(TreeForecaster):
    """`xgboost` in the registry."""

    name = "xgboost"
    booster = XGBoostBooster
