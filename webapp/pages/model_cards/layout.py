"""The static layout of the page: everything except the scores, which the callback draws."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from forecasting.errors import ForecastingError
from forecasting.evaluation.cards.card_statements import limits, origin_of, period_text, summary, uses
from forecasting.evaluation.cards.model_cards import ModelCard, model_cards
from forecasting.model_sets.names import base_of
from webapp.app.context import context
from webapp.pages.model_cards import details, scores
from webapp.ui.address import View
from webapp.ui.components.glossary import with_terms
from webapp.ui.components.model_sets import CARDS, damage_notices, set_link
from webapp.ui.components.notices import empty, failed

TERMS = ("zero-shot", "MAE", "quantile", "model set")


def content(view: View) -> Component:
    """The static layout of the page: everything except the scores, which the callback draws."""
    cards = model_cards(context().settings)
    if not cards:
        train = dcc.Link("Train one", href=view.link("/forecasts"), className="btn btn-primary")
        advice = "Train one on your own traffic: on the Forecasts page, tab Train."
        return empty("No model set is installed", advice, action=train)
    card = cards.get(view["model_set"])
    parts = [damage_notices(), *_card(view, card, tuple(cards)), _others(view, cards)]
    return html.Div(parts, className="card-page stack")


def _card(view: View, card: ModelCard | ForecastingError | None, names: Collection[str]) -> list[Component | str]:
    if card is None:
        return [empty(f"{view['model_set']} is not installed", "Choose one of the model sets below.")]
    if isinstance(card, ForecastingError):
        return [failed(card)]
    return [
        html.Div([_answer(card), _row(view, card, names)]),
        html.Div(
            [
                html.Div(
                    [_statements("Intended use", uses(card)), details.training_data(card), details.split_of(card)],
                    className="stack",
                ),
                _statements("Limits", limits(card)),
            ],
            className="grid-2",
        ),
        scores.section(view, card),
        details.making(card),
        details.files(card),
    ]


def _answer(card: ModelCard) -> Component:
    first = origin_of(card)
    rest = summary(card).removeprefix(first).replace(" %", "\N{NO-BREAK SPACE}%")
    return html.P([html.Strong(with_terms(first, *TERMS)), *with_terms(rest, *TERMS)], className="answer")


def _row(view: View, card: ModelCard, names: Collection[str]) -> Component:
    """Return the kind of the set, and links."""
    badges = [dbc.Badge(card.kind, color="secondary")]
    badges += [dbc.Badge("synthetic", color="secondary")] if card.data.get("synthetic") else []
    download = html.A(
        [html.I(className="bi bi-download", **{"aria-hidden": "true"}), " Download as JSON"],
        href=f"/models/{card.name}",
        download=f"{card.name}.json",
    )
    record = dcc.Link("Track record on your data", href=view.link("/forecasts"))
    links = [download, record]
    base = base_of(card.name)
    if base != card.name and base in names:
        links.append(set_link(base, f"The card of {base}, in use", base=view.link(CARDS)))
    if len(names) > 1:
        links.append(html.A(f"All {len(names)} model sets", href="#model-sets"))
    return html.Div([*badges, *links], className="card-row")


def _statements(title: str, sentences: tuple[str, ...]) -> Component:
    items = [html.Li(with_terms(text.replace(" %", "\N{NO-BREAK SPACE}%"), *TERMS)) for text in sentences]
    return html.Section([html.H2(title, className="card-title"), html.Ul(items)], className="panel")


def _others(view: View, cards: Mapping[str, ModelCard | ForecastingError]) -> Component:
    """Return the table of all model sets with links to their cards."""
    heads = [html.Th(text, scope="col") for text in ("Model set", "State", "Trained on", "Scored on", "Bins")]
    rows = [_other(view, name, card) for name, card in cards.items()]
    table = dbc.Table([html.Thead(html.Tr(heads)), html.Tbody(rows)], size="sm", class_name="standings")
    place = html.Div(table, className="table-place", tabIndex="0", role="region", **{"aria-label": "Model sets"})
    return html.Section([html.H2("Model sets", className="card-title"), place], className="panel", id="model-sets")


def _other(view: View, name: str, card: ModelCard | ForecastingError) -> Component:
    link = html.Th(set_link(name, base=view.link(CARDS)), scope="row")
    if isinstance(card, ForecastingError):
        return html.Tr([link, html.Td(card.message, colSpan=4, className="muted")])
    split = card.splits[0]
    cells = [
        card.kind,
        f"{card.data['name']}, {period_text(split.trained_from, split.trained_until)}",
        f"{split.scored_on} days, {period_text(split.scored_from, split.scored_until)}",
        ", ".join(card.timeframes),
    ]
    return html.Tr([link, *(html.Td(text) for text in cells)], className="chosen" if name == view["model_set"] else "")
