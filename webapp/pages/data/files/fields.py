"""The form of an import: the fields of `POST /datasets`, in groups."""

from __future__ import annotations

from collections.abc import Mapping

import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

from forecasting.readers import FORMATS

UNSET = "-"
"""The value of a choice that leaves its field out; `assets/data.js` uses it too."""

BINS = (
    "1m",
    "2m",
    "3m",
    "5m",
    "6m",
    "10m",
    "12m",
    "15m",
    "20m",
    "30m",
    "1h",
    "2h",
    "3h",
    "4h",
    "6h",
    "8h",
    "12h",
    "1d",
)
FORMAT_NAMES = {
    "csv": "table (CSV, Parquet, Excel)",
    "common": "Common Log Format",
    "combined": "Combined Log Format",
    "json_lines": "JSON lines",
    "w3c": "W3C extended (IIS, CloudFront)",
    "alb": "AWS application load balancer",
    "elb": "AWS classic load balancer",
    "haproxy": "HAProxy HTTP",
    "access_line": "other access logs",
    "pattern": "custom (pattern)",
}
LABELS = {
    "name": "Name",
    "format": "Format",
    "time_zone": "Time zone",
    "timeframe": "Bin",
    "append": "Append to this data set",
    "overlap": "Bins that have a count already",
    "time_column": "Time column",
    "count_column": "Count column",
    "sum_columns": "Columns to add up",
    "where": "Only rows with",
    "unit": "Values of a table are",
    "missing": "Bins without a row are",
    "duplicates": "Rows with the same time",
    "decimal_mark": "Decimal mark",
    "sheet": "Sheet of a workbook",
    "time_format": "Time format",
    "pattern": "Pattern",
    "json_time": "Time key (JSON)",
    "json_status": "Status key (JSON)",
    "status": "Status",
    "method": "Method",
    "path_prefix": "Path begins with",
    "exclude_bots": "Exclude bots",
    "exclude_static": "Exclude static files",
    "outage": "Outages",
    "keep_zero_runs": "Treat long runs of zeros as real",
}
"""What each field is called on the page."""

CHOICES: dict[str, dict[str, str]] = {
    "format": {UNSET: "detect automatically", **{name: FORMAT_NAMES.get(name, name) for name in FORMATS}},
    "timeframe": {UNSET: "as in the file (logs: 1m)", **{name: name for name in BINS}},
    "overlap": {
        UNSET: "refuse",
        "replace": "take the new counts",
        "keep": "keep the stored counts",
        "add": "add both up",
    },
    "unit": {
        UNSET: "requests in each bin",
        "per-second": "requests per second",
        "per-minute": "requests per minute",
        "counter": "a cumulative counter",
    },
    "missing": {UNSET: "unknown", "zero": "no requests"},
    "duplicates": {
        UNSET: "refuse if they are of several series",
        "last": "use the last row per time",
        "sum": "add rows of the same time",
    },
    "decimal_mark": {UNSET: "as the column shows", ".": "a point", ",": "a comma"},
}
"""The values of fields with few of them, and what they are called."""

_EXAMPLES = {
    "time_zone": "Europe/Paris or -04:00",
    "time_column": "Time, or 1",
    "count_column": "Requests, or 2",
    "sum_columns": "200, 404",
    "where": "path=/checkout",
    "sheet": "Sheet1, or 1",
    "time_format": "%d.%m.%Y %H:%M:%S",
    "pattern": "for a custom log format",
    "json_time": "eventTime",
    "json_status": "response.code",
    "status": "2xx,404",
    "method": "GET,POST",
    "path_prefix": "/shop",
    "outage": "2026-03-01 10:00/2026-03-01 12:00",
}
_NOTES = {
    "where": "COLUMN=VALUE, one per line",
    "pattern": "a regular expression with a group named time",
    "time_format": "of the times in a table, or of the group named time",
    "outage": "START/END, one per line: treated as unknown",
}
LONG = ("where", "outage")
"""Fields with one value a line; `assets/data.js` splits them."""

FLAGS = ("append", "keep_zero_runs", "exclude_bots", "exclude_static")
GROUPS = {
    "table": (
        "Columns and numbers of a table",
        *("time_column", "count_column", "sum_columns", "where", "missing", "duplicates", "decimal_mark", "sheet"),
    ),
    "lines": ("Times, patterns and JSON keys", "time_format", "pattern", "json_time", "json_status"),
    "filters": ("Filters on requests", "status", "method", "path_prefix", "exclude_bots", "exclude_static"),
    "outages": ("Outages", "outage", "keep_zero_runs"),
}
"""The groups that can be opened: their title and fields."""


def field_id(field: str) -> dict[str, str]:
    """Return the id of the control of a field."""
    return {"type": "data-field", "field": field}


def error_id(field: str) -> dict[str, str]:
    """Return the id of the error message of a field."""
    return {"type": "data-error", "field": field}


def group_id(group: str) -> dict[str, str]:
    """Return the id of a group of fields that can be opened."""
    return {"type": "data-group", "group": group}


def form() -> Component:
    """Return all fields of an import; hidden until there are files."""
    zone = html.Button("Use this computer's zone", type="button", id="data-zone", className="chart-button")
    main = [
        _field("name", html.Span(id="data-name-note", role="status")),
        _field("format"),
        _field("time_zone", zone),
        _field("timeframe"),
        _field("unit"),
        _field("append"),
        _field("overlap"),
    ]
    groups = [
        html.Details(
            [html.Summary(title), html.Div([_field(field) for field in fields], className="data-fields")],
            id=group_id(group),
            open=False,
        )
        for group, (title, *fields) in GROUPS.items()
    ]
    return html.Div([html.Div(main, className="data-fields"), *groups], id="data-form", hidden=True)


def _field(field: str, note: Component | None = None) -> Component:
    error = html.Div(id=error_id(field), className="data-error", role="alert")
    if field in FLAGS:
        option = {"label": LABELS[field], "value": "true"}
        check = dbc.Checklist(id=field_id(field), options=[option], value=[], switch=True)
        return html.Div([check, error], className=f"data-field data-field-{field}")
    text = note if note is not None else _NOTES.get(field)
    return html.Div(
        [
            html.Label([html.Span(LABELS[field], className="field-label"), _control(field)]),
            html.Small(text, className="field-why") if text is not None else "",
            error,
        ],
        className=f"data-field data-field-{field}",
    )


def _control(field: str) -> Component:
    if field in CHOICES:
        return _select(field, CHOICES[field])
    common = {"id": field_id(field), "value": "", "placeholder": _EXAMPLES.get(field, ""), "debounce": True}
    if field in LONG:
        return dbc.Textarea(**common, rows=2, size="sm")
    return dbc.Input(**common, type="text", size="sm", autocomplete="off")


def _select(field: str, options: Mapping[str, str]) -> Component:
    listed = [{"value": name, "label": text} for name, text in options.items()]
    return dbc.Select(id=field_id(field), options=listed, value=next(iter(options)), size="sm")
