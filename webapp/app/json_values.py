"""Results as JSON and back: plain values as they are, dataclasses field by field, so that nothing is ever unpickled.

An array inside a dataclass is written with its type and shape, and its bytes in base64; one inside a plain dictionary
or list is written as a list, as it would go to a browser.
"""

from __future__ import annotations

import binascii
import math
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import is_dataclass
from typing import TypeVar, get_origin

import msgspec
import numpy as np
import orjson

T = TypeVar("T")

ARRAY = "$array"
FLOAT = "$float"
_ARRAY_KINDS = "biufmMU"
_OPTIONS = orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_NON_STR_KEYS | orjson.OPT_PASSTHROUGH_DATACLASS


class NotConvertible(ValueError):
    """JSON that is not of the requested type: damaged, or written by another version."""


def encode(value: object) -> bytes:
    """The JSON of a value; raises TypeError for one that has none."""
    return orjson.dumps(value, default=_plain, option=_OPTIONS)


def decode(value: object, kind: type[T]) -> T:
    """The value of type `kind` from parsed JSON; `object` takes it as it is. Raises NotConvertible."""
    if kind is object:
        return value  # type: ignore[return-value]  # every value is an object
    try:
        return msgspec.convert(_with_floats(value), kind, dec_hook=_array, str_keys=True)
    except (msgspec.ValidationError, KeyError, TypeError, ValueError, binascii.Error) as error:
        raise NotConvertible(f"not a {kind}: {error}") from error


def _plain(value: object) -> object:
    if is_dataclass(value):
        return _without_floats(msgspec.to_builtins(value, enc_hook=_builtin))
    if isinstance(value, np.ndarray):
        return value.tolist()  # orjson takes only contiguous arrays of numbers
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"{type(value).__name__} has no JSON")


def _builtin(value: object) -> object:
    if isinstance(value, np.ndarray):
        if value.dtype.kind not in _ARRAY_KINDS:
            raise TypeError(f"an array of {value.dtype} has no JSON")
        return {ARRAY: value.dtype.str, "shape": list(value.shape), "data": value.tobytes()}
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"{type(value).__name__} has no JSON")


def _array(kind: type, value: object) -> np.ndarray:
    """The array of its JSON form; msgspec calls this for the types that it does not know."""
    if (get_origin(kind) or kind) is not np.ndarray or not isinstance(value, Mapping):
        raise TypeError(f"no {kind}")
    dtype = np.dtype(value[ARRAY])
    if dtype.kind not in _ARRAY_KINDS:
        raise TypeError(f"no array of {dtype}")
    data = bytearray(b64decode(value["data"], validate=True))
    return np.frombuffer(data, dtype).reshape(value["shape"])


def _without_floats(value: object) -> object:
    """The same with NaN and infinities, which JSON has not, as `{"$float": "nan"}`."""
    if isinstance(value, dict):
        return {name: _without_floats(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_without_floats(one) for one in value]
    if isinstance(value, float) and not math.isfinite(value):
        return {FLOAT: str(value)}
    return value


def _with_floats(value: object) -> object:
    """The opposite of `_without_floats`."""
    if isinstance(value, dict):
        if value.keys() == {FLOAT}:
            return float(value[FLOAT])
        return {name: _with_floats(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_with_floats(one) for one in value]
    return value
