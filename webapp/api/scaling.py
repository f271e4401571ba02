"""Recommendations, simulations and comparisons."""

from __future__ import annotations

import time
from dataclasses import asdict

from flask import Response, request

from forecasting.scaling.comparison import results
from forecasting.scaling.config import request as questions
from forecasting.scaling.config.prices import price_list
from forecasting.scaling.config.request import ScalingRequest, moment
from forecasting.scaling.config.stored_configuration import stored_configuration
from forecasting.scaling.recommendation.live import live
from forecasting.timeseries.clock import moment_of
from webapp.api import scaling_requests
from webapp.api.blueprint import api_blueprint
from webapp.api.envelope import success
from webapp.api.request_parsing import JsonBody, documents, read_fields, refuse_query
from webapp.api.schemas.decision_requests import (
    CompareBody,
    CompareIn,
    DatasetNamePath,
    LiveQuery,
    RecommendBody,
    RecommendIn,
    SimulateBody,
    SimulateIn,
)
from webapp.api.schemas.decision_results import CompareOut, LiveOut, PricesOut, RecommendOut, SimulateOut
from webapp.app.context import context
from webapp.ui.report.comparison_report import report_html

scaling = api_blueprint("scaling", 404, 413, 415, url_prefix="/scaling")
cost = api_blueprint("cost", 404, 413, 415, url_prefix="/cost")

_RECOMMEND = JsonBody(RecommendIn, RecommendBody)
_SIMULATE = JsonBody(SimulateIn, SimulateBody)
_COMPARE = JsonBody(CompareIn, CompareBody)


@scaling.post("/recommend", responses={200: RecommendOut})
@documents(body=RecommendBody)
def recommend() -> tuple[Response, int]:
    """How many replicas to run now, why, and what is planned for the bins to come."""
    body: RecommendIn = _RECOMMEND.read()
    question, form, warnings = scaling_requests.request_of(body)
    found = questions.asked(questions.present_at(question, body.as_of), horizon=body.horizon).recommendation()
    answer = results.recommendation_result(found)
    if form is not None:
        scaling_requests.write_as_posted(answer["plan"], form, found.origin + found.bin_seconds, found.bin_seconds)
    answer["warnings"] = [*warnings, *answer["warnings"]]
    return success(**answer)


@scaling.post("/simulate", responses={200: SimulateOut})
@documents(body=SimulateBody)
def simulate() -> tuple[Response, int]:
    """Replay one policy over days that no model was trained on: what it would have cost and missed."""
    body: SimulateIn = _SIMULATE.read()
    question, form, warnings = scaling_requests.request_of(body)
    question = questions.judged_between(question, body.start, body.end)
    if body.sweep is not None:
        answer = results.sweep_result(question, body.sweep)
    else:
        answer = results.simulation_result(question, steps=body.steps)
        if form is not None and body.steps:
            series = question.binned
            first = moment_of(answer["judged"]["start"], series.time_zone)
            scaling_requests.write_as_posted(answer["steps"], form, first, series.bin_seconds)
    answer["warnings"] = [*warnings, *answer["warnings"]]
    return success(**answer)


@cost.post("/compare", responses={200: CompareOut})
@documents(body=CompareBody)
def compare() -> tuple[Response, int] | Response:
    """Every policy on the same unseen days, tuned on earlier ones: cost at equal service, and a verdict in words."""
    body: CompareIn = _COMPARE.read()
    question, _, warnings = scaling_requests.request_of(body)
    question = questions.judged_between(question, body.start, body.end)
    study = results.compare_result(question, **(results.QUICK if body.quick else {}))
    if body.format == "csv":
        return _download(study.frame().to_csv(index=False), "text/csv", "csv")
    if body.format == "html":
        return _download(report_html(study), "text/html", "html")
    answer = study.to_dict(frontier=body.frontier)
    answer["warnings"] = [*warnings, *answer["warnings"]]
    return success(**answer)


@cost.get("/prices", responses={200: PricesOut})
def prices() -> tuple[Response, int]:
    """List prices of replicas, each with its date and source; the operator's own rows first."""
    refuse_query()
    rows = [asdict(row) for row in price_list(context().settings)]
    return success(f"Prices: {len(rows)}, an hour, each in its currency.", prices=rows)


@scaling.get("/recommendation/<dataset>", responses={200: LiveOut})
@documents(path=DatasetNamePath, query=LiveQuery)
def recommendation(dataset: str) -> tuple[Response, int]:
    """What a cluster polls: a fresh recommendation of a data set, or 503."""
    query = read_fields(LiveQuery, request.args)
    series = context().series(dataset)
    stored, _ = stored_configuration(context().catalog, dataset)
    choices = stored.overridden(**query.model_dump(exclude={"timeframe", "as_of"}))
    question = ScalingRequest.of(series, choices, query.timeframe, context().settings)
    as_of = moment(query.as_of, series, "as_of")
    found = live(question, int(time.time()) if as_of is None else as_of)
    count = found.recommendation.replicas
    response, status = success(f"{count} replica{'' if count == 1 else 's'}.", **found.to_dict(dataset))
    response.headers["Cache-Control"] = "no-store"
    return response, status


def _download(text: str, kind: str, ending: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="comparison.{ending}"'}
    return Response(text, mimetype=kind, headers=headers)
