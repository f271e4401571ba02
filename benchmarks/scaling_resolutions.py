"""One traffic in three resolutions: what an HPA at 70 % misses and costs, against every 15 s on the true 1m counts.

python -m benchmarks.scaling_resolutions [FILE:DAYS ...]     (counts at 1m beside the project)

The service is the preset of the 1m series (a typical minute needs 5 replicas). "truth" is the simulation of the 1m
series. "bins at once" is how releases up to 0.4 counted time: one decision a bin, start-up time rounded up to bins.
"in 15 s steps" has nothing but the counts of its bins, "finer counts" the 1m counts within them.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator
from dataclasses import replace

from benchmarks.scaling_policies import BESIDE, read
from forecasting.scaling.config import policy_names
from forecasting.scaling.config.scaled_service import ScaledService, preset
from forecasting.scaling.kernels.inputs import Limits
from forecasting.scaling.kernels.loop import simulate
from forecasting.scaling.kernels.run_sums import daily_sums
from forecasting.scaling.policies.behavior import earlier_steps
from forecasting.scaling.policies.policy_registry import configured
from forecasting.scaling.policies.scenario import Scenario
from forecasting.scaling.policies.trace import Trace, trace_of
from forecasting.scaling.simulation.engine import run
from forecasting.timeseries.resampling import resample
from forecasting.timeseries.series import Series
from forecasting.timeseries.timeframes import DAY, MINUTE

FILES = {"nasa_http_1m.csv.gz": 31, "twitter_stream_2021_08_1m.csv.gz": 12}
BOOT_SECONDS = (60.0, 300.0)
COARSE_MINUTES = (1, 5, 15)
WINDOW_SECONDS = 300

Result = tuple[float, float]
"""The share unmet, and the cost."""


def days_of(series: Series, service: ScaledService, days: int, finer: Series | None = None) -> Trace:
    """Return the trace of the last days, which end and begin at the same seconds in every resolution."""
    whole = 15 * MINUTE  # a bin of every resolution ends here
    end = series.position(series.end // whole * whole)
    return trace_of(series, service, end - days * DAY // series.bin_seconds, end, finer=finer)


def in_steps(trace: Trace) -> Result:
    """Return what the HPA misses and costs in the simulation."""
    scenario = Scenario(trace)
    totals = run(scenario, configured(scenario, policy_names.REACTIVE)).totals
    return totals.unmet_share, totals.cost


def bins_at_once(trace: Trace) -> Result:
    """Return the same if a step of the simulation is a bin."""
    made = configured(Scenario(trace), policy_names.REACTIVE)
    boot = math.ceil(trace.service.boot_seconds / trace.bin_seconds)
    world = trace.world._replace(capacity=trace.capacity, boot_steps=boot, count_steps=1, bin_steps=1)
    up, down = (_without_history(limits) for limits in (made.kernel.behavior.up, made.kernel.behavior.down))
    down = down._replace(window=earlier_steps(WINDOW_SECONDS, trace.bin_seconds))
    policy = made.kernel._replace(behavior=made.kernel.behavior._replace(up=up, down=down))
    known = made.known._replace(arriving=trace.demand, demand=trace.seen)
    stepped = simulate(known, world, policy)
    starts = trace.day_starts * 0  # one sum for all days
    ready, booting, requests, unmet = daily_sums(trace.demand, trace.needed, stepped, world, starts[:1])[0][
        [1, 2, 7, 8]
    ]
    return unmet / requests, (ready + booting) * trace.price


def _without_history(limits: Limits) -> Limits:
    return limits._replace(periods=(0, 0, 0, 0))


def rows(series: Series, days: int, boot_seconds: float) -> Iterator[tuple[str, Result]]:
    """Yield each way to simulate the last days of a 1m series."""
    service = replace(preset(series), boot_seconds=boot_seconds)
    yield "truth", in_steps(days_of(series, service, days))
    for minutes in COARSE_MINUTES:
        coarse = resample(series, minutes * MINUTE)
        yield f"{minutes}m, bins at once", bins_at_once(days_of(coarse, service, days))
        if minutes > 1:
            yield f"{minutes}m, in 15 s steps", in_steps(days_of(coarse, service, days))
            yield f"{minutes}m, finer counts", in_steps(days_of(coarse, service, days, series))


def main() -> int:
    """Print the table."""
    given = {name: int(days) for name, days in (text.split(":") for text in sys.argv[1:])} or FILES
    missing = [name for name in given if not (BESIDE / name).is_file()]
    if missing:
        print(f"no file {', '.join(missing)} in {BESIDE}", file=sys.stderr)
        return 1
    print(f"{'series':24}{'start-up':>9}  {'simulated':22}{'unmet %':>9}{'/ truth':>9}{'cost':>9}{'/ truth':>9}")
    for name, days in given.items():
        series = read(name)
        for boot_seconds in BOOT_SECONDS:
            truth: Result | None = None
            for how, (unmet, cost) in rows(series, days, boot_seconds):
                truth = truth or (unmet, cost)
                print(
                    f"{series.name:24}{boot_seconds:7.0f} s  {how:22}{100 * unmet:9.2f}{unmet / truth[0]:9.2f}"
                    f"{cost:9.2f}{cost / truth[1]:9.3f}"
                )
    return 0


if __name__ == "__main__":
    sys.exit(main())
