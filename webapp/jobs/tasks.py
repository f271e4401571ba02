"""The tasks by name.

Each is called with the settings, a function to report progress to (share done, what is being done), the version of the
data that it was asked for, and its own arguments: what a browser sent, to be checked like any input. What a task needs
is imported by the task: this module is loaded by processes that do only one of them.
"""

from __future__ import annotations

from collections.abc import Callable

from forecasting.catalog import Catalog
from forecasting.errors import Conflict
from forecasting.series import Series
from forecasting.settings import Settings
from webapp.jobs import comparing, fetching, judging, rehearsing


def series_of(settings: Settings, dataset: str, version: str) -> Series:
    """A data set, as it was when the task was asked for; raises Conflict where it has changed since."""
    catalog = Catalog(settings)
    if catalog.info(dataset).version != version:
        raise Conflict(f"{dataset} has changed meanwhile; reload the page.")
    return catalog.get(dataset)


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
