"""What each data set is scaled with: read it, store it, and export it as a manifest for a cluster."""

from __future__ import annotations

import msgspec
from flask import Response, request

from forecasting.scaling.config.stored_configuration import Configuration, stored_configuration
from forecasting.scaling.recommendation import manifests
from forecasting.timeseries.series import Series
from webapp.api.blueprint import api_blueprint, failures
from webapp.api.datasets import refuse_if_read_only
from webapp.api.envelope import success
from webapp.api.request_parsing import JsonBody, documents, read_fields, refuse_query
from webapp.api.schemas.common import DatasetPath
from webapp.api.schemas.decision_requests import DatasetNamePath
from webapp.api.schemas.scaling import YAML_OUT, ChoicesBody, ChoicesIn, ExportQuery, ServiceOut
from webapp.app.context import context

services = api_blueprint("services", 404)

_CHOICES = JsonBody(ChoicesIn, ChoicesBody)


@services.get("/datasets/<name>/service", responses={200: ServiceOut})
@documents(path=DatasetPath)
def show_service(name: str) -> tuple[Response, int]:
    """The service, policy, model and objective that a data set is scaled with; proposed where nothing is stored."""
    refuse_query()
    series = context().series(name)
    choices, stored = stored_configuration(context().catalog, name)
    return _answer(series, choices, stored)


@services.put("/datasets/<name>/service", responses={200: ServiceOut, **failures(403, 413, 415)})
@documents(path=DatasetPath, body=ChoicesBody)
def store_service(name: str) -> tuple[Response, int]:
    """Store what a data set is scaled with, in place of all that was stored."""
    refuse_if_read_only(f"store the service of {name}")
    choices = Configuration.of(msgspec.to_builtins(_CHOICES.read()))
    answer = _answer(context().series(name), choices, stored=True)
    context().catalog.keep_configuration(name, choices.to_dict())
    return answer


@services.get("/scaling/export/<dataset>", responses={200: YAML_OUT})
@documents(path=DatasetNamePath, query=ExportQuery)
def export_manifest(dataset: str) -> Response:
    """A manifest for a cluster that follows the recommendation of a data set: a KEDA ScaledObject or a plain HPA."""
    query = read_fields(ExportQuery, request.args)
    series = context().series(dataset)
    choices, _ = stored_configuration(context().catalog, dataset)
    service = choices.service_for(series)
    if query.format == "keda":
        text = manifests.keda(dataset, service, choices, query.url or request.root_url)
    else:
        text = manifests.hpa(dataset, service, choices)
    filename = f"{manifests.kubernetes_name(dataset)}-{query.format}.yaml"
    return Response(text, mimetype="text/yaml", headers={"Content-Disposition": f'attachment; filename="{filename}"'})


def _answer(series: Series, choices: Configuration, stored: bool) -> tuple[Response, int]:
    written = choices.to_dict()
    return success(
        f"{series.name} is scaled by {choices.policy} with {choices.model_type}.",
        **{**written, "service": choices.service_for(series).to_dict()},
        given=written["service"],
        stored=stored,
    )
