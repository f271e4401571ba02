"""The tasks by name.

Each is called with the settings, a function to report progress to (share done, what is being done), the version of the
data that it was asked for, and its own arguments: what a browser sent, to be checked like any input. What a task needs
is imported by the task: this module is loaded by processes that do only one of them.
"""

from __future__ import annotations

from collections.abc import Callable

from webapp.jobs import comparing, fetching, judging, rehearsing

TASKS: dict[str, Callable] = {
    "compare": comparing.compare,
    "cost-grid": comparing.cost_grid,
    "cost-report": comparing.cost_report,
    "fetch-nasa": fetching.fetch_nasa,
    "leaderboard": judging.leaderboard,
    "trust": judging.trust,
    "train": judging.train,
    "before-after": judging.before_after,
    "rehearse": rehearsing.rehearse,
}
