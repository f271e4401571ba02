"""The door for files: whatever they are, a Series and an account of what was read and repaired."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import numpy as np

from forecasting.errors import FileRefused, InputError
from forecasting.progress import ByteProgress
from forecasting.readers.json_documents import unfolded
from forecasting.readers.logs.access_log import LogReader, LogTally
from forecasting.readers.logs.bins import BinCounts
from forecasting.readers.logs.detect import detect
from forecasting.readers.logs.log_series import LOG_TIMEFRAME, series_of_log
from forecasting.readers.options import ImportOptions
from forecasting.readers.reading import Reading
from forecasting.readers.report import MAX_SPANS, ImportReport
from forecasting.readers.streams import (
    PEEK_BYTES,
    EmptyFile,
    OtherFile,
    Source,
    TextStream,
    files_of,
    opened,
    size_of,
)
from forecasting.readers.tables.csv_file import Rows, read_csv, table_header
from forecasting.readers.tables.layout import Header
from forecasting.readers.tables.raw_rows import tables_in
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
    the files read so far and their sum, None if that is unknown.

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
    runs = [] if options.keep_zero_runs else zero_runs(series)
    masked = series.masked(runs)
    return masked, _report(reading, masked, declared, runs)


class _Import:
    """Reads the sources of one import one after another."""

    def __init__(self, name: str, options: ImportOptions, settings: Settings):
        self._name = name
        self._options = options
        self._settings = settings
        self._rows = Rows()
        self._tally = LogTally(self._new_counts())
        self._empty: list[tuple[str, EmptyFile]] = []
        self._others: list[tuple[str, OtherFile]] = []
        self._labels: list[str] = []
        self._is_alone = False
        self._log_reader = LogReader(self._tally, options, self._new_counts)

    def _new_counts(self) -> BinCounts:
        return BinCounts(bin_seconds_of(self._options.timeframe or LOG_TIMEFRAME), self._settings.max_bins)

    def read(self, sources: Sequence[Source], progress: ByteProgress | None) -> Reading:
        files = [file for source in sources for file in files_of(source)]
        sizes = [size_of(source) for _, source in files]
        total = None if None in sizes else sum(size or 0 for size in sizes)
        self._is_alone = len(files) == 1
        done = 0
        for (label, source), size in zip(files, sizes, strict=True):
            try:
                limit = self._settings.max_expanded_bytes
                with opened(source, limit_bytes=limit, label=label, sheet=self._options.sheet) as (streams, consumed):
                    for stream in streams:
                        self._read_or_note(stream, _teller(progress, done, consumed, total))
            except EmptyFile as error:
                self._empty.append((label, error))
            done += size or 0
        self._refuse_nothing()
        reading = self._reading()
        reading.notes.extend(self._file_notes())
        return reading

    def _read_or_note(self, stream: TextStream, tell: Callable[[], None]) -> None:
        """Read a file; one that is empty, or no log beside logs, is noted and left out."""
        try:
            if stream.refusal is not None:
                raise stream.refusal
            self._read_one(stream, tell)
        except EmptyFile as error:
            self._empty.append((stream.label, error))
        except OtherFile as error:
            if "/" not in stream.label:  # a file that the user named
                raise
            self._others.append((stream.label, error))
        else:
            self._labels.append(stream.label)

    def _refuse_nothing(self) -> None:
        """Raise the refusal of a file if no file, or no log beside it, was read."""
        if self._others and not self._tally.lines:
            raise self._others[0][1]
        if self._labels:
            return
        if len(self._empty) == 1:
            raise self._empty[0][1]
        raise FileRefused(f"All {len(self._empty)} files are empty.")

    def _file_notes(self) -> list[str]:
        total = len(self._labels) + len(self._empty) + len(self._others)
        notes = []
        if self._empty:
            names = ", ".join(label for label, _ in self._empty[:5])
            notes.append(f"{len(self._empty):,} of {total:,} files are empty and hold no record ({names}).")
        if self._others:
            notes.append(
                f"{len(self._others):,} of {total:,} files hold no request and are left out: "
                f"{self._others[0][1].message}"
            )
        sites = list(dict.fromkeys(_site(label) for label in self._labels if "/" in label))
        if len(sites) > 1:
            notes.append(
                f"The archive or folder holds {len(sites):,} logs of different names ({', '.join(sites[:5])}), and "
                "their requests are added up. If they are different services, import each alone."
            )
        return notes

    def _reading(self) -> Reading:
        if self._rows.lines:
            return series_of_rows(self._name, self._rows, self._options, max_bins=self._settings.max_bins)
        self._tally.notes.extend(self._log_reader.notes)
        return series_of_log(self._name, self._tally, self._options)

    def _read_one(self, stream: TextStream, tell: Callable[[], None]) -> None:
        options = self._options
        if options.format is None and not options.pattern and not stream.table:
            stream = unfolded(stream, keys_given=bool(options.json_time or options.json_status))
        refusals, count = [], 0
        for table in tables_in(stream):
            count += 1
            try:
                self._read_table_or_log(table, tell)
            except EmptyFile as error:
                refusals.append(error)
        if refusals and len(refusals) == count:
            raise refusals[0]

    def _read_table_or_log(self, stream: TextStream, tell: Callable[[], None]) -> None:
        header = self._header(stream)
        if self._tally.lines if header else self._rows.lines:
            raise FileRefused(f"{stream.label} is of another kind than the files before it; import CSV and logs apart.")
        if header is None:
            self._log_reader.read(stream, tell, is_alone=self._is_alone and "/" not in stream.label)
            return
        self._rows.format = stream.table or self._rows.format
        if self._options.filtered:
            raise InputError(
                f"{stream.label} is a CSV of counts, which has nothing to filter by; leave the filters out."
            )
        read_csv(stream, header, self._rows, self._options, max_rows=self._settings.max_bins, progress=tell)

    def _header(self, stream: TextStream) -> Header | None:
        """The layout of a table; None for a file that is to be read as a log.

        A known header makes a table, a line that a log format reads makes a log; only then is a table without a known
        header looked for, which is refused with the columns found.
        """
        options = self._options
        if options.format not in (None, "csv") or options.pattern:
            return None
        header = table_header(stream, options, known_only=options.format is None)
        if header is None and options.format is None and not self._is_log(stream):
            header = self._unknown_header(stream)
        if header is None and options.format == "csv":
            raise FileRefused(f"{stream.label} is no table: no column holds times in most of its rows.")
        return header

    def _unknown_header(self, stream: TextStream) -> Header | None:
        try:
            return table_header(stream, self._options, known_only=False)
        except FileRefused as error:
            if self._rows.lines:
                raise
            raise OtherFile(error.message) from error

    def _is_log(self, stream: TextStream) -> bool:
        sample = bytes(stream.peek(PEEK_BYTES)[:PEEK_BYTES]).lstrip(b"\0")
        return detect(memoryview(sample + b"\n"), self._options) is not None


def _site(label: str) -> str:
    """A log's name without what rotation adds: numbers, dates and endings of compression."""
    return re.sub(r"(?:[-._]?\d+|\.(?:gz|bz2|xz|zst|log))+$", "", label)


def _teller(
    progress: ByteProgress | None, done: int, consumed: Callable[[], int], total: int | None
) -> Callable[[], None]:
    return lambda: progress(done + consumed(), total) if progress else None


def _report(reading: Reading, masked: Series, declared: list[Span], runs: list[Span]) -> ImportReport:
    series = reading.series
    gaps = spans_of(series, np.isnan(series.requests_count))
    notes = [f"{len(gaps) - MAX_SPANS:,} more gaps are not listed."] if len(gaps) > MAX_SPANS else []
    outages = sorted(
        [(span, "declared") for span in declared] + [(span, "zero run") for span in runs], key=lambda o: o[0].start
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
        **account,  # type: ignore[arg-type]  # the fields that the reading settled, checked by the tests of the report
    )


def _in_wall_time(span: Span, series: Series) -> dict[str, str]:
    return {"start": wall_text(span.start, series.time_zone), "end": wall_text(span.end, series.time_zone)}
