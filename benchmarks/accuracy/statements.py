"""What the product tells somebody who brings a series that the shipped set never saw: does forecasting pay there?"""

from __future__ import annotations

from benchmarks.accuracy.tasks import Task
from forecasting.analysis.forecastability import forecastability
from forecasting.evaluation.ranking.leaderboard import leaderboard
from forecasting.scaling.comparison.results import QUICK, compare_result
from forecasting.scaling.config import policy_names
from forecasting.scaling.config.request import ScalingRequest
from forecasting.settings import Settings


def statements(task: Task, settings: Settings) -> dict[str, object]:
    """The sentences of the pages Overview, Forecasts and Cost about the test, and how long the gate is open.

    The home of `settings` holds no set trained on the series, so that the shipped one is used, zero-shot.
    `pays` is the verdict's: True where forecasting clearly saves, False where it clearly costs, None where neither.
    """
    start = task.series.start + task.train_end * task.series.bin_seconds
    board = leaderboard(task.series, start=start, settings=settings)
    found = compare_result(ScalingRequest(task.series, start=start, settings=settings), **QUICK)
    tuned = found.comparison.row(f"{policy_names.HYBRID}:tuned")
    gate = found.comparison.replay.forecast_test.trust_check(tuned.parameters["quantile"])
    return {
        "overview": forecastability(task.series).in_words(),
        "forecasts": board.statement(),
        "cost": found.verdict.headline,
        "pays": found.verdict.pays,
        "gate_open_share": float(gate.trusted.mean()),
    }
