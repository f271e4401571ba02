"""Write a result file so that nobody ever sees half of it."""

from __future__ import annotations

import gzip
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from forecasting.errors import InputError
from forecasting.timeseries.csv_export import csv_parts

if TYPE_CHECKING:
    import pandas as pd


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """A binary file that becomes `path` when the block ends without an error; gzip where the name ends in `.gz`.

    Written beside it and renamed, so that an interrupted command leaves an older file as it was. What is no regular
    file (a pipe, /dev/stdout) is written to as it stands. Raises InputError where the folder does not exist.
    """
    target = Path(os.path.realpath(path))
    if not target.parent.is_dir():
        raise InputError(f"The folder of {str(path)!r} does not exist; create it first.", field="out")
    if target.exists() and not target.is_file():
        with target.open("wb") as stream:
            yield stream
        return
    partial = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        with partial.open("wb") as stream:
            if path.suffix == ".gz":
                # No time and no name inside: the same rows give the same bytes.
                with gzip.GzipFile(filename="", mode="wb", fileobj=stream, mtime=0, compresslevel=6) as packed:
                    yield packed
            else:
                yield stream
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)


def write_csv(stream: BinaryIO, frames: Iterable[pd.DataFrame], written: Callable[[int], None]) -> None:
    """Write frames of equal columns below one header (12 digits a number). Calls `written` with the rows so far."""
    for text, rows in csv_parts(frames):
        stream.write(text.encode())
        written(rows)
