"""Where the files that travel with the packages are: in a checkout beside them, in an installed wheel inside them."""

from __future__ import annotations

from pathlib import Path

FORECASTING = Path(__file__).resolve().parent


def shipped_folder(package: Path, name: str) -> Path:
    """The folder `name` that ships with `package` (a package's folder): inside it when installed, else beside it.

    Inside comes first: beside an installed package lies site-packages, where a `data` belongs to somebody else.
    """
    inside = package / name
    return inside if inside.is_dir() else package.parent / name


def model_sets_root() -> Path:
    """The folder of the shipped model sets, one folder each."""
    return shipped_folder(FORECASTING, "models")


def sample_path() -> Path:
    """The embedded sample data set, a gzipped CSV."""
    return shipped_folder(FORECASTING, "data") / "sample.csv.gz"
