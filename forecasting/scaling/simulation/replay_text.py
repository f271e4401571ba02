"""A replay as text: what the policy would have missed, cost and changed."""

from __future__ import annotations

from forecasting.scaling.config.objective import Objective
from forecasting.scaling.simulation.decision_log import FLAP_SECONDS, Decisions
from forecasting.scaling.simulation.optimum import violation
from forecasting.scaling.simulation.replay import FEW_BEFORE, SHORT
from forecasting.scaling.simulation.simulate import UNMET_BY_ANY, Simulation
from forecasting.timeseries.formatting import duration, moment, money, number, percent, whole
from forecasting.timeseries.timeframes import HOUR, MINUTE


def title_of(simulation: Simulation, slo: Objective) -> str:
    """Return the finding: whether the objective is kept, and by how much."""
    missed = violation(simulation.outcome, slo)
    what = f"of the {slo.unit}"
    kept = "kept" if missed <= slo.share else "not kept"
    lost = f"{percent(missed, 2)} {what} missed" if missed else f"nothing {what} missed"
    return f"{simulation.policy}: {lost}, the objective is {kept}"


def summary_of(simulation: Simulation, decisions: Decisions) -> str:
    """Return what happened, in a sentence or two."""
    totals, trace = simulation.totals, simulation.trace
    zone = trace.series.time_zone
    edges = [moment(int(second), zone) for second in (decisions.seconds[0], decisions.seconds[-1] + trace.bin_seconds)]
    flaps = f", {whole(decisions.flaps)} of them taken back within {duration(FLAP_SECONDS)}" if decisions.flaps else ""
    return (
        f"{edges[0]} to {edges[1]}: {number(totals.mean_replicas)} replicas on average for {money(totals.cost)}, "
        f"changed {whole(totals.scale_events)} times{flaps}."
    )


def cautions_of(simulation: Simulation) -> list[str]:
    """Return the warnings about the days; the others are about the service and the model."""
    return [text for text in simulation.warnings if text in (SHORT, FEW_BEFORE, UNMET_BY_ANY)]


def figures_of(simulation: Simulation, decisions: Decisions) -> dict[str, tuple[str, str]]:
    """Return the totals by name: value and explanation."""
    totals = simulation.totals
    under = (
        f"{whole(totals.minutes_under)} min"
        if totals.minutes_under < HOUR / MINUTE
        else duration(totals.minutes_under * MINUTE)
    )
    hours = totals.replica_hours
    return {
        "Cost": (money(totals.cost), f"{number(hours)} replica-hours billed"),
        "Unmet": (percent(totals.unmet_share), f"{whole(totals.unmet_requests)} of {whole(totals.requests)} requests"),
        "Under-provisioned": (under, f"{percent(totals.minutes_under_share)} of the time too few were ready"),
        "Replicas": (number(totals.mean_replicas), "ready on average"),
        "Idle": (f"{number(decisions.idle_hours)} h", "replica-hours ready beyond what was needed"),
        "Shortfall": (f"{number(decisions.under_hours)} h", "replica-hours needed and not ready"),
        "Changes": (whole(totals.scale_events), f"{whole(decisions.flaps)} taken back within {duration(FLAP_SECONDS)}"),
        "Regret": (percent(totals.regret), "above the cheapest plan in hindsight"),
    }
