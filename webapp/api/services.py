"""What each data set is scaled with: read it, store it."""

from __future__ import annotations

import msgspec
from flask import Response

from forecasting.scaling.choices import Choices
from forecasting.series import Series
from webapp.api.blueprint import api_blueprint, failures
from webapp.api.datasets import refuse_if_read_only
from webapp.api.envelope import success
from webapp.api.reading import JsonBody, documents, refuse_query
from webapp.api.scaling_schemas import ChoicesBody, ChoicesIn, ServiceOut
from webapp.api.schemas import DatasetPath
from webapp.context import context

services = api_blueprint("services", 404)

_CHOICES = JsonBody(ChoicesIn, ChoicesBody)


@services.get("/datasets/<name>/service", responses={200: ServiceOut})
@documents(path=DatasetPath)
def show_service(name: str) -> tuple[Response, int]:
    """The service, policy, model and objective that a data set is scaled with; proposed where nothing is stored."""
    refuse_query()
    series = context().catalog.get(name)
    choices, stored = stored_choices(name)
    return _answer(series, choices, stored)


@services.put("/datasets/<name>/service", responses={200: ServiceOut, **failures(403, 413, 415)})
@documents(path=DatasetPath, body=ChoicesBody)
def store_service(name: str) -> tuple[Response, int]:
    """Store what a data set is scaled with, in place of all that was stored."""
    refuse_if_read_only(f"store the service of {name}")
    choices = Choices.of(msgspec.to_builtins(_CHOICES.read()))
    catalog = context().catalog
    answer = _answer(catalog.get(name), choices, stored=True)
    catalog.keep_choices(name, choices.to_dict())
    return answer


def stored_choices(name: str) -> tuple[Choices, bool]:
    """What is stored for a data set, and whether anything is; raises NotFound."""
    given = context().catalog.choices(name)
    return Choices.of(given or {}), given is not None


def _answer(series: Series, choices: Choices, stored: bool) -> tuple[Response, int]:
    written = choices.to_dict()
    return success(
        f"{series.name} is scaled by {choices.policy} with {choices.model_type}.",
        **{**written, "service": choices.service_for(series).to_dict()},
        given=written["service"],
        stored=stored,
    )
