"""A job on a page: requested unless its result is cached, with a progress bar, a cancel button and a start button.

A page's callback takes `job.inputs` and returns `job.request`; between them it calls `job.ask`. The request is
submitted, and the page polls the job's row until it has ended: another page or process that requests the same finds
the same job.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import dash_bootstrap_components as dbc
from dash import ClientsideFunction, Dash, Input, Output, State, ctx, dcc, html, no_update
from dash.dependencies import DashDependency
from dash.development.base_component import Component

from forecasting.access.roles import Role
from forecasting.errors import Conflict, ForecastingError, NotFound
from forecasting.jobs import CANCELLED, FAILED, QUEUED, Job, JobQueue, JobRequest
from webapp.access.access_texts import RESTRICTED
from webapp.access.callback_roles import callback_needs
from webapp.access.identity import identity, is_restricted, refusal_of
from webapp.app.context import context
from webapp.jobs.submission import submit

INTERVAL_MS = 400
STEPS = 1000
"""Parts of the progress bar."""
WAITING = "Waiting for other work to be done"
RESULT_LOST = "The work is done, but its result is missing: models were replaced meanwhile, or the disk is full."
REMOVED = "The job is no longer there: the history of jobs is bounded."


@dataclass(frozen=True)
class JobState:
    """The cached result, or the value for the request store, or what went wrong."""

    result: object | None
    request: object
    problem: str | None = None


@dataclass(frozen=True)
class PageJob:
    """One kind of work on one page. `name` is unique among all pages; `task` names it in `jobs.tasks.registry`.

    `result` is the type of what the task returns: `object` for plain JSON. A job that is `lasting` changes what is
    stored: it goes on when the page requests another one of its kind. `role` is what starting and cancelling it needs.
    """

    name: str
    task: str
    doing: str
    result: type[object] = object
    lasting: bool = False
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
        stores = [dcc.Store(id=self._id(part)) for part in ("request", "submitted", "answered", "done")]
        poll = dcc.Interval(id=self._id("poll"), interval=INTERVAL_MS, disabled=True)
        return html.Div([*stores, poll, self._panel()])

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

    def submit(self, request: object, submitted: object) -> dict[str, object]:
        """Queue the job of a request, and take back the request for the one `submitted` before; return what it is.

        That has the `request`, its nonce, and the `id` of the job or the `problem` with it.
        """
        wanted, nonce = _wanted(request)
        if wanted is None:
            return {}
        settings = context().settings
        described = {"request": wanted, "nonce": nonce}
        try:
            made = JobRequest(self.task, wanted["arguments"], wanted["version"], f"{identity().name}, on a page")
            job = submit(settings, made)
            self._withdraw(JobQueue(settings), submitted, job.id)
        except ForecastingError as error:
            return {**described, "problem": error.message}
        return {**described, "id": job.id}

    def look(self, submitted: object, *, cancel: bool = False) -> dict[str, object]:
        """Return what the page shows of the job that it has submitted, after cancelling it if it is to be."""
        described = submitted if isinstance(submitted, Mapping) else {}
        job_id = _id_of(described)
        if job_id is None:
            return self._over(described.get("problem"), described)
        queue = JobQueue(context().settings)
        try:
            job = self._own(queue, job_id)
            if cancel and not refusal_of(self.role):
                _cancel(queue, job_id)
                job = queue.get(job_id)
        except NotFound:
            return self._over(REMOVED, described)
        if job.active:
            stage = WAITING if job.state == QUEUED else job.stage or f"{self.doing} …"
            return _shown(str(round(STEPS * job.share)), stage, hidden=False, answered=no_update)
        if job.state == CANCELLED:
            return _shown("0", f"{self.doing} …", hidden=True, answered={"cancelled": True, "id": job_id})
        return self._over(job.error if job.state == FAILED else None, described)

    def _own(self, queue: JobQueue, job_id: str) -> Job:
        """Return a job of this kind: the id comes from the browser, which may send any. Raises NotFound."""
        job = queue.get(job_id)
        if job.kind != self.task:
            raise NotFound(REMOVED)
        return job

    def _withdraw(self, queue: JobQueue, submitted: object, new_id: str) -> None:
        """Take the request for the job before back, unless it is the same one or goes on by itself."""
        before = _id_of(submitted)
        if before in (None, new_id) or self.lasting:
            return
        with suppress(NotFound):  # its row is gone, so there is nothing to take back
            queue.withdraw(self._own(queue, before).id)

    def _over(self, problem: object, described: Mapping[str, object]) -> dict[str, object]:
        outcome = {**{name: described.get(name) for name in ("request", "nonce")}, "problem": problem}
        return _shown("0", f"{self.doing} …", hidden=True, answered=outcome if described else no_update)

    def register(self, app: Dash) -> None:
        """Add the callbacks to `app` that submit the job and follow it."""

        @app.callback(
            Output(self._id("submitted"), "data"),
            Input(self._id("request"), "data"),
            State(self._id("submitted"), "data"),
            prevent_initial_call=True,
        )
        @callback_needs(self.role, heavy=True)
        def submit_job(request, submitted):
            return self.submit(request, submitted)

        @app.callback(
            output={
                "bar": Output(self._id("bar"), "value"),
                "text": Output(self._id("text"), "children"),
                "hidden": Output(self._id("running"), "hidden"),
                "still": Output(self._id("poll"), "disabled"),
                "answered": Output(self._id("answered"), "data"),
            },
            inputs={
                "submitted": Input(self._id("submitted"), "data"),
                "_polls": Input(self._id("poll"), "n_intervals"),
                "_cancels": Input(self._id("cancel"), "n_clicks"),
            },
            prevent_initial_call=True,
        )
        def look(submitted, _polls, _cancels):
            return self.look(submitted, cancel=ctx.triggered_id == self._id("cancel"))

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
            Input(self._id("answered"), "data"),
            *self.inputs,
            prevent_initial_call=True,
        )


def _wanted(request: object) -> tuple[dict[str, Any] | None, object]:
    """Return the version and arguments of a request store, and its nonce; None if it is no request."""
    if not isinstance(request, Mapping):
        return None, None
    version, arguments = request.get("version"), request.get("arguments")
    if not isinstance(version, str) or not isinstance(arguments, Mapping):
        return None, None
    return {"version": version, "arguments": dict(arguments)}, request.get("nonce")


def _id_of(submitted: object) -> str | None:
    job_id = submitted.get("id") if isinstance(submitted, Mapping) else None
    return job_id if isinstance(job_id, str) else None


def _cancel(queue: JobQueue, job_id: str) -> None:
    try:
        queue.cancel(job_id)
    except Conflict:
        return  # it has ended in the meantime, and the page shows how


def _shown(bar: str, text: str, *, hidden: bool, answered: object) -> dict[str, object]:
    return {"bar": bar, "text": text, "hidden": hidden, "still": hidden, "answered": answered}
