"""Forecasts and backtests of what is posted."""

from __future__ import annotations

import threading
from dataclasses import replace

from flask import Response
from werkzeug.datastructures import FileStorage

from forecasting import prediction
from forecasting.errors import TooLarge
from forecasting.forecasters.base import Forecast
from forecasting.readers import ImportOptions, ImportReport, PointForm, format_ds, import_files, import_points
from forecasting.settings import Settings
from forecasting.timeseries.formatting import quantity
from forecasting.timeseries.known_events import known_events_of
from forecasting.timeseries.series import Series
from webapp.api.blueprint import api_blueprint
from webapp.api.request_parsing import JsonBody, documents, named_streams, read_upload
from webapp.api.schemas.common import PointIn
from webapp.api.schemas.forecasts import (
    BacktestBody,
    BacktestIn,
    BacktestOut,
    CsvFields,
    CsvForm,
    PredictBody,
    PredictIn,
    PredictOut,
)
from webapp.app.context import context
from webapp.http.envelope import success

forecasts = api_blueprint("forecasts", 404, 413, 415, url_prefix="/forecast")

_ONE_AT_A_TIME = threading.Lock()
"""Held for the milliseconds of one forecast. Its many short numpy calls let go of the interpreter: where several
threads forecast at once each waits for the others at every call, and a worker answers half as much as with one thread.
"""

_PREDICT = JsonBody(PredictIn, PredictBody)
_BACKTEST = JsonBody(BacktestIn, BacktestBody)


@forecasts.post("/predict", responses={200: PredictOut})
@documents(body=PredictBody)
def predict() -> tuple[Response, int]:
    """Forecast the bins after the last one posted."""
    body = _PREDICT.read()
    with _ONE_AT_A_TIME:
        return _answer(*_predicted(body, context().settings))


def _predicted(body: PredictIn, settings: Settings) -> tuple[Forecast, list[dict], list[str]]:
    """The forecast of a body, its rows with times in the form of those posted, and what the points needed repairing."""
    series, form, warnings = _series_of(body, settings)
    forecast = prediction.predict(
        series,
        model=body.model_type,
        horizon=body.horizon,
        timeframe=body.timeframe,
        model_set=body.model_set,
        settings=settings,
    )
    return forecast, forecast.rows(tuple(body.quantiles), format_ds(form, forecast.ds)), warnings


@forecasts.post("/predict/csv", responses={200: PredictOut})
@documents(form=CsvForm, query=CsvFields)
def predict_csv() -> tuple[Response, int]:
    """Forecast the bins after the last one of a CSV file."""
    fields, files = read_upload(CsvFields)
    settings = context().settings
    series, report = _read_csv(files, fields, settings)
    forecast = prediction.predict(
        series,
        model=fields.model_type,
        horizon=fields.horizon,
        timeframe=fields.timeframe,
        model_set=fields.model_set,
        settings=settings,
    )
    return _answer(forecast, forecast.rows(), _repairs(report))


@forecasts.post("/backtest", responses={200: BacktestOut})
@documents(body=BacktestBody)
def backtest() -> tuple[Response, int]:
    """Forecast the posted series block by block, each from the points before it, and score it against the actuals."""
    body = _BACKTEST.read()
    settings = context().settings
    series, form, warnings = _series_of(body, settings)
    result = prediction.block_backtest(
        series,
        step=body.step,
        model=body.model_type,
        timeframe=body.timeframe,
        model_set=body.model_set,
        settings=settings,
    )
    rows = [{**row, "ds": ds} for row, ds in zip(result.rows, format_ds(form, result.seconds), strict=True)]
    return success(
        f"{quantity(len(rows), 'bin')} of {body.timeframe} forecast by {body.model_type} in blocks of {body.step}.",
        model_type=body.model_type,
        timeframe=body.timeframe,
        model_set=result.model_set,
        members=[{"model": name, "weight": weight} for name, weight in result.members],
        step=body.step,
        predictions=rows,
        metrics=result.metrics,
        warnings=[*warnings, *result.warnings],
    )


def _series_of(body: PredictIn | BacktestIn, settings: Settings) -> tuple[Series, PointForm, list[str]]:
    """The series of a body with its known events, the form of its times, and what the points needed repairing."""
    events = known_events_of(body.calendar)
    pairs = _pairs(body.data, settings)
    series, form, warnings = import_points(pairs, timeframe=body.timeframe, time_zone=body.time_zone)
    return series.with_events(events), form, warnings


def _pairs(points: list[PointIn], settings: Settings) -> list[tuple[str, float | None]]:
    refuse_points(len(points), settings)
    return [(point.ds, point.y) for point in points]


def _read_csv(files: list[FileStorage], fields: CsvFields, settings: Settings) -> tuple[Series, ImportReport]:
    sources = named_streams(files)
    options = ImportOptions(format="csv", timeframe=fields.timeframe, time_zone=fields.time_zone)
    try:
        return import_files(
            sources, name="posted", options=options, settings=replace(settings, max_bins=settings.max_points)
        )
    except TooLarge as error:
        raise _too_many(f"The file has more than {settings.max_points} rows or bins", settings) from error


def _repairs(report: ImportReport) -> list[str]:
    """What was done to a file, a sentence each, as warnings."""
    repairs = [
        (report.out_of_order, "rows are not in order of time; they were sorted."),
        (report.duplicates, f"rows repeat a time; of equal times the {report.duplicates_rule} is taken."),
        (len(report.outages), "runs of zeros are far too long for this traffic and are taken as unknown."),
        *((count, f"cells or rows: {reason}.") for reason, count in report.dropped.items()),
    ]
    return [f"{count} {sentence}" for count, sentence in repairs if count] + report.notes


def refuse_points(count: int, settings: Settings) -> None:
    """Raise TooLarge where a call brings more points than the settings allow."""
    if count > settings.max_points:
        raise _too_many(f"There are {count} points", settings)


def _too_many(what: str, settings: Settings) -> TooLarge:
    return TooLarge(
        f"{what}; the limit is {settings.max_points} (DATAFLOW_MAX_POINTS sets it). "
        "Send the recent past, or import the whole with POST /datasets.",
        field="data",
    )


def _answer(forecast: Forecast, rows: list[dict], warnings: list[str]) -> tuple[Response, int]:
    return success(
        f"{quantity(len(rows), 'bin')} of {forecast.timeframe} forecast by {forecast.model}.",
        model_type=forecast.model,
        timeframe=forecast.timeframe,
        model_set=forecast.model_set,
        members=[{"model": name, "weight": weight} for name, weight in forecast.members],
        predictions=rows,
        warnings=[*warnings, *forecast.warnings],
    )
