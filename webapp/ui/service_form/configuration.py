"""From a view to the configuration and the scaling request that it stands for."""

from __future__ import annotations

from dataclasses import replace

from flask import g

from forecasting.errors import ForecastingError
from forecasting.scaling.config.objective import Objective
from forecasting.scaling.config.request import ScalingRequest
from forecasting.scaling.config.scaled_service import ScaledService
from forecasting.scaling.config.stored_configuration import Configuration
from forecasting.settings import Settings
from webapp.app.context import context
from webapp.ui.address import View
from webapp.ui.service_form.keys import (
    AUTOMATIC,
    PERCENT,
    REQUESTS,
    SERVICE_FIELDS,
    behavior_in,
    events_of_text,
    stored_of,
)
from webapp.ui.service_form.policy_keys import AUTO, PARAMETER_KEYS, POLICY_FIELDS, QUANTILE_GOAL


def number_in(view: View, key: str) -> float | None:
    """Return the number that a view has for a key; None if it has none."""
    value = view[key]
    return value if isinstance(value, int | float) else None


def configuration_of(view: View) -> Configuration:
    """Return the configuration of a view: its fields in place of those stored for the data set.

    Raises InputError naming the fields of the service that contradict each other.
    """
    service = {field: _scaled(number_in(view, key), scale) for key, (field, scale) in SERVICE_FIELDS.items()}
    share = number_in(view, "slo") or 0.0
    model_set = str(view["set"])
    configuration = stored_of(view.dataset).overridden(
        {
            "policy": view["policy"],
            "model_type": view["model"],
            "service": service,
            "slo": Objective.of_share(share / PERCENT, of_requests=view["kind"] == REQUESTS),
            "current_replicas": view["replicas"],
        }
    )
    return replace(
        configuration,
        parameters=_given_parameters(view),
        model_set=None if model_set == AUTOMATIC else model_set,
        schedule=tuple(event.entry for event in events_of_text(view["events"])),
        behavior=behavior_in(view["behavior"]),
        scale_in_window_seconds=round(number_in(view, "window") or 0),
    )


def _scaled(shown: float | None, scale: float) -> float | None:
    return shown if shown is None or scale == 1.0 else shown / scale


def store(view: View) -> None:
    """Store the configuration of a view for its data set, in place of all that was stored; raises ReadOnly."""
    context().catalog.keep_configuration(view.dataset, configuration_of(view).to_dict())
    g.pop("stored_configuration", None)


def parameters_of(view: View) -> dict[str, float]:
    """Return the parameters that a view has for its policy, by their names there; the others have defaults."""
    keys = [
        key for key in POLICY_FIELDS[str(view["policy"])] if key in PARAMETER_KEYS and view[key] not in (None, AUTO)
    ]
    if view["goal"] != QUANTILE_GOAL:
        keys = [key for key in keys if key != "quantile"]
    return {PARAMETER_KEYS[key].parameter: PARAMETER_KEYS[key].value(view[key]) for key in keys}


def _given_parameters(view: View) -> dict[str, float]:
    """Return the parameters of a view that are not the policy's defaults."""
    usual = {
        key.parameter: key.value(key.default) for key in PARAMETER_KEYS.values() if key.default not in (None, AUTO)
    }
    goal = {"quantile"} if view["goal"] == QUANTILE_GOAL else set()
    return {name: value for name, value in parameters_of(view).items() if name in goal or usual.get(name) != value}


def arguments_of(view: View) -> dict[str, object]:
    """Return the request of a view as JSON: the arguments of a job, the key of a cached result.

    `request.request_of(series, Configuration(), arguments, settings)` is the request again.
    """
    return {"timeframe": view.timeframe, **configuration_of(view).to_dict()}


def request_of(view: View, settings: Settings, *, horizon: int | None = None) -> ScalingRequest:
    """Return the request about the view's whole data set in its timeframe; raises InputError for contradictions."""
    request = ScalingRequest.for_series(view.series, configuration_of(view), view.timeframe, settings)
    return request if horizon is None else replace(request, horizon=horizon)


def proposed_service(view: View) -> ScaledService | None:
    """Return the view's service with every field filled; None if it is wrong, which the answer of the page explains."""
    try:
        return configuration_of(view).service_for(view.series)
    except ForecastingError:
        return None
