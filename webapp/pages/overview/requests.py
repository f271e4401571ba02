"""What the page asks for: its keys of the address, and the overview of a view."""

from __future__ import annotations

from forecasting.analysis import Overview, overview
from forecasting.analysis.chart_data.chart_lines import DAY_AVERAGE, HOUR_AVERAGE, WEEK_BEFORE
from webapp.app.context import context
from webapp.ui.address import Key, View, some_of

NAME = "overview"
OVERLAYS = {"hour": HOUR_AVERAGE, "day": DAY_AVERAGE, "week": WEEK_BEFORE}
"""What can be laid over the chart, by its name in the URL."""

KEYS: tuple[Key, ...] = (Key("overlay", some_of(*OVERLAYS)),)


def overview_of(view: View) -> Overview:
    """The overview that a view shows, kept for the next look."""
    (start, end), report = view.span, context().catalog.report(view.dataset)
    # The version of a data set says nothing of its name or its import, of which the overview tells too.
    asked = {"dataset": view.dataset, "report": report, "timeframe": view.timeframe, "start": start, "end": end}

    def compute() -> Overview:
        return overview(view.series, report, start, end)

    return context().answers.remember("overview", view.version, asked, compute, Overview)
