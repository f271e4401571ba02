"""Points of many data sets in one call."""

from __future__ import annotations

from flask import Response

from forecasting.catalog import AppendReport, collect_many
from forecasting.errors import FieldError, ForecastingError, InputError
from forecasting.timeseries.formatting import quantity
from webapp.api.blueprint import api_blueprint, failures
from webapp.api.datasets import refuse_if_read_only
from webapp.api.request_parsing import JsonBody, documents
from webapp.api.schemas.common import ManyPointsIn
from webapp.api.schemas.scaling import ManyPointsBody, ManyPointsOut
from webapp.app.context import context
from webapp.http.envelope import success

points = api_blueprint("points", url_prefix="/points")

_POINTS = JsonBody(ManyPointsIn, ManyPointsBody)
_COUNTED = ("added", "changed", "unchanged", "late")
_MOST_NAMED = 20
"""The data sets named in a refusal of all."""


@points.post("", responses={200: ManyPointsOut, **failures(403, 413, 415)})
@documents(body=ManyPointsBody)
def append_to_many() -> tuple[Response, int]:
    """Append fresh bins to many data sets in one transaction; one that is refused stops no other."""
    refuse_if_read_only("append points")
    body = _POINTS.read()
    by_name = {name: [(point.ds, point.y) for point in own] for name, own in body.data.items()}
    outcome = collect_many(context().catalog, by_name)
    reports = [result for result in outcome.values() if isinstance(result, AppendReport)]
    refused = {name: result for name, result in outcome.items() if isinstance(result, ForecastingError)}
    if not reports:
        raise _all_refused(refused)
    totals = {part: sum(getattr(report, part) for report in reports) for part in _COUNTED}
    return success(
        f"{quantity(len(reports), 'data set')}: {quantity(totals['added'], 'bin')} added, {totals['changed']} changed, "
        f"{totals['unchanged']} unchanged." + (f" {quantity(len(refused), 'data set')} left out." if refused else ""),
        **totals,
        refused=[{"dataset": name, "message": error.message} for name, error in refused.items()],
    )


def _all_refused(refused: dict[str, ForecastingError]) -> InputError:
    errors = [FieldError(f"data.{name}", error.message) for name, error in refused.items()]
    more = f" {len(errors)} data sets are refused." if len(errors) > 1 else ""
    return InputError(errors[0].message + more, errors=errors[:_MOST_NAMED])
