"""The data sets: list, read, import, append to, rename, remove."""

from __future__ import annotations

import re

from flask import Response, request
from werkzeug.datastructures import FileStorage

from forecasting.analysis.chart_data.preview import preview
from forecasting.catalog import DatasetInfo, collect
from forecasting.catalog.appended_files import append_files, check_overlap
from forecasting.errors import Conflict, ForecastingError, InputError, NotFound, ReadOnly
from forecasting.readers import ImportOptions, import_files
from forecasting.readers.excerpt import Excerpt, excerpt
from forecasting.timeseries.clock import moment_of, wall_text
from forecasting.timeseries.csv_export import csv_parts, export_frame
from forecasting.timeseries.formatting import quantity
from forecasting.timeseries.series import Series
from forecasting.timeseries.timeframes import bin_seconds_of
from webapp.access.access_texts import RESTRICTED
from webapp.access.change_record import nothing_changed, recorded
from webapp.api.blueprint import api_blueprint, failures
from webapp.api.quotas import check_room
from webapp.api.request_parsing import (
    JsonBody,
    documents,
    named_streams,
    read_fields,
    read_json,
    read_upload,
    refuse_query,
)
from webapp.api.schemas.common import (
    DatasetOut,
    DatasetPath,
    DatasetsOut,
    Envelope,
    ImportFields,
    ImportForm,
    ImportOut,
    PointsIn,
    RenameBody,
    SeriesOut,
    SeriesQuery,
)
from webapp.api.schemas.scaling import PointsBody, PointsOut
from webapp.app.context import context
from webapp.http.envelope import refused, success

_CHANGING = failures(403, 409, 413, 415)

datasets = api_blueprint("datasets", 404, url_prefix="/datasets")

_NO_READING = ("dry_run", "replace", "append", "overlap")
"""Fields of an import that do not say how files are read."""

_POINTS = JsonBody(PointsIn, PointsBody)


@datasets.get("", responses={200: DatasetsOut})
def list_datasets() -> tuple[Response, int]:
    """Every data set, the built-in ones first."""
    refuse_query()
    found = [info.to_dict() for info in context().catalog.list()]
    return success(f"Data sets: {len(found)}.", datasets=found)


@datasets.post("", responses={200: ImportOut, 201: ImportOut, **_CHANGING})
@documents(form=ImportForm)
def import_dataset() -> tuple[Response, int] | Response:
    """Import files as a data set or append them to one; with `dry_run` only report what would be read."""
    fields, files = read_upload(ImportFields)
    options = _options(fields)
    if fields.pattern:
        refuse_if_read_only("run a regular expression of the caller")
    if not fields.dry_run:
        refuse_if_read_only(f"import {fields.name}")
        check_room(fields.name)
    check_overlap(fields.overlap, append=fields.append, replace=fields.replace)
    if not fields.dry_run and not fields.replace and not fields.append and _exists(fields.name):
        raise Conflict(
            f"name is {fields.name!r}, which exists already; choose another, or send replace=true or append=true.",
            field="name",
        )
    try:
        series, report, info = _stored(fields, options, files)
    except ForecastingError as error:
        if not fields.dry_run:
            raise
        nothing_changed()
        return refused(error, excerpt=_excerpt(options, files, error.message))
    if info is None:
        nothing_changed()
        return _looked_at(series, report, _excerpt(options, files))
    done = f"The files are appended to {fields.name}." if fields.append else f"{fields.name} is imported."
    return success(done, status=201, dataset=info.to_dict(), report=report)


def _stored(fields: ImportFields, options: ImportOptions, files: list[FileStorage]) -> _Imported:
    """Read the files, and store or append what they hold unless it is a dry run."""
    work = _append if fields.append else _import
    if fields.dry_run:
        return work(fields, options, files)
    before = context().catalog.info(fields.name).to_dict() if _exists(fields.name) else None
    with recorded("dataset.append" if fields.append else "dataset.import", fields.name, before) as change:
        imported = work(fields, options, files)
        change.after = imported[2].to_dict() if imported[2] else None
    return imported


_Imported = tuple[Series, dict[str, object], DatasetInfo | None]


def _import(fields: ImportFields, options: ImportOptions, files: list[FileStorage]) -> _Imported:
    streams, settings = named_streams(files), context().settings
    series, report = import_files(streams, name=fields.name, options=options, settings=settings)
    written = report.to_dict()
    stored = None if fields.dry_run else context().catalog.add(series, written, replace=fields.replace)
    return series, written, stored


def _append(fields: ImportFields, options: ImportOptions, files: list[FileStorage]) -> _Imported:
    appended = append_files(
        context().catalog,
        named_streams(files),
        name=fields.name,
        options=options,
        overlap=fields.overlap,
        dry_run=fields.dry_run,
    )
    return appended.series, appended.report, appended.info


def _excerpt(options: ImportOptions, files: list[FileStorage], message: str = "") -> Excerpt | None:
    """The beginning of the file that a message names, else of the first."""
    ordered = sorted(files, key=lambda file: (file.filename or "") not in message)
    return excerpt(named_streams(ordered), options, context().settings)


@datasets.get("/<name>", responses={200: DatasetOut})
@documents(path=DatasetPath)
def show_dataset(name: str) -> tuple[Response, int]:
    """One data set and the report of its import."""
    refuse_query()
    catalog = context().catalog
    info = catalog.info(name)
    return success(
        f"{name}: {info.bins} bins of {info.timeframe}.", dataset=info.to_dict(), report=catalog.report(name)
    )


@datasets.patch("/<name>", responses={200: DatasetOut, **_CHANGING})
@documents(path=DatasetPath, body=RenameBody)
def rename_dataset(name: str) -> tuple[Response, int]:
    """Give a data set another name."""
    refuse_if_read_only(f"rename {name}")
    body = read_json(RenameBody)
    with recorded("dataset.rename", name, {"name": name}) as change:
        info = context().catalog.rename(name, body.name)
        change.after = {"name": body.name}
    return success(f"{name} is now {body.name}.", dataset=info.to_dict())


@datasets.delete("/<name>", responses={200: Envelope, **_CHANGING})
@documents(path=DatasetPath)
def remove_dataset(name: str) -> tuple[Response, int]:
    """Remove a data set for good."""
    refuse_if_read_only(f"remove {name}")
    refuse_query()
    catalog = context().catalog
    before = catalog.info(name).to_dict()
    with recorded("dataset.remove", name, before):
        catalog.remove(name)
    return success(f"{name} is removed.")


@datasets.get("/<name>/series", responses={200: SeriesOut})
@documents(path=DatasetPath, query=SeriesQuery)
def read_series(name: str) -> tuple[Response, int] | Response:
    """The counts of a data set, whole or a part of it, at its own bin or a coarser one; as JSON or as CSV."""
    query = read_fields(SeriesQuery, request.args)
    series = context().series(name)
    if query.timeframe:
        series = context().binned(name, bin_seconds_of(query.timeframe))
    series = series.between(_moment(query.start, series, "start"), _moment(query.end, series, "end"))
    if query.format == "csv":
        return _csv(series)
    _refuse_bins(series)
    counts = series.requests_count.tolist()
    return success(
        f"{len(series)} bins of {series.timeframe}.",
        name=name,
        timeframe=series.timeframe,
        time_zone=series.time_zone,
        start=wall_text(series.start, series.time_zone),
        end=wall_text(series.end, series.time_zone),
        data=[{"ds": ds, "y": y} for ds, y in zip(series.ds, counts, strict=True)],
    )


@datasets.post("/<name>/points", responses={200: PointsOut, **_CHANGING})
@documents(path=DatasetPath, body=PointsBody)
def append_points(name: str) -> tuple[Response, int]:
    """Append fresh bins to a data set: repeated ones change nothing, late ones fill or correct what is there."""
    refuse_if_read_only(f"append to {name}")
    body = _POINTS.read()
    check_room(name if body.create else None)
    catalog = context().catalog
    with recorded("dataset.append-points", name) as change:
        report = collect(
            catalog,
            name,
            [(point.ds, point.y) for point in body.data],
            create=body.create,
            timeframe=body.timeframe,
            time_zone=body.time_zone,
        )
        change.after = {name: getattr(report, name) for name in ("added", "changed", "unchanged")}
    return success(
        f"{name}: {quantity(report.added, 'bin')} added, {report.changed} changed, {report.unchanged} unchanged.",
        dataset=catalog.info(name).to_dict(),
        added=report.added,
        changed=report.changed,
        unchanged=report.unchanged,
        late=report.late,
    )


def refuse_if_read_only(action: str) -> None:
    """Raise ReadOnly before the body is read; the catalog would too, after the work."""
    if context().settings.is_restricted:
        raise ReadOnly(RESTRICTED)
    if context().settings.read_only:
        raise ReadOnly(f"This server is read-only and does not {action} (DATAFLOW_READ_ONLY=1 is set).")


def _options(fields: ImportFields) -> ImportOptions:
    given = fields.model_dump(exclude={"name", "outage", "where", "sum_columns", *_NO_READING})
    sums = tuple(column.strip() for column in (fields.sum_columns or "").split(",") if column.strip())
    return ImportOptions(**given, outages=tuple(fields.outage), where=tuple(fields.where), sum_columns=sums)


def _looked_at(series: Series, report: dict[str, object], beginning: Excerpt | None) -> tuple[Response, int]:
    message = f"{series.name} can be imported; nothing was stored."
    return success(message, report=report, preview=preview(series), excerpt=beginning)


def _exists(name: str) -> bool:
    try:
        context().catalog.info(name)
    except NotFound:
        return False
    return True


def _refuse_bins(series: Series) -> None:
    limit = context().settings.max_points
    if len(series) > limit:
        raise InputError(
            f"This is {len(series)} bins; one answer has at most {limit} (DATAFLOW_MAX_POINTS sets it). "
            "Give start and end, or a coarser timeframe, or ask for format=csv.",
            field="start",
        )


def _csv(series: Series) -> Response:
    """A download, written while it is sent: however long the series is, it takes the memory of a part."""
    headers = {"Content-Disposition": f'attachment; filename="{series.name}-{series.timeframe}.csv"'}
    parts = (text for text, _ in csv_parts([export_frame(series)]))
    return Response(parts, mimetype="text/csv", headers=headers)


def _moment(text: str | None, series: Series, field: str) -> int | None:
    if text is None:
        return None
    # A plus sign in an address arrives as a space: 1995-08-01T00:00:00+02:00 typed without escaping.
    text = re.sub(r"(\d:\d\d(?::\d\d(?:\.\d+)?)?) (\d\d:?\d\d)$", r"\1+\2", text)
    return moment_of(text, series.time_zone, field=field)
