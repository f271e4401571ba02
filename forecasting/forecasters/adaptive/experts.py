"""The experts: simple forecasters whose means are mixed. Four are regressions that learn online."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from forecasting.forecasters.adaptive.bank import Bank
from forecasting.forecasters.adaptive.midnights import blocks, parts_by_block
from forecasting.forecasters.adaptive.regressors import BASIC, NAMES, Rows, columns_of, rows_of
from forecasting.forecasters.adaptive.ridge import OnlineRidge
from forecasting.forecasters.adaptive.root_columns import RootColumns
from forecasting.forecasters.adaptive.root_expert import RootExpert, root_means
from forecasting.forecasters.running_filters import Tape

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


@dataclass(frozen=True, eq=False)
class Made:
    """Means of every expert (experts, knots, n - first) from the origins since bin `first`; unknown ones are NaN."""

    means: np.ndarray
    first: int


class ExpertRun:
    """The experts of a series that grows: `scale` (knots, n) of their rows, and the weights in force by block.

    The regressions are as they were when the last block began: they learn once it is over.
    """

    def __init__(self, knots: np.ndarray, *, hourly: bool):
        size = len(NAMES) if hourly else len(BASIC)
        self.knots, self._reach = knots, int(knots.max())
        self.scale = Tape(len(knots))
        self.weights: list[dict[str, np.ndarray]] = []
        self.roots: list[tuple[np.ndarray, np.ndarray]] = []
        self._ridges = {
            name: OnlineRidge(_start(name, size), len(knots), each.half_life_days, PENALTY)
            for name, each in REGRESSIONS.items()
        }
        self._root = RootExpert(knots)
        self._latest = Made(np.empty((len(EXPERTS), len(knots), 0)), 0)

    def extend(self, columns: RootColumns, edges: np.ndarray, begin: int) -> Made:
        """Forecast from the origins since bin `begin`, each from what was known by then.

        Return the means since then and at least those of the origins whose targets are new; where a block has ended,
        those that it learns from.
        """
        bank, done = columns.bank, len(self.weights)
        open_still = done == len(edges) - 1
        made = self._more(columns, begin) if open_still else self._blocks(columns, edges, max(done - 1, 0))
        kept = max(0, len(bank.counts) - self._reach)
        self._latest = Made(made.means[..., max(0, kept - made.first) :].copy(), max(kept, made.first))
        return made

    def _more(self, columns: RootColumns, begin: int) -> Made:
        """Forecast from the new origins of the last block."""
        new = np.arange(begin, len(columns.bank.counts))
        rows = rows_of(columns.bank, new, self.knots)
        self.scale.put(begin, rows.scale)
        means = expert_means(rows, self.weights[-1], root_means(columns, self.roots[-1], new, self.knots))
        latest = self._latest
        return Made(np.concatenate([latest.means, means], axis=-1), latest.first)

    def _blocks(self, columns: RootColumns, edges: np.ndarray, number: int) -> Made:
        """Forecast from the block `number` on, and learn from each that is over."""
        bank, knots, n = columns.bank, self.knots, len(columns.bank.counts)
        since = max(0, int(edges[number]) - self._reach)
        means = np.empty((len(EXPERTS), len(knots), n - since))
        before = np.arange(since, int(edges[number]))
        for block, part in parts_by_block(edges, before):
            mine = before[part]
            roots = root_means(columns, self.roots[block], mine, knots)
            means[:, :, mine - since] = expert_means(rows_of(bank, mine, knots), self.weights[block], roots)
        for block, first, end in blocks(edges, number):
            earliest = max(0, first - self._reach)
            rows = rows_of(bank, np.arange(earliest, end), knots)
            if block == len(self.weights):
                self.weights.append({name: ridge.weights for name, ridge in self._ridges.items()})
                self.roots.append(self._root.weights)
            roots = root_means(columns, self.roots[block], np.arange(first, end), knots)
            made = expert_means(rows, self.weights[block], roots, slice(first - earliest, None))
            means[:, :, first - since : end - since] = made
            self.scale.put(first, rows.scale[:, first - earliest :])
            if end < n:
                _learn(bank, self._ridges, knots, rows, Made(means, since), earliest, slice(first, end))
                self._root.learn(columns, first, end, means[EXPERTS.index("root")], since)
        return Made(means, since)


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


def _learn(
    bank: Bank,
    ridges: dict[str, OnlineRidge],
    knots: np.ndarray,
    rows: Rows,
    made: Made,
    before: int,
    block: slice,
) -> None:
    """Add the rows whose targets lie in the block: those of the origins one step before each bin of it.

    `rows` begin with the origin `before`.
    """
    origins = np.arange(block.start, block.stop) - knots[:, None]
    place = np.maximum(origins - before, 0)
    step = np.arange(len(knots))[:, None]
    scale = rows.scale[step, place]
    safe = np.where(scale > 0, scale, 1.0)
    actual = bank.counts[None, block] / safe
    weight = row_weights(bank, scale, origins)
    part, spike = rows.columns[step, place], rows.spike[step, place]
    days = (block.stop - block.start) / bank.lengths.day
    for name, ridge in ridges.items():
        expert = EXPERTS.index("recent" if name == "spikes" else name)
        forecast = made.means[expert][step, np.maximum(origins, 0) - made.first] / safe
        mine = {"spikes": spike, "recent": ~spike}.get(name)
        ridge.learn(
            _picked(part, name),
            actual,
            weight if mine is None else np.where(mine, weight, 0.0),
            actual - forecast,
            days,
        )
