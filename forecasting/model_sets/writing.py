"""Model sets written whole: to a temporary folder that is renamed into place.

The set that is replaced is kept under `<set>.replaced` until that has happened, and is read if a crash left only it."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from forecasting.model_sets.loading import ValidationForecasts
from forecasting.model_sets.names import _REPLACED, _WRITING, checked_set_name
from forecasting.timeseries.timeframes import DAY


def save_validation(folder: Path, forecasts: ValidationForecasts) -> None:
    """Write validation forecasts as half floats of their largest value (relative precision 0.05 %)."""
    scale = float(np.nanmax(forecasts.means, initial=0.0)) or 1.0
    np.savez_compressed(
        folder / "validation.npz",
        first_origin=forecasts.first_origin,
        bin_seconds=forecasts.bin_seconds,
        steps=forecasts.steps.astype(np.int16),
        means=(forecasts.means / scale).astype(np.float16),
        scale=scale,
    )


@contextmanager
def new_set_folder(model_set: str, root: Path) -> Iterator[Path]:
    """A temporary folder that becomes the set's under `root` when the block ends well, and vanishes otherwise."""
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
    """Remove what a process that was killed left half written: where nothing has changed for a day."""
    for folder in root.glob(f"{_WRITING}*"):
        changed = max((path.stat().st_mtime for path in (folder, *folder.rglob("*")) if path.exists()), default=0.0)
        if changed < time.time() - DAY:
            shutil.rmtree(folder, ignore_errors=True)


def _put_in_place(folder: Path, target: Path) -> None:
    """Rename a finished folder to `target`; what was there is kept aside until that has happened, then removed."""
    replaced = target.with_name(target.name + _REPLACED)
    shutil.rmtree(replaced, ignore_errors=True)
    if target.exists():
        target.rename(replaced)
    folder.rename(target)
    shutil.rmtree(replaced, ignore_errors=True)
