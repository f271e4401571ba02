"""What each policy costs and misses on real traffic, and the anchors of the simplest conditions.

python -m benchmarks.scaling_policies [FILE ...]     (the NASA-HTTP and the load balancer's counts beside the project)

NASA-HTTP, 23-31 August 1995: 10 requests a minute and replica (and 100 times the traffic with 1,000). The anchors are
hindsight: no cooldown, no gate, the knob at 1 % unmet requests on the days judged; the figures of a knob tuned on
earlier days stand beside them.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np

from forecasting.readers import import_files
from forecasting.scaling.comparison.frontier import Frontier
from forecasting.scaling.comparison.results import CompareResult, compare_result
from forecasting.scaling.comparison.verdict import saving_words
from forecasting.scaling.config import policy_names
from forecasting.scaling.config.objective import Objective
from forecasting.scaling.config.request import ScalingRequest
from forecasting.scaling.policies.policy import WINDOW, Parameters
from forecasting.scaling.policies.scenario import Scenario
from forecasting.scaling.simulation.optimum import optimum_meeting
from forecasting.scaling.simulation.sweep import Sweep, refined, settings_of, sweep
from forecasting.timeseries.clock import moment_of
from forecasting.timeseries.series import Series

BESIDE = Path(__file__).resolve().parents[2] / "shared" / "data"
NASA, BALANCER = "nasa_http_1m.csv.gz", "aws_elb_request_count_5m.csv"
JUDGED_FROM = "1995-08-23"
LEADS = ((1, 0.0), (5, 240.0))
ANCHOR_RULES = (policy_names.PREDICTIVE, policy_names.SMOOTHING, policy_names.RECENT_MAX)


def read(name: str) -> Series:
    """One of the files beside the project, as it would be imported."""
    series, _ = import_files([BESIDE / name], name=name.split(".")[0])
    return series


def show(found: CompareResult, seconds: float) -> None:
    """Print the table of policies and the verdict."""
    heads = ("cost", 8), ("mean", 7), ("unmet %", 9), ("under %", 9), ("events", 8), ("objective", 11), ("regret %", 9)
    print(f"{'policy':31}" + "".join(title.rjust(width) for title, width in heads) + "  saving %")
    for row in found.comparison.rows:
        total, saving = row.totals, row.saving
        interval = "" if saving.low is None else f" [{100 * saving.low:.1f}, {100 * saving.high:.1f}]"
        words = (
            "hindsight" if row.hindsight else "-" if saving.saving is None else f"{100 * saving.saving:.1f}{interval}"
        )
        print(
            f"{row.policy:31}{total.cost:8.2f}{total.mean_replicas:7.2f}{100 * total.unmet_share:9.3f}"
            f"{100 * total.minutes_under_share:9.2f}{total.scale_events:8}{total.objective:11.2f}"
            f"{100 * total.regret:9.1f}  {words}{'' if row.meets_slo else '  misses the SLO'}"
        )
    print(f"({seconds:.1f} s) {found.verdict.text}\n")


def compared(question: ScalingRequest, title: str) -> CompareResult:
    """Compare and print."""
    print(f"== {title}: capacity {question.scaled_service.capacity_per_minute:g} a minute, {question.slo}", flush=True)
    began = time.perf_counter()
    found = compare_result(question)
    show(found, time.perf_counter() - began)
    return found


def at_share(swept: Sweep, share: float) -> float:
    """Mean replicas at a share of unmet requests, between the two nearest settings that no other beats."""
    order = np.argsort(swept.column("unmet_share"))
    shares, mean = swept.column("unmet_share")[order], np.minimum.accumulate(swept.column("mean_replicas")[order])
    return float(np.interp(share, shares, mean))


def anchors(series: Series) -> None:
    """Mean ready replicas at 1 % unmet requests in hindsight, without cooldown or gate; tuned on earlier days beside.

    `needed` is what an oracle runs that changes at once and misses nothing, `oracle` the cheapest plan with its boots.
    """
    print("== anchors: mean ready replicas at 1 % unmet, knob in hindsight, no cooldown, no gate")
    print(f"{'':24}" + "".join(f"lead {lead}".rjust(9) + f"{'tuned before (unmet %)':>26}" for lead, _ in LEADS))
    for policy in ANCHOR_RULES:
        print(f"{policy:24}" + "".join(anchor(series, policy, boot) for _, boot in LEADS), flush=True)
    traces = [question(series, boot).replay().test.trace for _, boot in LEADS]
    best = [optimum_meeting(trace, Objective()).outcome.totals.mean_replicas for trace in traces]
    print(f"{'needed':24}" + "".join(f"{np.nanmean(trace.needed):9.2f}{'':26}" for trace in traces))
    print(f"{'oracle':24}" + "".join(f"{mean:9.2f}{'':26}" for mean in best) + "\n")


def anchor(series: Series, policy: str, boot_seconds: float) -> str:
    """One anchor, and the deployable figures beside it."""
    replay = question(series, boot_seconds, scale_in_window_seconds=0).replay()
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
    """A sweep, refined where the objective is just met."""
    swept = sweep(scenario, policy, settings)
    return swept.joined(sweep(scenario, policy, refined(swept, Objective())))


def beside_guard(found: CompareResult) -> None:
    """The hybrid against its own reactive guard, the HPA, swept over target and window on the days judged."""
    test, slo = found.comparison.replay.test, found.comparison.replay.slo
    wide = [
        {"target_percent": percent, WINDOW: seconds} for percent in range(2, 101) for seconds in (300, 900, 1800, 3600)
    ]
    guard = Frontier(sweep(test, policy_names.REACTIVE, wide), slo)
    open_share = {}
    for variant in ("default", "tuned"):
        row = found.comparison.row(f"{policy_names.HYBRID}:{variant}")
        gate = found.comparison.replay.forecast_test.trust_check(row.parameters["quantile"])
        open_share[variant] = f"{saving_words(guard.saving(row.outcome))}, gate open {100 * gate.trusted.mean():.0f} %"
    told = "; ".join(f"hybrid:{variant} {words}" for variant, words in open_share.items())
    print(f"saving against the reactive guard at equal service: {told}\n")


def question(series: Series, boot_seconds: float, factor: float = 1.0, **more: object) -> ScalingRequest:
    """NASA-HTTP with replicas of 10 requests a minute, times a factor."""
    service = {"capacity_per_minute": 10 * factor, "boot_seconds": boot_seconds, "demand_multiplier": factor}
    return ScalingRequest(series, service=service, start=moment_of(JUDGED_FROM, series.time_zone), **more)


def main() -> int:
    """Print everything."""
    missing = [name for name in (NASA, BALANCER) if not (BESIDE / name).is_file()]
    if missing:
        print(f"no file {', '.join(missing)} in {BESIDE}", file=sys.stderr)
        return 1
    nasa = read(NASA)
    anchors(nasa)
    for lead, boot in LEADS:
        compared(question(nasa, boot), f"NASA-HTTP 1m, lead {lead}")
    compared(question(nasa, LEADS[1][1], 100.0), "NASA-HTTP 1m x 100, lead 5")
    balancer = read(BALANCER)
    for model in ("lightgbm", "hybrid"):
        beside_guard(compared(ScalingRequest(balancer, model=model), f"load balancer 5m, {model}, zero-shot"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
