"""The requests of the page: its keys of the URL, and the scaling requests of a view of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import orjson

from forecasting.forecasters.base import MAX_HORIZON
from forecasting.scaling.config.policy_names import FORECAST_DRIVEN
from forecasting.scaling.config.request import ScalingRequest, from_origin
from forecasting.scaling.kernels.inputs import BINDINGS
from forecasting.scaling.simulation.replay import Replay, evaluated_within, replay_of, source_for
from forecasting.scaling.simulation.warm_up import effort, reach_of
from forecasting.scaling.simulation.what_if import TrafficSurge, WhatIf, middle_of, replay_supposing, supposing
from forecasting.settings import Settings
from forecasting.timeseries.clock import moment_of
from forecasting.timeseries.timeframes import DAY, MINUTE
from webapp.jobs.panel import PageJob
from webapp.ui.address import Key, View, number, one_of, whole
from webapp.ui.service_form import SERVICE_KEYS, arguments_of, request_of
from webapp.ui.service_form.configuration import number_in

NAME = "scaling"
HORIZON = 60
ACTION_NAMES = {"changes": "changes", "scale_up": "scale out", "scale_down": "scale in", "all": "every bin"}
ACTIONS = {"changes": ("scale_up", "scale_down"), "all": ("hold", "scale_up", "scale_down")}
"""The actions that each choice of the log shows, if not only the one of its name."""

ANY_BINDING = "any"
BINDING_NAMES = {name.replace(" ", "-"): name for name in BINDINGS}
"""Binding terms as the URL has them."""

REHEARSING = PageJob("scaling-rehearse", "rehearse", "Forecasting the days to replay")
DIRECT = 200_000
"""Most forecasts that are made within a request, in about a second; more are made by a job, the first time."""


def _time(text: str) -> str:
    moment_of(text, None, field="origin")
    return text


KEYS: tuple[Key, ...] = (
    *SERVICE_KEYS,
    Key("horizon", whole(1, MAX_HORIZON), HORIZON),
    Key("origin", _time, of_dataset=True),
    Key("growth", number(0.05, 50), 1.0),
    Key("slower", number(0.1, 20), 1.0),
    Key("flash", number(0.05, 100), 1.0),
    Key("flash_at", _time, of_dataset=True),
    Key("flash_minutes", whole(1, DAY // MINUTE), 30),
    Key("error", number(-90, 300), 0.0),
    Key("action", one_of(*ACTION_NAMES), "changes"),
    Key("binding", one_of(ANY_BINDING, *BINDING_NAMES), ANY_BINDING),
    Key("page", whole(1, 1_000_000), 1),
)
"""horizon: bins. growth, slower, flash: factors, 1 changes nothing. error: percent. flash_at: start of a surge."""

LOG_KEYS = ("action", "binding", "page")
PLAN_KEYS = ("horizon", "origin")
SUPPOSED_KEYS = ("flash", "flash_at", "flash_minutes", "error")


@dataclass(frozen=True, eq=False)
class ReplayRequest:
    """The replay of a view, with its model, days and what-if resolved once.

    `plain` is the replay without the what-if; it is `replay` itself if there is none.
    """

    request: ScalingRequest
    what_if: WhatIf
    plain: Replay
    replay: Replay


def asked_by(view: View, *but: str) -> str:
    """Return all values of a view as one text to compare with another, without the keys named."""
    stored = view.to_store()["values"]
    values = {name: value for name, value in stored.items() if name not in but} if isinstance(stored, dict) else {}
    return orjson.dumps([view.version, values], option=orjson.OPT_SORT_KEYS).decode()


def present_request(view: View, settings: Settings) -> ScalingRequest:
    """Return the request for the replicas to run now: at the view's origin, with its growth and start-up time."""
    what_if = WhatIf(growth=_factor(view, "growth"), slower=_factor(view, "slower"))
    request = supposing(request_of(view, settings, horizon=round(_factor(view, "horizon"))), what_if)
    if view["origin"] is None:
        return request
    return from_origin(request, moment_of(str(view["origin"]), view.info.time_zone, field="origin"))


def replay_request(view: View, settings: Settings) -> ReplayRequest:
    """Return the replay of the days in the view's range; raises InputError for what the service layer refuses."""
    request = request_of(view, settings)
    source = source_for(request)
    request = evaluated_within(request, source, *view.span)
    plain = replay_of(request, source)
    what_if = _what_if(view, plain)
    return ReplayRequest(request, what_if, plain, replay_supposing(plain, what_if, settings))


def _what_if(view: View, replay: Replay) -> WhatIf:
    """The what-if of a view; a traffic surge without a time is in the middle of the days."""
    surge = None
    if view["flash"] != 1.0:
        start = view["flash_at"]
        at = middle_of(replay) if start is None else moment_of(str(start), view.info.time_zone, field="flash_at")
        surge = TrafficSurge(at, round(_factor(view, "flash_minutes") * MINUTE), _factor(view, "flash"))
    return WhatIf(_factor(view, "growth"), _factor(view, "slower"), surge, _factor(view, "error") / 100.0)


def rehearsal_of(view: View, resolved: ReplayRequest) -> dict[str, object] | None:
    """Return the arguments of the job that forecasts the days of a replay; None if that takes no job."""
    request = resolved.request
    if request.policy not in FORECAST_DRIVEN or effort(resolved.replay) <= DIRECT:
        return None
    return {
        "dataset": view.dataset,
        "timeframe": view.timeframe,
        "model": request.model_type,
        "model_set": request.model_set,
        "reach": reach_of(resolved.replay),
        "start": request.start,
        "end": request.end,
    }


def arguments(view: View) -> Mapping[str, object]:
    """Return what the decisions of a replay depend on, as JSON."""
    what_if = {name: view[name] for name in ("growth", "slower", *SUPPOSED_KEYS)}
    return {**arguments_of(view), **what_if, "span": list(view.span)}


def _factor(view: View, key: str) -> float:
    """The number of a key that always has one."""
    return number_in(view, key) or 0.0
