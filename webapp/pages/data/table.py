"""The table of the data sets, with a summary sentence."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlencode

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from forecasting.catalog import DatasetInfo
from forecasting.catalog.freshness import Freshness, freshness
from forecasting.errors import ForecastingError
from forecasting.model_sets.trained_on import sets_trained_on
from forecasting.settings import Settings
from forecasting.timeseries.clock import wall_text
from forecasting.timeseries.formatting import counted, duration, number, percent, whole
from forecasting.timeseries.timeframes import DAY
from webapp.access.identity import why_no_change
from webapp.app.context import context
from webapp.ui.components.model_sets import CARDS, set_link

COLUMNS = ("Data set", "Period", "Bin", "Bins", "Known", "Requests", "Models trained on it", "State", "")
NUMBERS = ("Bins", "Known", "Requests")
OPENS = {"Overview": "/", "Forecasts": "/forecasts", "Scaling": "/scaling", "Cost": "/cost"}
MOST_NAMED = 3
MANY_DAYS = 90
DAYS_A_YEAR = 365.25


def section(shown: str, now: int, settings: Settings) -> Component:
    """Return summary and table; `shown` is the data set on the other pages, `now` absolute seconds."""
    infos = context().catalog.list()
    fresh = [freshness(info, now) for info in infos]
    return html.Div([html.P(_answer(infos, fresh), className="answer"), _table(infos, fresh, shown, settings)])


def trained_on(info: DatasetInfo, settings: Settings) -> dict[str, list[str]]:
    """Return the model sets that were trained on a data set, each with its timeframes."""
    return context().results.get_or_compute(
        "sets-trained-on",
        info.version,
        {},
        lambda: sets_trained_on(context().series(info.name), settings),
        dict[str, list[str]],
    )


def _answer(infos: Sequence[DatasetInfo], fresh: Sequence[Freshness]) -> list[Component | str]:
    own = [info for info in infos if not info.embedded]
    if not own:
        return [
            html.Strong("Only the built-in data sets are available so far."),
            " Drop an access log or a CSV of counts below, and every page will show your own traffic.",
        ]
    total = f" besides the built-in ones, {number(sum(info.requests for info in own))} requests in all. "
    return [html.Strong(counted(len(own), "data set").capitalize()), total, _state_of_all(infos, fresh)]


def _state_of_all(infos: Sequence[DatasetInfo], fresh: Sequence[Freshness]) -> str:
    pairs = [(info, one) for info, one in zip(infos, fresh, strict=True) if not info.synthetic]
    live = [info.name for info, one in pairs if one.is_live]
    if live:
        more = f" and {len(live) - MOST_NAMED} more" if len(live) > MOST_NAMED else ""
        return f"Live now: {', '.join(live[:MOST_NAMED])}{more}."
    if not pairs:
        return "All of it is synthetic."
    newest = min((one for _, one in pairs), key=lambda one: abs(one.age_seconds))
    return f"None is live: the newest bin {'ended' if newest.age_seconds >= 0 else 'ends'} {age_text(newest)}."


def _table(infos: Sequence[DatasetInfo], fresh: Sequence[Freshness], shown: str, settings: Settings) -> Component:
    heads = [html.Th(name, scope="col", className="number" if name in NUMBERS else None) for name in COLUMNS[:-1]]
    heads.append(html.Th(html.Span("Actions", className="visually-hidden"), scope="col"))
    rows = [_row(info, age, info.name == shown, settings) for info, age in zip(infos, fresh, strict=True)]
    return html.Div(
        dbc.Table([html.Thead(html.Tr(heads)), html.Tbody(rows)], class_name="data-table"),
        className="panel data-table-place",
    )


def _row(info: DatasetInfo, fresh: Freshness, is_shown: bool, settings: Settings) -> Component:
    cells = (
        _name(info, is_shown),
        _period(info),
        info.timeframe,
        whole(info.bins),
        percent(info.known_bins / info.bins) if info.bins else "–",
        number(info.requests, 4) if info.requests >= 1e6 else whole(info.requests),
        _models(info, settings),
        _state(info, fresh),
        _actions(info, why_no_change()),
    )
    return html.Tr(
        [
            html.Td(cell, className="number" if column in NUMBERS else None, **{"data-column": column})
            for column, cell in zip(COLUMNS, cells, strict=True)
        ],
        className="is-shown" if is_shown else None,
    )


def _name(info: DatasetInfo, is_shown: bool) -> list[Component | str]:
    query = "?" + urlencode({"dataset": info.name})
    links = [dcc.Link(name, href=path + query) for name, path in OPENS.items()]
    badges = [
        dbc.Badge("synthetic", color="secondary") if info.synthetic else "",
        html.Span("shown now", className="badge data-shown", title="The data set on the other pages")
        if is_shown
        else "",
    ]
    name = dcc.Link(info.name, href="/" + query, className="data-name")
    return [html.Div([name, *badges]), html.Div(links, className="data-opens", **{"aria-label": f"Open {info.name}"})]


def _period(info: DatasetInfo) -> list[Component | str]:
    start, end = (wall_text(second, info.time_zone)[:16] for second in (info.start, info.end))
    zone = info.time_zone or "time zone unknown"
    note = f"{duration(info.end - info.start)} · {zone}"
    return [html.Div(f"{start} – {end}"), html.Div(note, className="data-note")]


def _models(info: DatasetInfo, settings: Settings) -> Component | list[Component]:
    try:
        trained = trained_on(info, settings)
    except ForecastingError as error:
        return html.Span(f"unknown: {error.message}", className="data-note")
    if not trained:
        return html.Span("none", className="data-note")
    base = f"{CARDS}?{urlencode({'dataset': info.name})}"
    sets = [(set_link(name, base=base), ", ".join(bins)) for name, bins in trained.items()]
    return [html.Div([link, html.Div(bins, className="data-note")]) for link, bins in sets]


def _state(info: DatasetInfo, fresh: Freshness) -> list[Component | str]:
    if info.damage is not None:
        return [dbc.Badge("damaged", color="danger"), html.Div(info.damage, className="data-note")]
    if fresh.is_live:
        return [dbc.Badge("live", color="success"), html.Div(f"ended {age_text(fresh)}", className="data-note")]
    if info.embedded:
        return [html.Div("built in"), html.Div("cannot be changed or removed", className="data-note")]
    kind = "generated" if info.synthetic else "historical"
    return [html.Div(kind), html.Div(f"{age_text(fresh)}", className="data-note")]


def age_text(fresh: Freshness) -> str:
    """Return `3 min ago`, `31 years ago` or `in 2 d`."""
    seconds = abs(fresh.age_seconds)
    days = seconds / DAY
    if days >= 2 * DAYS_A_YEAR:
        length = f"{days / DAYS_A_YEAR:.0f} years"
    else:
        length = f"{days:.0f} days" if days >= MANY_DAYS else duration(seconds)
    return f"{length} ago" if fresh.age_seconds >= 0 else f"in {length}"


def _actions(info: DatasetInfo, refusal: str) -> Component:
    download = html.A(
        _icon("download"),
        href=f"/datasets/{info.name}/series?format=csv",
        className="icon-button",
        title="Download as CSV",
        **{"aria-label": f"Download {info.name} as CSV"},
    )
    reason = f"{info.name} is built in and cannot be renamed or removed." if info.embedded else None
    reason = reason or refusal or None
    return html.Div(
        [
            _button("details", "info-circle", "Details and import report", info.name),
            download,
            _button("rename", "pencil", "Rename", info.name, reason),
            _button("remove", "trash", "Remove", info.name, reason),
        ],
        className="data-actions",
    )


def _button(does: str, icon: str, label: str, name: str, reason: str | None = None) -> Component:
    aria = {"aria-label": f"{label}: {name}" + (f" (disabled: {reason})" if reason else "")}
    return html.Button(
        _icon(icon),
        id={"type": f"data-{does}", "name": name},
        type="button",
        className="icon-button",
        title=reason or label,
        disabled=reason is not None,
        **aria,
    )


def _icon(name: str) -> Component:
    return html.I(className=f"bi bi-{name}", **{"aria-hidden": "true"})
