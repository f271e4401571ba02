"""The configuration of each data set: read it, store it, and export it as a manifest for a cluster."""

from __future__ import annotations

from typing import Any

from flask import Response, request

from forecasting.model_sets.loading import card_of
from forecasting.scaling.config.stored_configuration import Configuration, stored_configuration
from forecasting.scaling.policies.policy_registry import checked_parameters
from forecasting.scaling.recommendation import manifests
from forecasting.scaling.recommendation.manifest_export import manifest_of
from forecasting.timeseries.formatting import counted
from forecasting.timeseries.known_events import KnownEvent, to_json
from forecasting.timeseries.series import Series
from webapp.access.change_record import recorded
from webapp.api.blueprint import api_blueprint, failures
from webapp.api.datasets import refuse_if_read_only
from webapp.api.request_parsing import documents, read_fields, read_json, refuse_query
from webapp.api.schemas.common import DatasetPath
from webapp.api.schemas.decision_requests import DatasetNamePath
from webapp.api.schemas.scaling import YAML_OUT, CalendarBody, CalendarOut, ChoicesBody, ExportQuery, ServiceOut
from webapp.app.context import context
from webapp.http.envelope import success

services = api_blueprint("services", 404)


@services.get("/datasets/<name>/service", responses={200: ServiceOut})
@documents(path=DatasetPath)
def show_service(name: str) -> tuple[Response, int]:
    """The service, policy, model and objective of a data set; proposed if nothing is stored."""
    refuse_query()
    series = context().series(name)
    configuration, stored = stored_configuration(context().catalog, name)
    return _answer(series, configuration, stored)


@services.put("/datasets/<name>/service", responses={200: ServiceOut, **failures(403, 413, 415)})
@documents(path=DatasetPath, body=ChoicesBody)
def store_service(name: str) -> tuple[Response, int]:
    """Store how a data set is scaled; it replaces everything that was stored."""
    refuse_if_read_only(f"store the service of {name}")
    configuration = Configuration.of(dict(read_json(ChoicesBody)))
    checked_parameters(configuration.policy, configuration.parameters)
    if configuration.model_set is not None:
        card_of(configuration.model_set, context().settings)
    answer = _answer(context().series(name), configuration, stored=True)
    catalog = context().catalog
    with recorded("service.store", name, catalog.choices(name)) as change:
        catalog.keep_configuration(name, configuration.to_dict())
        change.after = catalog.choices(name)
    return answer


@services.get("/datasets/<name>/calendar", responses={200: CalendarOut})
@documents(path=DatasetPath)
def show_calendar(name: str) -> tuple[Response, int]:
    """The known events of a data set, which its forecasts take into account."""
    refuse_query()
    return _calendar(name, context().catalog.calendar(name))


@services.put("/datasets/<name>/calendar", responses={200: CalendarOut, **failures(403, 413, 415)})
@documents(path=DatasetPath, body=CalendarBody)
def store_calendar(name: str) -> tuple[Response, int]:
    """Store the known events of a data set; they replace those that were stored."""
    refuse_if_read_only(f"store the calendar of {name}")
    events = tuple(read_json(CalendarBody).calendar)
    catalog = context().catalog
    with recorded("calendar.store", name, to_json(catalog.calendar(name))) as change:
        catalog.keep_calendar(name, events)
        change.after = to_json(events)
    return _calendar(name, events)


def _calendar(name: str, events: tuple[KnownEvent, ...]) -> tuple[Response, int]:
    return success(f"{name} has {counted(len(events), 'known event')}.", calendar=to_json(events))


@services.get("/scaling/export/<dataset>", responses={200: YAML_OUT, **failures(409)})
@documents(path=DatasetNamePath, query=ExportQuery)
def export_manifest(dataset: str) -> Response:
    """A manifest for a cluster that follows the recommendation of a data set: a KEDA ScaledObject or a plain HPA."""
    query = read_fields(ExportQuery, request.args)
    series = context().series(dataset)
    configuration, _ = stored_configuration(context().catalog, dataset)
    text = manifest_of(
        series,
        configuration,
        query.format,
        query.url or request.root_url,
        accept_assumptions=bool(query.accept_assumptions),
        with_key=context().settings.auth != "none",
    )
    filename = f"{manifests.kubernetes_name(dataset)}-{query.format}.yaml"
    return Response(text, mimetype="text/yaml", headers={"Content-Disposition": f'attachment; filename="{filename}"'})


def _answer(series: Series, configuration: Configuration, stored: bool) -> tuple[Response, int]:
    fields: dict[str, Any] = configuration.to_dict()
    given = fields.pop("service")
    return success(
        f"{series.name} is scaled by {configuration.policy} with {configuration.model_type}.",
        service=configuration.service_for(series).to_dict(),
        given=given,
        stored=stored,
        **fields,
    )
