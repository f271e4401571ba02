"""The options of an import: how files are read."""

from __future__ import annotations

import re
from dataclasses import dataclass

from forecasting.errors import InputError
from forecasting.timeseries.clock import zone_of
from forecasting.timeseries.timeframes import bin_seconds_of

FORMATS = ("csv", "common", "combined", "json_lines", "w3c", "alb", "elb", "haproxy", "access_line", "pattern")
"""The names of the formats, as reports show them and as a format is forced."""

DUPLICATE_RULES = ("last", "sum")
UNITS = ("count", "per-second", "per-minute", "counter")
MISSING_RULES = ("unknown", "zero")


@dataclass(frozen=True)
class ImportOptions:
    """How to read files; every field has a default that suits most of them.

    `format` forces one of `FORMATS`. `pattern` is a regular expression with a named group `time` (and optional
    `status`, `method`, `path`, `agent`); `time_format` is that time's strptime format, or `iso`, `epoch`, `epoch_ms`;
    it holds for the time column of a CSV too. `time_zone` localises times without an offset, and is the zone in which
    times with one are shown. `outages` are `START/END` in wall time or with an offset. `duplicates` says what becomes
    of rows of a table with an equal time: the last wins, or their sum; without it the last wins, unless another column
    tells the rows apart. `time_column` and `count_column` name the columns of a table, `sum_columns` several that are
    added up, `where` the rows to read as `COLUMN=VALUE`. `unit` says what the numbers are (`UNITS`), `missing` whether
    a bin without a row is unknown or zero, `decimal_mark` how numbers are written, `sheet` the sheet of a workbook by
    name or number. `json_time` and `json_status`
    name the keys of JSON records that hold time and status, if their names are not known. The filters keep requests by
    status (`2xx,404`), method (`GET,POST`) and path prefix, and leave out bots or static files.
    """

    format: str | None = None
    pattern: str | None = None
    time_format: str | None = None
    time_zone: str | None = None
    timeframe: str | None = None
    outages: tuple[str, ...] = ()
    keep_zero_runs: bool = False
    duplicates: str | None = None
    time_column: str | None = None
    count_column: str | None = None
    sum_columns: tuple[str, ...] = ()
    where: tuple[str, ...] = ()
    unit: str | None = None
    missing: str | None = None
    decimal_mark: str | None = None
    sheet: str | None = None
    json_time: str | None = None
    json_status: str | None = None
    status: str | None = None
    method: str | None = None
    path_prefix: str | None = None
    exclude_bots: bool = False
    exclude_static: bool = False

    @property
    def filtered(self) -> bool:
        """Whether any filter is set."""
        return bool(self.status or self.method or self.path_prefix or self.exclude_bots or self.exclude_static)

    @property
    def conditions(self) -> list[tuple[str, str]]:
        """The pairs of column and value that `where` gives."""
        return [(column, value) for column, _, value in (one.partition("=") for one in self.where)]

    def check(self) -> None:
        """Raise InputError naming the first field that makes no sense; files need not be open yet."""
        zone_of(self.time_zone)
        if self.timeframe is not None:
            bin_seconds_of(self.timeframe)
        _one_of("format", self.format, (None, *FORMATS))
        _one_of("duplicates", self.duplicates, (None, *DUPLICATE_RULES))
        _one_of("unit", self.unit, (None, *UNITS))
        _one_of("missing", self.missing, (None, *MISSING_RULES))
        _one_of("decimal_mark", self.decimal_mark, (None, ".", ","))
        if any("=" not in one for one in self.where):
            raise InputError(f"where must be COLUMN=VALUE (got {self.where[0]!r}).", field="where")
        if self.count_column and self.sum_columns:
            raise InputError("count_column and sum_columns exclude each other; give one of them.", field="sum_columns")
        if self.format == "pattern" and not self.pattern:
            raise InputError("pattern must be given if format is pattern.", field="pattern")
        if self.pattern and self.format not in (None, "pattern"):
            raise InputError(
                f"format must be pattern or absent if a pattern is given (got {self.format!r}).", field="format"
            )
        if self.status and not re.fullmatch(r"([1-5]xx|[1-5]\d\d)(,([1-5]xx|[1-5]\d\d))*", self.status):
            raise InputError(f"status must be classes or codes such as 2xx,304 (got {self.status!r}).", field="status")
        if self.method and not re.fullmatch(r"[A-Za-z]+(,[A-Za-z]+)*", self.method):
            raise InputError(f"method must be methods such as GET,POST (got {self.method!r}).", field="method")
        if self.path_prefix and not self.path_prefix.startswith("/"):
            raise InputError(
                f"path_prefix must be a path such as /shop (got {self.path_prefix!r}).", field="path_prefix"
            )


def _one_of(field: str, value: str | None, allowed: tuple[str | None, ...]) -> None:
    if value not in allowed:
        names = ", ".join(name for name in allowed if name)
        raise InputError(f"{field} must be one of {names} (got {value!r}).", field=field)
