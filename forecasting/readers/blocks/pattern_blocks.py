"""A user's pattern over many lines at once, within the time that the pattern may take.

One search reads up to `RUN_LINES` lines: what a limit of time costs is paid once for them all, and the places of the
groups come as lists. The expression looks at the lines where they lie in a block, so a match may still run over a line
end; the lines of such a run are left to the search line by line. Without them both ways give the same, for an
expression without lookarounds and anchors of the whole text.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import chain

import numpy as np
import regex

from forecasting.readers.blocks.fast_lines import ZERO, Text, Usual, clf_moments, iso_moments
from forecasting.readers.blocks.pattern_clock import PatternClock
from forecasting.readers.records import NAIVE
from forecasting.readers.times.times import CLF_WIDTH, ISO_WIDTH, Moment

RUN_LINES = 64
CHUNK_LINES = 4_096
CHUNK_SECONDS = 0.5
"""CPU time for the lines of one chunk; slower ones are searched one by one, each with a limit of its own."""

CLF_FORMAT = "%d/%b/%Y:%H:%M:%S %z"
_END = "end_of_line_"
_CONTEXT = regex.compile(r"\\[AZzGKbBRXmM]|\(\?(?!:|P<\w+>)|\(\*|" + _END)
"""What looks beyond the text that it matches, or changes the rules: lookarounds, anchors, flags."""

_TOKEN = regex.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\(\?P<\w+>|\(\?|.", regex.DOTALL)
_WITHOUT_LINE_ENDS = {r"\s": r"[^\S\n]", r"\D": r"[^\d\n]", r"\W": r"[^\w\n]"}
MAX_MOMENTS = 50_000
_HASH, _SIX = b"#6"
ReadMoment = Callable[[bytes], Moment | None]


def within_lines(pattern: str) -> str:
    """Return a pattern that matches the same in a line, with classes that leave out line ends, which no line has.

    Groups that nothing looks at do not capture, if no number refers to them.
    """
    tokens = _TOKEN.findall(pattern)
    has_references = any(regex.match(r"\\[1-9g]", token) for token in tokens)
    return "".join(token if has_references else _group(token) for token in map(_without_line_ends, tokens))


def _without_line_ends(token: str) -> str:
    if token.startswith("[^"):
        # A bracket or a hyphen that comes first stands for itself.
        return r"[^\n" + ("\\" if token[2] in "]-" else "") + token[2:]
    return _WITHOUT_LINE_ENDS.get(token, token)


def _group(part: str) -> str:
    is_group = part == "(" or (part.startswith("(?P<") and part[4:-1] not in ("time", "status"))
    return "(?:" if is_group else part


class PatternBlocks:
    """Reads the lines that a pattern matches within themselves."""

    def __init__(self, pattern: str, read_moment: ReadMoment, clock: PatternClock, *, time_format: str | None):
        self._usable = _CONTEXT.search(pattern) is None
        line = rf"(?:[^\n]*?(?:{within_lines(pattern)})[^\n]*(?P<{_END}>\n))"
        self._runs = regex.compile(f"^{line}{{1,{RUN_LINES}}}".encode() if self._usable else b"", regex.MULTILINE)
        groups = self._runs.groupindex
        self._time, self._status, self._end = groups.get("time", 0), groups.get("status"), groups.get(_END, 0)
        self._time_format = time_format
        self._moments = _Moments(read_moment)
        self._clock = clock

    def __call__(self, text: Text) -> Usual | None:
        """Read a block; None if the pattern cannot be searched so, or takes too long."""
        if not self._usable or (text.data == 0).any():
            return None
        count = len(text.ends)
        result = Usual(
            np.zeros(count, dtype=np.int64),
            np.full(count, NAIVE),
            np.zeros(count, dtype=bool),
            np.zeros(count, dtype=bool),
            np.ones(count, dtype=bool),
        )
        raw = text.data.tobytes()
        for first in range(0, count, CHUNK_LINES):
            last = min(count, first + CHUNK_LINES)
            begin, end = int(text.starts[first]), int(text.ends[last - 1]) + 1
            try:
                with self._clock.running():
                    runs = list(self._runs.finditer(raw, begin, end, timeout=self._clock.limit(CHUNK_SECONDS)))
            except TimeoutError:
                return None
            self._take(text, raw, runs, result)
        is_directive = text.data[text.starts] == _HASH  # which the search line by line leaves out
        for mask in (result.ok, result.is_none):
            if mask is not None:
                mask[is_directive] = False
        return result

    def _take(self, text: Text, raw: bytes, runs: list[regex.Match[bytes]], result: Usual) -> None:
        """Enter the lines of some runs; what no run touches has no match, and stays none."""
        first, last = _lines_of(text, runs)
        counts = np.fromiter((len(run.starts(self._end)) for run in runs), dtype=np.int64, count=len(runs))
        crosses = counts <= last - first  # a match in it ran over a line end
        if result.is_none is not None:
            for run in np.flatnonzero(crosses).tolist():
                result.is_none[first[run] : last[run] + 1] = False
        whole = [one for one, is_cut in zip(runs, crosses.tolist(), strict=True) if not is_cut]
        if not whole:
            return
        places, ends = _spans(whole, self._time)
        lines = np.searchsorted(text.ends, places)
        times = self._times(text, raw, places, ends)
        # Of a group that repeats within a line the last text counts, as it is the last to be entered.
        result.seconds[lines], result.offsets[lines], result.ok[lines] = times.seconds, times.offsets, times.ok
        if result.is_none is not None:
            result.is_none[lines] = ~result.ok[lines]
        if self._status is not None and result.has_status is not None:
            places, ends = _spans(whole, self._status)
            digits = text.rows(places, 3) - ZERO
            is_status = (digits < 10).all(axis=1) & (digits[:, 0] >= 1) & (digits[:, 0] <= 5) & (ends - places == 3)
            result.has_status[np.searchsorted(text.ends, places)] = is_status

    def _times(self, text: Text, raw: bytes, places: np.ndarray, ends: np.ndarray) -> Usual:
        """The times between places and ends (n,): those of usual form at once, others one by one."""
        seconds, offsets = np.zeros(len(places), dtype=np.int64), np.full(len(places), NAIVE)
        ok = np.zeros(len(places), dtype=bool)
        if self._time_format in (None, "iso"):
            usual = iso_moments(text, places, ends)
            usual.ok[text.at(places + ISO_WIDTH - 2) >= _SIX] = False  # a leap second
            seconds, offsets, ok = usual.seconds, usual.offsets, usual.ok
        if self._time_format in (None, "iso", CLF_FORMAT) and not ok.all():
            usual = clf_moments(text, places)
            is_clf = usual.ok & (ends - places == CLF_WIDTH) & (text.at(places + 18) < _SIX)
            seconds[is_clf], offsets[is_clf] = usual.seconds[is_clf], usual.offsets[is_clf]
            ok |= is_clf
        left = np.flatnonzero(~ok)
        if len(left):
            spans = zip(places[left].tolist(), ends[left].tolist(), strict=True)
            known = self._moments.places([raw[start:end] for start, end in spans])
            seconds[left], offsets[left], ok[left] = (
                self._moments.seconds[known],
                self._moments.offsets[known],
                known > 0,
            )
        return Usual(seconds, offsets, ok)


def _lines_of(text: Text, runs: Sequence[regex.Match[bytes]]) -> tuple[np.ndarray, np.ndarray]:
    """The first and the last line of each run (n,)."""
    spans = np.array([run.span() for run in runs], dtype=np.int64).reshape(len(runs), 2)
    return np.searchsorted(text.ends, spans[:, 0]), np.searchsorted(text.ends, spans[:, 1] - 1)


def _spans(runs: Sequence[regex.Match[bytes]], group: int) -> tuple[np.ndarray, np.ndarray]:
    """Where the texts of a group start and end (n,)."""
    starts = np.fromiter(chain.from_iterable(run.starts(group) for run in runs), dtype=np.int64)
    ends = np.fromiter(chain.from_iterable(run.ends(group) for run in runs), dtype=np.int64)
    return starts, ends


class _Moments(dict[bytes, int]):
    """The place of each text's moment in two arrays, 0 if it has none; forgotten all at once when full."""

    def __init__(self, read: ReadMoment):
        super().__init__({b"": 0})
        self._read = read
        self.seconds = np.zeros(MAX_MOMENTS + CHUNK_LINES, dtype=np.int64)
        self.offsets = np.full(MAX_MOMENTS + CHUNK_LINES, NAIVE)
        self._used = 1

    def places(self, texts: Sequence[bytes]) -> np.ndarray:
        """Return the places (n,) of the texts of one chunk."""
        if len(self) > MAX_MOMENTS:
            self.clear()
            self[b""], self._used = 0, 1
        return np.fromiter(map(self.__getitem__, texts), dtype=np.int64, count=len(texts))

    def __missing__(self, text: bytes) -> int:
        moment = self._read(text)
        place = 0
        if moment is not None:
            place, self._used = self._used, self._used + 1
            self.seconds[place], self.offsets[place] = moment[0], NAIVE if moment[1] is None else moment[1]
        self[text] = place
        return place
