"""Disk size of the current environment, with its largest packages.

python -m benchmarks.install_size
"""

from __future__ import annotations

import sysconfig
from pathlib import Path

MEBIBYTE = 1 << 20


def size_of(folder: Path) -> int:
    """Return the total bytes of all files in a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file() and not path.is_symlink())


def main() -> None:
    """Print the total and the ten largest packages."""
    packages = Path(sysconfig.get_paths()["purelib"])
    sizes = {path.name: size_of(path) for path in packages.iterdir() if path.is_dir()}
    print(f"site-packages: {sum(sizes.values()) / MEBIBYTE:,.0f} MiB in {len(sizes)} folders")
    for name in sorted(sizes, key=lambda name: sizes[name], reverse=True)[:10]:
        print(f"{sizes[name] / MEBIBYTE:8,.0f} MiB  {name}")


if __name__ == "__main__":
    main()
