"""Speed of simulations, the optimum, recommendations and a whole comparison, with their targets.

python -m benchmarks.scaling_speed [--rounds 7]

On NASA-HTTP at 1m if its file lies beside the project, else on as many minutes of synthetic traffic. The libraries of
the models use one thread, as when served; simulations use every core.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import argparse
import statistics
import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from benchmarks.scaling_policies import BESIDE, EVALUATED_FROM, NASA, read
from forecasting import prediction
from forecasting.hindcasts.lead_windows import window_steps
from forecasting.scaling.comparison.compare import compare
from forecasting.scaling.comparison.results import compare_result
from forecasting.scaling.config import policy_names
from forecasting.scaling.config.request import ScalingRequest
from forecasting.scaling.config.scaled_service import ScaledService
from forecasting.scaling.policies.policy_registry import configured
from forecasting.scaling.policies.scenario import Scenario
from forecasting.scaling.policies.trace import trace_of
from forecasting.scaling.recommendation.recommend import recommend
from forecasting.scaling.simulation.engine import run, run_all
from forecasting.scaling.simulation.optimum import optimum_at
from forecasting.scaling.simulation.replay import replay_of
from forecasting.timeseries import synthetic
from forecasting.timeseries.clock import moment_of
from forecasting.timeseries.series import Series

CONFIGURATIONS = 500
BOOT_SECONDS = 240.0
DAYS = 9


def show(what: str, seconds: list[float], target: float) -> None:
    """Print the median and its share of the target."""
    median = statistics.median(seconds)
    print(
        f"{what:62}{1000 * median:11.1f}{1000 * min(seconds):11.1f}{1000 * target:11.0f}{median / target:9.2f}",
        flush=True,
    )


def timed(work: Callable[[], object], rounds: int) -> list[float]:
    """Return the seconds of each round, after a warm-up round."""
    work()
    taken = []
    for _ in range(rounds):
        began = time.perf_counter()
        work()
        taken.append(time.perf_counter() - began)
    return taken


def unread(series: Series) -> Series:
    """Return the same counts with an empty cache."""
    return replace(series, requests_count=series.requests_count.copy())


def simulations(series: Series, rounds: int) -> None:
    """Measure the exact HPA and the optimum over the whole series."""
    service = ScaledService(capacity_per_minute=10.0, max_replicas=200, boot_seconds=60)
    trace = trace_of(series, service, 0, len(series))
    scenario = Scenario(trace)
    several = [
        configured(scenario, policy_names.REACTIVE, target_percent=20 + n % 80, scale_in_window_seconds=60 * (n // 80))
        for n in range(CONFIGURATIONS)
    ]
    one = configured(scenario, policy_names.REACTIVE)
    show(f"one HPA over {len(series):,} minutes in steps of 15 s", timed(lambda: run(scenario, one), 3 * rounds), 0.040)
    show(f"{CONFIGURATIONS} HPAs, scored", timed(lambda: run_all(scenario, several), rounds), 6.0)
    smoothing = configured(scenario, policy_names.SMOOTHING)
    show("one policy that decides by bin", timed(lambda: run(scenario, smoothing), 3 * rounds), 0.040)
    show("the optimum of at most 200 replicas", timed(lambda: optimum_at(trace, 0.001), rounds), 1.0)


def questions(series: Series, rounds: int) -> None:
    """Measure what a page, a call or a command waits for."""
    known = series.position(moment_of(EVALUATED_FROM, series.time_zone))
    first = known if 0 < known < len(series) else len(series) - DAYS * series.bins_per_day
    service: dict[str, object] = {"capacity_per_minute": 10, "boot_seconds": BOOT_SECONDS}
    start = series.start + first * series.bin_seconds
    request = ScalingRequest(series=series, service=service, start=start)
    for model in ("lightgbm", "xgboost", "hybrid"):
        of_model(replace(request, model_type=model, current_replicas=5), start, rounds)
    show("every policy tuned and compared", timed(lambda: compare(replay_of(request)), 1), 30.0)
    show("the same with its sensitivity and verdict", timed(lambda: compare_result(request), 1), 30.0)


def of_model(request: ScalingRequest, start: int, rounds: int) -> None:
    """Measure the forecasts and recommendations of one model."""
    series = request.series
    fitted, _ = prediction.chosen(series, request.model_type, None, request.settings)
    origins = np.arange(series.position(start) - 1, len(series))
    steps = window_steps(request.scaled_service.boot_steps(series.bin_seconds) + 1)
    fresh = timed(lambda: fitted.means(unread(series), origins, steps), rounds)
    show(f"forecasts from {len(origins):,} origins, not cached, {request.model_type}", fresh, 3.0)
    same = timed(lambda: recommend(replace(request)), 5 * rounds)
    show(f"a recommendation, warm, {request.model_type}", same, 0.010)
    ends = iter(range(series.end - 100 * series.bin_seconds, series.end, series.bin_seconds))
    later = timed(lambda: recommend(replace(request, end=next(ends))), 5 * rounds)
    show(f"a recommendation as each new bin comes, {request.model_type}", later, 0.100)


def main() -> None:
    """Print the table."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=7)
    rounds = options.parse_args().rounds
    series = read(NASA) if (BESIDE / NASA).is_file() else synthetic.generate(days=62)
    print(f"{series.name}, {len(series):,} bins of {series.timeframe}; milliseconds")
    print(f"{'':62}{'median':>11}{'least':>11}{'target':>11}{'ratio':>9}")
    simulations(series, rounds)
    questions(series, rounds)


if __name__ == "__main__":
    main()
