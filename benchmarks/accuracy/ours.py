"""Our models, from the shipped set or from one trained in this run, and their forecasts."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

from tqdm import tqdm

from benchmarks.accuracy.scoring import Chunk, Row, daily_sums
from benchmarks.accuracy.tasks import OWN, SHIPPED, Task
from forecasting import model_sets
from forecasting.backtests.backtest import Backtest, backtest
from forecasting.forecasters.card_entry import CardEntry
from forecasting.forecasters.fitted_model import FittedModel
from forecasting.forecasters.registry import TRAINABLE_MODELS, UNTRAINED, WITHOUT_SET
from forecasting.model_sets.training import train
from forecasting.settings import Settings

OURS = "ours"
ZERO_SHOT = "zero-shot"


@dataclass(frozen=True, eq=False)
class Candidate:
    """A fitted model and the origin of its parameters: `shipped`, `own` or `zero-shot`."""

    fitted: FittedModel
    parameters: str

    @property
    def fit_seconds(self) -> float | None:
        """The training time on its card; None for the shipped set, which was trained on another machine."""
        return cast("CardEntry", self.fitted.trained_entry())["train_seconds"] if self.parameters == OWN else None


def candidates(task: Task, settings: Settings, *, retrain: bool = False) -> list[Candidate]:
    """Return every model of the task's set, trained now unless it is the shipped one; zero-shot models last."""
    name = model_sets.SHIPPED if task.parameters == SHIPPED and not retrain else trained(task, settings)
    parameters = SHIPPED if name == model_sets.SHIPPED else OWN
    found = [Candidate(fitted, parameters) for fitted in _fitted(name, task, settings)]
    found.append(Candidate(model_sets.without_set(UNTRAINED, task.series.timeframe), ZERO_SHOT))
    if task.zero_shot:
        shipped = _fitted(model_sets.SHIPPED, task, settings)
        found += [Candidate(fitted, ZERO_SHOT) for fitted in shipped if fitted.name not in WITHOUT_SET]
    return found


def trained(task: Task, settings: Settings) -> str:
    """Train a set of every model on the task's training bins and return its name."""
    series = task.series
    bar = tqdm(total=100, unit="%", bar_format="{desc:32} {percentage:3.0f}% |{bar}| {elapsed}", leave=False)

    def progress(share: float, what: str = "", /) -> None:
        bar.set_description_str(f"{task.name}: {what}")
        bar.update(round(100 * share) - bar.n)

    with bar:
        train(
            series,
            model_set=task.name,
            models=(*TRAINABLE_MODELS, "seasonal_smoothing"),
            timeframes=(series.timeframe,),
            until=series.start + task.train_end * series.bin_seconds,
            settings=settings,
            progress=progress,
        )
    return task.name


def rows(task: Task, found: list[Candidate]) -> tuple[list[Row], list[Row]]:
    """Return the rows of all origins and those of the subset, one pair per candidate."""
    pairs = [_row_pair(task, candidate) for candidate in tqdm(found, desc=f"{task.name}: forecasting", leave=False)]
    return [whole for whole, _ in pairs], [part for _, part in pairs]


def _row_pair(task: Task, candidate: Candidate) -> tuple[Row, Row]:
    began = time.perf_counter()
    run = backtest(
        task.series,
        candidate.fitted,
        first_target=task.train_end,
        end_target=len(task.series),
        steps=task.steps,
    )
    forecasts = list(chunks(run))
    seconds = time.perf_counter() - began
    about = candidate.fitted.name, OURS, candidate.parameters, candidate.fit_seconds, seconds
    whole, part = (Row(*about, daily_sums(task, forecasts, origins)) for origins in (task.origins, task.subset))
    return whole, part


def chunks(run: Backtest) -> Iterator[Chunk]:
    """Yield the forecasts of a backtest in the form in which they are scored."""
    for part, quantiles in run.chunks():
        yield run.origins[part], run.means[part], quantiles


def _fitted(name: str, task: Task, settings: Settings) -> list[FittedModel]:
    """Return the models of a set in the task's bin; empty if it has no such bin."""
    timeframe = task.series.timeframe
    models = model_sets.card_of(name, settings)["models"].get(timeframe, {})
    return [model_sets.fitted(name, timeframe, model, settings) for model in models]
