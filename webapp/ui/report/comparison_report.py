"""The report of a comparison: one HTML file to hand on, that needs no network and no server.

It carries the chart library packed (2 MB instead of 5), which the browser unpacks; everything else is text. Without
scripts the verdict, the tables and the assumptions are all there.
"""

from __future__ import annotations

import base64
import gzip
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from functools import cache
from html import escape
from pathlib import Path

import orjson
from plotly.offline import get_plotlyjs

from forecasting.backtests.day_blocks import DRAWS
from forecasting.paths import shipped_folder
from forecasting.scaling.comparison.compare import Row
from forecasting.scaling.comparison.replica_lines import ReplicaLines, replica_lines
from forecasting.scaling.comparison.results import Study
from forecasting.scaling.comparison.verdict import saving_words
from forecasting.scaling.config.prices import Price
from forecasting.version import installed_version
from webapp.http.plain_pages import NO_ICON, page
from webapp.ui.figures import comparison as figures
from webapp.ui.figures.theme import DARK, LIGHT, palette, roles
from webapp.ui.report import report_facts as facts

HINDSIGHT = '<span class="badge">hindsight</span>'
HEADS = (
    ("policy and its parameters", False),
    ("cost", True),
    ("replicas", True),
    ("requests unmet", True),
    ("minutes under", True),
    ("objective", False),
    ("saving at equal service", False),
    ("regret", True),
)
"""Titles of the table's columns, and whether they hold numbers."""


def report_html(study: Study, made: datetime | None = None) -> str:
    """The page of a study, as of `made` (now where None)."""
    comparison = study.comparison
    tracks = replica_lines(comparison, _pair(study))
    charts = {
        "frontier": figures.frontier(comparison, LIGHT),
        "replicas": figures.replicas(tracks, LIGHT),
    }
    sections = [
        _verdict(study),
        _section("Cost against the share missed", _p(facts.FRONTIER), _chart("frontier", facts.FRONTIER_ALT)),
        _section("Replicas over time", _p(facts.tracks_words(tracks)), _chart("replicas", _alt(tracks))),
        _section("Every policy", _policies(study)),
        _section("What would change it", *_sensitivity(study)),
        _section("What this rests on", _definitions(facts.assumptions(study)), _p(facts.NOT_MODELLED)),
        _section("How it was computed", _definitions(facts.method(study, DRAWS))),
        _section("Price", *_price(study.prices, comparison.replay.service.price_per_hour)),
    ]
    name = comparison.replay.series.name
    head = f"<header><h1>What each way of scaling {escape(name)} would have cost</h1></header>"
    body = f"{head}<main>{''.join(sections)}</main>{_footer(made or datetime.now(UTC))}{_scripts(charts)}"
    return page(f"{name}: what scaling would have cost", body, head=_style(), icon=NO_ICON)


def _pair(study: Study) -> tuple[str, ...]:
    """The two policies whose replicas are drawn: the rivals of the verdict."""
    comparison = study.comparison
    return tuple(dict.fromkeys([comparison.reference, comparison.best_forecast or "reactive:default"]))


def _verdict(study: Study) -> str:
    verdict = study.verdict
    month = f"At this price {verdict.pick} costs {facts.money(verdict.cost_a_month)} a month."
    warnings = "".join(f"<li>{escape(warning)}</li>" for warning in study.comparison.warnings)
    said = [_p(verdict.availability), _p(verdict.cost), _p(f"{month} {verdict.assumption}")]
    known = f"<p>To know before you rely on it:</p><ul>{warnings}</ul>" if warnings else ""
    return f'<p class="headline">{escape(verdict.headline)}</p>{"".join(said)}{known}'


def _policies(study: Study) -> str:
    comparison = study.comparison
    rows = "".join(_row(row, study) for row in comparison.rows)
    explained = _p(facts.TABLE.format(reference=comparison.reference))
    return explained + _table("policies", "Cost and service of every policy on the days judged", HEADS, rows)


def _row(row: Row, study: Study) -> str:
    totals = row.totals
    kept = "kept" if row.meets_slo else '<span class="missed">missed</span>'
    saving = facts.short_saving(row, study.comparison.reference)
    saving = HINDSIGHT if row.hindsight else escape(saving)
    words = "hindsight" if row.hindsight else "marked" if row.policy in _pair(study) else "plain"
    cells = [
        f'<th scope="row">{escape(row.policy)}{_small(facts.parameter_words(row.parameters))}</th>',
        _number(facts.money(totals.cost)),
        _number(f"{totals.mean_replicas:,.2f}"),
        _number(facts.share(totals.unmet_share)),
        _number(facts.share(totals.minutes_under_share)),
        f"<td>{kept}</td>",
        f'<td class="whole">{saving}</td>',
        _number(facts.percent(totals.regret)),
    ]
    return f'<tr class="{words}">{"".join(cells)}</tr>'


def _sensitivity(study: Study) -> Iterable[str]:
    changes = study.verdict.what_would_change_it[len(study.variations) :]
    if study.variations:
        rows = "".join(
            f'<tr><th scope="row">{escape(one.what)}</th><td>{escape(saving_words(one.saving))}</td></tr>'
            for one in study.variations
        )
        heads = (("with", False), ("saving", False))
        yield _p(facts.SENSITIVITY)
        yield _table("sensitivity", "What forecasting saves with one thing changed", heads, rows)
    else:
        yield _p("Other boot times and sizes of replicas were not tried.")
    yield from map(_p, changes)


def _price(prices: Sequence[Price], price_per_hour: float) -> Iterable[str]:
    yield _p(f"{price_per_hour:g} an hour for a replica. {facts.PRICE if prices else facts.OWN_PRICE}")
    items = [f"{row.provider} {row.type}, {row.as_of or 'undated'}: {row.source}" for row in prices]
    if items:
        yield f"<ul>{''.join(f'<li>{escape(item)}</li>' for item in items)}</ul>"


def _footer(made: datetime) -> str:
    time = f'<time datetime="{made.isoformat()}">{made:%Y-%m-%d %H:%M} UTC</time>'
    return f"<footer>Made {time} by DataFlow Autoscaling {escape(installed_version())}.</footer>"


def _section(title: str, *parts: str) -> str:
    return f"<section><h2>{escape(title)}</h2>{''.join(parts)}</section>"


def _p(text: str) -> str:
    return f"<p>{escape(text)}</p>"


def _small(text: str) -> str:
    return f"<small>{escape(text)}</small>" if text else ""


def _number(text: str) -> str:
    return f'<td class="number">{escape(text)}</td>'


def _definitions(pairs: Iterable[tuple[str, str]]) -> str:
    return f"<dl>{''.join(f'<dt>{escape(name)}</dt><dd>{escape(text)}</dd>' for name, text in pairs)}</dl>"


def _table(name: str, caption: str, heads: Iterable[tuple[str, bool]], rows: str) -> str:
    """A table that scrolls by itself where the screen is narrow; the keyboard reaches it too."""
    titles = "".join(
        f'<th scope="col"{" class=number" if numbers else ""}>{escape(title)}</th>' for title, numbers in heads
    )
    body = f'<caption id="{name}-caption">{escape(caption)}</caption><thead><tr>{titles}</tr></thead>'
    return (
        f'<div class="scroll" role="region" tabindex="0" aria-labelledby="{name}-caption">'
        f'<table id="{name}">{body}<tbody>{rows}</tbody></table></div>'
    )


def _chart(name: str, words: str) -> str:
    nothing = "<noscript>The chart needs JavaScript; the tables have its numbers.</noscript>"
    return f'{nothing}<div class="chart" id="{name}" role="group" aria-label="{escape(words)}"></div>'


def _alt(tracks: ReplicaLines) -> str:
    return f"Replicas ready over the days judged: {', '.join(track.name for track in tracks.ready)}, and those needed."


def _style() -> str:
    def variables(theme: str) -> str:
        return ";".join(f"--{role}:{colour}" for role, colour in vars(palette(theme)).items())

    dark = f"@media screen and (prefers-color-scheme:dark){{:root{{{variables(DARK)}}}}}"
    rules = f":root{{{variables(LIGHT)}}}{dark}{_asset('report.css')}"
    return f'<meta name="color-scheme" content="light dark"><style>{rules}</style>'


def _scripts(charts: dict[str, dict]) -> str:
    figures_ = "".join(_data(f"{name}-figure", figure) for name, figure in charts.items())
    colours = _data("colours", dict(roles()["pairs"]))
    library = f'<script type="text/plain" id="library">{_packed_library()}</script>'
    return f"{figures_}{colours}{library}<script>{_asset('report.js')}</script>"


def _data(name: str, value: object) -> str:
    """JSON for the page's script: with no `<` in it, nothing can end the element early."""
    text = orjson.dumps(value).decode().replace("<", "\\u003c")
    return f'<script type="application/json" id="{name}">{text}</script>'


@cache
def _packed_library() -> str:
    return base64.b64encode(gzip.compress(get_plotlyjs().encode(), mtime=0)).decode()


@cache
def _asset(name: str) -> str:
    folder = shipped_folder(Path(__file__).resolve().parents[2], "assets") / "report"
    return (folder / name).read_text(encoding="utf-8")
