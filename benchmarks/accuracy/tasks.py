"""The tasks: series, end of training, origins, steps and targets, equal for every model that is compared.

Protocols: NASA-HTTP, trained until 23 August 1995, tested on the nine days after; the 70/30 split of the published
table (the last 30 % of the minutes that have a request); every other series trained on the first 80 % of its span.
Parameters are frozen at the end of training, every later bin is an origin, history up to the origin is known.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from forecasting.backtests.metrics import seasonal_scale
from forecasting.readers import import_files
from forecasting.readers.nasa_http import NASA_LOGS
from forecasting.timeseries.clock import moment_of
from forecasting.timeseries.resampling import resample
from forecasting.timeseries.series import Series
from forecasting.timeseries.timeframes import API_TIMEFRAMES, DAY, HOUR, bin_seconds_of

BESIDE = Path(__file__).resolve().parents[3] / "shared" / "data"
"""The folder of data files beside the project, which is searched first."""

FILES = {
    "nasa": "nasa_http_1m.csv.gz",
    "aws": "aws_elb_request_count_5m.csv",
    "amzn": "twitter_volume_amzn_5m.csv.gz",
    "za": "za_web_sessions_sum_A_15m.csv",
    "appserver": "appserver_cluster_2015_2020_1h.csv.gz",
    "stream": "twitter_stream_2021_08_1m.csv.gz",
}
TITLES = {
    "nasa": "NASA-HTTP",
    "aws": "AWS load balancer",
    "amzn": "mentions of AMZN",
    "za": "web sessions, South Africa",
    "appserver": "application server cluster",
    "stream": "tweets of a stream",
}
GROUPS = ("nasa", "7030", "aws", "amzn", "za", "appserver", "stream", "hourly")
"""The choices of `--only`."""

NASA_TRAINED_UNTIL = "1995-08-23"
PUBLISHED_TRAINED_UNTIL = "1995-08-15"
TRAIN_SHARE = 0.8
STEPS = 12
SUBSET, SEED = 200, 20240701
"""The number of origins in the subset for slow models, and the seed that draws them."""

Load = Callable[[str], Series | None]
"""Returns a series by its short name, None if its file is missing."""

SHIPPED, OWN = "shipped", "own"
"""The origin of the parameters: the shipped set, or one trained in this run on the task's own training bins."""


@dataclass(frozen=True, eq=False)
class Task:
    """One series in one bin, split at `train_end` (a bin position), and the steps that are scored.

    `slices` names groups of steps. `positive_only` scores no bin without a request, as the published table does.
    """

    name: str
    title: str
    series: Series
    train_end: int
    slices: dict[str, tuple[int, ...]]
    parameters: str = OWN
    zero_shot: bool = False
    with_peers: bool = True
    positive_only: bool = False
    subset_size: int = SUBSET

    @cached_property
    def steps(self) -> np.ndarray:
        """Steps from 1 to the largest (h,)."""
        return np.arange(1, max(max(steps) for steps in self.slices.values()) + 1)

    @cached_property
    def origins(self) -> np.ndarray:
        """Every origin with a target in the test (n,)."""
        return np.arange(max(0, self.train_end - len(self.steps)), len(self.series) - 1)

    @cached_property
    def subset(self) -> np.ndarray:
        """Origins with all targets in the test, one drawn from each of `subset_size` equal parts of it."""
        whole = np.arange(self.train_end - 1, len(self.series) - len(self.steps))
        if len(whole) <= self.subset_size:
            return whole
        edges = np.linspace(0, len(whole), self.subset_size + 1).astype(int)
        return whole[np.random.default_rng(SEED).integers(edges[:-1], edges[1:])]

    @cached_property
    def training(self) -> Series:
        """The training bins."""
        return self.series.slice(0, self.train_end)

    @cached_property
    def seasonal_scale(self) -> float:
        """S_m of MASE and SQL: the mean |y_t - y_(t-m)| of the training bins, m one day."""
        return seasonal_scale(self.training)

    @cached_property
    def days(self) -> np.ndarray:
        """The local days of the test, as day numbers since 1970 (days,): the blocks of the bootstrap.

        The targets of a day with less than half of its bins in the test belong to the neighbouring day.
        """
        days, bins = np.unique(self.series.wall[self.train_end :] // DAY, return_counts=True)
        whole = 2 * bins >= self.series.bins_per_day
        return days[whole] if whole.any() else days[:1]

    def actual(self, origins: np.ndarray) -> np.ndarray:
        """Return the actuals (n, h) after origins (n,); NaN if unknown, outside the test or not to be scored."""
        targets = origins[:, None] + self.steps
        counts = self.series.requests_count[np.minimum(targets, len(self.series) - 1)]
        scored = (targets >= self.train_end) & (targets < len(self.series))
        if self.positive_only:
            scored &= counts > 0
        return np.where(scored, counts, np.nan)

    def day_of(self, origins: np.ndarray) -> np.ndarray:
        """Return the position in `days` of every target's day (n, h), or of the nearest day."""
        targets = np.clip(origins[:, None] + self.steps, self.train_end, len(self.series) - 1)
        days = np.searchsorted(self.days, self.series.wall[targets] // DAY)
        return np.minimum(days, len(self.days) - 1)


def read(name: str, folders: tuple[Path, ...]) -> Series | None:
    """Import a series by its short name from the first folder that has its file; None if none has.

    NASA-HTTP may also be there as its two raw logs, as `dataflow data fetch nasa-http` stores them.
    """
    for folder in folders:
        sources = [folder / FILES[name]]
        if name == "nasa" and not sources[0].is_file():
            sources = [folder / log for log in NASA_LOGS]
        if all(source.is_file() for source in sources):
            return import_files(sources, name=FILES[name].split(".")[0])[0]
    return None


def tasks_of(groups: tuple[str, ...], load: Load, subset_size: int = SUBSET) -> Iterator[Task]:
    """Yield the tasks of these groups for which `load` returns a series, in the order of the table."""
    makers = {"nasa": _nasa, "7030": _published, "hourly": _hourly}
    for group in groups:
        yield from makers[group](load, subset_size) if group in makers else _eighty(group, load, subset_size)


def _nasa(load: Load, subset_size: int) -> Iterator[Task]:
    series = load("nasa")
    if series is None:
        return
    for timeframe in API_TIMEFRAMES:
        binned = resample(series, bin_seconds_of(timeframe))
        hour = HOUR // binned.bin_seconds
        slices = {**_slices(), **({} if hour == STEPS else {"1 h": tuple(range(1, hour + 1))})}
        yield Task(
            f"nasa-{timeframe}",
            f"{TITLES['nasa']}, {timeframe}",
            binned,
            _bin_of(NASA_TRAINED_UNTIL, binned),
            slices,
            parameters=SHIPPED,
            subset_size=subset_size,
        )


def _published(load: Load, subset_size: int) -> Iterator[Task]:
    series = load("nasa")
    if series:
        yield Task(
            "nasa-1m-70-30",
            f"{TITLES['nasa']}, 1m, 70/30 split of the published table, bins with a request",
            series,
            _bin_of(PUBLISHED_TRAINED_UNTIL, series),
            {"step 1": (1,), "1-5": tuple(range(1, 6))},
            with_peers=False,
            positive_only=True,
            subset_size=subset_size,
        )


def _eighty(name: str, load: Load, subset_size: int) -> Iterator[Task]:
    series = load(name)
    if series:
        title = f"{TITLES[name]}, {series.timeframe}"
        cut = int(TRAIN_SHARE * len(series))
        zero_shot = series.timeframe in API_TIMEFRAMES
        yield Task(name, title, series, cut, _slices(), zero_shot=zero_shot, subset_size=subset_size)


def _hourly(load: Load, subset_size: int) -> Iterator[Task]:
    for name in ("nasa", "za"):
        fine = load(name)
        if not fine:
            continue
        series = resample(fine, HOUR)
        cut = _bin_of(NASA_TRAINED_UNTIL, series) if name == "nasa" else int(TRAIN_SHARE * len(series))
        yield Task(f"{name}-1h", f"{TITLES[name]}, 1h", series, cut, _slices(), subset_size=subset_size)


def _slices() -> dict[str, tuple[int, ...]]:
    return {"step 1": (1,), "step 12": (STEPS,), "1-12": tuple(range(1, STEPS + 1))}


def _bin_of(wall_time: str, series: Series) -> int:
    return series.position(moment_of(wall_time, series.time_zone))
