"""Locations of the shipped files: beside the packages in a checkout, inside them in an installed wheel."""

from __future__ import annotations

from pathlib import Path

FORECASTING = Path(__file__).resolve().parent


def shipped_folder(package: Path, name: str) -> Path:
    """Return the folder `name` shipped with a package, given its folder: inside it when installed, else beside it.

    The inside is checked first: an installed package lies in site-packages, where a folder `data` may belong to another
    distribution.
    """
    inside = package / name
    return inside if inside.is_dir() else package.parent / name


def model_sets_root() -> Path:
    """Return the folder of the shipped model sets, which has one folder per set."""
    return shipped_folder(FORECASTING, "models")


def nasa_http_path() -> Path:
    """Return the path of the built-in counts of NASA-HTTP, a gzipped CSV of one column."""
    return shipped_folder(FORECASTING, "data") / "nasa_http_1m.csv.gz"


def sample_path() -> Path:
    """Return the path of the built-in sample data set, a gzipped CSV."""
    return shipped_folder(FORECASTING, "data") / "sample.csv.gz"
