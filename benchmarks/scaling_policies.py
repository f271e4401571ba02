"""Cost and unmet requests of each policy on real traffic, and reference values under the simplest conditions.

python -m benchmarks.scaling_policies [FILE ...]     (the NASA-HTTP and the load balancer's counts beside the project)

NASA-HTTP, 23-31 August 1995: 10 requests per minute and replica (and 100 times the traffic with 1,000). The reference
values are hindsight: no stabilization window, no trust check, parameters at 1 % unmet requests on the evaluation days;
beside them is the result with parameters tuned on the tuning days.
"""

from __future__ import annotations

import math
import sys
import time
from pathlib import Path

import numpy as np

from forecasting.readers import import_files
from forecasting.scaling.comparison.frontier import Frontier
from forecasting.scaling.comparison.results import CompareResult, compare_result
from forecasting.scaling.comparison.verdict import saving_words
from forecasting.scaling.config import policy_names
from forecasting.scaling.config.limits import SCALE_IN_WINDOW_SECONDS
from forecasting.scaling.config.objective import Objective
from forecasting.scaling.config.request import ScalingRequest
from forecasting.scaling.policies.policy import WINDOW, Parameters
from forecasting.scaling.policies.scenario import Scenario
from forecasting.scaling.simulation.optimum import optimum_meeting
from forecasting.scaling.simulation.replay import replay_of
from forecasting.scaling.simulation.sweep import Sweep, refined, settings_of, sweep
from forecasting.timeseries.clock import moment_of
from forecasting.timeseries.series import Series

BESIDE = Path(__file__).resolve().parents[2] / "shared" / "data"
NASA, BALANCER = "nasa_http_1m.csv.gz", "aws_elb_request_count_5m.csv"
EVALUATED_FROM = "1995-08-23"
LEADS = ((1, 0.0), (5, 240.0))
ANCHOR_RULES = (policy_names.PREDICTIVE, policy_names.SMOOTHING, policy_names.RECENT_MAX)


def read(name: str) -> Series:
    """Import one of the files beside the project."""
    series, _ = import_files([BESIDE / name], name=name.split(".")[0])
    return series


def show(found: CompareResult, seconds: float) -> None:
    """Print the table of policies and the verdict."""
    heads = ("cost", 8), ("mean", 7), ("unmet %", 9), ("under %", 9), ("events", 8), ("objective", 11), ("regret %", 9)
    print(f"{'policy':31}" + "".join(title.rjust(width) for title, width in heads) + "  saving %")
    for row in found.comparison.rows:
        total, saving = row.totals, row.saving
        regret = math.nan if total.regret is None else 100 * total.regret
        known = saving.low is not None and saving.high is not None
        interval = f" [{100 * (saving.low or 0.0):.1f}, {100 * (saving.high or 0.0):.1f}]" if known else ""
        words = (
            "hindsight" if row.hindsight else "-" if saving.saving is None else f"{100 * saving.saving:.1f}{interval}"
        )
        print(
            f"{row.policy:31}{total.cost:8.2f}{total.mean_replicas:7.2f}{100 * total.unmet_share:9.3f}"
            f"{100 * total.minutes_under_share:9.2f}{total.scale_events:8}{total.objective:11.2f}"
            f"{regret:9.1f}  {words}{'' if row.meets_slo else '  misses the SLO'}"
        )
    print(f"({seconds:.1f} s) {found.verdict.text}\n")


def compared(request: ScalingRequest, title: str) -> CompareResult:
    """Compare the policies and print the result."""
    print(f"== {title}: capacity {request.scaled_service.capacity_per_minute:g} per minute, {request.slo}", flush=True)
    began = time.perf_counter()
    found = compare_result(request)
    show(found, time.perf_counter() - began)
    return found


def at_share(swept: Sweep, share: float) -> float:
    """Return mean replicas at a share of unmet requests, interpolated between the nearest Pareto-optimal settings."""
    order = np.argsort(swept.column("unmet_share"))
    shares, mean = swept.column("unmet_share")[order], np.minimum.accumulate(swept.column("mean_replicas")[order])
    return float(np.interp(share, shares, mean))


def anchors(series: Series) -> None:
    """Print mean ready replicas at 1 % unmet requests in hindsight, and with parameters from the tuning days.

    There is no stabilization window and no trust check. `needed` is an oracle without start-up time that meets all
    requests, `oracle` the cheapest plan with the start-up time.
    """
    print("== anchors: mean ready replicas at 1 % unmet, knob in hindsight, no cooldown, no gate")
    print(f"{'':24}" + "".join(f"lead {lead}".rjust(9) + f"{'tuned before (unmet %)':>26}" for lead, _ in LEADS))
    for policy in ANCHOR_RULES:
        print(f"{policy:24}" + "".join(anchor(series, policy, boot) for _, boot in LEADS), flush=True)
    traces = [replay_of(request_of(series, boot)).test.trace for _, boot in LEADS]
    best = [optimum_meeting(trace, Objective()).outcome.totals.mean_replicas for trace in traces]
    print(f"{'needed':24}" + "".join(f"{np.nanmean(trace.needed):9.2f}{'':26}" for trace in traces))
    print(f"{'oracle':24}" + "".join(f"{mean:9.2f}{'':26}" for mean in best) + "\n")


def anchor(series: Series, policy: str, boot_seconds: float) -> str:
    """Return one reference value, and the result that is deployable."""
    replay = replay_of(request_of(series, boot_seconds, window_seconds=0))
    tuning, test = replay.tuning, replay.test
    if policy == policy_names.PREDICTIVE:
        tuning, test = replay.forecast_tuning, replay.forecast_test
    free = {"gated": 0} if policy == policy_names.PREDICTIVE else {}
    settings = [{**setting, **free} for setting in settings_of(test, policy)]
    before, judged = (finely(scenario, policy, settings) for scenario in (tuning, test))
    tuned = sweep(test, policy, [before.settings[before.best(Objective())]]).outcomes[0].totals
    deployable = f"{tuned.mean_replicas:.2f} ({100 * tuned.unmet_share:.2f})"
    return f"{at_share(judged, Objective().share):9.2f}{deployable:>26}"


def finely(scenario: Scenario, policy: str, settings: list[Parameters]) -> Sweep:
    """Return a sweep, refined around the settings that just meet the objective."""
    swept = sweep(scenario, policy, settings)
    return swept.joined(sweep(scenario, policy, refined(swept, Objective())))


def beside_guard(found: CompareResult) -> None:
    """Print the saving of the hybrid policy over its reactive part (HPA), swept on the evaluation days."""
    test, slo = found.comparison.replay.test, found.comparison.replay.slo
    wide: list[Parameters] = [
        {"target_percent": percent, WINDOW: seconds} for percent in range(2, 101) for seconds in (300, 900, 1800, 3600)
    ]
    guard = Frontier(sweep(test, policy_names.REACTIVE, wide), slo)
    open_share = {}
    for variant in ("default", "tuned"):
        row = found.comparison.row(f"{policy_names.HYBRID}:{variant}")
        gate = found.comparison.replay.forecast_test.trust_check(row.parameters["quantile"])
        open_share[variant] = f"{saving_words(guard.saving(row.outcome))}, gate open {100 * gate.trusted.mean():.0f} %"
    savings = "; ".join(f"hybrid:{variant} {words}" for variant, words in open_share.items())
    print(f"saving against the reactive guard at equal service: {savings}\n")


def request_of(
    series: Series, boot_seconds: float, factor: float = 1.0, window_seconds: int = SCALE_IN_WINDOW_SECONDS
) -> ScalingRequest:
    """Return a request on NASA-HTTP with replicas of 10 requests per minute, times a factor."""
    service: dict[str, object] = {
        "capacity_per_minute": 10 * factor,
        "boot_seconds": boot_seconds,
        "demand_multiplier": factor,
    }
    start = moment_of(EVALUATED_FROM, series.time_zone)
    return ScalingRequest(series=series, service=service, start=start, scale_in_window_seconds=window_seconds)


def main() -> int:
    """Print everything."""
    missing = [name for name in (NASA, BALANCER) if not (BESIDE / name).is_file()]
    if missing:
        print(f"no file {', '.join(missing)} in {BESIDE}", file=sys.stderr)
        return 1
    nasa = read(NASA)
    anchors(nasa)
    for lead, boot in LEADS:
        compared(request_of(nasa, boot), f"NASA-HTTP 1m, lead {lead}")
    compared(request_of(nasa, LEADS[1][1], 100.0), "NASA-HTTP 1m x 100, lead 5")
    balancer = read(BALANCER)
    for model in ("lightgbm", "hybrid"):
        beside_guard(
            compared(ScalingRequest(series=balancer, model_type=model), f"load balancer 5m, {model}, zero-shot")
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
