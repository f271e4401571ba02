"""The experts: simple forecasters whose means are mixed. Four are regressions that learn online."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from forecasting.forecasters.adaptive.bank import Bank
from forecasting.forecasters.adaptive.midnights import block_edges, blocks, parts_by_block
from forecasting.forecasters.adaptive.regressors import BASIC, NAMES, Rows, columns_of, rows_of
from forecasting.forecasters.adaptive.ridge import OnlineRidge
from forecasting.forecasters.adaptive.root_expert import RootExpert, root_means

NEAR = np.arange(1, 13)
FAR = np.array([15, 20, 26, 34, 44, 58, 76, 100])
"""The knots: steps with regressions of their own, in two families that are computed only when needed."""

MOVES = ("move_day", "move_week", "move_day_narrow", "move_week_narrow", "move_one_day", "move_one_week")
LAG_NAMES = tuple(name for name in NAMES if name.startswith("lag_"))
LEVEL_NAMES = ("level_short", "level", "level_long", "level_hours", "level_third_of_day")
SPIKE_NAMES = (
    "level", "day", "week", "day_narrow", "week_narrow", "median", "move_day", "move_week",
    "spike_day", "spike_week", "spike_week_narrow",
)  # fmt: skip

PENALTY = 0.001
MOST_SCALES = 50.0
MOST_WEIGHT, EASE_WEIGHT = 5.0, 0.2

PRIORS = {"recent": 1.0, "long": 1.0, "root": 1.0, "fast": 0.5, "levels": 0.5, "week": 0.3, "day": 0.3, "quick": 0.3}
"""The weight of every expert before any loss is known."""

EXPERTS = tuple(PRIORS)


@dataclass(frozen=True)
class Regression:
    """A regression among the experts: its columns, the weights that it starts from, how fast it forgets."""

    columns: tuple[str, ...]
    start: dict[str, float]
    half_life_days: float


REGRESSIONS = {
    "recent": Regression(NAMES, {"level": 0.5, "move_day_narrow": 0.5}, 7.0),
    "long": Regression(NAMES, {"level": 0.5, "move_day_narrow": 0.5}, 60.0),
    "fast": Regression(
        ("level", *MOVES, *LAG_NAMES, "level_short", "hour_level", "hour_hours", "one_hour_back"),
        {"level": 0.5, "move_day_narrow": 0.5},
        7.0,
    ),
    "levels": Regression(LEVEL_NAMES, {"level": 1.0}, 7.0),
    "spikes": Regression(SPIKE_NAMES, {"day": 0.5, "week": 0.5}, 7.0),
}
"""`spikes` forecasts the rows of `recent` that are spikes."""


@dataclass(eq=False)
class ExpertRun:
    """The means of every expert (experts, knots, n - first), from bin `first` on, and the weights in force by block.

    Unknown means are NaN. `scale` (knots, n) is that of the rows, in requests per bin. `ridges` and `root` are as they
    were when the last block began, so that a longer series goes on from there.
    """

    knots: np.ndarray
    edges: np.ndarray
    first: int
    means: np.ndarray
    scale: np.ndarray
    weights: list[dict[str, np.ndarray]]
    roots: list[tuple[np.ndarray, np.ndarray]]
    ridges: dict[str, OnlineRidge]
    root: RootExpert

    @property
    def resumes_at(self) -> int:
        """The first bin of the last block: what lies before it is done with."""
        return int(self.edges[-2])

    def forget(self) -> None:
        """Drop the means, which `expert_means` makes again from the weights."""
        self.means = np.empty((0, 0, 0))


def run_experts(bank: Bank, knots: np.ndarray, earlier: ExpertRun | None = None) -> ExpertRun:
    """Return the forecasts of all experts from every bin of the series, each from what was known by then.

    `earlier` is the run of a series that this one continues from its last block on: only the rest is computed, and
    means begin with the origins that the first new targets need.
    """
    run = _begun(bank, knots) if earlier is None else _resumed(bank, earlier)
    n, reach = len(bank.counts), int(knots.max())
    for _, first, end in blocks(run.edges, len(run.weights)):
        before = max(0, first - reach)
        rows = rows_of(bank, np.arange(before, end), knots)
        run.weights.append({name: ridge.weights for name, ridge in run.ridges.items()})
        run.roots.append(run.root.weights)
        roots = root_means(bank, run.roots[-1], np.arange(first, end), knots)
        made = expert_means(rows, run.weights[-1], roots, slice(first - before, None))
        run.means[:, :, first - run.first : end - run.first] = made
        run.scale[:, first:end] = rows.scale[:, first - before :]
        if end < n:
            _learn(bank, run, rows, before, first, end)
            run.root.learn(first, end, run.means[EXPERTS.index("root")], run.first)
    return run


def _begun(bank: Bank, knots: np.ndarray) -> ExpertRun:
    n, size = len(bank.counts), len(NAMES) if bank.lengths.hour else len(BASIC)
    ridges = {
        name: OnlineRidge(_start(name, size), len(knots), each.half_life_days, PENALTY)
        for name, each in REGRESSIONS.items()
    }
    means, scale = np.empty((len(EXPERTS), len(knots), n)), np.empty((len(knots), n))
    return ExpertRun(knots, block_edges(bank.series), 0, means, scale, [], [], ridges, RootExpert(bank, knots))


def _resumed(bank: Bank, earlier: ExpertRun) -> ExpertRun:
    """Return a run of which the blocks before the earlier one's last are done."""
    n, start, done = len(bank.counts), earlier.resumes_at, len(earlier.edges) - 2
    first = max(0, start - int(earlier.knots.max()))
    run = ExpertRun(
        knots=earlier.knots,
        edges=block_edges(bank.series),
        first=first,
        means=np.empty((len(EXPERTS), len(earlier.knots), n - first)),
        scale=np.concatenate([earlier.scale[:, :start], np.empty((len(earlier.knots), n - start))], axis=1),
        weights=earlier.weights[:done],
        roots=earlier.roots[:done],
        ridges={name: copy.copy(ridge) for name, ridge in earlier.ridges.items()},
        root=earlier.root.resumed(bank),
    )
    origins = np.arange(first, start)
    for number, part in parts_by_block(run.edges, origins):
        mine = origins[part]
        rows, roots = rows_of(bank, mine, run.knots), root_means(bank, run.roots[number], mine, run.knots)
        run.means[:, :, mine - first] = expert_means(rows, run.weights[number], roots)
    return run


def _start(name: str, size: int) -> np.ndarray:
    return np.array([REGRESSIONS[name].start.get(NAMES[column], 0.0) for column in _columns(name, size)])


def expert_means(
    rows: Rows, weights: dict[str, np.ndarray], roots: np.ndarray, part: slice = slice(None)
) -> np.ndarray:
    """Return the means (experts, h, n) of a part of the rows' origins, by the regressions' weights (h, p).

    `roots` (h, n) are the means of the expert on the square-root scale.
    """
    values, scale = rows.columns[:, part], rows.scale[:, part]
    relative = {
        name: np.clip((_picked(values, name) @ each[..., None])[..., 0], 0.0, MOST_SCALES)
        for name, each in weights.items()
    }
    relative["recent"] = np.where(rows.spike[:, part], relative.pop("spikes"), relative["recent"])
    others = {"day": rows.day[:, part], "week": rows.week[:, part], "quick": rows.quick[:, part], "root": roots}
    return np.stack([relative[name] * scale if name in relative else others[name] for name in EXPERTS])


def _picked(values: np.ndarray, name: str) -> np.ndarray:
    """Return the columns (h, n, p) of a regression."""
    columns = _columns(name, values.shape[-1])
    return values if len(columns) == values.shape[-1] else values[..., columns]


@lru_cache(maxsize=16)
def _columns(name: str, size: int) -> np.ndarray:
    return columns_of(*REGRESSIONS[name].columns, hourly=size == len(NAMES))


def row_weights(bank: Bank, scale: np.ndarray, origins: np.ndarray) -> np.ndarray:
    """Return how much rows with a scale (h, n) count in a regression; 0 for origins before the series."""
    share = bank.share_of_day(scale, np.maximum(origins, 0))
    weight = np.minimum(share**2 / (share + EASE_WEIGHT), MOST_WEIGHT)
    return np.where((origins >= 0) & (scale > 0), weight, 0.0)


def _learn(bank: Bank, run: ExpertRun, rows: Rows, before: int, first: int, end: int) -> None:
    """Add the rows whose targets lie in the block: those of the origins one step before each bin of it."""
    origins = np.arange(first, end) - run.knots[:, None]
    place = np.maximum(origins - before, 0)
    step = np.arange(len(run.knots))[:, None]
    scale = rows.scale[step, place]
    safe = np.where(scale > 0, scale, 1.0)
    actual = bank.counts[None, first:end] / safe
    weight = row_weights(bank, scale, origins)
    part, spike = rows.columns[step, place], rows.spike[step, place]
    days = (end - first) / bank.lengths.day
    for name, ridge in run.ridges.items():
        expert = EXPERTS.index("recent" if name == "spikes" else name)
        made = run.means[expert][step, np.maximum(origins, 0) - run.first] / safe
        mine = {"spikes": spike, "recent": ~spike}.get(name)
        ridge.learn(
            _picked(part, name),
            actual,
            weight if mine is None else np.where(mine, weight, 0.0),
            actual - made,
            days,
        )
