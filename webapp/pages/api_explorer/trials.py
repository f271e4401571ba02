"""An initial request for every call, from the example of the document and the selected data set."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeGuard

from forecasting.jobs import JobQueue
from forecasting.model_sets.names import SHIPPED
from forecasting.timeseries.clock import wall_text
from forecasting.timeseries.series import Series
from forecasting.timeseries.timeframes import API_TIMEFRAMES, DAY
from webapp.app.context import context
from webapp.pages.api_explorer.calls import FILE, PATH, Call, CallField
from webapp.ui.address import View

TRIAL_NAME = "trial"
"""The data set for calls that change stored data, so that no real data set is affected."""

POINTS = 24
"""The number of points in an example body, short enough to read."""

FILE_NAME = "example.csv"


@dataclass(frozen=True)
class Trial:
    """The initial values of a request: text by (where, name) of its fields ("": omitted), and its JSON body.

    The text of a file field is the content of a small file.
    """

    values: Mapping[tuple[str, str], str]
    body: str | None


def trial_of(call: Call, view: View) -> Trial:
    """Return the initial request of a call for the data set of a view; it never changes a data set of the user."""
    values = {(field.where, field.name): _value(call, field, view) for field in call.fields}
    return Trial(values, None if call.body is None else _json_text(_body(call, view)))


def _value(call: Call, field: CallField, view: View) -> str:
    if field.where == FILE:
        return _csv(_points(view))
    if field.name in ("dataset", "name") and (field.where == PATH or field.required):
        return TRIAL_NAME if call.changes else view.dataset
    values = {
        "timeframe": _timeframe(field, view),
        "model_type": "lightgbm" if field.required else "",
        "model_set": SHIPPED if field.required else "",
        "dry_run": "true",
        "job_id": _newest_job() if field.required else "",
        **_times(field, view),
    }
    return values.get(field.name) or (field.choices[0] if field.required and field.choices else "")


def _newest_job() -> str:
    """Return the id of the newest job, or what stands for one while there is none."""
    return next((job.id for job in JobQueue(context().settings).list(limit=1)), "ID")


def _timeframe(field: CallField, view: View) -> str:
    """Return the view's timeframe if the field allows it and it differs from the data set's own."""
    is_needed = view.timeframe in field.choices if field.choices else view.timeframe != view.info.timeframe
    return view.timeframe if is_needed else ""


def _times(field: CallField, view: View) -> dict[str, str]:
    """Return the last day of the data set, and its end as the time of the recommendation."""
    first, end = max(view.info.start, view.info.end - DAY), view.info.end
    moments = {"start": first, "end": end, "as_of": end}
    return {name: wall_text(moment, view.info.time_zone) for name, moment in moments.items() if name == field.name}


def _body(call: Call, view: View) -> dict[str, object]:
    body = dict(call.body or {})
    if call.changes or view.timeframe not in API_TIMEFRAMES:
        return body
    own: dict[str, object] = {"dataset": view.dataset, "timeframe": view.timeframe}
    if "data" in body:
        own["data"] = [{"ds": ds, "y": y} for ds, y in _points(view)]
    return {name: own.get(name, value) for name, value in body.items()}


def _points(view: View) -> list[tuple[str, float | None]]:
    """Return the last bins of the data set in the view's timeframe: whole numbers as int, None if unknown."""
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


def _json_text(body: Mapping[str, object]) -> str:
    """Return JSON with one line per field; lists of rows come last, with one line per row."""
    fields = sorted(body.items(), key=lambda field: _is_rows(field[1]))
    return "{\n" + ",\n".join(f"  {json.dumps(name)}: {_lines(value)}" for name, value in fields) + "\n}"


def _is_rows(value: object) -> TypeGuard[list[Mapping[str, object]]]:
    return isinstance(value, list) and bool(value) and isinstance(value[0], Mapping)


def _lines(value: object) -> str:
    if _is_rows(value):
        return "[\n" + ",\n".join(f"    {json.dumps(row)}" for row in value) + "\n  ]"
    return json.dumps(value)
