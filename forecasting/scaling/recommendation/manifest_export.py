"""Export: the manifest of a data set as it is scaled, with everything in it that was assumed said, or refused."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Literal

import numpy as np

from forecasting.errors import AssumptionsNotAccepted
from forecasting.scaling.config import policy_names
from forecasting.scaling.config.calendar import PROFILE_WEEKS, CalendarEntry, learned_demand
from forecasting.scaling.config.scaled_service import ScaledService, assumed_in, assumptions_of
from forecasting.scaling.config.stored_configuration import Configuration
from forecasting.scaling.recommendation import manifests
from forecasting.scaling.recommendation.calendar_triggers import cron_triggers
from forecasting.timeseries.series import Series

Form = Literal["keda", "hpa"]
FORMS: tuple[Form, ...] = ("keda", "hpa")


def manifest_of(
    series: Series,
    configuration: Configuration,
    form: str,
    url: str,
    *,
    accept_assumptions: bool = False,
    with_key: bool = False,
) -> str:
    """Return the manifest of a data set, which polls the server at `url` if its policy needs one.

    `with_key` lets KEDA send a key of that server. What is assumed stands in its comments. Raises
    AssumptionsNotAccepted if the capacity is, unless that is accepted.
    """
    service, given = configuration.service_for(series), configuration.service
    if "capacity_per_minute" in assumed_in(given) and not accept_assumptions:
        raise AssumptionsNotAccepted(
            f"The capacity of {series.name!r} is not given: {service.capacity_per_minute:g} requests a minute and "
            "replica are only assumed, and a cluster would scale by them. Give the capacity that you measured "
            f"(PUT /datasets/{series.name}/service, the Scaling page, or --capacity-per-minute), or accept the "
            "assumption: accept_assumptions=true, --accept-assumptions, or the box on the page."
        )
    assumptions = [f"ASSUMED: {text}" for text in assumptions_of(given, service)]
    configuration = _with_number(series, service, configuration)
    if form == "hpa":
        return manifests.hpa(series.name, service, configuration, assumptions)

    def replicas_of(entry: CalendarEntry) -> int:
        return service.within_limits(entry.replicas or _usual_peak(series, service, configuration, entry))

    events = cron_triggers(configuration.schedule, series.time_zone, replicas_of)
    return manifests.keda(series.name, service, configuration, url, events, assumptions, with_key=with_key)


def _with_number(series: Series, service: ScaledService, configuration: Configuration) -> Configuration:
    """The configuration of a fixed policy with its number: what the highest known bin needs, unless it is given."""
    if configuration.policy != policy_names.FIXED or "replicas" in configuration.parameters:
        return configuration
    peak = float(np.nanmax(series.requests_count)) * service.demand_multiplier
    needed = float(service.replicas_needed(peak, series.bin_seconds))
    return replace(configuration, parameters={"replicas": float(service.within_limits(needed))})


def _usual_peak(series: Series, service: ScaledService, configuration: Configuration, entry: CalendarEntry) -> int:
    """The most replicas that an entry with a factor asks for in the weeks that are known."""
    first = max(0, len(series) - PROFILE_WEEKS * 7 * series.bins_per_day)
    edges = series.start + series.bin_seconds * np.arange(first, len(series))
    active = np.zeros(len(edges), np.bool_)
    for start, end in entry.spans(int(edges[0]), int(edges[-1]), series.time_zone):
        active |= (edges < end) & (edges + series.bin_seconds > start)
    demand = learned_demand(series, len(series), first, len(series), 1, configuration.slo.level)
    usual = demand[active] if active.any() else demand  # an event of its own kind: its hour was never seen
    highest = float(np.nanmax(usual, initial=0.0)) * service.demand_multiplier
    return max(1, math.ceil((entry.factor or 1.0) * highest / service.usable_per_step(series.bin_seconds)))
