"""Upload: the browser posts files to `POST /datasets`, first as a dry run; this module renders form and results.

`assets/data.js` sends them and puts the server's response into a store, from which the page draws the report, the
invalid fields, and whether the import may proceed. No file passes through a callback.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import dash_bootstrap_components as dbc
import msgspec
from dash import ALL, ClientsideFunction, Dash, Input, Output, State, ctx, dcc, html, no_update
from dash.development.base_component import Component

from forecasting.errors import FieldError, ForecastingError, InputError
from forecasting.readers.excerpt import Excerpt
from forecasting.readers.report import ImportReport
from forecasting.settings import MEBIBYTE, Settings
from webapp.app.context import context
from webapp.pages.data.change_signal import say_changed
from webapp.pages.data.files.fields import GROUPS, error_id, field_id, form, group_id
from webapp.pages.data.files.first_rows import first_rows, role_id, where_id
from webapp.pages.data.files.ways_out import buttons, on_page, ways
from webapp.pages.data.import_report import account, report_of, summary
from webapp.pages.data.next_steps import next_steps
from webapp.ui.components.chart import chart
from webapp.ui.components.notices import failed, problem
from webapp.ui.figures import data as figures

CANCELLED, UNREACHABLE = -1, 0
"""Values of `status` without a response of the server."""

READ_AT_ONCE_BYTES = 20 * MEBIBYTE
"""Files of at most this total size are read again whenever a field changes."""


class Point(msgspec.Struct):
    """One point of a preview."""

    ds: str
    y: float | None


class Body(msgspec.Struct):
    """The response of the server, as far as the page shows it."""

    message: str = ""
    errors: list[FieldError] = []
    report: dict[str, Any] | None = None
    preview: list[Point] = []
    excerpt: Excerpt | None = None


class Answer(msgspec.Struct):
    """The result of an upload: the HTTP status, CANCELLED or UNREACHABLE, and the body."""

    status: int
    dry_run: bool
    body: Body


def panel(settings: Settings) -> Component:
    """Return the drop zone, the fields, and the place of the result."""
    return html.Div(
        [
            *(dcc.Store(id=f"data-{name}") for name in ("files", "answer", "stale", "replace")),
            _drop_zone(settings),
            html.P(id="data-file-names", className="data-file-names"),
            form(),
            _running(),
            html.Div(id="data-outcome", className="data-outcome"),
            html.Div(id="data-excerpt", className="data-excerpt"),
            _buttons(),
        ],
        className="panel",
    )


def _drop_zone(settings: Settings) -> Component:
    note = (
        "Logs, CSV, JSON, Parquet or Excel; plain, gz, bz2, xz, zst, zip or tar. Several files become one data set. "
        f"Up to {settings.max_upload_bytes / MEBIBYTE:,.0f} MiB. Nothing is stored before you have seen the result."
    )
    return html.Div(
        [
            html.I(className="bi bi-cloud-arrow-up data-drop-icon", **{"aria-hidden": "true"}),
            html.Div("Drop access logs or a table of counts here"),
            dbc.Button("Choose files", id="data-choose", color="primary", size="sm"),
            html.Small(note, className="data-note"),
        ],
        id="data-drop",
        className="data-drop",
        **{"data-most": str(settings.max_upload_bytes), "data-at-once": str(READ_AT_ONCE_BYTES)},
    )


def _running() -> Component:
    bar = html.Progress(id="data-upload-bar", max="100", value="0", **{"aria-label": "Sent so far"})
    cancel = dbc.Button("Cancel", id="data-upload-cancel", size="sm", color="secondary", outline=True)
    text = html.Span(id="data-upload-text", className="job-text")
    return html.Div([text, bar, cancel], id="data-upload-running", className="job-running", hidden=True, role="status")


def _buttons() -> Component:
    again = dbc.Button("Read again", id="data-again", color="secondary", outline=True, class_name="d-none")
    keep = dbc.Button("Import", id="data-import", color="primary", disabled=True)
    note = html.Span(id="data-import-note", className="data-note", role="status")
    return html.Div([keep, again, note], id="data-buttons", className="data-buttons", hidden=True)


def register(app: Dash) -> None:
    """Register the callbacks that send files and show the responses."""
    app.clientside_callback(
        ClientsideFunction("data", "send"),
        Input("data-files", "data"),
        Input(field_id(ALL), "value"),
        Input("data-again", "n_clicks"),
        Input("data-import", "n_clicks"),
        Input("data-upload-cancel", "n_clicks"),
        State(field_id(ALL), "id"),
        State("data-replace", "data"),
        prevent_initial_call=True,
    )

    app.clientside_callback(
        ClientsideFunction("data", "choose"),
        Input(role_id(ALL), "value"),
        Input(where_id(ALL), "value"),
        State(role_id(ALL), "id"),
        State(where_id(ALL), "id"),
        prevent_initial_call=True,
    )
    _register_outcome(app)

    @app.callback(
        Output("data-import", "children"),
        Output("data-import", "color"),
        Output("data-import", "disabled"),
        Output("data-import-note", "children"),
        Output("data-name-note", "children"),
        Output("data-replace", "data"),
        Input("data-answer", "data"),
        Input(field_id("name"), "value"),
        Input("data-stale", "data"),
        State(field_id("append"), "value"),
        prevent_initial_call=True,
    )
    def allow(data, name, stale, append):
        return permission(answer_of(data) if data else None, str(name or ""), bool(stale), append=bool(append))


def _register_outcome(app: Dash) -> None:
    @app.callback(
        Output("data-outcome", "children"),
        Output("data-excerpt", "children"),
        Output(error_id(ALL), "children"),
        Output(group_id(ALL), "open"),
        Input("data-answer", "data"),
        prevent_initial_call=True,
    )
    def show_outcome(data):
        fields = [output["id"]["field"] for output in ctx.outputs_list[2]]
        groups = [output["id"]["group"] for output in ctx.outputs_list[3]]
        try:
            answer = answer_of(data)
            shown = outcome(answer, fields)
        except ForecastingError as error:
            return failed(error), "", [""] * len(fields), [no_update] * len(groups)
        if answer.status == 201:
            say_changed()
        wrong = {error.field: beside_field(error.message) for error in answer.body.errors}
        opened = [True if opens(group, answer, wrong) else no_update for group in groups]
        return shown, beginning(answer), [wrong.get(field, "") for field in fields], opened


def beside_field(message: str) -> str:
    """Return what stands beside a field: the first sentence if the whole message is shown with its ways out."""
    return on_page(message.split(". ")[0].rstrip(".") + "." if ways([message]) else message)


def beginning(answer: Answer) -> Component | str:
    """Return the first rows of a file that was looked at; empty if it was stored, or no server has seen it."""
    excerpt = answer.body.excerpt
    if excerpt is None or not answer.dry_run or answer.status in (CANCELLED, UNREACHABLE):
        return ""
    is_refused = answer.body.report is None and answer.status == 400 and not answer.body.errors
    return first_rows(excerpt, is_refused=is_refused, is_offered="--pattern '" in answer.body.message)


def opens(group: str, answer: Answer, wrong: Mapping[str, str]) -> bool:
    """Whether an answer opens a group of fields: one of them is wrong, or lines that no format reads need a pattern."""
    _, *fields = GROUPS[group]
    if any(field in wrong for field in fields):
        return True
    excerpt = answer.body.excerpt
    is_unknown = answer.dry_run and answer.status == 400 and not wrong
    return group == "lines" and is_unknown and excerpt is not None and excerpt.kind == "lines"


def answer_of(data: object) -> Answer:
    """Return the result in the store; raises InputError if it is invalid."""
    try:
        return msgspec.convert(data, Answer)
    except msgspec.ValidationError as error:
        raise InputError(f"Invalid upload result: {error}. Reload the page.") from error


class Permission(NamedTuple):
    """The state of the import button, its notes, and whether it replaces a data set."""

    label: str = "Import"
    colour: str = "primary"
    is_off: bool = True
    note: str = ""
    name_note: str = ""
    replace: bool = False


def permission(answer: Answer | None, name: str, is_stale: bool, *, append: bool = False) -> Permission:
    """Return whether the checked files may be imported under a name, or appended to the data set of that name."""
    if answer is None or not answer.dry_run or answer.status != 200:
        return Permission()
    if is_stale:
        return Permission(note="The settings have changed: read the files again first.")
    catalog = context().catalog
    try:
        catalog.check_add(name, replace=True)  # for an append the look at the files has checked the rest
    except InputError as error:
        return Permission(name_note=error.message)
    except ForecastingError as error:
        return Permission(note=error.message)
    if append:
        return Permission(f"Append to {name}", is_off=False, note="The files are sent again and appended.")
    if name in {info.name for info in catalog.list()}:
        taken = f"Data set {name} exists: choose another name, append to it, or replace it."
        return Permission(
            f"Replace {name}", "danger", False, "The existing data set will be deleted.", taken, replace=True
        )
    return Permission(is_off=False, note="The files are sent again and stored as one data set.")


def outcome(answer: Answer, fields: list[str]) -> Component | str:
    """Return the outcome of an upload; `fields` are those that show their own errors."""
    body = answer.body
    if answer.status == CANCELLED:
        return html.P(body.message, className="muted")
    if body.report is None:
        return _refused(answer, fields)
    report = report_of(body.report)
    return _preview(report, body.preview) if answer.dry_run else _done(report)


_CURES = {
    "table": "Choose the columns under the first rows below.",
    "json": "Choose the keys under the first records below.",
    "lines": "Check the format above. A custom log format needs a pattern: see 'Times, patterns and JSON keys'.",
}
"""What to do if a message proposes nothing, by what the file holds."""


def _refused(answer: Answer, fields: list[str]) -> Component:
    body, cure = answer.body, None
    proposed = buttons([body.message])
    is_marked = any(error.field in fields for error in body.errors)
    if is_marked and answer.status != 409:
        cure = "Correct the marked field above; the files are then read again."
    elif answer.status == 409 and not is_marked:
        cure = "Choose another name, or replace the existing data set with the button below."
    elif answer.status == 400 and proposed == "":
        cure = _CURES[body.excerpt.kind if body.excerpt is not None else "lines"]
    title = "Import failed" if not answer.dry_run else "These files cannot be read with these settings"
    if answer.status == 409 and answer.dry_run:
        title = "These files cannot be appended with these settings"
    if answer.status == UNREACHABLE:
        title = "No response from the server"
    return problem(title, on_page(body.message), cure=html.Div([cure or "", proposed]))


def _preview(report: ImportReport, preview: list[Point]) -> Component:
    zone = (
        "The time zone is unknown. If you know it, enter it above, so that days start at midnight."
        if report.time_zone is None
        else ""
    )
    times, values = [point.ds for point in preview], [point.y for point in preview]
    outages = [(span["start"], span["end"]) for span in report.outages]
    figure = figures.counts(times, values, report.timeframe, outages=outages)
    preview_chart = chart("data-preview", "Preview", figure, height=220) if len(preview) > 1 else ""
    head = html.H3("Preview of the import", className="h6")
    hint = html.P(zone, className="data-hint") if zone else ""
    return html.Div([head, account(report), buttons(report.notes), hint, preview_chart])


def _done(report: ImportReport) -> Component:
    did = "was imported" if report.append is None else "was extended"
    message = [html.Strong(f"{report.name} {did}. "), summary(report)]
    return dbc.Alert([html.P(message), next_steps(report.name)], color="success", class_name="data-done")
