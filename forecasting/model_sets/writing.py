"""Model sets written atomically: to a temporary folder that is renamed into place.

The replaced set stays as `<set>.replaced` until the rename is done, and is loaded if a crash left only that.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from forecasting.model_sets.loading import VALIDATION, ValidationForecasts
from forecasting.model_sets.names import _REPLACED, _WRITING, checked_set_name
from forecasting.timeseries.timeframes import DAY


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
    _remove_abandoned(root)
    temporary = Path(tempfile.mkdtemp(prefix=_WRITING, dir=root))
    try:
        yield temporary
        temporary.chmod(0o755)
        _put_in_place(temporary, root / model_set)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _remove_abandoned(root: Path) -> None:
    """Remove folders that a killed process left half written: those unchanged for a day."""
    for folder in root.glob(f"{_WRITING}*"):
        changed = max((path.stat().st_mtime for path in (folder, *folder.rglob("*")) if path.exists()), default=0.0)
        if changed < time.time() - DAY:
            shutil.rmtree(folder, ignore_errors=True)


def _put_in_place(folder: Path, target: Path) -> None:
    """Rename a finished folder to `target`; a previous set is moved aside first and deleted afterwards."""
    replaced = target.with_name(target.name + _REPLACED)
    shutil.rmtree(replaced, ignore_errors=True)
    if target.exists():
        target.rename(replaced)
    folder.rename(target)
    shutil.rmtree(replaced, ignore_errors=True)
