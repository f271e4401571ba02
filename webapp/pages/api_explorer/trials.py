"""A first request for every call: filled in with the document's example and with the data set that is looked at."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass

from forecasting.model_sets.names import SHIPPED
from forecasting.timeseries.clock import wall_text
from forecasting.timeseries.series import Series
from forecasting.timeseries.timeframes import API_TIMEFRAMES, DAY
from webapp.pages.api_explorer.calls import FILE, PATH, Call, CallField
from webapp.ui.address import View

TRIAL_NAME = "trial"
"""The data set that calls which change something are filled in with: never one that somebody needs."""

POINTS = 24
"""Of the data set's end, in a body that takes points: short enough to be read."""

FILE_NAME = "example.csv"


@dataclass(frozen=True)
class Trial:
    """A request as it is filled in at first: text by (where, name) of its fields ("": left out), and its JSON body.

    The text of a file field is the content of a small file.
    """

    values: Mapping[tuple[str, str], str]
    body: str | None


def trial_of(call: Call, view: View) -> Trial:
    """The first request of a call, for the data set of a view. What it sends never harms a data set of the user's."""
    values = {(field.where, field.name): _value(call, field, view) for field in call.fields}
    return Trial(values, None if call.body is None else _written(_body(call, view)))


def _value(call: Call, field: CallField, view: View) -> str:
    if field.where == FILE:
        return _csv(_points(view))
    if field.name in ("dataset", "name") and (field.where == PATH or field.required):
        return TRIAL_NAME if call.changes else view.dataset
    given = {
        "timeframe": _timeframe(field, view),
        "model_type": "lightgbm" if field.required else "",
        "model_set": SHIPPED if field.required else "",
        "dry_run": "true",
        **_times(field, view),
    }
    return given.get(field.name) or (field.choices[0] if field.required and field.choices else "")


def _timeframe(field: CallField, view: View) -> str:
    """That of the view, where the field takes it and it is not the data set's own anyway."""
    taken = view.timeframe in field.choices if field.choices else view.timeframe != view.info.timeframe
    return view.timeframe if taken else ""


def _times(field: CallField, view: View) -> dict[str, str]:
    """The last day of the data set, and its end as the moment to answer for."""
    first, end = max(view.info.start, view.info.end - DAY), view.info.end
    moments = {"start": first, "end": end, "as_of": end}
    return {name: wall_text(moment, view.info.time_zone) for name, moment in moments.items() if name == field.name}


def _body(call: Call, view: View) -> dict[str, object]:
    body = dict(call.body)
    if call.changes or view.timeframe not in API_TIMEFRAMES:
        return body
    own = {"dataset": view.dataset, "timeframe": view.timeframe}
    if "data" in body:
        own["data"] = [{"ds": ds, "y": y} for ds, y in _points(view)]
    return {name: own.get(name, value) for name, value in body.items()}


def _points(view: View) -> list[tuple[str, float | None]]:
    """The last bins of the data set in the view's timeframe, whole numbers as such, None where unknown."""
    series: Series = view.series
    last = series.slice(max(0, len(series) - POINTS), len(series))
    return [(ds, _plain(y)) for ds, y in zip(last.ds, last.requests_count.tolist(), strict=True)]


def _plain(value: float) -> float | None:
    if not math.isfinite(value):
        return None
    return int(value) if value == int(value) else value


def _csv(points: list[tuple[str, float | None]]) -> str:
    rows = (f"{ds},{'' if y is None else y}" for ds, y in points)
    return "\n".join(["timestamp,requests_count", *rows, ""])


def _written(body: Mapping[str, object]) -> str:
    """JSON with a line a field; lists of rows come last, with a line a row."""
    fields = sorted(body.items(), key=lambda field: _is_rows(field[1]))
    return "{\n" + ",\n".join(f"  {json.dumps(name)}: {_lines(value)}" for name, value in fields) + "\n}"


def _is_rows(value: object) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], Mapping)


def _lines(value: object) -> str:
    if _is_rows(value):
        return "[\n" + ",\n".join(f"    {json.dumps(row)}" for row in value) + "\n  ]"
    return json.dumps(value)
