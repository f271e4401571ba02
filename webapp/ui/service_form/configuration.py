"""From a view to the configuration and the scaling request that it stands for."""

from __future__ import annotations

from flask import g

from forecasting.errors import ForecastingError
from forecasting.scaling.config.calendar import CalendarEntry
from forecasting.scaling.config.objective import Objective
from forecasting.scaling.config.request import ScalingRequest
from forecasting.scaling.config.scaled_service import ScaledService
from forecasting.scaling.config.stored_configuration import Configuration
from forecasting.settings import Settings
from webapp.app.context import context
from webapp.ui.address import View
from webapp.ui.service_form.keys import PERCENT, REQUESTS, SERVICE_FIELDS, stored_of
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
    return stored_of(view.dataset).overridden(
        {
            "policy": view["policy"],
            "model_type": view["model"],
            "service": service,
            "slo": Objective.of_share(share / PERCENT, of_requests=view["kind"] == REQUESTS),
            "current_replicas": view["replicas"],
        }
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


def arguments_of(view: View) -> dict[str, object]:
    """Return the request of a view as JSON: the arguments of a job, the key of a cached result.

    `request.request_of(series, Configuration(), arguments, settings)` is the request again.
    """
    return {
        "timeframe": view.timeframe,
        **configuration_of(view).to_dict(),
        "parameters": parameters_of(view),
        "scale_in_window_seconds": view["window"],
    }


def request_of(
    view: View, settings: Settings, *, schedule: tuple[CalendarEntry, ...] = (), horizon: int | None = None
) -> ScalingRequest:
    """Return the request about the view's whole data set in its timeframe; raises InputError for contradictions."""
    configuration = configuration_of(view)
    return ScalingRequest(
        series=view.series,
        timeframe=view.timeframe,
        service=configuration.service,
        policy=configuration.policy,
        model_type=configuration.model_type,
        slo=configuration.slo,
        current_replicas=configuration.current_replicas,
        parameters=parameters_of(view),
        scale_in_window_seconds=round(number_in(view, "window") or 0),
        schedule=schedule,
        horizon=horizon,
        settings=settings,
    )


def proposed_service(view: View) -> ScaledService | None:
    """Return the view's service with every field filled; None if it is wrong, which the answer of the page explains."""
    try:
        return configuration_of(view).service_for(view.series)
    except ForecastingError:
        return None
