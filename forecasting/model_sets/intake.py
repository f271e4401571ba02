"""Sets that release 0.4 wrote into the folder `models` of the home are taken into the database, once.

`python -m forecasting.model_sets.intake` does it in a process of its own. A folder whose sets are all in the database
is renamed and left as a backup; killed at any moment, the next call goes on.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

from forecasting.database import Store
from forecasting.errors import Conflict, InputError, NotReady
from forecasting.model_sets.card import CardDefect, FileFacts, card_text, read_card
from forecasting.model_sets.installed import CARD, files_in
from forecasting.model_sets.lock import sets_locked
from forecasting.model_sets.names import _REPLACED, checked_set_name
from forecasting.model_sets.stored import stored_state
from forecasting.model_sets.storing import new_files, store_set
from forecasting.settings import Settings

log = logging.getLogger(__name__)

TAKEN_IN = "models-taken-in"
"""The name of the folder afterwards."""


def take_in(settings: Settings) -> tuple[str, ...]:
    """Take the sets in, unless another process changes sets now: the next program does it then. Returns their names."""
    try:
        return _take_in(settings)
    except Conflict as error:
        log.info("The sets in %s are not taken in now: %s", settings.model_sets_path, error.message)
        return ()


def _take_in(settings: Settings) -> tuple[str, ...]:
    """Store the sets of the home's folder in the database and return their names; none if there is no such folder.

    A set whose name is in the database already stays as it is there. A damaged one is taken in as it is, so that it is
    named until it is removed. Raises Conflict during a training, NotReady if the database or home cannot be written.
    """
    root = settings.model_sets_path
    if settings.read_only or not root.is_dir():
        return ()
    taken = []
    store = Store(settings, patient=True)
    with sets_locked(settings) as lease:
        known = set(stored_state(settings).states)
        for name, folder in _folders(root):
            if name not in known:
                files = files_in(folder)
                card = _card_text(folder / CARD, name, files)
                store_set(name, card, new_files(folder, files), store, lease)
                taken.append(name)
        _put_away(root)
    return tuple(taken)


def _folders(root: Path) -> Iterator[tuple[str, Path]]:
    """Yield the name and folder of each set: that which was moved aside only if a kill left no other."""
    names = {path.name.removesuffix(_REPLACED) for path in root.iterdir() if path.is_dir() and path.name[0] != "."}
    for name in sorted(names):
        try:
            checked_set_name(name)
        except InputError as error:
            log.warning("%s is not taken in: %s", root / name, error.message)
            continue
        folder = root / name
        yield name, folder if folder.is_dir() else root / (name + _REPLACED)


def _card_text(path: Path, name: str, files: dict[str, FileFacts]) -> str:
    """Return the card with the hashes of its files, or one that cannot be used as it is: sets are listed with why."""
    try:
        text = path.read_bytes().decode(errors="replace").replace("\0", "\ufffd")
        return card_text({"files": files, **read_card(text, name)})
    except OSError:
        return ""
    except CardDefect:
        return text


def _put_away(root: Path) -> None:
    number = 0
    target = root.with_name(TAKEN_IN)
    while target.exists():
        number += 1
        target = root.with_name(f"{TAKEN_IN}-{number}")
    try:
        root.rename(target)
    except OSError as error:
        raise NotReady(f"The folder {root} cannot be renamed: {error.strerror}.") from error


if __name__ == "__main__":
    take_in(Settings.from_environment())
