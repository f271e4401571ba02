"""Logs that hold the same lines: whole files given twice, and parts of rotated logs that overlap.

Of each file a sample of lines is kept that depends on the lines alone, so two files sample the lines that they share;
its first and last lines are kept too, because an overlap is often short and there.
"""

from __future__ import annotations

import hashlib
from collections import Counter

import numpy as np

from forecasting.readers.logs.bins import BinCounts
from forecasting.readers.streams import NEWLINE

MIN_SAME_LINES = 3
MIN_SAME_BINS = 4
MIN_SHARE = 0.05
"""Fewer same lines than this share of a file's sample are the health checks of one prober on two servers."""

SAMPLE_SIZE = 1_000
MAX_FILES = 200
"""Files whose lines are compared with those of later files."""

NAMED_FILES = 3
END_LINES = 200
_TAIL_BYTES = 1 << 16
_HEAD_BYTES = 48
_FACTORS = np.random.default_rng(1).integers(1 << 32, 1 << 63, _HEAD_BYTES // 8 + 2, dtype=np.uint64) | np.uint64(1)


class FileLines:
    """What is remembered of the lines of one file."""

    def __init__(self) -> None:
        self._digest = hashlib.blake2b(digest_size=16)
        self._first: list[bytes] = []
        self._tail = b""
        self._ranks = np.zeros(0, dtype=np.uint64)
        self._hashes = np.zeros(0, dtype=np.int64)
        self.limit = np.iinfo(np.uint64).max
        """Lines of a lower rank are all in the sample."""

    def add(self, block: memoryview) -> None:
        """Take a block of lines into account."""
        self._digest.update(block)
        if len(self._first) < END_LINES:
            self._first += _lines(bytes(block[:_TAIL_BYTES]))
        self._tail = bytes(block[-_TAIL_BYTES:])
        data = np.frombuffer(block, dtype=np.uint8)
        ends = np.flatnonzero(data == NEWLINE)
        starts = np.concatenate([[0], ends[:-1] + 1])
        long = ends - starts >= _HEAD_BYTES
        starts, ends = starts[long], ends[long]
        if not len(starts):
            return
        ranks = _ranks(block, starts, ends)
        low = np.flatnonzero(ranks < self.limit)
        if not len(low):
            return
        hashes = [hash(bytes(block[a:b])) for a, b in zip(starts[low].tolist(), ends[low].tolist(), strict=True)]
        ranks, hashes_ = np.concatenate([self._ranks, ranks[low]]), np.concatenate([self._hashes, hashes])
        _, distinct = np.unique(hashes_, return_index=True)
        order = distinct[np.argsort(ranks[distinct])]
        if len(order) > SAMPLE_SIZE:
            self.limit = ranks[order[SAMPLE_SIZE]]
            order = order[ranks[order] < self.limit]
        self._ranks, self._hashes = ranks[order], hashes_[order]

    @property
    def digest(self) -> bytes:
        """A hash of the whole content."""
        return self._digest.digest()

    @property
    def sample(self) -> dict[int, int]:
        """Rank of each sampled line by its hash."""
        return dict(zip(self._hashes.tolist(), self._ranks.tolist(), strict=True))

    @property
    def ends(self) -> frozenset[int]:
        """Hashes of the first and the last lines."""
        return frozenset(map(hash, (*self._first[:END_LINES], *_lines(self._tail)[-END_LINES:])))


def _lines(text: bytes) -> list[bytes]:
    return [line.strip() for line in text.split(b"\n") if line.strip(b" \t\r\0")]


def _ranks(block: memoryview, starts: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """A pseudo-random number (n,) for each line, from its length, its first and its last bytes."""
    windows = np.ndarray(len(block) - 7, dtype="V8", buffer=block, strides=(1,))
    ranks = (ends - starts).astype(np.uint64) * _FACTORS[0]
    ranks ^= windows[ends - 8].view(np.uint64) * _FACTORS[1]
    for number, factor in enumerate(_FACTORS[2:]):
        ranks = (ranks ^ (ranks >> np.uint64(29))) + windows[starts + 8 * number].view(np.uint64) * factor
    return (ranks ^ (ranks >> np.uint64(32))) * _FACTORS[0]


class Repeats:
    """The lines of all files of an import, and the notes on what they repeat."""

    def __init__(self) -> None:
        self._digests: dict[bytes, str] = {}
        self._ends: list[tuple[str, frozenset[int]]] = []
        self._samples: dict[int, tuple[int, int]] = {}
        self._files: list[tuple[str, FileLines]] = []
        self._twins: list[tuple[str, str]] = []
        self._twin_records = 0
        self._overlaps: list[tuple[str, str, str]] = []
        self._profiles: dict[bytes, str] = {}

    def is_twin(self, label: str, lines: FileLines, records: int) -> bool:
        """Whether a file has the same content as one before it; it is noted then."""
        twin = self._digests.setdefault(lines.digest, label)
        if twin == label:
            return False
        self._twins.append((label, twin))
        self._twin_records += records
        return True

    def add(self, label: str, lines: FileLines, counts: BinCounts) -> None:
        """Compare a file with those before it, and remember it for later ones."""
        profile, bins = counts.profile
        other = self._profiles.setdefault(hashlib.blake2b(profile, digest_size=16).digest(), label)
        if other != label and bins >= MIN_SAME_BINS:
            self._overlaps.append((label, other, f"the same number of requests in each of {bins:,} bins"))
            return
        at_ends, anywhere = self._at_ends(label, lines), self._anywhere(label, lines)
        if overlap := anywhere or at_ends:
            self._overlaps.append(overlap)

    def _at_ends(self, label: str, lines: FileLines) -> tuple[str, str, str] | None:
        ends = lines.ends
        found = None
        for other, known in self._ends:
            same = len(ends & known)
            if same >= MIN_SAME_LINES and same > 0.5 * min(len(ends), len(known), END_LINES):
                found = label, other, f"{same:,} of the same lines at their ends"
                break
        if len(self._ends) < MAX_FILES:
            self._ends.append((label, ends))
        return found

    def _anywhere(self, label: str, lines: FileLines) -> tuple[str, str, str] | None:
        sample = lines.sample
        shared = Counter(self._samples[one][0] for one in sample if one in self._samples)
        number = len(self._files)
        if number < MAX_FILES:
            self._files.append((label, lines))
            for one, rank in sample.items():
                self._samples.setdefault(one, (number, rank))
        if not shared:
            return None
        other, _ = shared.most_common(1)[0]
        limit = min(int(lines.limit), int(self._files[other][1].limit))
        known = self._files[other][1].sample
        same = sum(rank < limit for one, rank in sample.items() if one in known)
        smaller = min(sum(rank < limit for rank in one.values()) for one in (sample, known))
        if same < MIN_SAME_LINES or same < MIN_SHARE * smaller:
            return None
        estimate = round(same * (np.iinfo(np.uint64).max / limit))
        what = f"{same:,}" if estimate == same else f"about {float(f'{estimate:.2g}'):,.0f}"
        return label, self._files[other][0], f"{what} of the same lines"

    def notes(self) -> list[str]:
        """Return what to say: a few files by name, the others by their number."""
        notes = []
        if len(self._twins) == 1:
            label, twin = self._twins[0]
            notes.append(
                f"{label} has the same content as {twin}: its {self._twin_records:,} records are counted once."
            )
        elif self._twins:
            named = [f"{label} as {twin}" for label, twin in self._twins[:NAMED_FILES]]
            notes.append(
                f"{len(self._twins):,} files have the same content as one before them ({_listed(named, self._twins)}): "
                f"their {self._twin_records:,} records are counted once."
            )
        if self._overlaps:
            named = [f"{label} and {other} have {what}" for label, other, what in self._overlaps[:NAMED_FILES]]
            notes.append(
                f"{_listed(named, self._overlaps)}, so the same requests may be counted twice. Give each part of a "
                "log once."
            )
        return notes


def _listed(named: list[str], found: list[tuple[str, str]] | list[tuple[str, str, str]]) -> str:
    more = len(found) - len(named)
    return ", ".join(named) + (f" and {more:,} more" if more else "")
