"""Which keys of a JSON log record hold what, matched without case, separators and the objects around them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from forecasting.readers.times.anywhere import text_moment
from forecasting.readers.times.bounds import is_plausible
from forecasting.readers.times.times import Moment, epoch_unit

MAX_DEPTH = 4
MAX_KEYS = 400

TIME_KEYS = [
    "timestamp",
    "time",
    "ts",
    "t",
    "@timestamp",
    "@t",
    "timeiso8601",
    "timelocal",
    "msec",
    "datetime",
    "date",
    "startutc",
    "starttime",
    "startedat",
    "requesttime",
    "requesttimeepoch",
    "requesttimestamp",
    "eventtime",
    "logtime",
    "edgestarttimestamp",
    "edgeendtimestamp",
    "timegenerated",
    "timegeneratedutc",
    "utctime",
    "asctime",
    "_time",
    "realtimetimestamp",
    "receivetimestamp",
    "sourcerealtimetimestamp",
    "minute",
    "hour",
    "bucket",
    "windowstart",
    "periodstart",
    "timebucket",
]
STATUS_KEYS = [
    "status",
    "statuscode",
    "httpstatus",
    "httpstatuscode",
    "responsecode",
    "responsestatus",
    "responsestatuscode",
    "downstreamstatus",
    "edgeresponsestatus",
    "originstatus",
    "scstatus",
    "elbstatuscode",
    "httpresponsestatuscode",
    "code",
]
METHOD_KEYS = ["method", "requestmethod", "httpmethod", "httprequestmethod", "clientrequestmethod", "csmethod", "verb"]
PATH_KEYS = [
    "uri",
    "requesturi",
    "path",
    "requestpath",
    "url",
    "requesturl",
    "clientrequesturi",
    "clientrequestpath",
    "csuristem",
    "urlpath",
    "httppath",
    "originalurl",
    "target",
    "httptarget",
    "requestedpath",
]
FILE_KEYS = ("path", "url", "target")
"""Keys that hold the path of a request or of any file."""

REQUEST_KEYS = ["request", "requestline", "httprequest", "routekey"]
AGENT_KEYS = ["useragent", "httpuseragent", "requestuseragent", "clientrequestuseragent", "csuseragent", "agent"]
TEXT_KEYS = [
    "log",
    "message",
    "_raw",
    "raw",
    "line",
    "msg",
    "logline",
    "eventoriginal",
    "textpayload",
    "rawmessage",
    "properties",
]
COUNT_KEYS = ["count", "hits", "requests", "requestcount", "requestscount", "numrequests", "total"]


@lru_cache(maxsize=8192)
def plain(key: str) -> str:
    """A key without case, separators and leading underscores: `cs(User-Agent)` is `csuseragent`."""
    return re.sub(r"[^a-z0-9@]", "", key.lower())


def flattened(record: dict[str, object], prefix: str = "", depth: int = 0) -> Iterator[tuple[str, str, object]]:
    """Yield (plain path, plain last key, value) of every value that is neither an object nor a list of objects."""
    for key, value in record.items():
        path = prefix + plain(key)
        if isinstance(value, dict):
            if depth < MAX_DEPTH:
                yield from flattened(value, path, depth + 1)
        elif isinstance(value, list):
            if len(value) == 1 and isinstance(value[0], str):  # Caddy's headers
                yield path, plain(key), value[0]
        elif value is not None:
            yield path, plain(key), value


@dataclass(frozen=True)
class FlatRecord:
    """A JSON record flat: values by the path of their key and by the key alone; the outermost one first."""

    by_path: dict[str, object]
    by_key: dict[str, object]

    @classmethod
    def of(cls, record: dict[str, object]) -> FlatRecord:
        """Flatten a record; beyond `MAX_KEYS` values nothing is looked at."""
        by_path: dict[str, object] = {}
        by_key: dict[str, object] = {}
        for number, (path, key, value) in enumerate(flattened(record)):
            if number >= MAX_KEYS:
                break
            by_path.setdefault(path, value)
            by_key.setdefault(key, value)
        return cls(by_path, by_key)

    def first(self, keys: tuple[str, ...] | list[str]) -> object:
        """Return the value of the first of these keys that is there, as a path or at any depth."""
        for key in keys:
            if key in self.by_path:
                return self.by_path[key]
        for key in keys:
            if key in self.by_key:
                return self.by_key[key]
        return None

    def moment(self) -> Moment | None:
        """Return the record's time: absolute before wall time, known keys before any whose name speaks of a time.

        A value outside 1990 .. tomorrow is a duration or a number, and the next key is tried. A date and a clock in two
        keys make one time.
        """
        moments = [moment for _, value in self.time_candidates() if (moment := value_moment(value)) is not None]
        absolute = next((moment for moment in moments if moment[1] is not None), None)
        return absolute or self._date_and_clock() or next(iter(moments), None)

    def time_candidates(self) -> list[tuple[str, object]]:
        """Return (key, value) of all that may be the time, the likeliest first."""
        return [*self._values(TIME_KEYS), *self._other_times()]

    def _values(self, keys: list[str]) -> Iterator[tuple[str, object]]:
        for key in keys:
            for values in (self.by_path, self.by_key):
                if key in values:
                    yield key, values[key]
                    break

    def _other_times(self) -> Iterator[tuple[str, object]]:
        for key, value in sorted(self.by_key.items(), key=lambda item: item[0] not in self.by_path):
            is_time = any(word in key for word in ("time", "date", "epoch", "unix")) or key.endswith(("ts", "at"))
            if key in TIME_KEYS or not is_time:
                continue
            # A number under another name may be a duration.
            is_epoch = isinstance(value, int | float) and any(word in key for word in ("timestamp", "epoch", "unix"))
            if isinstance(value, str) or is_epoch:
                yield key, value

    def _date_and_clock(self) -> Moment | None:
        day, clock = self.first(["date"]), self.first(["time", "clock"])
        if isinstance(day, str) and isinstance(clock, str) and re.fullmatch(r"\d\d:\d\d:\d\d(\.\d+)?Z?", clock):
            moment = text_moment(f"{day[:10]} {clock}")
            # CloudFront writes UTC; any other record with a date and a clock is on the wall of its server.
            is_utc = any(key.startswith("xedge") for key in self.by_key)
            return (moment[0], 0) if moment and is_utc else moment
        return None


def value_moment(value: object) -> Moment | None:
    """Return the moment of a JSON value: a text with a time, or an epoch number in any unit; None for anything else."""
    if isinstance(value, str):
        text = value.strip().strip("[]")
        if re.fullmatch(r"\d{10,19}(\.\d+)?", text):
            return _epoch(float(text))
        moment = text_moment(text) if len(text) < 64 else None
        return moment if moment and is_plausible(moment[0]) else None
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _epoch(float(value))
    return None


def _epoch(number: float) -> Moment | None:
    if not 1e8 <= number < 1e20:
        return None
    seconds = int(number // epoch_unit(number))
    return (seconds, 0) if is_plausible(seconds) else None
