"""The door for files: whatever they are, a Series and an account of what was read and repaired."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from forecasting.errors import FileRefused, InputError
from forecasting.progress import ByteProgress
from forecasting.readers.logs.access_log import LogReader, LogTally
from forecasting.readers.logs.bins import BinCounts
from forecasting.readers.logs.log_series import LOG_TIMEFRAME, series_of_log
from forecasting.readers.options import ImportOptions
from forecasting.readers.reading import Reading
from forecasting.readers.report import MAX_SPANS, ImportReport
from forecasting.readers.streams import Source, TextStream, opened, size_of
from forecasting.readers.tables.csv_file import Header, Rows, header_of, read_csv
from forecasting.readers.tables.table_series import series_of_rows
from forecasting.readers.times.outages import declared_outages, zero_runs
from forecasting.settings import Settings
from forecasting.timeseries.clock import wall_text
from forecasting.timeseries.series import Series, Span
from forecasting.timeseries.spans import spans_of
from forecasting.timeseries.timeframes import bin_seconds_of

_DEFAULTS = ImportOptions()


def import_files(
    sources: Sequence[Source],
    *,
    name: str,
    options: ImportOptions = _DEFAULTS,
    settings: Settings | None = None,
    progress: ByteProgress | None = None,
) -> tuple[Series, ImportReport]:
    """Read files of one kind (all CSV or all logs), in any order, into one series.

    A source is a path, or a pair of file name and seekable binary file object. `progress` is called with the bytes of
    the files read so far and their sum, None where that is unknown.

    Raises FileRefused for a file that cannot become a series, TooLarge past the limits of the settings, and InputError
    for options that make no sense.
    """
    options.check()
    declared_outages(options.outages, options.time_zone)
    if not sources:
        raise InputError("No file is given; name at least one.", field="file")
    reading = _Import(name, options, settings or Settings.from_environment()).read(sources, progress)
    declared = declared_outages(options.outages, reading.series.time_zone)
    series = reading.series.masked(declared)
    found = [] if options.keep_zero_runs else zero_runs(series)
    masked = series.masked(found)
    return masked, _report(reading, masked, declared, found)


class _Import:
    """Reads the sources of one import one after another."""

    def __init__(self, name: str, options: ImportOptions, settings: Settings):
        self._name = name
        self._options = options
        self._settings = settings
        self._rows = Rows()
        self._tally = LogTally(BinCounts(bin_seconds_of(options.timeframe or LOG_TIMEFRAME), settings.max_bins))
        self._log_reader = LogReader(self._tally, options)

    def read(self, sources: Sequence[Source], progress: ByteProgress | None) -> Reading:
        sizes = [size_of(source) for source in sources]
        total = None if None in sizes else sum(size or 0 for size in sizes)
        done = 0
        for source, size in zip(sources, sizes, strict=True):
            with opened(source, limit_bytes=self._settings.max_expanded_bytes) as (stream, consumed):
                self._read_one(stream, _teller(progress, done, consumed, total))
            done += size or 0
        if self._rows.lines:
            return series_of_rows(self._name, self._rows, self._options, max_bins=self._settings.max_bins)
        return series_of_log(self._name, self._tally, self._options)

    def _read_one(self, stream: TextStream, tell: Callable[[], None]) -> None:
        header = self._header(stream)
        if self._tally.lines if header else self._rows.lines:
            raise FileRefused(f"{stream.label} is of another kind than the files before it; import CSV and logs apart.")
        if header is None:
            self._log_reader.read(stream, tell)
            return
        if self._options.filtered:
            raise InputError(
                f"{stream.label} is a CSV of counts, which has nothing to filter by; leave the filters out."
            )
        read_csv(stream, header, self._rows, self._options, max_rows=self._settings.max_bins, progress=tell)

    def _header(self, stream: TextStream) -> Header | None:
        """The header of a CSV; None for a file that is to be read as a log."""
        is_forced = self._options.format == "csv"
        is_log = not is_forced and bool(self._options.format or self._options.pattern)
        return None if is_log else header_of(stream, is_forced=is_forced)


def _teller(
    progress: ByteProgress | None, done: int, consumed: Callable[[], int], total: int | None
) -> Callable[[], None]:
    return lambda: progress(done + consumed(), total) if progress else None


def _report(reading: Reading, masked: Series, declared: list[Span], found: list[Span]) -> ImportReport:
    series = reading.series
    gaps = spans_of(series, np.isnan(series.requests_count))
    notes = [f"{len(gaps) - MAX_SPANS:,} more gaps are not listed."] if len(gaps) > MAX_SPANS else []
    outages = sorted(
        [(span, "declared") for span in declared] + [(span, "zero run") for span in found], key=lambda o: o[0].start
    )
    account = {"requests": float(np.nansum(masked.requests_count)), **reading.account}
    return ImportReport(
        name=series.name,
        timeframe=series.timeframe,
        time_zone=series.time_zone,
        start=wall_text(series.start, series.time_zone),
        end=wall_text(series.end, series.time_zone),
        bins=len(series),
        gaps=[_in_wall_time(span, series) for span in gaps[:MAX_SPANS]],
        outages=[{**_in_wall_time(span, series), "source": source} for span, source in outages],
        notes=reading.notes + notes,
        **account,
    )


def _in_wall_time(span: Span, series: Series) -> dict[str, str]:
    return {"start": wall_text(span.start, series.time_zone), "end": wall_text(span.end, series.time_zone)}
