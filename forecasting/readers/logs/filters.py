"""Filters on access records: status, method, path prefix, bots, static files.

A bot is known by its user agent (`BOTS`), a static file by its extension (`STATIC_EXTENSIONS`). The verdict on one
request line or one user agent is remembered, because a log repeats them.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np

from forecasting.readers.options import ImportOptions
from forecasting.readers.records import Fields

STATIC_EXTENSIONS = frozenset(
    b"avif bmp css eot gif ico jpeg jpg js map mjs mp3 mp4 ogg otf png svg tif tiff ttf wav webm webmanifest webp "
    b"woff woff2 xbm".split()
)
BOTS = re.compile(
    rb"bot|crawl|spider|slurp|archiver|facebookexternalhit|feedburner|feedfetcher|mediapartners|monitor|pingdom|"
    rb"uptime|scanner|validator|bingpreview|nmap",
    re.IGNORECASE,
)

_REMEMBERED = 100_000


class RequestFilter:
    """Says which records stay. `wanted` names the fields it looks at; empty if no filter is set."""

    def __init__(self, options: ImportOptions):
        self._statuses = _allowed_statuses(options.status)
        self._methods = frozenset((options.method or "").upper().encode().split(b",")) - {b""}
        self._prefix = (options.path_prefix or "").encode()
        self._exclude_static = options.exclude_static
        self._requests = _Remembered(self._keeps_request)
        self._agents = _Remembered(lambda agent: BOTS.search(agent) is None)
        about_request = bool(self._methods or self._prefix or self._exclude_static)
        needed = {"status": self._statuses is not None, "request": about_request, "agent": options.exclude_bots}
        self.wanted = frozenset(name for name, is_needed in needed.items() if is_needed)

    def keep(self, fields: Fields) -> np.ndarray:
        """Which records stay (n,)."""
        kept = np.ones(len(fields.status), dtype=bool)
        if self._statuses is not None:
            kept &= self._statuses[fields.status]
        for values, remembered in ((fields.request, self._requests), (fields.agent, self._agents)):
            if values:
                kept &= np.fromiter(map(remembered.__getitem__, values), dtype=bool, count=len(values))
        return kept

    def _keeps_request(self, request: bytes) -> bool:
        method, _, rest = request.partition(b" ")
        path = path_of(rest)
        if self._methods and method.upper() not in self._methods:
            return False
        if not path.startswith(self._prefix):
            return False
        return not (self._exclude_static and path.rpartition(b".")[2].lower() in STATIC_EXTENSIONS)


def path_of(target: bytes) -> bytes:
    """The path of a request target (`/a?b HTTP/1.1`, `https://host:443/a`) without protocol, host and query."""
    target = target.partition(b" ")[0].partition(b"?")[0]
    if not target.startswith(b"/") and b"://" in target:
        target = b"/" + target.partition(b"://")[2].partition(b"/")[2]
    return target


class _Remembered(dict[bytes, bool]):
    """Answers of a function by its argument, forgotten all at once when there are too many."""

    def __init__(self, function: Callable[[bytes], bool]):
        super().__init__()
        self._function = function

    def __missing__(self, key: bytes) -> bool:
        if len(self) >= _REMEMBERED:
            self.clear()
        answer = self[key] = self._function(key)
        return answer


def _allowed_statuses(text: str | None) -> np.ndarray | None:
    """A bool a status code (1000,), from `2xx,404`; None if every status is allowed."""
    if not text:
        return None
    allowed = np.zeros(1000, dtype=bool)
    for part in text.split(","):
        first = int(part.replace("xx", "00"))
        allowed[first : first + (100 if part.endswith("xx") else 1)] = True
    return allowed
