"""The report of a comparison: one HTML file to hand on, that needs no network and no server.

It carries the chart library packed (2 MB instead of 5), which the browser unpacks; everything else is text. Without
scripts the verdict, the tables and the assumptions are all there.
"""

from __future__ import annotations

import base64
import gzip
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import cast

import orjson
from plotly.offline import get_plotlyjs  # type: ignore[import-untyped]  # plotly carries no types

from forecasting.backtests.day_blocks import DRAWS
from forecasting.paths import shipped_folder
from forecasting.scaling.comparison.compare import Row
from forecasting.scaling.comparison.replica_lines import ReplicaLines, replica_lines
from forecasting.scaling.comparison.results import CompareResult
from forecasting.scaling.comparison.saving_text import saving_words
from forecasting.timeseries.formatting import exact, fixed, points
from forecasting.version import installed_version
from webapp.http.plain_pages import NO_ICON, environment
from webapp.ui.figures import comparison as figures
from webapp.ui.figures.theme import DARK, LIGHT, palette, roles
from webapp.ui.report import report_facts as facts

TEMPLATES = Path(__file__).with_name("templates")
POLICY_HEADS = (
    ("policy and its parameters", False),
    ("cost", True),
    ("replicas", True),
    ("unmet requests", True),
    ("under-provisioned minutes", True),
    ("objective", False),
    ("saving at equal service", False),
    ("regret", True),
)
"""Titles of the table's columns, and whether they hold numbers."""


@dataclass(frozen=True)
class PolicyRow:
    """One row of the table of policies, as text. `kind` is its style: hindsight, marked or plain."""

    kind: str
    policy: str
    parameters: str
    numbers: tuple[str, ...]
    met: bool
    objective: str
    hindsight: bool
    saving: str
    regret: str


def report_html(study: CompareResult, made: datetime | None = None) -> str:
    """Return the page of a study, as of `made` (now if None)."""
    comparison, verdict = study.comparison, study.verdict
    name, price = comparison.replay.series.name, comparison.replay.service.price_per_hour
    lines = replica_lines(comparison, _pair(study))
    charts = {"frontier": figures.frontier(comparison, LIGHT), "replicas": figures.replicas(lines, LIGHT)}
    return (
        environment(TEMPLATES)
        .get_template("report.html")
        .render(
            title=f"{name}: what scaling would have cost",
            icon=NO_ICON,
            style=_style(),
            series=name,
            texts=facts,
            verdict=verdict,
            warnings=comparison.warnings,
            lines_text=facts.lines_text(lines),
            lines_alt=_alt(lines),
            table_text=facts.TABLE.format(reference=comparison.reference),
            policy_heads=POLICY_HEADS,
            rows=[_row(row, study) for row in comparison.rows],
            variations=[(one.what, saving_words(one.saving)) for one in study.variations],
            changes=verdict.what_would_change_it[len(study.variations) :],
            assumptions=facts.assumptions(study),
            method=facts.method(study, DRAWS),
            price=exact(price),
            sources=[f"{row.provider} {row.type}, {row.as_of or 'undated'}: {row.source}" for row in study.prices],
            made=made or datetime.now(UTC),
            version=installed_version(),
            data=[(f"{one}-figure", _json(figure)) for one, figure in charts.items()] + [("colours", _colours())],
            library=_packed_library(),
            script=_asset("report.js"),
        )
    )


def _pair(study: CompareResult) -> tuple[str, ...]:
    """The two policies whose replicas are drawn: the pick, and the reference or else a forecast-driven one."""
    comparison = study.comparison
    others = comparison.reference, comparison.best_forecast or "reactive:default"
    return tuple(dict.fromkeys([study.verdict.pick, *others]))[:2]


def _row(row: Row, study: CompareResult) -> PolicyRow:
    totals = row.totals
    return PolicyRow(
        kind="hindsight" if row.hindsight else "marked" if row.policy in _pair(study) else "plain",
        policy=row.policy,
        parameters="; ".join(filter(None, [facts.parameter_text(row.parameters), row.note])),
        numbers=(
            fixed(totals.cost, 2),
            f"{totals.mean_replicas:,.2f}",
            points(totals.unmet_share, 2),
            points(totals.minutes_under_share, 2),
        ),
        met=row.meets_slo,
        objective=row.keeping.words if not row.hindsight else "met" if row.meets_slo else "missed",
        hindsight=row.hindsight,
        saving="" if row.hindsight else facts.short_saving(row, study.comparison.reference),
        regret=points(totals.regret),
    )


def _alt(lines: ReplicaLines) -> str:
    names = ", ".join(line.name for line in lines.ready)
    return f"Replicas ready over the evaluation days: {names}, and those needed."


def _style() -> str:
    def variables(theme: str) -> str:
        return ";".join(f"--{role}:{colour}" for role, colour in vars(palette(theme)).items())

    dark = f"@media screen and (prefers-color-scheme:dark){{:root{{{variables(DARK)}}}}}"
    return f":root{{{variables(LIGHT)}}}{dark}{_asset('report.css')}"


def _colours() -> str:
    pairs = cast("list[tuple[str, str]]", roles()["pairs"])
    return _json(dict(pairs))


def _json(value: object) -> str:
    """JSON for a script element of the page: with no `<` in it, nothing can end the element early."""
    return orjson.dumps(value).decode().replace("<", "\\u003c")


@cache
def _packed_library() -> str:
    return base64.b64encode(gzip.compress(get_plotlyjs().encode(), mtime=0)).decode()


@cache
def _asset(name: str) -> str:
    folder = shipped_folder(Path(__file__).resolve().parents[2], "assets") / "report"
    return (folder / name).read_text(encoding="utf-8")
