"""The promise of the default policy on real traffic: the objective kept, and what that costs.

python -m benchmarks.decisions [--model M] [--share S] [--days D] [NAME@BIN@START_UP ...]

For each series, bin and start-up time: unmet requests over the objective, and the cost at equal service against tuned
smoothing (its headroom swept on the evaluation days, so the reference has hindsight), raw cost against smoothing with
the same error budget, and the regret. The series lie beside the project.
"""

from __future__ import annotations

import argparse
import math
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from forecasting.model_sets.training import train
from forecasting.readers import import_files
from forecasting.scaling.comparison.frontier import lower_left
from forecasting.scaling.config import policy_names
from forecasting.scaling.config.objective import Objective
from forecasting.scaling.config.request import ScalingRequest
from forecasting.scaling.policies.error_budget import SHADOW_DAYS
from forecasting.scaling.policies.policy import ADAPTIVE, Parameters
from forecasting.scaling.policies.policy_registry import configured
from forecasting.scaling.simulation.engine import run
from forecasting.scaling.simulation.optimum import optimum_meeting
from forecasting.scaling.simulation.outcome import Totals
from forecasting.scaling.simulation.replay import Replay, replay_of
from forecasting.scaling.simulation.sweep import settings_of, sweep
from forecasting.settings import Settings
from forecasting.timeseries.series import Series
from forecasting.timeseries.timeframes import DAY, bin_seconds_of

BESIDE = Path(__file__).resolve().parents[2] / "shared" / "data"
FILES = {
    "nasa": "nasa_http_1m.csv.gz",
    "amzn": "twitter_volume_amzn_5m.csv.gz",
    "elb": "aws_elb_request_count_5m.csv",
    "za_web": "za_web_sessions_sum_A_15m.csv",
    "stream": "twitter_stream_2021_08_1m.csv.gz",
    "appserver": "appserver_cluster_2015_2020_1h.csv.gz",
}
PAIRS = (
    "amzn@5m@300",
    "appserver@1h@300",
    "elb@5m@300",
    "nasa@1m@60",
    "nasa@1m@300",
    "nasa@5m@300",
    "nasa@15m@300",
    "stream@1m@60",
    "stream@1m@300",
    "stream@5m@300",
    "za_web@15m@300",
    "za_web@1h@300",
)
KEPT = 1.1
"""The objective counts as kept within this factor."""

LEAST_DAYS, MOST_DAYS, MOST_BINS = 7, 200, 45_000
"""Evaluation days, and bins of them."""
TRAINED_PART = 0.5
"""Of the days before the evaluation days, if the shadow days would leave less."""

LEAST_TRAINED = 4
"""Days."""

HEADROOMS = np.geomspace(0.005, 30.0, 300)
"""In units of the square root of a replica's capacity."""

COLUMNS = ("unmet/objective", "cost/smoothing at equal service", "cost/smoothing with budget", "regret")


def read(name: str) -> Series:
    """Import one of the files beside the project."""
    series, _ = import_files([BESIDE / FILES[name]], name=name)
    return series


def trained(series: Series, bin_name: str, model: str, start: int, home: Path) -> Settings:
    """Return settings with a model set that was trained on what lies before the shadow days of `start`."""
    settings = Settings(home=home)
    before = start - series.start
    until = series.start + max(before - SHADOW_DAYS * DAY, int(TRAINED_PART * before), LEAST_TRAINED * DAY) // DAY * DAY
    name = f"{series.name}-{bin_name}".replace("_", "-")
    train(series, model_set=name, models=(model,), timeframes=(bin_name,), until=until, settings=settings)
    return settings


def request_of(
    series: Series, bin_name: str, start_up: float, share: float, model: str, days: float, home: Path | None
) -> ScalingRequest:
    """Return the request whose evaluation days are the last `days`, at most 45 % of the series."""
    whole = len(series) * series.bin_seconds
    most = min(days, MOST_BINS * bin_seconds_of(bin_name) / DAY)
    first = series.end - int(min(most, max(LEAST_DAYS, 0.45 * whole / DAY)) * DAY)
    settings = Settings.from_environment() if home is None else trained(series, bin_name, model, first, home)
    return ScalingRequest(
        series=series,
        timeframe=bin_name,
        service={"boot_seconds": start_up},
        slo=Objective(max_unmet_share=share),
        model_type=model,
        start=first,
        settings=settings,
    )


def smoothing_frontier(replay: Replay, objective: Objective) -> tuple[float, tuple[np.ndarray, np.ndarray]]:
    """Return (alpha, (shares, costs)): the smoothing constant of the tuning days, its headroom swept afterwards."""
    settings = settings_of(replay.test, policy_names.SMOOTHING, 12)
    tuned = sweep(replay.tuning, policy_names.SMOOTHING, settings)
    alpha = tuned.settings[tuned.best(objective)]["alpha"]
    scale = math.sqrt(replay.test.trace.usable)
    dense: list[Parameters] = [{"headroom": float(value), "alpha": alpha} for value in scale * HEADROOMS]
    swept = sweep(replay.test, policy_names.SMOOTHING, dense)
    return alpha, lower_left(swept.violations(objective), swept.column("cost"))


def at_share(frontier: tuple[np.ndarray, np.ndarray], share: float) -> float:
    """Return the cost of a frontier at a share, interpolated on a logarithmic scale."""
    shares, costs = frontier
    return float(np.interp(math.log(max(share, 1e-9)), np.log(np.maximum(shares, 1e-9)), costs))


def totals_of(replay: Replay, policy: str, parameters: Parameters) -> tuple[Totals, Parameters]:
    """Return the totals of one policy on the evaluation days, and its parameters."""
    scenario = replay.scenarios(policy).evaluation
    made = configured(scenario, policy, **parameters)
    return run(scenario, made).totals, made.parameters


def measured(replay: Replay, objective: Objective) -> dict[str, tuple[float, float, float, float]]:
    """Return the columns of each policy."""
    alpha, frontier = smoothing_frontier(replay, objective)
    optimum = optimum_meeting(replay.test.trace, objective)
    beside, _ = totals_of(replay, policy_names.SMOOTHING, {"alpha": alpha, ADAPTIVE: 1})
    rows = {"smoothing with budget": beside}
    for policy in (policy_names.HYBRID, policy_names.PREDICTIVE, policy_names.WINDOW_QUANTILE):
        rows[policy] = totals_of(replay, policy, {})[0]
    return {
        name: (
            totals.unmet_share / objective.share,
            totals.cost / at_share(frontier, totals.unmet_share),
            totals.cost / beside.cost,
            totals.with_objective(optimum.lost_request_price, optimum.objective).regret or 0.0,
        )
        for name, totals in rows.items()
    }


def show(found: dict[str, dict[str, tuple[float, float, float, float]]], share: float) -> None:
    """Print what holds over all pairs, a line for each policy."""
    for policy in next(iter(found.values())):
        rows = np.array([one[policy] for one in found.values()])
        means = [math.exp(float(np.log(rows[:, column]).mean())) for column in (1, 2)]
        kept = int((rows[:, 0] <= KEPT).sum())
        print(
            f"all {len(rows)} at {100 * share:g} %: {policy:26} kept within {KEPT} x {kept:3}   worst "
            f"{rows[:, 0].max():6.2f}   geometric means {means[0]:.3f} {means[1]:.3f}   median regret "
            f"{np.median(rows[:, 3]):.2f}",
            flush=True,
        )


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pairs", nargs="*", default=PAIRS)
    parser.add_argument("--model", default="ensemble")
    parser.add_argument("--share", type=float, action="append")
    parser.add_argument("--days", type=float, default=MOST_DAYS)
    parser.add_argument("--train", action="store_true", help="train the model on the first part of each series")
    given = parser.parse_args(arguments)
    for share in given.share or (0.01, 0.001):
        found = {}
        for pair in given.pairs or PAIRS:
            began = time.perf_counter()
            name, bin_name, start_up = pair.split("@")
            with tempfile.TemporaryDirectory() as folder:
                home = Path(folder) if given.train else None
                request = request_of(read(name), bin_name, float(start_up), share, given.model, given.days, home)
                replay = replay_of(request)
                found[pair] = measured(replay, request.slo)
            days = len(replay.test.trace) * replay.series.bin_seconds / DAY
            print(f"{pair} at {100 * share:g} %, {days:.0f} days ({time.perf_counter() - began:.0f} s)")
            for policy, row in found[pair].items():
                print(f"   {policy:26}" + "".join(f"{value:9.3f}" for value in row), flush=True)
        print(f"columns: {', '.join(COLUMNS)}")
        show(found, share)
    return 0


if __name__ == "__main__":
    sys.exit(main())
