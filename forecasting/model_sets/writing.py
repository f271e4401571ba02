"""Model sets written into a folder, as the shipped one is: complete or not at all."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import numpy as np

from forecasting.model_sets.loading import VALIDATION, ValidationForecasts
from forecasting.model_sets.names import checked_set_name


def save_validation(folder: Path, forecasts: ValidationForecasts) -> None:
    """Write validation forecasts as half-precision shares of their largest value (relative precision 0.05 %)."""
    scale = float(np.nanmax(forecasts.means, initial=0.0)) or 1.0
    np.savez_compressed(
        folder / VALIDATION,
        first_origin=forecasts.first_origin,
        bin_seconds=forecasts.bin_seconds,
        steps=forecasts.steps.astype(np.int16),
        means=(forecasts.means / scale).astype(np.float16),
        scale=scale,
    )


@contextmanager
def new_set_folder(model_set: str, root: Path) -> Iterator[Path]:
    """Yield a temporary folder that becomes the set under `root` if the block succeeds, and is removed otherwise."""
    checked_set_name(model_set)
    root.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".writing-", dir=root) as name:
        folder = Path(name, model_set)
        folder.mkdir()
        yield folder
        shutil.rmtree(root / model_set, ignore_errors=True)
        folder.rename(root / model_set)


def set_folder(model_set: str, root: Path | None) -> AbstractContextManager[Path]:
    """Return where a set is written: a folder that becomes the set under `root`, or one that is temporary."""
    return _temporary_folder() if root is None else new_set_folder(model_set, root)


@contextmanager
def _temporary_folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="dataflow-training-") as folder:
        yield Path(folder)
