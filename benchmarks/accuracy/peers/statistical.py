"""statsforecast: a model fitted anew at every origin on a recent window, with the intervals that it gives itself."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from statsforecast.models import MSTL, AutoETS, AutoTheta, SeasonalNaive
from tqdm import tqdm

from benchmarks.accuracy.peers.windows import CENTRAL, Job, checked

LONGEST_ETS_SEASON = 24
"""AutoETS takes no longer season; with one it is fitted without."""

JUMPS = 10
"""STL smooths at every tenth of its trend and low-pass windows and interpolates, as R does: a tenth of the time."""

DAYS = {
    "SeasonalNaive": {60: 14, 300: 14, 900: 14, 3600: 28},
    "AutoETS": {60: 1, 300: 3, 900: 7, 3600: 28},
    "AutoTheta": {60: 1, 300: 5, 900: 14, 3600: 28},
    "MSTL": {60: 14, 300: 28, 900: 28, 3600: 28},
}
"""The window in days by bin: what a fit at each of 200 origins allows in minutes."""


@dataclass(frozen=True)
class Plan:
    """A model with its seasons and the length of its window in bins."""

    name: str
    window: int
    seasons: tuple[int, ...]

    @property
    def about(self) -> str:
        """Window and season as the table says them."""
        seasons = " and ".join(f"{season:,}" for season in self.seasons if season > 1)
        return f"window {self.window:,} bins, {f'season {seasons}' if seasons else 'no season'}, fitted at every origin"

    def model(self) -> Any:
        """The model, not fitted."""
        if self.name == "MSTL":
            return MSTL(list(self.seasons), trend_forecaster=AutoETS(model="ZZN"), stl_kwargs=_jumps(self.seasons[0]))
        return {"SeasonalNaive": SeasonalNaive, "AutoETS": AutoETS, "AutoTheta": AutoTheta}[self.name](self.seasons[0])


def plan_of(name: str, job: Job) -> Plan:
    """Window and seasons of a model: the day, for MSTL the week as well where the window holds it twice."""
    window = job.shortest(DAYS[name][job.bin_seconds] * job.day)
    seasons = [season for season in (job.day, 7 * job.day) if 2 * season < window]
    if name == "AutoETS" and job.day > LONGEST_ETS_SEASON:
        seasons = []
    return Plan(name, window, tuple(seasons[: 2 if name == "MSTL" and job.bin_seconds > 60 else 1]) or (1,))


def forecast(name: str, job: Job) -> tuple[np.ndarray, np.ndarray, float, float, str]:
    """Means (n, h), quantiles (n, h, levels), seconds of all fits, 0 and what was done."""
    plan = plan_of(name, job)
    at = partial(_at, job, plan)
    at(int(job.origins[0]))  # compiles before the workers are forked
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        found = list(tqdm(pool.map(at, job.origins.tolist(), chunksize=4), desc=name, total=len(job.origins)))
    failed = sum(fell_back for *_, fell_back in found)
    about = f"{plan.about}{f'; {failed} fits failed, SeasonalNaive instead' if failed else ''}"
    means, quantiles = checked(np.stack([mean for mean, *_ in found]), np.stack([levels for _, levels, *_ in found]))
    return means, quantiles, 0.0, sum(seconds for _, _, seconds, _ in found), about


def _at(job: Job, plan: Plan, origin: int) -> tuple[np.ndarray, np.ndarray, float, bool]:
    began = time.perf_counter()
    np.random.seed(origin)  # noqa: NPY002 - AutoTheta draws its intervals from the old generator
    counts = job.window(origin, plan.window)
    found, failed = _attempt(lambda: plan.model().forecast(y=counts, h=job.horizon, level=list(CENTRAL[::-1])))
    if failed:
        found = SeasonalNaive(job.day).forecast(y=job.window(origin, 14 * job.day), h=job.horizon, level=list(CENTRAL))
    return *arranged(found), time.perf_counter() - began, failed


def _attempt(forecast: Callable[[], dict[str, np.ndarray]]) -> tuple[dict[str, np.ndarray], bool]:
    """What a model forecasts, and whether it could not: then the table says so."""
    try:
        found = forecast()
    except Exception as error:  # noqa: BLE001 - the library raises the bare class where a fit does not converge
        print(f"fit failed: {error}")
        return {}, True
    return found, not all(np.isfinite(values).all() for values in found.values())


def arranged(found: dict[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Mean (h,) and quantiles (h, levels), rising, of what statsforecast returns; its mean is taken for the median."""
    low, high = [f"lo-{level}" for level in CENTRAL], [f"hi-{level}" for level in CENTRAL[::-1]]
    return np.asarray(found["mean"]), np.stack([found[name] for name in (*low, "mean", *high)], axis=-1)


def _jumps(season: int) -> dict[str, int]:
    return {"trend_jump": max(1, -(-3 * season // (2 * JUMPS))), "low_pass_jump": max(1, -(-season // JUMPS))}
