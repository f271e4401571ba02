"""The layout of the page: the list of calls, the request form, the response, and the request as code."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from urllib.parse import urlencode

import dash_bootstrap_components as dbc
from dash import ALL, dcc, html
from dash.development.base_component import Component

from webapp.access.identity import why_no_change
from webapp.app.context import context
from webapp.pages.api_explorer.calls import FILE, FORM_FIELD, Call, CallField
from webapp.pages.api_explorer.requests import PATH, described_calls
from webapp.pages.api_explorer.trials import FILE_NAME, TRIAL_NAME, Trial, trial_of
from webapp.ui.address import View, timeframes_of
from webapp.ui.components.models import models_section
from webapp.ui.page_frame import control_id, segments

LANGUAGES = {"curl": "curl", "python": "Python", "javascript": "JavaScript"}
MOST_ROWS = 22
FIELD = {"type": "api-field", "where": ALL, "name": ALL}
BODY = ("body", "json")


def content(view: View) -> Component:
    """Return the whole page; the rest happens in the browser."""
    calls = described_calls()
    (selected,) = (call for call in calls if call.name == view["call"])
    side = html.Nav(_call_list(calls, view), className="api-calls", **{"aria-label": "Calls"})
    results = html.Div([_response(), _snippets()], className="stack")
    work = html.Div([_request(selected, trial_of(selected, view)), results], className="api-work")
    return html.Div([_introduction(calls, view), html.Div([side, work], className="api-grid"), models_section()])


def _introduction(calls: tuple[Call, ...], view: View) -> Component:
    links = [html.A("Swagger UI", href="/docs"), html.A("ReDoc", href="/redoc")]
    links.append(html.A("openapi.json", href="/openapi.json"))
    summary = f"{len(calls)} calls give a program everything on these pages. Try one, then copy it as code."
    row = html.Div([html.Span(["Reference: ", *_joined(links)]), *_filled_with(view)], className="api-row")
    return html.Div([html.P(summary, className="answer"), row])


def _filled_with(view: View) -> tuple[Component, Component]:
    names = [info.name for info in context().catalog.list()]
    dataset = dbc.Select(id=control_id("dataset"), options=names, value=view.dataset, size="sm")
    timeframes = {name: name for name in timeframes_of(view.info)}
    return (
        html.Label([html.Span("Example data"), dataset], className="api-dataset"),
        segments("timeframe", "Bin", timeframes, view.timeframe),
    )


def _joined(parts: list[Component]) -> Iterator[Component | str]:
    for at, part in enumerate(parts):
        yield from ((" · ", part) if at else (part,))


def _call_list(calls: tuple[Call, ...], view: View) -> list[Component]:
    """Return one link per call; on a phone behind a button."""
    button = html.Button(
        f"{view['call']}",
        type="button",
        className="context-chip",
        **{"aria-expanded": "false", "aria-controls": "calls"},
    )
    groups = [
        html.Div([html.H2(group, className="api-group"), *(_call_link(call, view) for call in members)])
        for group, members in groupby(calls, key=lambda call: call.group)
    ]
    return [button, html.Div(groups, id="calls", className="api-list")]


def _call_link(call: Call, view: View) -> Component:
    query = {name: value for name, value in view.to_store()["values"].items() if value != view.defaults[name]}
    is_selected = call.name == view["call"]
    refusal = why_no_change() if call.changes else ""
    lock = _lock_mark(refusal) if refusal else ""
    return dcc.Link(
        [_method(call), html.Span(_breakable(call.path), className="api-path"), lock],
        href=f"{PATH}?{urlencode({**query, 'call': call.name})}",
        className="api-call active" if is_selected else "api-call",
        title=call.summary,
    )


def _breakable(path: str) -> list[Component | str]:
    """Return a path that wraps only before its slashes."""
    return [part for name in path.split("/")[1:] for part in (html.Wbr(), f"/{name}")]


def _method(call: Call) -> Component:
    return html.Span(call.method, className=f"api-method api-{call.method.lower()}")


def _lock_mark(refusal: str) -> Component:
    return html.I(className="bi bi-lock-fill", title=f"Rejected: {refusal}", role="img")


def _request(call: Call, trial: Trial) -> Component:
    head = html.H2([_method(call), html.Span(_breakable(call.path))], className="api-head")
    needed = [field for field in call.fields if field.required or trial.values[field.where, field.name]]
    others = [field for field in call.fields if field not in needed]
    more = html.Details([html.Summary(f"{len(others)} more fields"), _fields(others, trial)]) if others else ""
    described = {"method": call.method, "path": call.path, "operation": call.operation, "body": trial.body is not None}
    described |= {"form": any(field.where == FORM_FIELD for field in call.fields), "file": FILE_NAME}
    described |= {"many": [field.name for field in call.fields if field.many]}
    parts = [
        dcc.Store(id="api-call", data=described),
        dcc.Store(id="api-file"),
        head,
        html.P([*_with_code(call.summary), " ", html.A("Reference", href=f"/docs#/{call.group}/{call.operation}")]),
        _note(call),
        _fields(needed, trial),
        more,
        _body_field(trial),
        _send(call),
    ]
    return html.Section(parts, className="panel", **{"aria-label": "Request"})


def _note(call: Call) -> Component | str:
    if not call.changes:
        return ""
    if refusal := why_no_change():
        message = f"{refusal} The server rejects this call; send it to see the error."
        return dbc.Alert(message, color="warning", class_name="notice")
    message = "This call changes stored data. The example uses a separate data set, "
    return html.P([message, html.Code(TRIAL_NAME), ", which POST /datasets/{name}/points creates."], className="muted")


def _with_code(text: str) -> list[Component | str]:
    """Return text with the parts in backticks as code."""
    return [html.Code(part) if at % 2 else part for at, part in enumerate(text.split("`"))]


def _fields(fields: list[CallField], trial: Trial) -> Component:
    return html.Div([_field(field, trial.values[field.where, field.name]) for field in fields], className="api-fields")


def _field(field: CallField, value: str) -> Component:
    name = html.Span([field.name, html.Span(" *", title="required") if field.required else ""], className="api-name")
    parts = [name, _widget(field, value), html.Span(_with_code(field.description), className="api-description")]
    if field.where != FILE:
        return html.Label(parts, className="api-field")
    # The script inserts a file input, which Dash does not have
    own = html.Label(["Or your own files: ", html.Span(className="api-own-files", **{"data-name": field.name})])
    return html.Div([html.Label(parts, className="api-field"), own], className="api-file")


def _widget(field: CallField, value: str) -> Component:
    identity = {"type": "api-field", "where": field.where, "name": field.name}
    default = f"{field.default} (default)" if field.default else ""
    if field.choices:
        absent = [] if field.required else [{"label": default or "–", "value": ""}]
        options = absent + [{"label": choice, "value": choice} for choice in field.choices]
        return dbc.Select(id=identity, options=options, value=value, placeholder=default or "–")
    if field.where == FILE:
        return dbc.Textarea(id=identity, value=value, rows=6, class_name="api-code", spellcheck=False)
    if field.many:
        return dbc.Textarea(id=identity, value=value, rows=2, placeholder="one per line", class_name="api-code")
    return dbc.Input(id=identity, value=value, placeholder=default, type="text", autocomplete="off")


def _body_field(trial: Trial) -> Component | str:
    if trial.body is None:
        return ""
    where, name = BODY
    area = dbc.Textarea(
        id={"type": "api-field", "where": where, "name": name},
        value=trial.body,
        rows=min(MOST_ROWS, trial.body.count("\n") + 2),
        class_name="api-code",
        spellcheck=False,
    )
    return html.Label([html.Span("Body (JSON)", className="api-name"), area], className="api-field api-body")


def _send(call: Call) -> Component:
    send = dbc.Button("Send", id="api-send", color="danger" if call.method == "DELETE" else "primary")
    cancel = html.Button("Cancel", type="button", className="btn btn-outline-secondary api-cancel")
    line = html.Code(id="api-line", className="api-line")
    return html.Div([send, cancel, line], className="api-send-row")


def _response() -> Component:
    title = html.H2("Response", className="api-title")
    status = html.Span("Not sent yet.", id="api-status", role="status")
    download = html.Button("Download", type="button", className="btn btn-sm btn-outline-secondary api-download")
    head = html.Div([title, status, download], className="api-answer-head")
    body = html.Pre(id="api-answer", className="code", tabIndex="0", **{"aria-label": "Response"})
    note = html.P(id="api-note", className="muted")
    return html.Section([head, body, note], className="panel api-answer", id="api-answer-panel")


def _snippets() -> Component:
    choice = dbc.RadioItems(
        id="api-language",
        options=[{"label": label, "value": name} for name, label in LANGUAGES.items()],
        value="curl",
        persistence=True,
        persistence_type="local",
        class_name="btn-group segments",
        input_class_name="btn-check",
        label_class_name="btn btn-sm btn-outline-secondary",
        label_checked_class_name="active",
    )
    title = html.H2("This request as code", className="api-title", id="api-snippets-title")
    group = html.Div(choice, role="group", **{"aria-labelledby": "api-snippets-title"})
    head = html.Div([title, group, *map(_copy, LANGUAGES)], className="api-languages")
    return html.Section([head, *map(_snippet, LANGUAGES)], className="panel")


def _copy(name: str) -> Component:
    look = f"btn btn-sm btn-outline-secondary api-copy api-of-{name}"
    return html.Button("Copy", type="button", className=look, **{"data-copy": f"api-{name}"})


def _snippet(name: str) -> Component:
    shown = {"aria-label": LANGUAGES[name]}
    return html.Pre(id=f"api-{name}", className=f"code api-snippet api-of-{name}", tabIndex="0", **shown)
