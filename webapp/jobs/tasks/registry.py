"""The tasks by name, and how one becomes the result of a job.

Each is called with the settings, a Progress, the version of the data that it was requested for, and its own arguments:
what a browser sent, to be checked like any input. It returns JSON, or a dataclass that `json_values` makes JSON of.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from forecasting.errors import NotFound
from forecasting.jobs import Job
from forecasting.progress import Progress
from forecasting.settings import Settings
from webapp.app.json_values import encode
from webapp.app.result_cache import ResultCache

TASKS = {
    "compare": "webapp.jobs.tasks.compare:compare",
    "cost-grid": "webapp.jobs.tasks.compare:savings_map_of",
    "cost-report": "webapp.jobs.tasks.compare:cost_report",
    "fetch-nasa": "webapp.jobs.tasks.fetch:fetch_nasa",
    "leaderboard": "webapp.jobs.tasks.evaluate:leaderboard",
    "trust": "webapp.jobs.tasks.evaluate:trust",
    "train": "webapp.jobs.tasks.evaluate:train",
    "training": "webapp.jobs.tasks.evaluate:training",
    "comparison": "webapp.jobs.tasks.compare:comparison",
    "before-after": "webapp.jobs.tasks.evaluate:before_after",
    "rehearse": "webapp.jobs.tasks.warm_up:rehearse",
}
"""The function of each kind. A job imports what its own kind needs: all together take seconds."""


def task_of(kind: str) -> Callable:
    """Return the function of a kind of job; raises NotFound."""
    if kind not in TASKS:
        raise NotFound(f"There are no jobs of kind {kind!r}. Kinds: {', '.join(sorted(TASKS))}.")
    module, _, name = TASKS[kind].partition(":")
    return getattr(import_module(module), name)


def result_of(settings: Settings, progress: Progress, job: Job) -> tuple[str, bytes]:
    """Do the task of a job; return the key under which pages look for its result, and the result as JSON.

    The key is made afterwards: training changes the model sets, which are part of it.
    """
    result = task_of(job.kind)(settings, progress, job.version, **job.arguments)
    cache = ResultCache(settings)
    key = cache.key(job.kind, job.version, job.arguments)
    cache.put(key, result)
    return key, encode(result)
