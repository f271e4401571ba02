"""What the report of a comparison says about its making, in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from forecasting.scaling.comparison.compare import Row
from forecasting.scaling.comparison.replica_lines import ReplicaLines
from forecasting.scaling.comparison.results import Study
from forecasting.scaling.simulation.replay import Replay, Span
from forecasting.timeseries.clock import wall_text

FRONTIER = (
    "Each line is one policy over its knob on the days judged: lower and further left is better. A dot is the setting "
    "that was tuned on earlier days, a large one a rival of the verdict; the stars knew everything beforehand."
)
FRONTIER_ALT = "Cost against the share missed: a line a policy; the same numbers are in the table of every policy."

TABLE = (
    "All on the same days. Saving is against {reference} at the same share missed, with its 95 % interval; a row of "
    "hindsight knew the days judged, so it is a yardstick and no choice. Cost is in the currency of the price; regret "
    "is the excess over the optimum, lost requests priced in."
)
SENSITIVITY = "The same comparison, coarser, each tuned anew on the earlier days."

PRICE = "The list price, on demand, of:"
OWN_PRICE = "No row of the price list has it: it is yours."

NOT_MODELLED = (
    "Not modelled: a replica serves up to its capacity at once and what exceeds it is lost, so there are no queues, no "
    "slow requests and no failing replicas. Prices of traffic, load balancers and clusters are left out."
)


def assumptions(study: Study) -> Iterable[tuple[str, str]]:
    """Service, objective, days and forecasts."""
    replay = study.comparison.replay
    service, model = replay.service, replay.source.fitted
    billed = f"at least {service.minimum_billed_seconds:g} s"
    lost = study.comparison.optimum.lost_request_price
    yield "data set", f"{replay.series.name}, steps of {replay.series.timeframe}{_synthetic(replay)}"
    yield "judged on", _period(replay, replay.test_span)
    yield "tuned on", _period(replay, replay.tuning_span)
    yield "objective", str(replay.slo)
    yield "capacity", f"{service.capacity_per_minute:,.5g} requests a minute and replica"
    yield "target", f"at most {percent(service.target_utilisation)} of it is to be used"
    yield "boot", f"{service.boot_seconds:g} s from a decision until a new replica serves"
    yield (
        "replicas",
        f"{service.min_replicas:,} to {service.max_replicas:,}, {replay.test.trace.current_replicas:,} at the start",
    )
    yield "billing", f"{service.price_per_hour:g} an hour, {billed} a replica, {_boot_billing(service.bill_booting)}"
    yield "launch", f"{service.launch_cost:g} for each launch"
    yield "a lost request", f"{lost:.3g}, {_lost_source(service.lost_request_price)}"
    yield "traffic", f"{service.demand_multiplier:g} times what came"
    yield "scale-in window", f"{replay.scale_in_window_seconds} s of stabilization"
    yield "forecasts", f"{model.forecaster.name}, model set {model.model_set}"


def method(study: Study, draws: int) -> Iterable[tuple[str, str]]:
    """How time, tuning, saving and optimum were computed."""
    reference = study.comparison.reference
    yield (
        "time",
        "A step is a bin. What is decided at its end is in force from the next; a replica boots for whole steps.",
    )
    yield (
        "tuning",
        "Settings were chosen on the days to tune on: the cheapest that keeps the objective there. Forecasts are "
        "rolling-origin, with what was known at each step and models that learnt from none of these days.",
    )
    yield (
        "saving",
        f"Cost against {reference}, the best reactive rule of the tuning days, at the same share missed: the cost at "
        "which that rule, swept over its knob on the days judged, misses just as much. The 95 % interval is from "
        f"{draws:,} draws of whole days with replacement; one that contains 0 is no clear difference.",
    )
    yield (
        "optimum",
        "The cheapest plan for somebody who knew all demand: dynamic programming over boot time, billing and the price "
        "of a lost request. Regret is a policy's excess over it.",
    )


def tracks_words(tracks: ReplicaLines) -> str:
    """What the chart of replicas shows, and where one point stands for several steps."""
    several = f" A point is the highest of {tracks.steps_a_point} steps." if tracks.steps_a_point > 1 else ""
    names = " and ".join(track.name for track in tracks.ready)
    return f"Ready replicas of {names}, and how many each step needed.{several} Drag to zoom, double-click to go back."


def short_saving(row: Row, reference: str) -> str:
    """A row's saving with its interval, in as few words as a table has room for."""
    saving = row.saving
    if row.policy == reference:
        return "the reference"
    if saving.saving is None:
        return "not comparable"
    if saving.low is None:
        return f"{percent(saving.saving)} (no interval)"
    interval = f"({100 * saving.low:.1f} to {percent(saving.high)})"
    return f"{percent(saving.saving) if saving.clear else 'no clear difference'} {interval}"


def parameter_words(parameters: Mapping[str, float]) -> str:
    """Parameters as `quantile 0.95, gated 1`."""
    return ", ".join(f"{name} {value:.4g}" for name, value in parameters.items())


def money(amount: float) -> str:
    """An amount with cents."""
    return f"{amount:,.2f}"


def share(value: float) -> str:
    """A share that may be small, in percent with two decimals."""
    return f"{100 * value:.2f} %"


def percent(value: float | None) -> str:
    """A share in percent; a dash where there is none."""
    return "–" if value is None else f"{100 * value:,.1f} %"


def _period(replay: Replay, span: Span) -> str:
    series = replay.series
    first, last = (
        wall_text(series.start + bin * series.bin_seconds, series.time_zone) for bin in (span.first, span.end)
    )
    return f"{first} to {last} ({series.time_zone or 'unknown time zone'})"


def _synthetic(replay: Replay) -> str:
    return " (synthetic)" if replay.series.synthetic else ""


def _boot_billing(billed: bool) -> str:
    return "also while it boots" if billed else "not while it boots"


def _lost_source(given: float | None) -> str:
    if given is not None:
        return "as given"
    return "the smallest price at which the optimum keeps the objective"
