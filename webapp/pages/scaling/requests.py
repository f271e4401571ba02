"""What the page asks: its keys of the URL, and the questions that a view of it puts to the service layer."""

from __future__ import annotations

from collections.abc import Mapping

import orjson

from forecasting.forecasters.base import MAX_HORIZON
from forecasting.scaling.config.calendar_text import Event, events_of
from forecasting.scaling.config.policy_names import FORECAST_DRIVEN
from forecasting.scaling.config.request import ScalingRequest, asked, from_origin, judged_within
from forecasting.scaling.kernels.inputs import BINDINGS
from forecasting.scaling.simulation.warm_up import effort, reach_of
from forecasting.scaling.simulation.what_if import FlashCrowd, WhatIf, middle_of, supposing
from forecasting.settings import Settings
from forecasting.timeseries.clock import moment_of
from forecasting.timeseries.timeframes import DAY, MINUTE
from webapp.jobs.panel import Job
from webapp.ui.address import Key, View, number, one_of, whole
from webapp.ui.service_form import SERVICE_KEYS, arguments_of, request_of

NAME = "scaling"
HORIZON = 60
ACTION_NAMES = {"changes": "changes", "scale_up": "scale out", "scale_down": "scale in", "all": "every step"}
ACTIONS = {"changes": ("scale_up", "scale_down"), "all": ("hold", "scale_up", "scale_down")}
"""What each choice of the log shows; the others show themselves."""

ANY_BINDING = "any"
BINDING_NAMES = {name.replace(" ", "-"): name for name in BINDINGS}
"""Binding terms as the URL has them."""

REHEARSING = Job("scaling-rehearse", "rehearse", "Forecasting the days to replay")
DIRECT = 200_000
"""Forecasts that are made within a request, in about a second; more are a job, the first time."""


def _time(text: str) -> str:
    moment_of(text, None, field="origin")
    return text


def _events(text: str) -> str:
    events_of(text)
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
    Key("events", _events, of_dataset=True),
    Key("action", one_of(*ACTION_NAMES), "changes"),
    Key("binding", one_of(ANY_BINDING, *BINDING_NAMES), ANY_BINDING),
    Key("page", whole(1, 1_000_000), 1),
)
"""horizon: bins. growth, slower, flash: factors, 1 changes nothing. error: percent. flash_at: when a crowd begins."""

LOG_KEYS = ("action", "binding", "page")
PLAN_KEYS = ("horizon", "origin")
SUPPOSED_KEYS = ("flash", "flash_at", "flash_minutes", "error")


def asked_by(view: View, *but: str) -> str:
    """All that a view says, as one text to compare with another; without the keys named."""
    said = {name: value for name, value in view.to_store()["values"].items() if name not in but}
    return orjson.dumps([view.version, said], option=orjson.OPT_SORT_KEYS).decode()


def events(view: View) -> tuple[Event, ...]:
    """The known events of a view."""
    return events_of(view["events"] or "")


def present_question(view: View, settings: Settings) -> ScalingRequest:
    """What to run now: at the view's origin, its growth and slower boots supposed."""
    supposed = WhatIf(growth=view["growth"], slower=view["slower"])
    question = supposing(_with_events(view, settings, horizon=view["horizon"]), supposed)
    if view["origin"] is None:
        return question
    return from_origin(question, moment_of(view["origin"], view.info.time_zone, field="origin"))


def replay_question(view: View, settings: Settings) -> ScalingRequest:
    """The days of the view's range to replay, nothing supposed."""
    return judged_within(_with_events(view, settings), *view.span)


def what_if(view: View, question: ScalingRequest) -> WhatIf:
    """What the view supposes of the days replayed; a crowd that has no time comes in their middle."""
    crowd = None
    if view["flash"] != 1.0:
        start = view["flash_at"]
        at = middle_of(question) if start is None else moment_of(start, view.info.time_zone, field="flash_at")
        crowd = FlashCrowd(at, view["flash_minutes"] * MINUTE, view["flash"])
    return WhatIf(view["growth"], view["slower"], crowd, view["error"] / 100.0)


def rehearsal_of(view: View, question: ScalingRequest) -> dict[str, object] | None:
    """The arguments of the job that forecasts the question's days for the boots supposed; None where that is done at
    once.
    """
    if question.policy not in FORECAST_DRIVEN:
        return None
    replay = supposing(question, WhatIf(slower=view["slower"])).replay()
    if effort(replay) <= DIRECT:
        return None
    days = {"start": question.start, "end": question.end}
    return {
        "dataset": view.dataset,
        "timeframe": view.timeframe,
        "model": question.model,
        "reach": reach_of(replay),
        **days,
    }


def arguments(view: View) -> Mapping[str, object]:
    """What the decisions of a replay depend on, as JSON."""
    supposed = {name: view[name] for name in ("growth", "slower", *SUPPOSED_KEYS, "events")}
    return {**arguments_of(view), **supposed, "span": list(view.span)}


def _with_events(view: View, settings: Settings, **more: object) -> ScalingRequest:
    schedule = tuple(event.entry for event in events(view))
    return asked(request_of(view, settings), schedule=schedule, **more)
