"""Result files, written atomically."""

from __future__ import annotations

import gzip
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

from forecasting.errors import InputError
from forecasting.timeseries.csv_export import csv_parts

if TYPE_CHECKING:  # pandas takes half a second to import
    import pandas as pd


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """Yield a binary file that becomes `path` if the block succeeds; gzipped if the name ends in `.gz`.

    It is written beside `path` and renamed, so that an interrupted command leaves an older file unchanged. Anything but
    a regular file (a pipe, /dev/stdout) is written directly. Raises InputError if the folder does not exist.
    """
    target = Path(os.path.realpath(path))
    if not target.parent.is_dir():
        raise InputError(f"The folder of {str(path)!r} does not exist. Create it first.", field="out")
    if target.exists() and not target.is_file():
        with target.open("wb") as stream:
            yield stream
        return
    partial = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        with partial.open("wb") as stream:
            if path.suffix == ".gz":
                # Without time and name in the header, equal rows give equal bytes.
                with gzip.GzipFile(filename="", mode="wb", fileobj=stream, mtime=0, compresslevel=6) as packed:
                    yield cast("BinaryIO", packed)
            else:
                yield stream
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)


def write_csv(stream: BinaryIO, frames: Iterable[pd.DataFrame], written: Callable[[int], None]) -> None:
    """Write frames of equal columns under one header (12 digits); calls `written` with the number of rows so far."""
    for text, rows in csv_parts(frames):
        stream.write(text.encode())
        written(rows)
