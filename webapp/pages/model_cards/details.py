"""The training data of a set, the split of its days, its training, and its files."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

from forecasting.evaluation import display_name
from forecasting.evaluation.cards.card_statements import period_text
from forecasting.evaluation.cards.model_cards import ModelCard, Split, days_between, files_of
from forecasting.timeseries.formatting import counted, duration, number, whole
from webapp.app.context import context
from webapp.ui.components.glossary import term

SHOWN = ("name", "synthetic", "time_zone", "start", "end", "requests")
ENTRY = (
    "trained_from",
    "validation_from",
    "trained_until",
    "seasonal_scale",
    "train_seconds",
    "metrics_on",
    "metrics_from",
    "metrics_until",
    "metrics",
)
"""Fields of the data and of a model that the page shows elsewhere; the others are listed as they are."""

MOST_CHARACTERS = 60
HASH_CHARACTERS = 12


def training_data(card: ModelCard) -> Component:
    """Return the facts about the training data, with any other stored fields."""
    data, end = card.data, card.splits[0].trained_until
    zone = data.get("time_zone") or "unknown: times are used as they are"
    days = f"{whole(card.whole_days)} of {number(card.days)}"
    pairs = [
        ("Data set", f"{data['name']}{' (synthetic)' if data.get('synthetic') else ''}"),
        ("Period", f"{data['start'][:16]} to {data['end'][:16]} ({number(card.days)} days)"),
        ("Time zone", zone),
        ("Requests", whole(data["requests"])),
        (
            "Whole days",
            f"{days}; the others are incomplete, almost without requests or in an outage" if _lacks(card) else days,
        ),
        ("Trained until", f"{end:%Y-%m-%d %H:%M}"),
        *_more(data, SHOWN),
    ]
    return html.Section([html.H2("Training data", className="card-title"), _facts(pairs)], className="panel")


def split_of(card: ModelCard) -> Component:
    """Return the training, validation and test days."""
    several = len(card.splits) > 1
    parts = [part for split in card.splits for part in _split(split, several)]
    return html.Section(
        [html.H2("Training, validation and test days", className="card-title"), *parts], className="panel"
    )


def making(card: ModelCard) -> Component:
    """Return training time, libraries, and other stored fields of each model; collapsed."""
    entries = [entry for timeframe in card.timeframes for entry in card.entries(timeframe).values()]
    total = sum(entry.get("train_seconds") or 0.0 for entry in entries)
    made = card.content["created_at"][:16].replace("T", " ")
    libraries = [(name, text) for name, text in card.content.get("libraries", {}).items()]
    content = [
        html.Div([_seconds(card), _facts(libraries)], className="grid-2"),
        _scales(card),
        _notes(card),
    ]
    title = f"Trained at {made} UTC in {duration(total) if total >= 1 else 'under a second'}"
    return html.Details([html.Summary(title), html.Div(content)], className="panel details")


def files(card: ModelCard) -> Component:
    """Return every file with its size and the start of its hash; collapsed."""
    set_files = files_of(card.name, context().settings)
    heads = [html.Th("File", scope="col"), html.Th("Size", scope="col", className="number")]
    heads.append(html.Th("SHA-256 (start)", scope="col"))
    rows = [
        html.Tr(
            [
                html.Td(file.path),
                html.Td(size_text(file.bytes), className="number"),
                html.Td(html.Code(file.sha256[:HASH_CHARACTERS])),
            ]
        )
        for file in set_files
    ]
    table = _scrolling([html.Thead(html.Tr(heads)), html.Tbody(rows)], "Files of the set")
    table.className += " card-files"
    note = html.P("The JSON has the full hashes.", className="muted")
    title = f"{counted(len(set_files), 'file').capitalize()}, {size_text(sum(file.bytes for file in set_files))}"
    return html.Details([html.Summary(title), html.Div([table, note])], className="panel details")


def size_text(size: int) -> str:
    """Return a number of bytes as text: `9.98 MB`, `4.0 kB`, `120 bytes`."""
    for unit, factor in (("MB", 1_000_000), ("kB", 1_000)):
        if size >= factor:
            return f"{number(size / factor)} {unit}"
    return f"{size} bytes"


def _split(split: Split, several: bool) -> list[Component]:
    parts = [
        ("learnt", "Training days", "", split.trained_from, split.validation_from),
        (
            "validation",
            term("validation days", "Validation days"),
            ", included in the final training",
            split.validation_from,
            split.trained_until,
        ),
    ]
    if split.scored_on == "test":
        parts.append(("test", term("test days", "Test days"), "", split.scored_from, split.scored_until))
    days = {kind: days_between(start, end) for kind, _, _, start, end in parts}
    bar = [html.Div(className=f"card-days card-{kind}", style={"flexGrow": count}) for kind, count in days.items()]
    listed = [
        part
        for kind, name, note, start, end in parts
        for part in (
            html.Dt([html.Span(className=f"card-key card-{kind}", **{"aria-hidden": "true"}), name]),
            html.Dd(f"{period_text(start, end)}, {_days(days[kind])}{note}"),
        )
    ]
    head = [html.H3(f"In bins of {', '.join(split.timeframes)}", className="h6")] if several else []
    return [*head, html.Div(bar, className="card-split", **{"aria-hidden": "true"}), html.Dl(listed, className="facts")]


def _days(count: float) -> str:
    return counted(int(count), "day") if count == int(count) else f"{number(count)} days"


def _lacks(card: ModelCard) -> bool:
    return card.whole_days < int(card.days)


def _seconds(card: ModelCard) -> Component:
    """Return the training time by model and timeframe."""
    heads = [html.Th("Training", scope="col")]
    heads += [html.Th(name, scope="col", className="number") for name in card.timeframes]
    rows = [
        html.Tr(
            [
                html.Th(display_name(model), scope="row"),
                *(_took(card.entries(timeframe).get(model, {})) for timeframe in card.timeframes),
            ]
        )
        for model in card.models
    ]
    return _scrolling([html.Thead(html.Tr(heads)), html.Tbody(rows)], "Seconds of training")


def _took(entry: Mapping[str, Any]) -> Component:
    seconds = entry.get("train_seconds")
    text = "–" if seconds is None else f"{seconds:g} s" if seconds else "under 0.1 s"
    return html.Td(text, className="number")


def _scales(card: ModelCard) -> Component:
    """Return the scale by which MASE divides in each timeframe."""
    scales = {
        timeframe: entry["seasonal_scale"]
        for timeframe in card.timeframes
        for entry in card.entries(timeframe).values()
        if "seasonal_scale" in entry
    }
    text = "; ".join(f"{number(scale)} at {timeframe}" for timeframe, scale in scales.items())
    explanation = f" divides by the mean error of 'same time yesterday' in training, in requests per bin: {text}."
    return html.P([term("MASE"), explanation], className="muted") if scales else html.Div()


def _notes(card: ModelCard) -> Component:
    """Return the other stored fields of each model."""
    rows = [
        html.Tr([html.Td(timeframe), html.Td(display_name(model)), html.Td(name), html.Td(text)])
        for timeframe in card.timeframes
        for model, entry in card.entries(timeframe).items()
        for name, text in _more(entry, ENTRY)
    ]
    if not rows:
        return html.Div()
    heads = html.Tr([html.Th(text, scope="col") for text in ("Bin", "Model", "Field", "Value")])
    return _scrolling([html.Thead(heads), html.Tbody(rows)], "Other stored fields")


def _more(stored: Mapping[str, object], shown: Iterable[str]) -> list[tuple[str, str]]:
    """Return the stored fields that are not shown elsewhere."""
    left = {key: value for key, value in stored.items() if key not in shown}
    return [(key.replace("_", " ").capitalize(), _plain(value)) for key, value in left.items()]


def _plain(value: object) -> str:
    if isinstance(value, float):
        return number(value)
    text = value if isinstance(value, str) else json.dumps(value)
    return text if len(text) <= MOST_CHARACTERS else f"{text[:MOST_CHARACTERS]}…"


def _facts(pairs: Iterable[tuple[str, str]]) -> Component:
    return html.Dl([part for name, text in pairs for part in (html.Dt(name), html.Dd(text))], className="facts")


def _scrolling(rows: list[Component], name: str) -> Component:
    """Return a table that may be wider than its place, reachable by keyboard."""
    table = dbc.Table(rows, size="sm", class_name="standings")
    return html.Div(table, className="table-place", tabIndex="0", role="region", **{"aria-label": name})
