"""The statements of the product about a series that the shipped set was not trained on: does forecasting pay?"""

from __future__ import annotations

from benchmarks.accuracy.tasks import Task
from forecasting.analysis.forecastability import forecastability
from forecasting.evaluation.ranking.leaderboard import leaderboard
from forecasting.scaling.comparison.results import compare_result
from forecasting.scaling.config import policy_names
from forecasting.scaling.config.request import ScalingRequest
from forecasting.settings import Settings

QUICK_VALUES = 8
"""Values per parameter in the sweep of the quick comparison."""


def statements(task: Task, settings: Settings) -> dict[str, object]:
    """Return the sentences of the pages Overview, Forecasts and Cost, and the share of trusted bins.

    The home of `settings` has no set trained on the series, so that the shipped one is used, zero-shot. `pays` is that
    of the verdict: True if forecasting clearly saves, False if it clearly costs, else None.
    """
    start = task.series.start + task.train_end * task.series.bin_seconds
    board = leaderboard(task.series, start=start, settings=settings)
    request = ScalingRequest(series=task.series, start=start, settings=settings)
    found = compare_result(request, knob_values=QUICK_VALUES, vary=False)
    tuned = found.comparison.row(f"{policy_names.HYBRID}:tuned")
    gate = found.comparison.replay.forecast_test.trust_check(tuned.parameters["quantile"])
    return {
        "overview": forecastability(task.series).sentence(),
        "forecasts": board.statement(),
        "cost": found.verdict.headline,
        "pays": found.verdict.pays,
        "gate_open_share": float(gate.trusted.mean()),
    }
