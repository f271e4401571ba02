"""From a call to the question that the service layer answers."""

from __future__ import annotations

import numpy as np

from forecasting.errors import FieldError, InputError
from forecasting.readers import PointForm, format_ds, import_points
from forecasting.scaling.config import request
from forecasting.scaling.config.calendar import calendar_entries_of
from forecasting.scaling.config.request import ScalingRequest
from forecasting.scaling.config.stored_configuration import Configuration, stored_configuration
from webapp.api.forecasts import refuse_points
from webapp.api.schemas.decision_requests import DecisionIn
from webapp.app.context import context


def request_of(body: DecisionIn) -> tuple[ScalingRequest, PointForm | None, list[str]]:
    """The question of a body, how its points were written (None for a data set), and what they needed repairing."""
    if (body.data is None) == (body.dataset is None):
        text = "Write data (points) or dataset (a name), one of the two."
        raise InputError(text, errors=[FieldError(name, text) for name in ("data", "dataset")])
    form, warnings, stored = None, [], Configuration()
    if body.dataset is not None:
        series = context().series(body.dataset)
        stored, _ = stored_configuration(context().catalog, body.dataset)
    else:
        refuse_points(len(body.data), context().settings)
        pairs = [(point.ds, point.y) for point in body.data]
        series, form, warnings = import_points(pairs, timeframe=body.timeframe)
    question = request.request_of(
        series,
        stored,
        timeframe=body.timeframe,
        settings=context().settings,
        policy=getattr(body, "policy", None),
        model_type=body.model_type,
        service=body.service,
        slo=body.slo,
        current_replicas=body.current_replicas,
        parameters=getattr(body, "parameters", None),
        model_set=body.model_set,
        schedule=calendar_entries_of(body.schedule),
        scale_in_window_seconds=body.scale_in_window_seconds,
    )
    return question, form, warnings


def write_as_posted(rows: list[dict], form: PointForm, first: int, bin_seconds: int) -> None:
    """Give consecutive bins from an absolute second on their times in the form of the posted ones."""
    seconds = first + bin_seconds * np.arange(len(rows))
    for row, ds in zip(rows, format_ds(form, seconds), strict=True):
        row["ds"] = ds
