"""Room for more data: how many data sets there may be, and how much of the disk is left free."""

from __future__ import annotations

import shutil

from forecasting.errors import Conflict, NotReady
from webapp.app.context import context


def check_room(creates: str | None = None) -> None:
    """Raise NotReady if the disk of the home is nearly full, Conflict if `creates` names one data set too many."""
    settings, catalog = context().settings, context().catalog
    if shutil.disk_usage(settings.existing_folder).free < settings.least_free_bytes:
        raise NotReady(
            f"The disk of the server is nearly full: under {settings.least_free_bytes} bytes are free "
            "(DATAFLOW_LEAST_FREE_BYTES). Nothing was stored."
        )
    if creates is None:
        return
    names = {info.name for info in catalog.list()}
    if creates not in names and len(names) >= settings.max_datasets:
        raise Conflict(
            f"There are {len(names)} data sets already, the most that this server creates (DATAFLOW_MAX_DATASETS). "
            "Remove one first.",
            field="name",
        )
