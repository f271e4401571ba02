"""The URL is the state: what a page shows, read from its query and written back to it.

Every page declares its `Key`s. `read` turns a query (or what a browser posts back of it: both are user input) into a
`View`; what is unknown or impossible falls back to its default with a notice, never to an error page. Defaults are
left out of the URL.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import urlencode

from forecasting.catalog import DatasetInfo
from forecasting.catalog.sample import SAMPLE
from forecasting.errors import ForecastingError, InputError
from forecasting.timeseries.clock import moment_of, wall_text
from forecasting.timeseries.series import Series
from forecasting.timeseries.timeframes import API_TIMEFRAMES, DAY, bin_seconds_of
from webapp.app.context import context

RANGES = {"24h": DAY, "7d": 7 * DAY, "14d": 14 * DAY, "all": None, "custom": None}
"""Spans of a data set by name, in seconds back from its end."""

NOTICE_CHARACTERS = 300

Read = Callable[[str], object]


@dataclass(frozen=True)
class Key:
    """One key of the URL: how its text is read, and what holds where it is not given (None: the page fills it in).

    A default that depends on the data set is a function of its DatasetInfo. `read` raises ValueError or InputError,
    with words for people, for what it cannot take. `of_dataset` keys are dropped when another data set is chosen.
    """

    name: str
    read: Read = str
    default: object = None
    of_dataset: bool = False


def one_of(*names: str) -> Read:
    """Reads one of these names."""

    def read(text: str) -> str:
        if text not in names:
            raise ValueError(f"write one of {', '.join(names)}")
        return text

    return read


def some_of(*names: str) -> Read:
    """Reads some of these names, separated by commas, to a tuple in the order of `names`."""

    def read(text: str) -> tuple[str, ...]:
        given = {part for part in text.split(",") if part}
        if not given or not given <= set(names):
            raise ValueError(f"write some of {', '.join(names)}, separated by commas")
        return tuple(name for name in names if name in given)

    return read


def number(least: float, most: float) -> Read:
    """Reads a number within bounds."""

    def read(text: str) -> float:
        value = _float(text)
        if not least <= value <= most:
            raise ValueError(f"write a number from {least:g} to {most:g}")
        return value

    return read


def whole(least: int, most: int) -> Read:
    """Reads a whole number within bounds."""

    def read(text: str) -> int:
        value = _float(text)
        if value != int(value) or not least <= value <= most:
            raise ValueError(f"write a whole number from {least:,} to {most:,}")
        return int(value)

    return read


def _float(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        raise ValueError("write a number") from None
    if not abs(value) < 1e15:
        raise ValueError("write a number that is not so large")
    return value


_TIME = Key("start", of_dataset=True), Key("end", of_dataset=True)
COMMON = (Key("dataset", default=SAMPLE), Key("timeframe"), Key("range", one_of(*RANGES), "all"), *_TIME)


@dataclass(frozen=True, eq=False)
class View:
    """What a page shows: a data set in a timeframe, a range of it, and the page's own values by key.

    `values` holds every key's value, `defaults` what each is where the URL does not say; `notices` what could not be
    taken from the URL.
    """

    page: str
    info: DatasetInfo
    timeframe: str
    values: Mapping[str, object]
    defaults: Mapping[str, object]
    notices: tuple[str, ...] = ()

    def __getitem__(self, name: str) -> object:
        return self.values[name]

    @property
    def dataset(self) -> str:
        """The data set's name."""
        return self.info.name

    @property
    def version(self) -> str:
        """Of the data set's content: part of the key of everything that is kept."""
        return self.info.version

    @cached_property
    def series(self) -> Series:
        """The whole data set in the view's timeframe."""
        return context().binned(self.dataset, bin_seconds_of(self.timeframe))

    @cached_property
    def span(self) -> tuple[int, int]:
        """The range shown in absolute seconds, end excluded; at least one bin."""
        return _span(self.info, self.values, bin_seconds_of(self.timeframe))

    def link(self, path: str) -> str:
        """The address of the page at `path` for the same data set, timeframe and range."""
        names = [key.name for key in COMMON if self.values[key.name] != self.defaults[key.name]]
        query = urlencode({name: self.values[name] for name in names})
        return f"{path}?{query}" if query else path

    def to_store(self) -> dict[str, object]:
        """What the browser keeps of it, and posts back with every callback."""
        keep = ("page", "timeframe")
        return {
            **{name: getattr(self, name) for name in keep},
            "values": {name: _written(value) for name, value in self.values.items()},
            "defaults": {name: _written(value) for name, value in self.defaults.items()},
        }


def timeframes_of(info: DatasetInfo) -> tuple[str, ...]:
    """The timeframes that a data set can be shown in: those of the API that its bins add up to, else its own."""
    fitting = tuple(name for name in API_TIMEFRAMES if bin_seconds_of(name) % info.bin_seconds == 0)
    return fitting or (info.timeframe,)


def read(page: str, query: Mapping[str, object], keys: Sequence[Key]) -> View:
    """The view that a query asks for. Raises only what reading the catalog raises where not even a default is there."""
    notices: list[str] = []
    given = {name: _last(value) for name, value in query.items()}
    info = _info(given.get("dataset"), notices)
    possible = timeframes_of(info)
    own = {"dataset": Key("dataset", default=SAMPLE), "timeframe": Key("timeframe", one_of(*possible), possible[0])}
    values, defaults = {}, {}
    for key in (*COMMON, *keys):
        key = own.get(key.name, key)
        default = key.default(info) if callable(key.default) else key.default
        defaults[key.name] = default
        values[key.name] = _value(key, given.get(key.name), default, notices)
    values["dataset"] = info.name
    _check_times(info, values, notices)
    return View(page, info, values["timeframe"], values, defaults, tuple(notices))


def of_store(data: Mapping[str, object], keys: Sequence[Key]) -> View:
    """The view that a browser posts back; raises InputError for what no page of ours sent."""
    values = data.get("values") if isinstance(data, Mapping) else None
    if not isinstance(values, Mapping) or not isinstance(data.get("page"), str):
        raise InputError("This page is not one of ours any more; reload it.")
    return read(data["page"], values, keys)


def _last(value: object) -> str | None:
    if isinstance(value, list | tuple):
        value = value[-1] if value else None
    return None if value in (None, "") else str(value)


def _info(name: str | None, notices: list[str]) -> DatasetInfo:
    catalog = context().catalog
    try:
        return catalog.info(name or SAMPLE)
    except ForecastingError as error:
        if name in (None, SAMPLE):
            raise
        notices.append(f"{_shortened(error.message)} The sample is shown instead.")
        return catalog.info(SAMPLE)


def _value(key: Key, text: str | None, default: object, notices: list[str]) -> object:
    if text is None:
        return default
    try:
        return key.read(text)
    except (ValueError, InputError) as error:
        words = error.message if isinstance(error, InputError) else f"{key.name} is {text!r}; {error}."
        notices.append(f"{_shortened(words)} The default is used instead.")
        return default


def _shortened(words: str) -> str:
    """Words that quote what somebody wrote, which may be of any length."""
    return words if len(words) <= NOTICE_CHARACTERS else f"{words[:NOTICE_CHARACTERS]}…"


def _check_times(info: DatasetInfo, values: dict[str, object], notices: list[str]) -> None:
    """Drop a start or end that is no time, or that leaves nothing of the data set."""
    for name in ("start", "end"):
        try:
            if values[name] is not None:
                moment_of(values[name], info.time_zone, field=name)
        except InputError as error:
            notices.append(f"{_shortened(error.message)} It is left out.")
            values[name] = None
    start, end = (_moment(info, values[name]) for name in ("start", "end"))
    start, end = info.start if start is None else start, info.end if end is None else end
    if values["range"] == "custom" and not max(start, info.start) < min(end, info.end):
        first, last = (wall_text(second, info.time_zone) for second in (info.start, info.end))
        notices.append(
            f"Nothing of {info.name} lies in that range; it goes from {first} to {last}. All of it is shown."
        )
        values["start"] = values["end"] = None
        values["range"] = "all"


def _moment(info: DatasetInfo, text: object) -> int | None:
    return None if text is None else moment_of(str(text), info.time_zone)


def _span(info: DatasetInfo, values: Mapping[str, object], bin_seconds: int) -> tuple[int, int]:
    start, end = info.start, info.end
    if values["range"] == "custom":
        asked_start, asked_end = _moment(info, values["start"]), _moment(info, values["end"])
        start = start if asked_start is None else max(start, asked_start)
        end = end if asked_end is None else min(end, asked_end)
    elif RANGES[values["range"]] is not None:
        start = max(start, end - RANGES[values["range"]])
    # An incomplete bin at the end of the data is left out of coarser ones, so the last may begin two bins before it.
    start = max(info.start, min(start, info.end - 2 * bin_seconds))
    return start, max(end, start + bin_seconds)


def _written(value: object) -> object:
    return ",".join(value) if isinstance(value, tuple) else value
