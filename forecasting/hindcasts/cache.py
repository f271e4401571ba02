"""The cache of forecasts of past origins: each mean is computed once.

Another capacity, another limit or the other worker of a server need forecasts that were made a moment ago. A mean
depends on the model, on its step and on the series up to its origin, and on nothing later, so that it stays right
while points are appended and while a later part of the series changes. Blocks of origins are cached by step, in memory
and as plain arrays in a folder, under a hash of all that.
"""

from __future__ import annotations

import hashlib
import io
import json
import logging
import threading
from collections import OrderedDict
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from forecasting.file_cache import FileCache
from forecasting.forecasters.fitted_model import FittedModel
from forecasting.timeseries.series import Series
from forecasting.version import installed_version

log = logging.getLogger(__name__)

BLOCK = 2048
"""Origins of a block; blocks begin at multiples of it."""

MOST_IN_MEMORY = 2_000
"""Blocks cached by a process, of 16 kB each."""

MOST_BYTES = 96 << 20
"""Bytes of the blocks cached on disk."""

_memory: OrderedDict[str, np.ndarray] = OrderedDict()
_lock = threading.RLock()


def cached_means(
    fitted: FittedModel, series: Series, origins: np.ndarray, steps: np.ndarray, folder: Path | None
) -> np.ndarray:
    """`fitted.forecaster.means(series, origins, steps)` (n, h) for consecutive origins, cached.

    `folder` is shared by processes; without one, or if it cannot be written, this process caches in memory.
    """
    first, end = int(origins[0]), int(origins[-1]) + 1
    blocks = list(_blocks(first, end))
    keys = _keys(fitted, series, blocks, steps)
    with _lock:  # a second thread that needs the same at the same moment finds it done
        files = _opened(folder)
        found = {key: block for row in keys for key in row if (block := _find(key, files)) is not None}
        missing = np.array([[key not in found for key in row] for row in keys])
        if missing.any():
            found |= _computed(fitted, series, blocks, keys, steps, missing, files)
    columns = [np.concatenate([found[row[column]] for row in keys]) for column in range(len(steps))]
    return np.column_stack(columns)


def _blocks(first: int, end: int) -> Iterator[tuple[int, int]]:
    """[first, end) cut at the multiples of BLOCK."""
    while first < end:
        stop = min((first // BLOCK + 1) * BLOCK, end)
        yield first, stop
        first = stop


def _keys(fitted: FittedModel, series: Series, blocks: list[tuple[int, int]], steps: np.ndarray) -> list[list[str]]:
    """A key for each block and step."""
    model = [installed_version(), fitted.model_set, fitted.timeframe, fitted.forecaster.name, fitted.entry]
    grid = [series.start, series.bin_seconds, series.time_zone]
    digest = hashlib.blake2b(json.dumps([model, grid], sort_keys=True).encode(), digest_size=20)
    rows, known = [], 0
    for first, stop in blocks:
        digest.update(series.requests_count[known:stop].data)
        known = stop
        block = digest.hexdigest()
        rows.append([f"{block}-{stop - first}-{int(step)}" for step in steps])
    return rows


def _computed(
    fitted: FittedModel,
    series: Series,
    blocks: list[tuple[int, int]],
    keys: list[list[str]],
    steps: np.ndarray,
    missing: np.ndarray,
    files: FileCache | None,
) -> dict[str, np.ndarray]:
    """The blocks from the first to the last one that lacks a step, at the steps that some of them lack."""
    rows, columns = np.flatnonzero(missing.any(axis=1)), np.flatnonzero(missing.any(axis=0))
    chosen = range(rows[0], rows[-1] + 1)
    start, stop = blocks[chosen[0]][0], blocks[chosen[-1]][1]
    means = fitted.forecaster.means(series, np.arange(start, stop), steps[columns])
    found = {}
    for row in chosen:
        part = means[blocks[row][0] - start : blocks[row][1] - start]
        for place, column in enumerate(columns):
            key = keys[row][column]
            found[key] = np.ascontiguousarray(part[:, place])
            _keep(key, found[key], files)
    return found


def _find(key: str, files: FileCache | None) -> np.ndarray | None:
    if key in _memory:
        _memory.move_to_end(key)
        return _memory[key]
    data = None if files is None else files.read(key)
    if files is None or data is None:
        return None
    try:
        block = np.load(io.BytesIO(data), allow_pickle=False)
    except (EOFError, ValueError) as error:  # EOFError: an empty file, as a power cut leaves it
        files.discard_damaged(key, error)
        return None
    _remember(key, block)
    return block


def _keep(key: str, block: np.ndarray, files: FileCache | None) -> None:
    _remember(key, block)
    if files is None:
        return
    buffer = io.BytesIO()
    np.save(buffer, block, allow_pickle=False)
    files.write(key, buffer.getvalue())


def _remember(key: str, block: np.ndarray) -> None:
    block.flags.writeable = False
    _memory[key] = block
    while len(_memory) > MOST_IN_MEMORY:
        _memory.popitem(last=False)


def _opened(folder: Path | None) -> FileCache | None:
    """The files of a folder; None without one, or if it cannot be used."""
    if folder is None:
        return None
    try:
        return FileCache(folder, MOST_BYTES, ".npy")
    except OSError as error:
        log.warning("%s cannot be used (%s): forecasts are cached by this process only.", folder, error)
        return None
