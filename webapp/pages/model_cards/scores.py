"""The accuracy of the models of a set: a table at a bin and a step, and charts of error and coverage by step."""

from __future__ import annotations

import dash_bootstrap_components as dbc
import numpy as np
from dash import html
from dash.development.base_component import Component

from forecasting.evaluation import ALL_STEPS, LOSSES, METRIC_NAMES, display_name, format_score
from forecasting.evaluation.cards.card_statements import gain_text, period_text
from forecasting.evaluation.cards.model_cards import ModelCard, Scores
from forecasting.evaluation.model_names import short_percent
from forecasting.evaluation.ranking.leaderboard import YESTERDAY
from forecasting.evaluation.ranking.ranking_statements import over_steps
from forecasting.forecasters.registry import MAIN_MODELS
from forecasting.timeseries.formatting import whole
from webapp.pages.model_cards.requests import bin_of, step_of
from webapp.ui.address import View
from webapp.ui.components.chart import chart
from webapp.ui.components.glossary import term
from webapp.ui.components.notices import loading
from webapp.ui.figures import model_card as figures
from webapp.ui.page_frame import control_id, segments

BODY = "model-cards-scores"
HEADS = {
    "rmse": ("RMSE", "RMSE"),
    "mae": ("MAE", "MAE"),
    "smape": ("sMAPE", "sMAPE"),
    "mase": ("MASE", "MASE"),
    "wql": ("WQL", "WQL"),
    "coverage_80": ("coverage", "80 % coverage"),
    "coverage_90": ("coverage", "90 % coverage"),
}
"""Columns: the score, its glossary term, and its heading."""

DAYS = {"test": "test days", "validation": "validation days"}
READING = "Bold: the lowest of a column. Coverage should equal its nominal value, so none is bold."


def section(view: View, card: ModelCard) -> Component:
    """Return the controls, and the place of the scores."""
    title = html.H2("Accuracy", className="section-title")
    controls = html.Div([_bins(view, card), _steps(view, card), _metrics(view)], className="forecast-of")
    return html.Section([title, controls, loading(html.Div(id=BODY, className="stack"), height=640)])


def _bins(view: View, card: ModelCard) -> Component:
    return segments("bin", "Bin", {name: name for name in card.timeframes}, bin_of(view, card))


def _steps(view: View, card: ModelCard) -> Component:
    steps = sorted({step for timeframe in card.timeframes for step in card.steps(timeframe)})
    options = [{"value": ALL_STEPS, "label": f"{steps[0]} to {steps[-1]} pooled" if steps else "all"}]
    options += [{"value": str(step), "label": str(step)} for step in steps]
    select = dbc.Select(id=control_id("step"), options=options, value=str(step_of(view, card)), size="sm")
    return html.Label([term("horizon", "Steps ahead"), select])


def _metrics(view: View) -> Component:
    options = [{"value": name, "label": METRIC_NAMES[name]} for name in LOSSES]
    select = dbc.Select(id=control_id("metric"), options=options, value=view["metric"], size="sm")
    return html.Label(["Ranked by", select])


def render(view: View, card: ModelCard) -> list[Component]:
    """Return the scores of a card for a view."""
    timeframe, step, metric = bin_of(view, card), step_of(view, card), view["metric"]
    rows = _ranked(card.scores(timeframe, step), metric)
    finding = html.P(gain_text(card, timeframe).replace(" %", "\N{NO-BREAK SPACE}%"), className="finding")
    return [
        html.Div([finding, _table(rows, metric), _about(card, timeframe, rows)], className="panel"),
        html.Div(
            [
                chart(
                    "model-cards-error",
                    _of_steps(card, timeframe, metric) or "Error by step",
                    figures.errors(card, timeframe, metric),
                    summary="Grey: simple rules.",
                ),
                chart(
                    "model-cards-coverage",
                    _of_coverage(card, timeframe) or "Coverage of intervals by step",
                    figures.coverage(card, timeframe, _best(card, timeframe)),
                    summary="Dotted: nominal coverage.",
                ),
            ],
            className="grid-2",
        ),
    ]


def _ranked(rows: dict[str, Scores], metric: str) -> dict[str, Scores]:
    """Return the rows with the least loss first."""
    losses = {model: row.get(metric) for model, row in rows.items()}
    known = {model: np.inf if loss is None else float(loss) for model, loss in losses.items()}
    return {model: rows[model] for model in sorted(rows, key=known.__getitem__)}


def _table(rows: dict[str, Scores], ranked: str) -> Component:
    heads = [html.Th("Model", scope="col"), *(_head(name, name == ranked) for name in HEADS)]
    heads.append(html.Th([METRIC_NAMES[ranked], " against 'same time yesterday'"], scope="col"))
    best = {name: _least(rows, name) for name in HEADS}
    yesterday = rows.get(YESTERDAY, {}).get(ranked)
    body = [_row(model, row, best, ranked, yesterday) for model, row in rows.items()]
    table = dbc.Table([html.Thead(html.Tr(heads)), html.Tbody(body)], size="sm", class_name="standings")
    return html.Div(table, className="table-place", tabIndex="0", role="region", **{"aria-label": "Scores"})


def _head(score: str, is_ranked: bool) -> Component:
    name, text = HEADS[score]
    sort = {"aria-sort": "ascending"} if is_ranked else {}
    return html.Th(term(name, text), scope="col", className="number ranked" if is_ranked else "number", **sort)


def _least(rows: dict[str, Scores], score: str) -> float | None:
    """Return the least loss of a column; coverage has no best value."""
    values = [row[score] for row in rows.values() if row.get(score) is not None]
    return min(values, default=None) if score in LOSSES else None


def _row(model: str, row: Scores, best: dict[str, float | None], ranked: str, yesterday: float | None) -> Component:
    cells = [html.Th(display_name(model), scope="row", className="" if model in MAIN_MODELS else "muted")]
    for score, least in best.items():
        value = row.get(score)
        classes = {"best": value is not None and value == least, "ranked": score == ranked}
        names = ["number", *(name for name, holds in classes.items() if holds)]
        cells.append(html.Td(format_score(score, value), className=" ".join(names)))
    cells.append(html.Td(_against(row.get(ranked), yesterday, is_yesterday=model == YESTERDAY)))
    return html.Tr(cells)


def _against(value: float | None, yesterday: float | None, *, is_yesterday: bool) -> str:
    if is_yesterday or value is None or not yesterday:
        return "–"
    return f"{short_percent(abs(value / yesterday - 1.0))} {'more' if value > yesterday else 'less'}"


def _about(card: ModelCard, timeframe: str, rows: dict[str, Scores]) -> Component:
    """Return the scored days, and how to read the table."""
    split = next(split for split in card.splits if timeframe in split.timeframes)
    targets = max((row["n"] for row in rows.values()), default=0)
    days = f"{DAYS[split.scored_on].capitalize()} {period_text(split.scored_from, split.scored_until)}"
    text = f"{days}: {whole(targets)} forecasts of each model compared with the actuals. {READING}"
    return html.P(text, className="muted")


def _best(card: ModelCard, timeframe: str) -> str | None:
    return next((gain.model for gain in card.gains if gain.timeframe == timeframe), None)


def _of_steps(card: ModelCard, timeframe: str, metric: str) -> str | None:
    """Return how the best model's score changes with the lead time."""
    return _over_steps(card, timeframe, metric, METRIC_NAMES[metric])


def _of_coverage(card: ModelCard, timeframe: str) -> str | None:
    """Return the coverage of the 80 % interval of the best model by step."""
    return _over_steps(card, timeframe, "coverage_80", "80 % interval covers")


def _over_steps(card: ModelCard, timeframe: str, score: str, name: str) -> str | None:
    """Return the best model's score at the first and the last step; None without a model or step."""
    model, steps = _best(card, timeframe), card.steps(timeframe)
    if model is None or not steps:
        return None
    rows = ((step, card.scores(timeframe, step).get(model, {})) for step in (steps[0], steps[-1]))
    first, last = ((step, format_score(score, row.get(score))) for step, row in rows)
    return over_steps(display_name(model), name, first, last)
