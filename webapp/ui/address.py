"""The address is the state: what a page shows is read from the query of its URL and written back to it.

Every page declares its `Key`s. `read` turns a query (or what a browser posts back of it: both are user input) into a
`View`. An unknown or impossible value falls back to its default with a notice, never to an error page. Defaults are
left out of the address.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from forecasting.catalog import DatasetInfo
from forecasting.catalog.built_in import FIRST
from forecasting.errors import ForecastingError, InputError
from forecasting.timeseries.clock import moment_of, wall_text
from forecasting.timeseries.formatting import exact
from forecasting.timeseries.series import Series
from forecasting.timeseries.timeframes import API_TIMEFRAMES, DAY, bin_seconds_of
from webapp.app.context import context

RANGES = {"24h": DAY, "7d": 7 * DAY, "14d": 14 * DAY, "all": None, "custom": None}
"""Ranges of a data set by name, in seconds back from its end."""

NOTICE_CHARACTERS = 300
LARGEST = 1e15

Read = Callable[[str], object]


@dataclass(frozen=True)
class Key:
    """One key of the address: how its text is read, and its default (None: the page fills it in).

    A default that depends on the data set is a function of its DatasetInfo. For a wrong text `read` raises ValueError
    with a rule ("must be ..."), or InputError. Keys with `of_dataset` are dropped when another data set is chosen.
    """

    name: str
    read: Read = str
    default: object = None
    of_dataset: bool = False


def one_of(*names: str) -> Read:
    """Return a reader of one of these names."""

    def read(text: str) -> str:
        if text not in names:
            raise ValueError(f"must be one of {', '.join(names)}")
        return text

    return read


def some_of(*names: str) -> Read:
    """Return a reader of some of these names, separated by commas, as a tuple in the order of `names`."""

    def read(text: str) -> tuple[str, ...]:
        given = {part for part in text.split(",") if part}
        if not given or not given <= set(names):
            raise ValueError(f"must be some of {', '.join(names)}, separated by commas")
        return tuple(name for name in names if name in given)

    return read


def number(least: float, most: float) -> Read:
    """Return a reader of a number within bounds."""

    def read(text: str) -> float:
        value = _float(text)
        if not least <= value <= most:
            raise ValueError(f"must be a number from {exact(least)} to {exact(most)}")
        return value

    return read


def whole(least: int, most: int) -> Read:
    """Return a reader of an integer within bounds."""

    def read(text: str) -> int:
        value = _float(text)
        if value != int(value) or not least <= value <= most:
            raise ValueError(f"must be an integer from {least:,} to {most:,}")
        return int(value)

    return read


def _float(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        raise ValueError("must be a number") from None
    if not abs(value) < LARGEST:
        raise ValueError(f"must be a number below {exact(LARGEST)}")
    return value


_TIME = Key("start", of_dataset=True), Key("end", of_dataset=True)
COMMON = (Key("dataset", default=FIRST), Key("timeframe"), Key("range", one_of(*RANGES), "all"), *_TIME)


@dataclass(frozen=True, eq=False)
class View:
    """What a page shows: a data set in a timeframe, a range of it, and the page's own values by key.

    `values` holds the value of every key, `defaults` the default of each; `notices` says which values of the address
    were wrong.
    """

    page: str
    info: DatasetInfo
    timeframe: str
    values: Mapping[str, object]
    defaults: Mapping[str, object]
    notices: tuple[str, ...] = ()

    def __getitem__(self, name: str) -> Any:  # the type that the reader of the key returns: only the page knows it
        return self.values[name]

    @property
    def dataset(self) -> str:
        """Return the data set's name."""
        return self.info.name

    @property
    def version(self) -> str:
        """Return the version of the data set's content, which is part of every cache key."""
        return self.info.version

    @cached_property
    def series(self) -> Series:
        """The whole data set in the view's timeframe."""
        return context().binned(self.dataset, bin_seconds_of(self.timeframe))

    @cached_property
    def span(self) -> tuple[int, int]:
        """Return the range shown in absolute seconds, end excluded; at least one bin."""
        return _span(self.info, self.values, bin_seconds_of(self.timeframe))

    def link(self, path: str) -> str:
        """Return the address of the page at `path` for the same data set, timeframe and range."""
        names = [key.name for key in COMMON if self.values[key.name] != self.defaults[key.name]]
        query = urlencode({name: self.values[name] for name in names})
        return f"{path}?{query}" if query else path

    def to_store(self) -> dict[str, Any]:
        """Return what the browser stores of it and posts back with every callback."""
        keep = ("page", "timeframe")
        return {
            **{name: getattr(self, name) for name in keep},
            "values": {name: _written(value) for name, value in self.values.items()},
            "defaults": {name: _written(value) for name, value in self.defaults.items()},
        }


def timeframes_of(info: DatasetInfo) -> tuple[str, ...]:
    """Return the timeframes in which a data set can be shown: those that its bins add up to, else its own."""
    fitting = tuple(name for name in API_TIMEFRAMES if bin_seconds_of(name) % info.bin_seconds == 0)
    return fitting or (info.timeframe,)


def read(page: str, query: Mapping[str, object], keys: Sequence[Key]) -> View:
    """Return the view of a query. Raises only what the catalog raises if not even a default can be read."""
    notices: list[str] = []
    given = {name: _last(value) for name, value in query.items()}
    info = _info(given.get("dataset"), notices)
    possible = timeframes_of(info)
    own = {"dataset": Key("dataset", default=FIRST), "timeframe": Key("timeframe", one_of(*possible), possible[0])}
    values, defaults = {}, {}
    for key in (*COMMON, *keys):
        key = own.get(key.name, key)
        default = key.default(info) if callable(key.default) else key.default
        defaults[key.name] = default
        values[key.name] = _value(key, given.get(key.name), default, notices)
    values["dataset"] = info.name
    _check_times(info, values, notices)
    return View(page, info, str(values["timeframe"]), values, defaults, tuple(notices))


def of_store(data: Mapping[str, object], keys: Sequence[Key]) -> View:
    """Return the view that a browser posts back; raises InputError if no page of this application sent it."""
    values = data.get("values") if isinstance(data, Mapping) else None
    page = data.get("page") if isinstance(data, Mapping) else None
    if not isinstance(values, Mapping) or not isinstance(page, str):
        raise InputError("This page is from an earlier version of the server. Reload it.")
    return read(page, values, keys)


def _last(value: object) -> str | None:
    if isinstance(value, list | tuple):
        value = value[-1] if value else None
    return None if value in (None, "") else str(value)


def _info(name: str | None, notices: list[str]) -> DatasetInfo:
    catalog = context().catalog
    try:
        return catalog.info(name or FIRST)
    except ForecastingError as error:
        if name in (None, FIRST):
            raise
        notices.append(f"{_shortened(error.message)} Showing {FIRST} instead.")
        return catalog.info(FIRST)


def _value(key: Key, text: str | None, default: object, notices: list[str]) -> object:
    if text is None:
        return default
    try:
        return key.read(text)
    except (ValueError, InputError) as error:
        message = error.message if isinstance(error, InputError) else f"{key.name} {error} (got {text!r})."
        notices.append(f"{_shortened(message)} Using the default instead.")
        return default


def _shortened(message: str) -> str:
    """Shorten a message that quotes user input, which may be of any length."""
    return message if len(message) <= NOTICE_CHARACTERS else f"{message[:NOTICE_CHARACTERS]}…"


def _check_times(info: DatasetInfo, values: dict[str, object], notices: list[str]) -> None:
    """Drop a start or end that is not a time, or that leaves nothing of the data set."""
    for name in ("start", "end"):
        try:
            if values[name] is not None:
                moment_of(str(values[name]), info.time_zone, field=name)
        except InputError as error:
            notices.append(f"{_shortened(error.message)} It is ignored.")
            values[name] = None
    start, end = (_moment(info, values[name]) for name in ("start", "end"))
    start, end = info.start if start is None else start, info.end if end is None else end
    if values["range"] == "custom" and not max(start, info.start) < min(end, info.end):
        first, last = (wall_text(second, info.time_zone) for second in (info.start, info.end))
        notices.append(f"{info.name} has no data in that range; it reaches from {first} to {last}. Showing all of it.")
        values["start"] = values["end"] = None
        values["range"] = "all"


def _moment(info: DatasetInfo, text: object) -> int | None:
    return None if text is None else moment_of(str(text), info.time_zone)


def _span(info: DatasetInfo, values: Mapping[str, object], bin_seconds: int) -> tuple[int, int]:
    start, end = info.start, info.end
    if values["range"] == "custom":
        own_start, own_end = _moment(info, values["start"]), _moment(info, values["end"])
        start = start if own_start is None else max(start, own_start)
        end = end if own_end is None else min(end, own_end)
    elif (length := RANGES[str(values["range"])]) is not None:
        start = max(start, end - length)
    # Coarser bins leave out an incomplete one at the end of the data: the last may begin two bins before it.
    start = max(info.start, min(start, info.end - 2 * bin_seconds))
    return start, max(end, start + bin_seconds)


def _written(value: object) -> object:
    return ",".join(value) if isinstance(value, tuple) else value
