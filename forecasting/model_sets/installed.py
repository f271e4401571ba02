"""A model set as it is installed: its card, where its files are, and what is known to be damaged of it."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Protocol

from forecasting.errors import DamagedModelSet
from forecasting.model_sets.card import MOST_BYTES, Card, CardDefect, FileFacts, read_card
from forecasting.model_sets.names import SHIPPED

CARD = "card.json"


class FileDefect(ValueError):
    """A file of a set that is missing or not the one that was stored; the text says which, and what is wrong."""


@dataclass(frozen=True)
class SetFile:
    """One file of a set: its path within the set, its size and its SHA-256."""

    path: str
    bytes: int
    sha256: str


class SetFiles(Protocol):
    """Where the files of a set are."""

    def opened(self, timeframe: str, model: str) -> AbstractContextManager[Path]:
        """Yield a folder with the files of one model, verified. Raises FileDefect, or NotReady for a passing reason."""
        ...

    def listed(self) -> tuple[SetFile, ...]:
        """Return the files by path."""
        ...

    def defects(self) -> tuple[str, ...]:
        """Read every file and return what is wrong with them."""
        ...


@dataclass(frozen=True, eq=False)
class InstalledSet:
    """A model set with a usable card; `own` if it was trained here.

    `damage` has what was found when its models were loaded, by timeframe and model: damage is looked for once, when a
    model is first needed. A set that changes is another InstalledSet.
    """

    name: str
    card: Card
    files: SetFiles
    own: bool
    damage: dict[tuple[str, str], str] = field(default_factory=dict)
    locks: dict[tuple[str, str], threading.Lock] = field(default_factory=dict)

    def lock_of(self, timeframe: str, model: str) -> threading.Lock:
        """Return the lock under which a model is loaded: once even if several threads need it, and alone."""
        return self.locks.setdefault((timeframe, model), threading.Lock())


def damaged(name: str, defect: str) -> DamagedModelSet:
    """Return the error that a set cannot be used, with the way out."""
    return DamagedModelSet(f"Model set {name!r} is damaged: {defect}. {way_out(name)}")


def way_out(name: str) -> str:
    """Return what repairs a damaged set."""
    if name == SHIPPED:
        return "It came with this version: install it again."
    return f"Train it again (dataflow train --model-set {name}), or remove it (dataflow models --remove {name})."


@dataclass(frozen=True)
class FolderFiles:
    """The files of a set in a folder `<set>/<timeframe>/<model>/`, whose card has their hashes."""

    folder: Path
    card: Card

    @contextmanager
    def opened(self, timeframe: str, model: str) -> Iterator[Path]:
        """Yield the folder of a model after its files were compared with the card."""
        for defect in self._defects(f"{timeframe}/{model}/"):
            raise FileDefect(defect)
        yield self.folder / timeframe / model

    def listed(self) -> tuple[SetFile, ...]:
        """Return the files by path."""
        facts = self.card.get("files") or files_in(self.folder)
        return tuple(SetFile(path, one["bytes"], one["sha256"]) for path, one in sorted(facts.items()))

    def defects(self) -> tuple[str, ...]:
        """Read every file and return what is wrong with them."""
        return tuple(self._defects(""))

    def _defects(self, prefix: str) -> Iterator[str]:
        for path, facts in self.card.get("files", {}).items():
            if not path.startswith(prefix):
                continue
            try:
                found = sha256_of(self.folder / path)
            except (OSError, ValueError) as error:
                yield f"{path} cannot be read ({getattr(error, 'strerror', None) or error})"
                continue
            if found != facts["sha256"]:
                yield f"{path} is not the file that was stored"


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file. Raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def files_in(folder: Path) -> dict[str, FileFacts]:
    """Return the size and hash of each file of a set in a folder, except its card, by path."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file() and path != folder / CARD)
    return {
        path.relative_to(folder).as_posix(): {"bytes": path.stat().st_size, "sha256": sha256_of(path)} for path in paths
    }


def folder_set(folder: Path, name: str) -> InstalledSet | DamagedModelSet:
    """Return the shipped set in a folder, the same one until its card changes; the error if its card is damaged."""
    try:
        status = (folder / CARD).stat()
    except OSError as error:
        return damaged(name, f"its card cannot be read ({error.strerror})")
    return _folder_set(folder, name, status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=64)
def _folder_set(folder: Path, name: str, _changed: int, _size: int) -> InstalledSet | DamagedModelSet:
    try:
        with (folder / CARD).open("rb") as file:
            card = read_card(file.read(MOST_BYTES + 1), name)
    except OSError as error:
        return damaged(name, f"its card cannot be read ({error.strerror})")
    except CardDefect as defect:
        return damaged(name, str(defect))
    return InstalledSet(name, card, FolderFiles(folder, card), own=False)
