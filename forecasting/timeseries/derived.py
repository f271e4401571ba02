"""What is derived from a Series and computed once for it: the one way in which other modules cache by Series.

A module that derives something declares it, and asks for it with what else it depends on:

    _BANKS: Derived[FeatureBank] = Derived()

    def bank_of(series: Series) -> FeatureBank:
        return _BANKS.of(series, lambda: _filtered(series))

The values lie with the Series and go with it; a Series never changes, so they never become stale. At most `most` of one
kind are cached for one Series, the least recently used go first. Objects in a key, such as models, are compared by
identity and not kept alive. Threads may compute a value twice, but all get the same one.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Hashable
from typing import TYPE_CHECKING, Generic, TypeVar, cast

from forecasting.memory import Memory

if TYPE_CHECKING:
    # A Series has a field of this module's type.
    from forecasting.timeseries.series import Series

T = TypeVar("T")

DerivedValues = dict["Derived[object]", Memory[tuple[Hashable, ...], object]]
"""The cached values of one Series, by what they are."""


class Derived(Generic[T]):
    """One kind of value derived from a Series, at most `most` of them for each."""

    def __init__(self, most: int = 1):
        self._most = most

    def of(self, series: Series, compute: Callable[[], T], *key: object) -> T:
        """Return the value of a Series for a key, computed unless it is cached. `key` is all else that it rests on."""
        # `setdefault` of a dictionary is one step for every thread.
        values = series.derived.setdefault(cast("Derived[object]", self), Memory(self._most))
        held = tuple(_held(part) for part in key)
        value = values.get(held)
        return cast("T", values.put(held, compute()) if value is None else value)


class _Identity:
    """An object in a key: the same only for the same object, which is not kept alive."""

    __slots__ = ("_number", "_reference")

    def __init__(self, value: object):
        self._reference, self._number = weakref.ref(value), id(value)

    def __hash__(self) -> int:
        return self._number

    def __eq__(self, other: object) -> bool:
        value = self._reference()
        return value is not None and isinstance(other, _Identity) and value is other._reference()


def _held(part: object) -> Hashable:
    if part is None or isinstance(part, int | float | str | bytes | tuple):
        return part
    return _Identity(part)
