"""Candidates: trained sets stored beside the set that they may replace, until they are accepted or discarded."""

from __future__ import annotations

from forecasting.database import Store
from forecasting.errors import NotFound, ReadOnly
from forecasting.model_sets.intake import take_in
from forecasting.model_sets.lock import sets_locked
from forecasting.model_sets.names import candidate_of, checked_set_name
from forecasting.model_sets.stored import stored_state
from forecasting.model_sets.storing import remove_stored, rename_set
from forecasting.settings import Settings


def accept(model_set: str, settings: Settings) -> None:
    """Replace a set with its candidate in one transaction; the previous set is deleted.

    A process that reads meanwhile gets the old set or the new one, never none. Raises NotFound if there is no
    candidate, DamagedModelSet if its card cannot be used, ReadOnly if the install is read-only, Conflict during a
    training.
    """
    name = _checked_candidate(model_set, settings)
    with sets_locked(settings) as lease:
        state = stored_state(settings).states.get(name)
        if state is None:
            raise _no_candidate(model_set)
        if isinstance(state, Exception):
            raise type(state)(state.message)
        rename_set(name, model_set, state.card, Store(settings, patient=True), lease)


def discard(model_set: str, settings: Settings) -> None:
    """Remove the candidate of a set; raises as `accept`."""
    name = _checked_candidate(model_set, settings)
    with sets_locked(settings) as lease:
        if not remove_stored(name, Store(settings, patient=True), lease):
            raise _no_candidate(model_set)


def remove(model_set: str, settings: Settings) -> None:
    """Remove a set that was trained here, damaged or not. Raises NotFound, else as `accept`."""
    checked_set_name(model_set)
    _refuse_if_read_only(settings)
    take_in(settings)
    with sets_locked(settings) as lease:
        if remove_stored(model_set, Store(settings, patient=True), lease):
            return
    names = ", ".join(stored_state(settings).states) or "none"
    raise NotFound(f"No model set {model_set!r} was trained here. Available: {names}.")


def _checked_candidate(model_set: str, settings: Settings) -> str:
    """Return the name of a set's candidate; raises ReadOnly, and NotFound if there is none."""
    _refuse_if_read_only(settings)
    name = candidate_of(model_set)
    take_in(settings)
    if name not in stored_state(settings).states:
        raise _no_candidate(model_set)
    return name


def _no_candidate(model_set: str) -> NotFound:
    return NotFound(f"Model set {model_set!r} has no candidate to accept or discard. Train one first.")


def _refuse_if_read_only(settings: Settings) -> None:
    if settings.read_only:
        raise ReadOnly("This install is read-only (DATAFLOW_READ_ONLY=1): its model sets cannot be changed.")
