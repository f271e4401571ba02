"""What the default policy does with the oddities of real services: an outlier, an outage, silent nights, a new level.

python -m benchmarks.oddities [--policy P] [--seeds N] [FAMILY ...]     (needs gauntlet.py beside the project)

Each family is drawn from seeds, and the policy replayed from a day before the oddity, with the forecasts of a model
that was not trained on it. Printed is what was ready over what was needed, and the share of requests unmet.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from forecasting.readers import import_files
from forecasting.scaling.config import policy_names
from forecasting.scaling.config.request import ScalingRequest
from forecasting.scaling.recommendation.recommend import recommend
from forecasting.scaling.simulation.replay import replay_of
from forecasting.scaling.simulation.simulate import Simulation, simulate
from forecasting.timeseries.clock import moment_of
from forecasting.timeseries.series import Series
from forecasting.timeseries.timeframes import DAY, HOUR

TOOL = Path(__file__).resolve().parents[2] / "shared" / "tools" / "gauntlet.py"
FAMILIES = ("outlier_10", "outlier_100", "deploy_outage", "silent_nights", "level_shift", "square")
SERVICE = {"boot_seconds": 300}
MODEL = "seasonal_smoothing"
LIMIT_ROOM = 40
"""The limits are this many times the usual replicas: what holds a policy back must be the policy."""


def drawn(family: str, seed: int, folder: Path) -> tuple[Series, str]:
    """Return a series of a family, and the wall time from which it is evaluated."""
    subprocess.run([sys.executable, str(TOOL), "write", str(folder), family, "--seed", str(seed)], check=True)
    facts = json.loads((folder / "gauntlet.json").read_text(encoding="utf-8"))[0]
    series, _ = import_files([folder / f"{family}.csv"], name=family)
    return series, facts["test_from"]


def oddity(series: Series, family: str) -> np.ndarray:
    """Return the bins of the outlier, or those at which traffic returns after an outage; none for other families."""
    counts = series.requests_count
    if family.startswith("outlier"):
        return np.array([int(np.nanargmax(counts))])
    if family == "deploy_outage":
        quiet = counts == 0.0
        return np.flatnonzero(quiet[:-1] & ~quiet[1:]) + 1
    return np.empty(0, np.int64)


def replayed(series: Series, start: int, policy: str) -> Simulation:
    """Return the policy replayed from an absolute second on."""
    usual = float(np.nanmedian(series.requests_count)) / 5 / (series.bin_seconds / 60)
    service = {**SERVICE, "capacity_per_minute": max(usual, 1e-3), "max_replicas": 5 * LIMIT_ROOM}
    request = ScalingRequest(series=series, service=service, model_type=MODEL, start=start, policy=policy)
    return simulate(replay_of(request), policy)


def live_beside(series: Series, bins: Sequence[int], simulation: Simulation, policy: str) -> list[int]:
    """Return what a poll at the end of each bin recommends."""
    service = simulation.trace.service.to_dict()
    first, ready = simulation.trace.first, simulation.run.ready
    return [
        recommend(
            ScalingRequest(
                series=series,
                service=service,
                model_type=MODEL,
                policy=policy,
                current_replicas=int(ready[bin - first]),
                end=series.start + (bin + 1) * series.bin_seconds,
            )
        ).replicas
        for bin in bins
    ]


def line(family: str, seed: int, policy: str) -> str:
    """Return what happened to one series."""
    with tempfile.TemporaryDirectory() as folder:
        series, start = drawn(family, seed, Path(folder))
    places = oddity(series, family)
    begin = moment_of(start, series.time_zone)
    if family.startswith("outlier"):
        begin = series.start + (int(places[0]) // series.bins_per_day - 1) * DAY
    simulation = replayed(series, begin, policy)
    trace, ready = simulation.trace, simulation.run.ready
    words = f"{family:15} seed {seed}: unmet {100 * simulation.totals.unmet_share:.2f} %"
    if family.startswith("outlier"):
        at = int(places[0]) - trace.first
        after = slice(at + 1, at + 1 + 2 * series.bins_per_day)
        need = np.nanmax(trace.needed[after])
        bins = [int(places[0]) + n for n in (0, 1, 2, 12, series.bins_per_day)]
        live = live_beside(series, bins, simulation, policy)
        words += f", next two days at most {ready[after].max() / need:.2f} x the need"
        words += f" (polled {max(live) / need:.2f} x), after {int(places[0]) / series.bins_per_day:.0f} days"
    if family == "deploy_outage":
        back = places[places >= trace.first] - trace.first
        share = ready[back] / trace.needed[back]
        hour = HOUR // series.bin_seconds
        unmet = [simulation.unmet[at : at + hour].sum() / np.nansum(trace.demand[at : at + hour]) for at in back]
        live = live_beside(series, [int(at) - 1 + trace.first for at in back], simulation, policy)
        words += f", ready on return at least {share.min():.2f} of the need"
        words += (
            f" (polled {(np.array(live) / trace.needed[back]).min():.2f}), unmet in the hour after {max(unmet):.3f}"
        )
    return words


def main(arguments: Sequence[str] | None = None) -> int:
    """Print a line for each family and seed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("families", nargs="*")
    parser.add_argument("--policy", default=policy_names.HYBRID)
    parser.add_argument("--seeds", type=int, default=3)
    given = parser.parse_args(arguments)
    for family in given.families or FAMILIES:
        for seed in range(given.seeds):
            print(line(family, seed, given.policy), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
