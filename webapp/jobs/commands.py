"""`dataflow jobs`, `schedules`, `worker` and `scheduler`."""

from __future__ import annotations

import json
from importlib import import_module
from types import ModuleType
from typing import Any

import click

import forecasting
from forecasting.cli.shared_options import output_options, read_settings
from forecasting.cli.terminal import Columns, Terminal, fields, percent, table
from forecasting.errors import InputError

KINDS = ("training", "comparison")
"""Those of `forecasting.jobs.job_arguments`, which takes a second to import."""


class JsonObject(click.ParamType[dict[str, Any]]):
    """A JSON object on the command line."""

    name = "json"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> dict[str, Any]:
        """Parse the text."""
        if isinstance(value, dict):
            return value
        try:
            parsed = json.loads(str(value))
        except ValueError as error:
            self.fail(f"must be a JSON object: {error}.", param, ctx)
        if not isinstance(parsed, dict):
            self.fail(f"must be a JSON object (got {value}).", param, ctx)
        return parsed


kind_argument = click.argument("kind", type=click.Choice(KINDS))
arguments_argument = click.argument("arguments", type=JsonObject())


@click.group("jobs")
def jobs_group() -> None:
    """List, show, cancel and run long work: training and comparisons.

    \b
    Example:
      dataflow jobs list
    """


@jobs_group.command("list")
@click.option("--state", type=click.Choice(["queued", "running", "done", "failed", "cancelled"]), help="Only these.")
@click.option("--limit", type=click.IntRange(1, 1000), default=20, show_default=True, help="How many, newest first.")
@output_options
def list_command(state: str | None, limit: int, terminal: Terminal) -> None:
    """List jobs, the newest first: those of pages, of the API, of schedules and of this command.

    \b
    Examples:
      dataflow jobs list
      dataflow jobs list --state failed --limit 5
    """
    jobs = forecasting.JobQueue(read_settings()).list(states=(state,) if state else (), limit=limit)
    rows = [job.to_dict() for job in jobs]
    columns: Columns = {
        "id": ("id", str),
        "kind": ("kind", str),
        "state": ("state", str),
        "share": ("done", percent),
        "created": ("created", str),
        "requested_by": ("by", str),
        "error": ("error", lambda text: text or ""),
    }
    terminal.result(rows, table(rows, columns))


@jobs_group.command("show")
@click.argument("job_id", metavar="ID")
@output_options
def show_command(job_id: str, terminal: Terminal) -> None:
    """Show a job; with --json also its result.

    \b
    Example:
      dataflow jobs show 5f0c2a9be1d34c77
    """
    queue = forecasting.JobQueue(read_settings())
    job = queue.get(job_id).to_dict()
    data = queue.result(job_id)
    text = fields((name, json.dumps(value) if name == "arguments" else value) for name, value in job.items())
    terminal.result({**job, "result": None if data is None else json.loads(data)}, text)


@jobs_group.command("cancel")
@click.argument("job_id", metavar="ID")
@output_options
def cancel_command(job_id: str, terminal: Terminal) -> None:
    """Cancel a job that is queued or running; it stops within seconds.

    \b
    Example:
      dataflow jobs cancel 5f0c2a9be1d34c77
    """
    job = forecasting.JobQueue(read_settings()).cancel(job_id)
    terminal.result(job.to_dict(), f"Job {job.id} is cancelled.")


@jobs_group.command("run")
@kind_argument
@arguments_argument
@click.option("--no-wait", is_flag=True, help="Only queue the job: a server or worker does it.")
@output_options
def run_command(kind: str, arguments: dict[str, Any], no_wait: bool, terminal: Terminal) -> None:
    """Queue a job and wait for its end; ARGUMENTS is a JSON object. Ctrl-C cancels the job.

    Without Redis the job is done on this machine, whether a server runs or not.

    \b
    Examples:
      dataflow jobs run training '{"dataset": "shop", "timeframes": ["15m"]}'
      dataflow jobs run comparison '{"dataset": "shop", "quick": true}' --no-wait
    """
    settings = read_settings()
    foreground = _foreground()
    job = foreground.queued(settings, kind, arguments)
    if not no_wait:
        with terminal.share_progress(kind) as progress:
            job = foreground.finished(settings, job, progress)
    terminal.result(job.to_dict(), f"Job {job.id} is {job.state}.")


@click.group("schedules")
def schedules_group() -> None:
    """List, store and remove the times at which jobs are submitted.

    \b
    Example:
      dataflow schedules list
    """


@schedules_group.command("list")
@output_options
def list_schedules_command(terminal: Terminal) -> None:
    """List all schedules with their next and last runs.

    \b
    Example:
      dataflow schedules list
    """
    rows = [schedule.to_dict() for schedule in forecasting.Schedules(read_settings()).every()]
    columns: Columns = {
        "name": ("name", str),
        "kind": ("kind", str),
        "cron": ("cron", str),
        "time_zone": ("time zone", str),
        "next_run": ("next run", str),
        "last_run": ("last run", lambda text: text or "never"),
        "last_error": ("error", lambda text: text or ""),
    }
    terminal.result(rows, table(rows, columns))


@schedules_group.command("set")
@click.argument("name")
@kind_argument
@arguments_argument
@click.option("--cron", required=True, metavar="FIELDS", help="Minute, hour, day, month and weekday: '0 3 * * *'.")
@click.option("--time-zone", default="UTC", show_default=True, metavar="ZONE", help="IANA name of their zone.")
@output_options
def set_command(name: str, kind: str, arguments: dict[str, Any], cron: str, time_zone: str, terminal: Terminal) -> None:
    """Submit a job at the times of a cron expression; ARGUMENTS is a JSON object. A missed run runs once.

    \b
    Example:
      dataflow schedules set nightly training '{"dataset": "shop"}' --cron '0 3 * * *' --time-zone Europe/Paris
    """
    schedule = _foreground().scheduled(read_settings(), name, kind, arguments, cron, time_zone).to_dict()
    terminal.result(schedule, f"{name} runs next at {schedule['next_run']}.")


@schedules_group.command("remove")
@click.argument("name")
@output_options
def remove_command(name: str, terminal: Terminal) -> None:
    """Remove a schedule; the jobs that it has submitted stay.

    \b
    Example:
      dataflow schedules remove nightly
    """
    forecasting.Schedules(read_settings()).remove(name)
    terminal.result({"removed": name}, f"{name} is removed.")


@click.command("worker")
@click.option(
    "--jobs", "at_once", type=click.IntRange(min=1), metavar="N", help="Default: DATAFLOW_JOBS_AT_ONCE, else 4."
)
def worker_command(at_once: int | None) -> int:
    """Do the jobs of a Redis queue until Ctrl-C; any number of machines may run one. Needs REDIS_URL.

    \b
    Example:
      dataflow worker
    """
    settings = read_settings()
    code: int = _celery(settings.redis_url).run_worker(settings, at_once or settings.jobs_at_once)
    return code


@click.command("scheduler")
def scheduler_command() -> None:
    """Submit what is due, and have the jobs of dead workers done again, until Ctrl-C. Needs REDIS_URL; one is enough.

    \b
    Example:
      dataflow scheduler
    """
    settings = read_settings()
    _celery(settings.redis_url).run_scheduler(settings)


def _foreground() -> ModuleType:
    return import_module("webapp.jobs.foreground")  # numpy and pandas take a second to import


def _celery(redis_url: str) -> ModuleType:
    if not redis_url:
        raise InputError("REDIS_URL must be set: without Redis the server does the jobs itself.", field="REDIS_URL")
    return import_module("webapp.jobs.celery_app")  # Celery is not imported without Redis
