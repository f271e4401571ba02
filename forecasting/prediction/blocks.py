"""Backtest in consecutive blocks, each forecast once: the result of `POST /forecast/backtest`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from forecasting.backtests.backtest import Backtest
from forecasting.backtests.metrics import Score
from forecasting.errors import HistoryTooShort
from forecasting.forecasters.base import MemberWeight
from forecasting.forecasters.registry import DEFAULT_MODEL
from forecasting.prediction.forecasts import backtest
from forecasting.prediction.model_choice import whole_number
from forecasting.settings import Settings
from forecasting.timeseries.resampling import resample
from forecasting.timeseries.series import Series
from forecasting.timeseries.timeframes import bin_seconds_of

MAX_BLOCK = 50
"""The longest block of `block_backtest`, in bins."""


@dataclass(frozen=True)
class BlockBacktest:
    """Consecutive blocks, each forecast once: `rows` has one row per target, with the actual as `y`.

    `members` are those at the last origin, empty for a model that mixes no others.
    """

    model_set: str | None
    members: tuple[MemberWeight, ...]
    rows: list[dict[str, Any]]
    seconds: np.ndarray
    metrics: dict[str, Score]
    warnings: tuple[str, ...]


def block_backtest(
    series: Series,
    *,
    step: int,
    model: str = DEFAULT_MODEL,
    timeframe: str | None = None,
    model_set: str | None = None,
    settings: Settings | None = None,
) -> BlockBacktest:
    """Forecast the next `step` bins, advance by `step`, and repeat until the series ends.

    The first block begins after one day of bins, or after half of the series if that is shorter.
    """
    whole_number(step, "step", MAX_BLOCK)
    series = resample(series, bin_seconds_of(timeframe or series.timeframe))
    if len(series) < 2:
        raise HistoryTooShort(
            "data must have at least 2 points: one to forecast from and one to compare with.", field="data"
        )
    warm_up = max(1, min(series.bins_per_day, len(series) // 2))
    run = backtest(
        series,
        model=model,
        model_set=model_set,
        start=series.start + warm_up * series.bin_seconds,
        steps=range(1, step + 1),
        stride=1,
        settings=settings,
    )
    block = replace(run, means=np.where(_block_pairs(run, warm_up, step), run.means, np.nan))
    frame = block.frame()
    order = np.argsort(frame["ds"].to_numpy(), kind="stable")
    frame = frame.iloc[order]
    frame["yhat_lower"] = np.minimum(frame["q10"], frame["yhat"])
    frame["yhat_upper"] = np.maximum(frame["q90"], frame["yhat"])
    records = frame[["ds", "yhat", "yhat_lower", "yhat_upper", "y"]].to_dict("records")
    rows = [{str(column): value for column, value in row.items()} for row in records]
    seconds = series.start + series.bin_seconds * np.arange(warm_up, warm_up + len(rows))
    note = f"The first {warm_up} bins are history only: {len(rows)} targets were forecast, each once."
    metrics = {key: value for key, value in block.scores()[-1].items() if key not in ("model", "timeframe", "step")}
    last = int(run.origins[(run.origins + 1 - warm_up) % step == 0][-1])
    members = run.model.members(series, last, run.steps)
    return BlockBacktest(run.model.model_set, members, rows, seconds, metrics, (*run.warnings, note))


def _block_pairs(run: Backtest, warm_up: int, step: int) -> np.ndarray:
    return ((run.origins + 1 - warm_up) % step == 0)[:, None] & (run.origins + 1 >= warm_up)[:, None]
