"""What `adaptive` and `auto` must hold: accuracy on the gauntlet and on the shared series, against fixed limits.

    python -m benchmarks.accuracy.limits --seeds 0,3            every family and series
    python -m benchmarks.accuracy.limits --models adaptive login_storm za

A family is compared with the best of three simple rules (seasonal naive of a day and of a week, smoothing), score by
score. A series is compared with the best simple model known on it, whose RMSE is given here; `wql` is the limit itself.
Models are trained on the bins before the test, every later bin is an origin, steps 1 to 12 are scored.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np

from benchmarks.accuracy import ours
from benchmarks.accuracy.gauntlet import GENERATOR, Case, case_of, generator
from benchmarks.accuracy.peers.calling import chunks as peer_chunks
from benchmarks.accuracy.peers.calling import job_of
from benchmarks.accuracy.peers.run import forecast as peer_forecast
from benchmarks.accuracy.scoring import Chunk
from benchmarks.accuracy.tasks import BESIDE, STEPS, Task, read, tasks_of
from forecasting import model_sets
from forecasting.backtests.backtest import backtest
from forecasting.backtests.metrics import ScoreSums
from forecasting.errors import ForecastingError, InputError
from forecasting.forecasters.adaptive.auto_forecaster import AutoForecaster
from forecasting.forecasters.fitted_model import FittedModel
from forecasting.settings import Settings

UNTRAINED, TRAINED = "adaptive", "auto"
PEERS = ("OnlineRidge", "DirectQuantiles")
MODELS = (UNTRAINED, TRAINED, *PEERS)
RULES = ("seasonal_naive", "seasonal_naive_week", "smoothing")
MOST_RATIO = {UNTRAINED: 1.10, TRAINED: 1.05}
"""The most that RMSE and WQL may be on a family, over those of the best simple rule."""

MOST_MEDIAN = 0.90
COVERED_STEPS = (1, 3, 6, 12)
LEAST_COVERED, MOST_COVERED = 0.75, 0.85
WITHOUT_INTERVAL = ("constant", "intermittent")
"""Families whose counts have no interval of 80 %."""

LOSSES = ("rmse", "wql")


@dataclass(frozen=True)
class Reference:
    """The figures that a series is compared with, over `steps`, and the most that the ratio of RMSEs may be."""

    rmse: float
    wql: float
    most_rmse: float = 1.03
    steps: int = STEPS


SERIES = {
    "stream": Reference(1868.0, 0.1445),
    "appserver": Reference(21_791.0, 0.0462),
    "aws": Reference(58.8, 0.478),
    "amzn": Reference(15.2, 0.1755),
    "za": Reference(1.69e9, 0.0215),
    "nasa-1m": Reference(13.7, 0.197, 1.0, 1),
    "nasa-5m": Reference(44.9, 0.129, 1.0, 1),
    "nasa-15m": Reference(109.5, 0.103, 1.0, 1),
}


@dataclass(frozen=True)
class Result:
    """One model on one case: losses by part (all, focus), their ratios, coverage at single steps, CPU seconds.

    `holds` is None for a model without a limit.
    """

    case: str
    seed: int | None
    model: str
    losses: dict[str, float]
    ratios: dict[str, float]
    coverage: dict[int, float]
    fit_seconds: float
    forecast_seconds: float
    holds: bool | None

    @property
    def worst(self) -> float:
        """The largest ratio."""
        return max(self.ratios.values())


Sums = dict[str, ScoreSums]
"""Sums by step of each part."""


def sums_of(case: Case, chunks: Iterator[Chunk]) -> Sums:
    """Return the sums by step of all targets and of the focus."""
    task, width = case.task, len(case.task.steps)
    focused = case.focus is not None and bool(case.focus.any())
    sums = {"all": ScoreSums(width), **({"focus": ScoreSums(width)} if focused else {})}
    for origins, means, quantiles in chunks:
        actual = task.actual(origins)
        group = np.broadcast_to(np.arange(width), actual.shape).ravel()
        for part, total in sums.items():
            values = actual
            if part == "focus" and case.focus is not None:
                values = np.where(case.focus[np.searchsorted(task.origins, origins)], actual, np.nan)
            total.add(group, values.ravel(), means.ravel(), quantiles.reshape(values.size, -1))
    return sums


def losses_of(sums: Sums, steps: int = STEPS) -> dict[str, float]:
    """Return RMSE and WQL of every part over the first steps; 0 for a WQL without requests."""
    scores = {part: total.scores(1.0, np.arange(steps)) for part, total in sums.items()}
    return {f"{part} {loss}": float(scores[part][loss] or 0.0) for part in sums for loss in LOSSES}


def forecasts_of(model: str, case: Case, settings: Settings) -> tuple[Sums, float, float]:
    """Return the sums of a model, trained on the case's training bins if it is trainable, and its seconds."""
    task = case.task
    if model in PEERS:
        job = job_of(task, task.origins)
        means, quantiles, fitted, seconds, _ = peer_forecast(model, job)
        return sums_of(case, peer_chunks(job, means, quantiles)), fitted, seconds
    began = time.process_time()
    ready = _ready(model, task, settings)
    fitted = time.process_time() - began
    began = time.process_time()
    run = backtest(task.series, ready, first_target=task.train_end, end_target=len(task.series), steps=task.steps)
    sums = sums_of(case, ours.chunks(run))
    return sums, fitted if model == TRAINED else 0.0, time.process_time() - began


def _ready(model: str, task: Task, settings: Settings) -> FittedModel:
    timeframe = task.series.timeframe
    if model in RULES:
        return model_sets.fitted(model_sets.SHIPPED, timeframe, model, settings)
    untrained = model_sets.without_set(UNTRAINED, timeframe)
    return untrained if model == UNTRAINED else replace(untrained, forecaster=AutoForecaster().fit(task.training))


def family_results(case: Case, models: Sequence[str], settings: Settings) -> Iterator[Result]:
    """Yield the results of a family, each against the best simple rule."""
    rules = [losses_of(forecasts_of(rule, case, settings)[0]) for rule in RULES]
    best = {name: min(each[name] for each in rules) for name in rules[0]}
    for model in models:
        sums, fitted, seconds = forecasts_of(model, case, settings)
        losses, coverage = losses_of(sums), _coverage(sums)
        ratios = {name: _ratio(losses[name], best[name]) for name in losses}
        holds = None
        if model in MOST_RATIO:
            covered = case.task.name in WITHOUT_INTERVAL or _covered(coverage)
            holds = covered and max(ratios.values()) <= MOST_RATIO[model]
        yield Result(case.task.name, case.seed, model, losses, ratios, coverage, fitted, seconds, holds)


def series_results(case: Case, models: Sequence[str], settings: Settings) -> Iterator[Result]:
    """Yield the results of a series, each against its limits, which are those of `auto`."""
    reference = SERIES[case.task.name]
    for model in models:
        sums, fitted, seconds = forecasts_of(model, case, settings)
        losses, coverage = losses_of(sums, reference.steps), _coverage(sums)
        ratios = {"all rmse": losses["all rmse"] / reference.rmse, "all wql": losses["all wql"] / reference.wql}
        within = ratios["all rmse"] <= reference.most_rmse and ratios["all wql"] <= 1.0 and _covered(coverage)
        holds = within if model == TRAINED else None
        yield Result(case.task.name, None, model, losses, ratios, coverage, fitted, seconds, holds)


def _coverage(sums: Sums) -> dict[int, float]:
    """Return the share of all targets inside the 80 % interval at some steps."""
    total = sums["all"]
    return {step: float(total.scores(1.0, np.array([step - 1]))["coverage_80"] or 0.0) for step in COVERED_STEPS}


def _covered(coverage: dict[int, float]) -> bool:
    return all(LEAST_COVERED <= share <= MOST_COVERED for share in coverage.values())


def _ratio(value: float, best: float) -> float:
    """Return a ratio of losses; 1 if both are 0 but for rounding."""
    if best > 0:
        return value / best
    return 1.0 if value < 1e-6 else float("inf")


HEAD = f"{'case':<15}{'seed':>5} {'model':<16}{'RMSE':>7}{'WQL':>7}{'focus':>8}{'focus':>7}"
HEAD += "".join(f"{f'cov {step}':>8}" for step in COVERED_STEPS) + f"{'fit s':>8}{'fcst s':>8}  holds"


def line(result: Result) -> str:
    """Format one result: ratios, coverage, seconds, whether it holds."""
    names = ("all rmse", "all wql", "focus rmse", "focus wql")
    widths = (7, 7, 8, 7)
    cells = "".join(
        f"{result.ratios[name]:{width}.3f}" if name in result.ratios else " " * width
        for name, width in zip(names, widths, strict=True)
    )
    covered = "".join(f"{share:8.3f}" for share in result.coverage.values())
    seed = "" if result.seed is None else str(result.seed)
    holds = {None: "", True: "yes", False: "NO"}[result.holds]
    seconds = f"{result.fit_seconds:8.1f}{result.forecast_seconds:8.1f}"
    return f"{result.case:<15}{seed:>5} {result.model:<16}{cells}{covered}{seconds}  {holds}"


def summary(results: list[Result]) -> Iterator[str]:
    """Yield who holds the limits, and the median over families of each family's worst ratio."""
    for model in dict.fromkeys(result.model for result in results if result.model in MOST_RATIO):
        judged = [result for result in results if result.model == model and result.holds is not None]
        failed = [
            result.case if result.seed is None else f"{result.case}/{result.seed}"
            for result in judged
            if not result.holds
        ]
        yield f"{model}: {len(judged) - len(failed)} of {len(judged)} hold" + (
            f"; not {', '.join(failed)}" if failed else ""
        )
        families: dict[str, list[float]] = {}
        for result in judged:
            if result.seed is not None:
                families.setdefault(result.case, []).append(result.worst)
        if families:
            median = float(np.median([max(ratios) for ratios in families.values()]))
            yield f"{model}: median over {len(families)} families {median:.3f} (must {MOST_MEDIAN})"


def cases_of(chosen: argparse.Namespace) -> Iterator[Case]:
    """Yield the chosen families by seed, then the chosen series."""
    families = [name for name in chosen.names if name not in SERIES]
    if families or not chosen.names:
        module = generator(chosen.generator)
        for family in families or list(module.FAMILIES):
            if family not in module.FAMILIES:
                known = ", ".join([*module.FAMILIES, *SERIES])
                raise InputError(f"name must be one of {known} (got {family!r}).", field="name")
            yield from (case_of(module, family, seed) for seed in chosen.seeds)
    wanted = [name for name in SERIES if name in chosen.names or not chosen.names]
    groups = tuple(dict.fromkeys(name.partition("-")[0] for name in wanted))
    for task in tasks_of(groups, lambda name: read(name, (chosen.data,))):
        if task.name in wanted:
            yield Case(replace(task, slices={"1-12": tuple(range(1, STEPS + 1))}), None)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run, print every result when it is there, save; return 1 with a message if something is missing."""
    chosen = _options(arguments)
    settings, results = Settings.from_environment(), []
    print(HEAD, flush=True)
    try:
        for case in cases_of(chosen):
            compared = series_results if case.seed is None else family_results
            for result in compared(case, chosen.models, settings):
                results.append(result)
                print(line(result), flush=True)
    except ForecastingError as error:
        print(f"limits: {error}", file=sys.stderr)
        return 1
    print(*summary(results), sep="\n")
    if chosen.out:
        chosen.out.write_text(json.dumps([asdict(result) for result in results], indent=1) + "\n", encoding="utf-8")
    return 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        "python -m benchmarks.accuracy.limits",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("names", nargs="*", metavar="NAME", help=f"families of the gauntlet, and series: {', '.join(SERIES)}")
    add("--seeds", type=_seeds, default=(0,), metavar="0,1", help="seeds of the gauntlet (default: 0)")
    add("--models", type=_models, default=MODELS, metavar="A,B", help=f"some of {','.join(MODELS)}")
    add("--data", type=Path, default=BESIDE, metavar="FOLDER", help="folder of the data files")
    add("--generator", type=Path, default=GENERATOR, metavar="FILE", help="the gauntlet's generator")
    add("--out", type=Path, metavar="FILE", help="also write the results as JSON")
    return parser.parse_args(arguments)


def _seeds(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(","))


def _models(text: str) -> tuple[str, ...]:
    names = tuple(text.split(","))
    unknown = [name for name in names if name not in MODELS]
    if unknown:
        raise argparse.ArgumentTypeError(f"must be some of {','.join(MODELS)} (got {', '.join(unknown)})")
    return names


if __name__ == "__main__":
    sys.exit(main())
