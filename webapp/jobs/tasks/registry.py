"""The tasks by name.

Each is called with the settings, a Progress, the version of the data that it was requested for, and its own arguments:
what a browser sent, to be checked like any input. It returns JSON, or a dataclass that `json_values` makes JSON of.
"""

from __future__ import annotations

from collections.abc import Callable

from webapp.jobs.tasks import compare, evaluate, fetch, warm_up

TASKS: dict[str, Callable] = {
    "compare": compare.compare,
    "cost-grid": compare.savings_map_of,
    "cost-report": compare.cost_report,
    "fetch-nasa": fetch.fetch_nasa,
    "leaderboard": evaluate.leaderboard,
    "trust": evaluate.trust,
    "train": evaluate.train,
    "before-after": evaluate.before_after,
    "rehearse": warm_up.rehearse,
}
