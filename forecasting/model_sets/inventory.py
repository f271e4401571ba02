"""Which model sets there are: those trained here and the shipped one, each usable or damaged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from forecasting.errors import DamagedModelSet, NotFound
from forecasting.forecasters.fitted_model import shares_a_day
from forecasting.model_sets.card import Card
from forecasting.model_sets.installed import CARD, InstalledSet, damaged, folder_set
from forecasting.model_sets.names import SHIPPED, checked_set_name, is_candidate
from forecasting.model_sets.stored import State, stored_state
from forecasting.paths import model_sets_root
from forecasting.settings import Settings


@dataclass(frozen=True, eq=False)
class Inventory:
    """Every set by name, those trained here first: the set, or the error that it is damaged."""

    states: Mapping[str, State]

    @property
    def usable(self) -> dict[str, InstalledSet]:
        """The sets whose cards can be used, by name."""
        return {name: one for name, one in self.states.items() if isinstance(one, InstalledSet)}

    @property
    def broken(self) -> dict[str, str]:
        """What is wrong, by set: with its card, or with models that were needed so far."""
        return {name: text for name, one in self.states.items() if (text := _problem(one)) is not None}

    def find(self, model_set: str) -> InstalledSet:
        """Return a set. Raises InputError for an invalid name, NotFound with the available names, DamagedModelSet."""
        state = self.states.get(checked_set_name(model_set))
        if state is None:
            names = ", ".join(self.states) or "none"
            raise NotFound(f"Model set {model_set!r} not found. Available: {names}.")
        if isinstance(state, DamagedModelSet):
            raise DamagedModelSet(state.message)
        return state

    def trained_on(self, hashes: dict[str, str], timeframe: str, model: str) -> list[InstalledSet]:
        """Return the sets trained on a series that have a model: those trained here, the newest first, the shipped one.

        `hashes` are those of the series (`Series.day_hashes`). Candidates are left out: they are used only by name.
        """
        sets = [
            one
            for one in self.usable.values()
            if hashes
            and not is_candidate(one.name)
            and model in one.card["models"].get(timeframe, {})
            and shares_a_day(hashes, one.card["data"]["day_hashes"].get(timeframe, {}))
        ]
        return sorted(sets, key=lambda one: (one.own, one.card["created_at"], one.name), reverse=True)

    def unknown(self) -> list[str]:
        """Return, for each set trained here whose card cannot be used, what is wrong: it may be that of any series."""
        return [
            one.message
            for name, one in self.states.items()
            if isinstance(one, DamagedModelSet) and name != SHIPPED and not is_candidate(name)
        ]


def installed_sets(settings: Settings) -> Inventory:
    """Return the sets that there are now. Raises NotReady if the database cannot be used."""
    states: dict[str, State] = dict(stored_state(settings).states)
    for name in sorted(card.parent.name for card in model_sets_root().glob(f"*/{CARD}")):
        states.setdefault(name, folder_set(model_sets_root() / name, name))
    return Inventory(states)


def cards_of(settings: Settings) -> dict[str, Card]:
    """Return the card of every usable set by name."""
    return {name: one.card for name, one in installed_sets(settings).usable.items()}


def broken_sets(settings: Settings) -> dict[str, str]:
    """Return what is wrong with each damaged set, and the way out, by name."""
    return installed_sets(settings).broken


def _problem(state: State) -> str | None:
    if isinstance(state, DamagedModelSet):
        return state.message
    if not state.damage:
        return None
    return damaged(state.name, next(iter(state.damage.values()))).message
