"""Recommendations, simulations and comparisons."""

from __future__ import annotations

import time
from dataclasses import asdict

from flask import Response, request

from forecasting.errors import ReadOnly
from forecasting.scaling.comparison import results
from forecasting.scaling.config.prices import price_list
from forecasting.scaling.config.request import ScalingRequest, evaluated_between, moment, present_at
from forecasting.scaling.config.stored_configuration import stored_configuration
from forecasting.scaling.recommendation.data_age import dated
from forecasting.scaling.recommendation.live import live
from forecasting.scaling.recommendation.recommend import recommend as recommendation_of
from forecasting.timeseries.clock import moment_of
from webapp.access.access_texts import RESTRICTED
from webapp.access.identity import is_restricted
from webapp.api.blueprint import api_blueprint
from webapp.api.request_parsing import documents, read_fields, read_json, refuse_query
from webapp.api.scaling_requests import scaling_request_of, write_as_posted
from webapp.api.schemas.decision_requests import CompareBody, DatasetNamePath, LiveQuery, RecommendBody, SimulateBody
from webapp.api.schemas.decision_results import CompareOut, PricesOut, RecommendOut, SimulateOut
from webapp.api.schemas.live import LiveOut
from webapp.app.context import context
from webapp.http.envelope import success
from webapp.ui.report.comparison_report import report_html

scaling = api_blueprint("scaling", 404, 413, 415, url_prefix="/scaling")
cost = api_blueprint("cost", 404, 413, 415, url_prefix="/cost")


@scaling.post("/recommend", responses={200: RecommendOut})
@documents(body=RecommendBody)
def recommend() -> tuple[Response, int]:
    """How many replicas to run now, why, and the plan for the next bins."""
    body = read_json(RecommendBody)
    scaling_request, form, warnings = scaling_request_of(body)
    scaling_request = present_at(scaling_request, body.as_of)
    recommendation = dated(recommendation_of(scaling_request), scaling_request)
    answer = results.recommendation_result(recommendation)
    if form is not None:
        first = recommendation.origin + recommendation.bin_seconds
        write_as_posted(answer["plan"], form, first, recommendation.bin_seconds)
    answer["warnings"] = [*answer["warnings"], *warnings]  # that the data is old comes first
    return success(**answer)


@scaling.post("/simulate", responses={200: SimulateOut})
@documents(body=SimulateBody)
def simulate() -> tuple[Response, int]:
    """Replay one policy over days that no model was trained on: its cost and its unmet requests."""
    body = read_json(SimulateBody)
    scaling_request, form, warnings = scaling_request_of(body)
    scaling_request = evaluated_between(scaling_request, body.start, body.end)
    if body.sweep is not None:
        if is_restricted():
            raise ReadOnly(RESTRICTED)
        answer = results.sweep_result(scaling_request, body.sweep)
    else:
        answer = results.simulation_result(scaling_request, steps=body.steps)
        if form is not None and body.steps:
            series = scaling_request.binned
            first = moment_of(answer["judged"]["start"], series.time_zone)
            write_as_posted(answer["steps"], form, first, series.bin_seconds)
    answer["warnings"] = [*warnings, *answer["warnings"]]
    return success(**answer)


@cost.post("/compare", responses={200: CompareOut})
@documents(body=CompareBody)
def compare() -> tuple[Response, int] | Response:
    """Every policy on the same evaluation days, tuned on earlier ones: cost at equal service, and a verdict."""
    body = read_json(CompareBody)
    scaling_request, _, warnings = scaling_request_of(body)
    scaling_request = evaluated_between(scaling_request, body.start, body.end)
    study = results.compare_result(scaling_request, **(results.QUICK if body.quick else {}))
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
    """The recommendation that a cluster polls: a fresh one of a data set, or 503."""
    query = read_fields(LiveQuery, request.args)
    series = context().series(dataset)
    stored, _ = stored_configuration(context().catalog, dataset)
    given = query.model_dump(exclude_none=True)
    timeframe, as_of = given.pop("timeframe", None), moment(given.pop("as_of", None), series, "as_of")
    scaling_request = ScalingRequest.for_series(series, stored.overridden(given), timeframe, context().settings)
    answer = live(scaling_request, int(time.time()) if as_of is None else as_of)
    count = answer.recommendation.replicas
    response, status = success(f"{count} replica{'' if count == 1 else 's'}.", **answer.to_dict(dataset))
    response.headers["Cache-Control"] = "no-store"
    return response, status


def _download(text: str, kind: str, ending: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="comparison.{ending}"'}
    return Response(text, mimetype=kind, headers=headers)
