"""The requests of the page: its address keys, and the overview of a view."""

from __future__ import annotations

from forecasting.analysis import Overview, overview
from forecasting.analysis.chart_data.chart_lines import DAY_AVERAGE, HOUR_AVERAGE, WEEK_BEFORE
from webapp.app.context import context
from webapp.ui.address import Key, View, some_of

NAME = "overview"
OVERLAYS = {"hour": HOUR_AVERAGE, "day": DAY_AVERAGE, "week": WEEK_BEFORE}
"""The overlays of the chart, by their names in the address."""

KEYS: tuple[Key, ...] = (Key("overlay", some_of(*OVERLAYS)),)


def overview_of(view: View) -> Overview:
    """Return the overview of a view; cached."""
    (start, end), report = view.span, context().catalog.report(view.dataset)
    # The version does not cover the name and the import report, which the overview also shows
    arguments = {"dataset": view.dataset, "report": report, "timeframe": view.timeframe, "start": start, "end": end}

    def compute() -> Overview:
        return overview(view.series, report, start, end)

    return context().results.get_or_compute("overview", view.version, arguments, compute, Overview)
