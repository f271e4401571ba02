"""The beginning of a file on the page: a table whose columns can be chosen, the keys of JSON records, or lines."""

from __future__ import annotations

from collections.abc import Mapping

import dash_bootstrap_components as dbc
import orjson
from dash import html
from dash.development.base_component import Component

from forecasting.readers.excerpt import Column, Excerpt, Key, Proposal
from webapp.pages.data.files.fields import UNSET

TABLE_ROLES = {UNSET: "not read", "time": "time", "count": "count"}
KEY_ROLES = {UNSET: "not read", "time": "time", "status": "status"}


def role_id(name: str) -> dict[str, str]:
    """Return the id of the control that says what a column or key is."""
    return {"type": "data-role", "column": name}


def where_id(name: str) -> dict[str, str]:
    """Return the id of the control that chooses rows by a column."""
    return {"type": "data-where", "column": name}


def first_rows(excerpt: Excerpt, *, is_refused: bool, is_offered: bool = False) -> Component:
    """Return the beginning of a file and the choices that it offers; closed if the file was understood.

    `is_offered`: the proposed pattern has a button already.
    """
    parts = {"table": _table, "json": _keys, "lines": _lines}[excerpt.kind](excerpt)
    if excerpt.proposal is not None and not is_offered:
        parts.append(_proposal(excerpt.proposal))
    title = f"First {'rows' if excerpt.kind == 'table' else 'records' if excerpt.kind == 'json' else 'lines'}"
    heading = html.Summary([html.Strong(f"{title} of {excerpt.file}"), html.Span(_hint(excerpt, is_refused))])
    return html.Details([heading, *parts], open=is_refused, className="data-first-rows")


def _hint(excerpt: Excerpt, is_refused: bool) -> str:
    if excerpt.kind == "lines":
        return " – how the file begins"
    choice = "the time and the counts" if excerpt.kind == "table" else "the time and the status"
    return f" – choose {choice}" if is_refused else f" – is something misread? Choose {choice}"


def _table(excerpt: Excerpt) -> list[Component]:
    columns = excerpt.columns
    heads = [html.Th(column.title, scope="col", className=_side(column)) for column in columns]
    choices = [html.Td(_column_choices(column), className="data-choice") for column in columns]
    rows = [
        html.Tr([html.Td(cell, className=_side(column)) for column, cell in row])
        for row in zip(*([(column, cell) for cell in column.cells] for column in columns), strict=False)
    ]
    note = "Several counts are added up. “Only” reads the rows with one value of a column."
    return [
        html.P(note, className="data-note"),
        _scrolled(html.Table([html.Thead([html.Tr(heads), html.Tr(choices)]), html.Tbody(rows)]), "First rows"),
    ]


def _side(column: Column) -> str | None:
    return "number" if column.kind == "number" else None


def _column_choices(column: Column) -> list[Component]:
    parts = [_select(role_id(column.name), TABLE_ROLES, column.role or UNSET, f"{column.title} is read as")]
    if column.values and not column.role:
        values = {UNSET: "all rows", **{value: f"only {value}" for value in column.values}}
        parts.append(_select(where_id(column.name), values, column.chosen or UNSET, f"Rows by {column.title}"))
    return parts


def _keys(excerpt: Excerpt) -> list[Component]:
    rows = [_key_row(key) for key in excerpt.keys]
    head = html.Thead(html.Tr([html.Th(text, scope="col") for text in ("Key", "First value", "Is read as")]))
    note = "Each record is a request. Choose keys only if they were not recognised."
    return [html.P(note, className="data-note"), _scrolled(html.Table([head, html.Tbody(rows)]), "Keys of the records")]


def _key_row(key: Key) -> Component:
    choice = _select(role_id(key.name), KEY_ROLES, key.role or UNSET, f"{key.name} is read as")
    return html.Tr([html.Td(html.Code(key.name)), html.Td(key.example), html.Td(choice, className="data-choice")])


def _lines(excerpt: Excerpt) -> list[Component]:
    return [_scrolled(html.Pre("\n".join(excerpt.lines)), "First lines")]


def _proposal(proposal: Proposal) -> Component:
    fields = {"pattern": proposal.pattern, "time_format": proposal.time_format}
    return html.Button(
        f"Read with a pattern that fits {proposal.reads:,} of {proposal.lines:,} lines",
        type="button",
        className="btn btn-sm btn-outline-primary data-way-out",
        **{"data-fill": orjson.dumps(fields).decode()},
    )


def _scrolled(content: Component, label: str) -> Component:
    return html.Div(content, className="data-first-scroll", tabIndex="0", role="region", **{"aria-label": label})


def _select(own_id: dict[str, str], options: Mapping[str, str], value: str, label: str) -> Component:
    listed = [{"value": name, "label": text} for name, text in options.items()]
    control = dbc.Select(id=own_id, options=listed, value=value, size="sm")
    return html.Label([html.Span(label, className="visually-hidden"), control])
