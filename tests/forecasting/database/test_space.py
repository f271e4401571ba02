"""Space on the disk: removing works on a full one, and the file shrinks by what was removed."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from forecasting.catalog import Catalog
from forecasting.database.engines import close_all
from forecasting.database.space import RESERVE_BYTES, reserve_path
from forecasting.errors import NotReady
from forecasting.settings import Settings
from forecasting.timeseries.series import Series

LONG = Series("long", 60, 0, np.ones(300_000))


def size_of(settings: Settings) -> int:
    return settings.catalog_path.stat().st_size


def test_removing_gives_the_space_back(settings):
    catalog = Catalog(settings)
    catalog.add(Series("short", 60, 0, np.ones(3)))
    before = size_of(settings)
    catalog.add(LONG)
    close_all()
    assert size_of(settings) > before + 2_000_000
    catalog.remove("long")
    close_all()
    assert size_of(settings) <= before + 100_000
    assert len(catalog.get("short")) == 3


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 16 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", str(folder)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        pytest.skip("needs the command mount")
    if done.returncode:
        pytest.skip(f"needs the right to mount a file system: {done.stderr.strip()}")
    yield folder
    close_all()
    subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.parametrize("restarted", [False, True])
def test_removing_works_on_a_full_disk(small_disk, restarted):
    settings = Settings(home=small_disk / "home")
    catalog = Catalog(settings)
    catalog.add(LONG)
    catalog.add(Series("shop", 60, 0, np.ones(3)))
    assert reserve_path(settings).stat().st_size == RESERVE_BYTES
    if restarted:
        close_all()
    with (small_disk / "other").open("wb", buffering=0) as other:
        while True:
            try:
                other.write(bytes(4096))
            except OSError:
                break
    with pytest.raises(NotReady, match=r"the disk is full|cannot be used"):
        catalog.add(Series("more", 60, 0, np.ones(300_000)))
    Catalog.migrated(settings).remove("long")
    assert [info.name for info in catalog.list() if not info.embedded] == ["shop"]
    assert reserve_path(settings).exists()
    catalog.append("shop", np.array([180]), np.array([2.0]))
    assert catalog.get("shop").requests_count.tolist() == [1, 1, 1, 2]


def test_a_read_only_disk_is_read(small_disk):
    settings = Settings(home=small_disk / "home", read_only=True)
    Catalog(Settings(home=settings.home)).add(Series("shop", 60, 0, np.ones(3)))
    close_all()
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    assert len(Catalog.migrated(settings).get("shop")) == 3
    with pytest.raises(NotReady):
        Catalog(Settings(home=settings.home)).append("shop", np.array([180]), np.array([2.0]))
