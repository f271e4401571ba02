"""The gauntlet: made series of the kinds that real services have, drawn from a seed by a generator beside the project.

`shared/tools/gauntlet.py` is read when the benchmark runs. Each family is a task like any other: models are trained on
the bins before `train_until`, every later bin is an origin, steps 1 to 12 are scored, on all targets and on the
`focus`, the targets that matter most there.
"""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import numpy as np

from benchmarks.accuracy.tasks import STEPS, Task
from forecasting.errors import NotFound
from forecasting.timeseries.clock import moment_of
from forecasting.timeseries.series import Series
from forecasting.timeseries.timeframes import MINUTE

GENERATOR = Path(__file__).resolve().parents[3] / "shared" / "tools" / "gauntlet.py"
"""The generator beside the project."""


@dataclass(frozen=True, eq=False)
class Case:
    """A task with the targets (n, h) that matter most; `focus` is None if all do."""

    task: Task
    seed: int | None
    focus: np.ndarray | None = None


def generator(path: Path = GENERATOR) -> ModuleType:
    """Return the generator's module; raises NotFound if the file is missing."""
    spec = importlib.util.spec_from_file_location("gauntlet_generator", path)
    if not path.is_file() or spec is None or spec.loader is None:
        raise NotFound(f"Generator {path} not found. Set it with --generator.")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def case_of(module: ModuleType, family: str, seed: int) -> Case:
    """Draw one series of a family."""
    frame, facts = module.draw(family, seed)
    zone, bin_seconds = facts["time_zone"], facts["minutes"] * MINUTE
    start = moment_of(frame["timestamp"].iloc[0], zone)
    series = Series(family, bin_seconds, start, frame["requests_count"].to_numpy(float), zone)
    cut = series.position(moment_of(facts["train_until"], zone))
    task = Task(family, facts["stands_for"], series, cut, {"1-12": tuple(range(1, STEPS + 1))})
    if not facts["focus"]:
        return Case(task, seed)
    chosen = np.isin(np.asarray(series.ds, dtype=str), np.asarray(facts["focus"], dtype=str))
    targets = np.minimum(task.origins[:, None] + task.steps, len(series) - 1)
    return Case(task, seed, chosen[targets])
