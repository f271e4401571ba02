"""From the body of a call to the scaling request of the service layer."""

from __future__ import annotations

import numpy as np

from forecasting.errors import FieldError, InputError
from forecasting.readers import PointForm, format_ds, import_points
from forecasting.scaling.config.request import ScalingRequest, request_of
from forecasting.scaling.config.stored_configuration import Configuration, stored_configuration
from forecasting.validation import fields_of
from webapp.api.forecasts import refuse_points
from webapp.api.schemas.decision_requests import SeriesBody
from webapp.app.context import context

_FIELDS = set(fields_of(ScalingRequest)) - {"start", "end"}
"""Fields of a body that go on as they are; start and end are times as text."""


def scaling_request_of(body: SeriesBody) -> tuple[ScalingRequest, PointForm | None, list[str]]:
    """Return the request of a body, the form of its points' times (None for a data set), and repairs of its points."""
    form, warnings, stored = None, list[str](), Configuration()
    if body.dataset is not None and body.data is None:
        series = context().series(body.dataset)
        stored, _ = stored_configuration(context().catalog, body.dataset)
    elif body.data is not None and body.dataset is None:
        refuse_points(len(body.data), context().settings)
        pairs = [(point.ds, point.y) for point in body.data]
        series, form, warnings = import_points(pairs, timeframe=body.timeframe)
    else:
        text = "Give data (points) or dataset (a name), one of the two."
        raise InputError(text, errors=[FieldError(name, text) for name in ("data", "dataset")])
    given = {name: getattr(body, name) for name in _FIELDS.intersection(type(body).model_fields)}
    return request_of(series, stored, given, context().settings), form, warnings


def write_as_posted(rows: list[dict[str, object]], form: PointForm, first: int, bin_seconds: int) -> None:
    """Write the times of consecutive bins from an absolute second on in the form of the posted ones."""
    seconds = first + bin_seconds * np.arange(len(rows))
    for row, ds in zip(rows, format_ds(form, seconds), strict=True):
        row["ds"] = ds
