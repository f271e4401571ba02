"""A cache of forecasts of a frozen model from past origins, means with their spread, each computed once.

Another capacity, another limit or another worker of a server need forecasts that were made a moment ago. A forecast
depends on the model, on its step and on the series up to its origin (nothing later reaches it), so it stays valid while
points are appended and while a later part of the series is changed. Blocks of origins are cached by step, in memory and
as plain arrays in a folder, under a hash of all that. Both are bounded by bytes.
"""

from __future__ import annotations

import hashlib
import io
import json
import logging
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from forecasting.file_cache import FileCache
from forecasting.forecasters.fitted_model import FittedModel
from forecasting.hindcasts.array_cache import ArrayCache
from forecasting.hindcasts.keyed_locks import KeyedLocks
from forecasting.timeseries.known_events import to_json
from forecasting.timeseries.series import Series
from forecasting.version import installed_version

log = logging.getLogger(__name__)

BLOCK = 2048
"""Origins of a block; blocks begin at multiples of it."""

MEGABYTE = 2**20
MAX_MEMORY_BYTES = 32 * MEGABYTE
MAX_FOLDER_BYTES = 96 * MEGABYTE
"""A block is 32 kB."""

_blocks_in_memory = ArrayCache(MAX_MEMORY_BYTES)
_computing = KeyedLocks()


def cached_forecasts(
    fitted: FittedModel, series: Series, origins: np.ndarray, steps: np.ndarray, folder: Path | None
) -> tuple[np.ndarray, np.ndarray]:
    """Return `fitted.means_and_spread(series, origins, steps)`, each (n, h), for consecutive origins; cached.

    `folder` is shared by processes; without one, or if it cannot be written, only this process caches the forecasts.
    """
    first, end = int(origins[0]), int(origins[-1]) + 1
    blocks = list(_blocks(first, end))
    keys = _keys(fitted, series, blocks, steps)
    with _computing.held(model_key(fitted, series)):  # a caller who needs the same at the same moment finds it done
        files = _opened(folder)
        cached = {key: block for row in keys for key in row if (block := _read(key, files)) is not None}
        missing = np.array([[key not in cached for key in row] for row in keys])
        if missing.any():
            cached |= _computed(fitted, series, blocks, keys, steps, missing, files)
    columns = [np.concatenate([cached[row[column]] for row in keys], axis=1) for column in range(len(steps))]
    means, spread = np.stack(columns, axis=-1)
    return means, spread


def _blocks(first: int, end: int) -> Iterator[tuple[int, int]]:
    """[first, end) cut at the multiples of BLOCK."""
    while first < end:
        stop = min((first // BLOCK + 1) * BLOCK, end)
        yield first, stop
        first = stop


def model_key(fitted: FittedModel, series: Series) -> str:
    """What the forecasts of a model on a series share, whatever its counts."""
    model = [installed_version(), fitted.model_set, fitted.timeframe, fitted.name, fitted.entry]
    grid = [series.start, series.bin_seconds, series.time_zone, to_json(series.events)]
    return json.dumps([model, grid], sort_keys=True)


def _keys(fitted: FittedModel, series: Series, blocks: list[tuple[int, int]], steps: np.ndarray) -> list[list[str]]:
    """A key for each block and step."""
    content = hashlib.blake2b(model_key(fitted, series).encode(), digest_size=20)
    rows, known = [], 0
    for first, stop in blocks:
        content.update(series.requests_count[known:stop].data)
        known = stop
        block = content.hexdigest()
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
    """Compute the blocks from the first to the last one that lacks a step, at the steps that some of them lack."""
    rows, columns = np.flatnonzero(missing.any(axis=1)), np.flatnonzero(missing.any(axis=0))
    chosen = range(rows[0], rows[-1] + 1)
    start, stop = blocks[chosen[0]][0], blocks[chosen[-1]][1]
    forecasts = np.stack(fitted.means_and_spread(series, np.arange(start, stop), steps[columns]))
    computed = {}
    for row in chosen:
        part = forecasts[:, blocks[row][0] - start : blocks[row][1] - start]
        for place, column in enumerate(columns):
            key = keys[row][column]
            computed[key] = np.ascontiguousarray(part[:, :, place])
            _blocks_in_memory.put(key, computed[key])
            if files is not None:
                _write(key, computed[key], files)
    return computed


def _read(key: str, files: FileCache | None) -> np.ndarray | None:
    block = _blocks_in_memory.get(key)
    if block is not None or files is None:
        return block
    data = files.read(key)
    if data is None:
        return None
    try:
        block = np.load(io.BytesIO(data), allow_pickle=False)
    except (EOFError, ValueError) as error:  # EOFError: an empty file, as a power cut leaves it
        files.discard_damaged(key, error)
        return None
    _blocks_in_memory.put(key, block)
    return block


def _write(key: str, block: np.ndarray, files: FileCache) -> None:
    buffer = io.BytesIO()
    np.save(buffer, block, allow_pickle=False)
    files.write(key, buffer.getvalue())


def _opened(folder: Path | None) -> FileCache | None:
    """Return the files of a folder; None without one, or if it cannot be used."""
    if folder is None:
        return None
    try:
        return FileCache(folder, MAX_FOLDER_BYTES, ".npy")
    except OSError as error:
        log.warning("%s cannot be used (%s): only this process caches its forecasts.", folder, error)
        return None
