"""A job on a page: requested unless its result is cached, with a progress bar, a cancel button and a start button.

A page's callback takes `job.inputs` and returns `job.request`; between them it calls `job.ask`.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass

import dash_bootstrap_components as dbc
from dash import ClientsideFunction, Dash, Input, Output, State, ctx, dcc, html, no_update
from dash.dependencies import DashDependency
from dash.development.base_component import Component

from forecasting.access.roles import Role
from webapp.access.access_texts import RESTRICTED
from webapp.access.callback_roles import callback_needs
from webapp.access.identity import is_restricted
from webapp.app.context import context
from webapp.jobs.store import STEPS

INTERVAL_MS = 400
RESULT_LOST = "The work is done, but its result is missing: models were replaced meanwhile, or the disk is full."


@dataclass(frozen=True)
class JobState:
    """The cached result, or the value for the request store, or what went wrong."""

    result: object | None
    request: object
    problem: str | None = None


@dataclass(frozen=True)
class Job:
    """One kind of work on one page. `name` is unique among all pages; `task` names it in `jobs.tasks.registry`.

    `result` is the type of what the task returns: `object` for plain JSON. `role` is what starting it needs.
    """

    name: str
    task: str
    doing: str
    result: type[object] = object
    role: Role = Role.VIEWER

    def _id(self, part: str) -> str:
        return f"job-{self.name}-{part}"

    @property
    def request(self) -> Output:
        """The output that starts the job."""
        return Output(self._id("request"), "data")

    @property
    def state(self) -> State:
        """The last request."""
        return State(self._id("request"), "data")

    @property
    def inputs(self) -> tuple[DashDependency, ...]:
        """The inputs that call a page's callback again: the job is done, or is to be started again."""
        return Input(self._id("done"), "data"), Input(self._id("start"), "n_clicks")

    @property
    def share(self) -> Input:
        """The share done, in thousandths as text, while the work goes on."""
        return Input(self._id("bar"), "value")

    def stores(self) -> Component:
        """The components that stay on the page all the time, outside whatever is drawn again."""
        stores = [dcc.Store(id=self._id(part)) for part in ("request", "answered", "done")]
        return html.Div([*stores, self._panel()])

    def _panel(self) -> Component:
        bar = html.Progress(id=self._id("bar"), max=str(STEPS), value="0", **{"aria-label": self.doing})
        cancel = dbc.Button("Cancel", id=self._id("cancel"), size="sm", color="secondary", outline=True)
        text = html.Span(f"{self.doing} …", id=self._id("text"), className="job-text")
        running = html.Div([text, bar, cancel], id=self._id("running"), className="job-running", hidden=True)
        start = dbc.Button("Start", id=self._id("start"), size="sm", color="primary", class_name="d-none")
        return html.Div([running, start], className="job", role="status")

    def ask(self, version: str, arguments: Mapping[str, object]) -> JobState:
        """Return the cached result for data of this version, else a request for it.

        After a failure or a cancel nothing is requested until the user presses start. A page that also passes
        `job.state` to its callback may draw again while the same job runs: it is not started twice.
        """
        cache = context().results
        key = cache.key(self.task, version, arguments)
        result = cache.find(key, self.result)
        if result is not None:
            return JobState(result, None)
        if is_restricted():
            return JobState(None, no_update, RESTRICTED)
        done = ctx.inputs.get(f"{self._id('done')}.data") or {}
        wanted = {"version": version, "arguments": dict(arguments)}
        if ctx.triggered_id == self._id("done") and done.get("request") == wanted:
            return JobState(None, no_update, done.get("problem") or RESULT_LOST)
        running = ctx.states.get(f"{self._id('request')}.data") or {}
        if ctx.triggered_id != self._id("start") and wanted == {name: running.get(name) for name in wanted}:
            return JobState(None, no_update)
        return JobState(None, {**wanted, "nonce": secrets.token_hex(4)})

    def register(self, app: Dash) -> None:
        """Add the background callback to `app`; the manager of jobs calls it, see there."""
        task = self.task

        @app.callback(
            Output(self._id("answered"), "data"),
            Input(self._id("request"), "data"),
            State("tab", "data"),
            background=True,
            prevent_initial_call=True,
            interval=INTERVAL_MS,
            running=[(Output(self._id("running"), "hidden"), False, True)],
            cancel=[Input(self._id("cancel"), "n_clicks")],
            progress=[Output(self._id("bar"), "value"), Output(self._id("text"), "children")],
            progress_default=["0", f"{self.doing} …"],
        )
        @callback_needs(self.role, heavy=True)
        def work(start, request, _tab):
            return start(task, request)

        # Dash drops a callback that one of its own outputs would bring back, so the script hands the outcome over.
        app.clientside_callback(
            ClientsideFunction("dataflow", "jobDone"),
            Input(self._id("answered"), "data"),
            State(self._id("done"), "id"),
            prevent_initial_call=True,
        )
        app.clientside_callback(
            ClientsideFunction("dataflow", "showStart"),
            Output(self._id("start"), "class_name"),
            Input(self._id("cancel"), "n_clicks"),
            *self.inputs,
            prevent_initial_call=True,
        )
