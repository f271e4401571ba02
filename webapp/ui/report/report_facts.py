"""The texts of the comparison report: assumptions, method, and the numbers of its tables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from forecasting.scaling.comparison.compare import Row
from forecasting.scaling.comparison.replica_lines import ReplicaLines
from forecasting.scaling.comparison.results import CompareResult
from forecasting.scaling.simulation.replay import Replay, Span
from forecasting.timeseries.clock import wall_text
from forecasting.timeseries.formatting import exact, percent, points, points_between

FRONTIER = (
    "Each line is one policy over the values of its main parameter on the evaluation days: lower and further left is "
    "better. A dot is the value tuned on earlier days, a large dot one of the two policies that the verdict compares; "
    "the stars had perfect knowledge of the demand."
)
FRONTIER_ALT = (
    "Cost against the share of unmet requests: a line for each policy; the same numbers are in the table of policies."
)

TABLE = (
    "All on the same days. The saving is against {reference} at the same share of unmet requests, with its 95 % "
    "interval. A row marked hindsight used the evaluation days themselves, so it is a yardstick and cannot be chosen. "
    "Cost is in the currency of the price; regret is the excess over the optimum, unmet requests priced in."
)
SENSITIVITY = "The same comparison with coarser tuning, each row tuned again on the tuning days."

PRICE = "The on-demand list price of:"
OWN_PRICE = "This price is your own; the price list has no such row."

NOT_MODELLED = (
    "Queues, slow requests and failing replicas: a replica serves requests at once up to its capacity, and requests "
    "above it are unmet. Prices of traffic, load balancers and clusters are not included."
)


def assumptions(study: CompareResult) -> Iterable[tuple[str, str]]:
    """Yield service, objective, days and forecasts."""
    replay = study.comparison.replay
    service, model = replay.service, replay.source.fitted
    billed = f"at least {exact(service.minimum_billed_seconds)} s"
    lost = study.comparison.optimum.lost_request_price
    yield "data set", f"{replay.series.name}, bins of {replay.series.timeframe}{_synthetic(replay)}"
    yield "evaluation days", _period(replay, replay.test_span)
    yield "tuning days", _period(replay, replay.tuning_span)
    yield "objective", str(replay.slo)
    yield "capacity", f"{exact(service.capacity_per_minute, 5)} requests per minute and replica"
    yield "target", f"at most {percent(service.target_utilisation)} of the capacity is planned for"
    yield "start-up time", f"{exact(service.boot_seconds)} s from a decision until a new replica is ready"
    yield (
        "replicas",
        f"{service.min_replicas:,} to {service.max_replicas:,}, {replay.test.trace.current_replicas:,} at the start",
    )
    yield (
        "billing",
        f"{exact(service.price_per_hour)} an hour, {billed} a replica, {_boot_billing(service.bill_booting)}",
    )
    yield "launch cost", f"{exact(service.launch_cost)} for each replica started"
    yield "unmet request", f"{exact(lost, 3)}, {_lost_source(service.lost_request_price)}"
    yield "traffic", f"{exact(service.demand_multiplier)} times the actual requests"
    yield "stabilization window", f"{replay.scale_in_window_seconds} s before scaling in"
    yield "forecasts", f"{model.name}, {f'model set {model.model_set}' if model.model_set else 'untrained'}"


def method(study: CompareResult, draws: int) -> Iterable[tuple[str, str]]:
    """Yield how time, tuning, saving and optimum were computed."""
    reference = study.comparison.reference
    yield (
        "time",
        "Steps of 15 s. An HPA decides at each of them, alarms are evaluated once a minute, and what follows a "
        "forecast or a plan decides at the end of its bin. A decision takes effect in the next step; start-up times "
        f"are rounded up to 15 s. {_within_bins(study.comparison.replay)} Figures of other bins cannot be compared "
        "with these.",
    )
    yield (
        "tuning",
        "Parameters were chosen on the tuning days: the cheapest that meet the objective there. Forecasts are "
        "rolling-origin, from what was known at each bin's end, by models trained on none of these days.",
    )
    yield (
        "saving",
        f"Cost against {reference}, the best reactive policy of the tuning days, at the same share of unmet requests: "
        "the cost at which that policy, over the values of its main parameter on the evaluation days, leaves as many "
        f"requests unmet. The 95 % interval is from {draws:,} draws of whole days with replacement; if it contains 0, "
        "there is no clear difference.",
    )
    yield (
        "optimum",
        "The cheapest plan with perfect knowledge of all demand: dynamic programming over start-up time, billing and "
        "the price of an unmet request. Regret is a policy's excess over it.",
    )


def _within_bins(replay: Replay) -> str:
    """Return what demand is within a bin."""
    if replay.finer is None:
        return f"Demand is constant within a bin of {replay.series.timeframe}."
    return f"Demand within a bin is that of the data set's counts of {replay.finer.timeframe}."


def lines_text(lines: ReplicaLines) -> str:
    """Return what the chart of replicas shows, and how many bins a point stands for."""
    several = f" A point is the highest of {lines.steps_a_point} bins." if lines.steps_a_point > 1 else ""
    names = " and ".join(line.name for line in lines.ready)
    zoom = "Drag to zoom, double-click to go back."
    return f"Ready replicas of {names}, and the number needed in each bin.{several} {zoom}"


def short_saving(row: Row, reference: str) -> str:
    """Return a row's saving with its interval, short enough for a table."""
    saving = row.saving
    if row.policy == reference:
        return "the reference"
    if saving.saving is None:
        return "not comparable"
    if saving.low is None or saving.high is None:
        return f"{points(saving.saving)} (no interval)"
    interval = f"({points_between(saving.low, saving.high)})"
    return f"{points(saving.saving) if saving.clear else 'no clear difference'} {interval}"


def parameter_text(parameters: Mapping[str, float]) -> str:
    """Return parameters as `quantile 0.95, gated 1`."""
    return ", ".join(f"{name} {exact(value, 4)}" for name, value in parameters.items())


def _period(replay: Replay, span: Span) -> str:
    series = replay.series
    first, last = (
        wall_text(series.start + bin * series.bin_seconds, series.time_zone) for bin in (span.first, span.end)
    )
    return f"{first} to {last} ({series.time_zone or 'unknown time zone'})"


def _synthetic(replay: Replay) -> str:
    return " (synthetic)" if replay.series.synthetic else ""


def _boot_billing(billed: bool) -> str:
    return "also during start-up" if billed else "not during start-up"


def _lost_source(given: float | None) -> str:
    if given is not None:
        return "as given"
    return "the smallest price at which the optimum meets the objective"
