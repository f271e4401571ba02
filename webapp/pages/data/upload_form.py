"""The form of an upload: the fields of `POST /datasets`."""

from __future__ import annotations

from collections.abc import Mapping

import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

from forecasting.readers import FORMATS

UNSET = "-"
"""The value of a choice that leaves its field out; `assets/data.js` uses it too."""

BINS = ("1m", "5m", "15m", "30m", "1h", "1d")
FORMAT_NAMES = {
    "csv": "CSV of counts",
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


def field_id(field: str) -> dict[str, str]:
    """Return the id of the control of a field."""
    return {"type": "data-field", "field": field}


def error_id(field: str) -> dict[str, str]:
    """Return the id of the error message of a field."""
    return {"type": "data-error", "field": field}


def form() -> Component:
    """Return all fields of an import; hidden until there are files."""
    zone = html.Button("Use this computer's zone", type="button", id="data-zone", className="chart-button")
    formats = {UNSET: "detect automatically", **{name: FORMAT_NAMES.get(name, name) for name in FORMATS}}
    bins = {UNSET: "as in the file (logs: 1m)", **{name: name for name in BINS}}
    main = [
        _field("name", "Name", _text("name"), html.Span(id="data-name-note", role="status")),
        _field("format", "Format", _select("format", formats)),
        _field("time_zone", "Time zone", _text("time_zone", "Europe/Paris or -04:00"), zone),
        _field("timeframe", "Bin", _select("timeframe", bins)),
    ]
    more = html.Details([html.Summary("Filters, patterns, outages"), html.Div(_more(), className="data-fields")])
    return html.Div([html.Div(main, className="data-fields"), more], id="data-form", hidden=True)


def _more() -> list[Component]:
    duplicates = {
        "": "refuse if they are of several series",
        "last": "use the last row per time",
        "sum": "add rows of the same time",
    }
    units = {
        "": "requests in each bin",
        "per-second": "requests per second",
        "per-minute": "requests per minute",
        "counter": "a cumulative counter",
    }
    missing = {"": "unknown", "zero": "no requests"}
    marks = {"": "as the column shows", ".": "a point", ",": "a comma"}
    flags = {
        "keep_zero_runs": "Treat long runs of zeros as real",
        "exclude_bots": "Exclude bots",
        "exclude_static": "Exclude static files",
    }
    return [
        _field("status", "Status (logs)", _text("status", "2xx,404")),
        _field("method", "Method (logs)", _text("method", "GET,POST")),
        _field("path_prefix", "Path begins with (logs)", _text("path_prefix", "/shop")),
        _field("time_column", "Time column (table)", _text("time_column", "Time, or 1")),
        _field("count_column", "Count column (table)", _text("count_column", "Requests, or 2")),
        _field("sum_columns", "Columns to add up (table)", _text("sum_columns", "200, 404")),
        _field("where", "Only rows with (table)", _text("where", "path=/checkout")),
        _field("unit", "Values are (table)", _select("unit", units, "")),
        _field("missing", "Bins without a row are (table)", _select("missing", missing, "")),
        _field("decimal_mark", "Decimal mark (table)", _select("decimal_mark", marks, "")),
        _field("duplicates", "Rows with the same time (table)", _select("duplicates", duplicates, "")),
        _field("json_time", "Time key (JSON)", _text("json_time", "eventTime")),
        _field("json_status", "Status key (JSON)", _text("json_status", "response.code")),
        _field(
            "pattern",
            "Pattern",
            _text("pattern", "for a custom log format"),
            "a regular expression with a group named time",
        ),
        _field(
            "time_format",
            "Time format",
            _text("time_format", "%d.%m.%Y %H:%M:%S"),
            "of that group, or of the times in a CSV",
        ),
        _field("outage", "Outages", _outages(), "START/END, one per line: treated as unknown"),
        *(_flag(field, label) for field, label in flags.items()),
    ]


def _field(field: str, label: str, control: Component, note: Component | str | None = None) -> Component:
    return html.Div(
        [
            html.Label([html.Span(label, className="field-label"), control]),
            html.Small(note, className="field-why") if note is not None else "",
            html.Div(id=error_id(field), className="data-error", role="alert"),
        ],
        className="data-field",
    )


def _flag(field: str, label: str) -> Component:
    check = dbc.Checklist(id=field_id(field), options=[{"label": label, "value": "true"}], value=[], switch=True)
    error = html.Div(id=error_id(field), className="data-error", role="alert")
    return html.Div([check, error], className="data-field")


def _text(field: str, placeholder: str = "") -> Component:
    return dbc.Input(
        id=field_id(field), type="text", value="", placeholder=placeholder, debounce=True, size="sm", autocomplete="off"
    )


def _outages() -> Component:
    return dbc.Textarea(
        id=field_id("outage"),
        value="",
        placeholder="2026-03-01 10:00/2026-03-01 12:00",
        rows=2,
        debounce=True,
        size="sm",
    )


def _select(field: str, options: Mapping[str, str], value: str = UNSET) -> Component:
    listed = [{"value": name, "label": text} for name, text in options.items()]
    return dbc.Select(id=field_id(field), options=listed, value=value, size="sm")
