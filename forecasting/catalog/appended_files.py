"""Files appended to a data set: read on its bins and in its zone, checked, and stored with their report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from forecasting.catalog.appended_series import OVERLAP_RULES
from forecasting.catalog.collected_points import refuse_other_grid
from forecasting.catalog.dataset_info import DatasetInfo
from forecasting.catalog.datasets import Catalog
from forecasting.errors import InputError, NotFound
from forecasting.progress import ByteProgress
from forecasting.readers import ImportOptions, import_files
from forecasting.readers.streams import Source
from forecasting.timeseries.series import Series
from forecasting.timeseries.timeframes import timeframe_of


@dataclass(frozen=True, eq=False)
class AppendedFiles:
    """What the files hold, their import report with the outcome of the append, and the data set after it.

    `info` is None if nothing was stored.
    """

    series: Series
    report: dict[str, Any]
    info: DatasetInfo | None


def check_append(
    catalog: Catalog, name: str, options: ImportOptions, *, overlap: str | None = None, replace: bool = False
) -> DatasetInfo:
    """Return the facts of the data set that files are appended to; raises, before reading, what appending would raise.

    InputError for options that contradict each other or the data set, NotFound, Conflict for a built-in data set.
    """
    check_overlap(overlap, append=True, replace=replace)
    try:
        info = catalog.info(name)
    except NotFound as error:
        raise NotFound(f"{error.message} To import it as a new data set, leave --append out.") from error
    catalog.refuse_built_in("append to", name)
    refuse_other_grid(info, options.timeframe, options.time_zone)
    return info


def check_overlap(overlap: str | None, *, append: bool, replace: bool) -> None:
    """Raise InputError for options that have no meaning together."""
    if append and replace:
        raise InputError("append and replace exclude each other; give one of them.", field="append")
    if overlap is not None and not append:
        raise InputError("overlap needs append: it says what becomes of bins that both have.", field="overlap")
    if overlap not in (None, *OVERLAP_RULES):
        raise InputError(f"overlap must be one of {', '.join(OVERLAP_RULES)} (got {overlap!r}).", field="overlap")


def append_files(
    catalog: Catalog,
    sources: Sequence[Source],
    *,
    name: str,
    options: ImportOptions,
    overlap: str | None = None,
    dry_run: bool = False,
    progress: ByteProgress | None = None,
) -> AppendedFiles:
    """Read files as a later span of a data set and store it in one transaction; with `dry_run`, store nothing.

    Without a bin or a zone in the options, those of the data set hold. Raises the errors of `check_append`,
    `import_files` and `Catalog.extend`; whatever it raises, the data set stays as it was.
    """
    info = check_append(catalog, name, options, overlap=overlap)
    own_grid = replace(
        options,
        timeframe=options.timeframe or info.timeframe,
        time_zone=options.time_zone or info.time_zone,
    )
    try:
        series, report = import_files(
            sources, name=name, options=own_grid, settings=catalog.settings, progress=progress
        )
    except InputError as error:
        if options.timeframe is None and any(wrong.field == "timeframe" for wrong in error.errors):
            raise InputError(
                f"The files do not fit {name}, whose bin is {timeframe_of(info.bin_seconds)}: {error.message} Import "
                "them under another name.",
                field="timeframe",
            ) from error
        raise
    written = report.to_dict()
    if dry_run:
        done = catalog.check_extend(series, overlap=overlap)
        return AppendedFiles(series, done.reported(written, info, overlap), None)
    after, done = catalog.extend(series, written, overlap=overlap)
    return AppendedFiles(series, done.reported(written, info, overlap), after)
