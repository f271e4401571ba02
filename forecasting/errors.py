"""The error tree: everything the service layer raises on purpose.

    ForecastingError
    ├── InputError            what the caller gave is wrong            HTTP 400   exit 2
    │   ├── FileRefused       a file that cannot become a series       HTTP 400   exit 1
    │   ├── HistoryTooShort   not enough data for what is asked        HTTP 400   exit 1
    │   └── TooLarge          over a limit in the settings             HTTP 413   exit 1
    ├── NotFound              no such data set, model set, metrics     HTTP 404   exit 1
    ├── Conflict              the name is taken                        HTTP 409   exit 1
    ├── ReadOnly              the install refuses changes              HTTP 403   exit 1
    ├── NotReady              something needed is not there yet        HTTP 503   exit 1
    └── WorkFailed            the work was right but did not succeed   HTTP 500   exit 1

A message names the thing, the value it had and what to write instead. It is shown to people as it stands.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class FieldError:
    """One wrong field: its dotted path as the caller wrote it, and what is wrong with it."""

    field: str
    message: str


class ForecastingError(Exception):
    """Root of the tree. `str(error)` is the message for people."""

    status = 500
    exit_code = 1

    def __init__(self, message: str):
        super().__init__(message)
        self.message = message


class InputError(ForecastingError):
    """What the caller gave is wrong. `errors` has one entry a field where fields are known."""

    status = 400
    exit_code = 2

    def __init__(self, message: str, *, field: str | None = None, errors: Sequence[FieldError] = ()):
        super().__init__(message)
        self.errors = tuple(errors) or ((FieldError(field, message),) if field else ())


class FileRefused(InputError):
    """A file that cannot become a series."""

    exit_code = 1


class HistoryTooShort(InputError):
    """Not enough data for what is asked; the message says how much is needed."""

    exit_code = 1


class TooLarge(InputError):
    """More bytes, rows or points than the settings allow."""

    status = 413
    exit_code = 1


class NotFound(ForecastingError):
    """The named data set, model set or metrics do not exist; the message lists what does."""

    status = 404


class Conflict(ForecastingError):
    """The name is already taken."""

    status = 409


class ReadOnly(ForecastingError):
    """The install runs with DATAFLOW_READ_ONLY=1 and refuses what changes something."""

    status = 403


class NotReady(ForecastingError):
    """Something needed is not there yet (a model set that does not load, a home that is not writable)."""

    status = 503


class WorkFailed(ForecastingError):
    """The request was right, the work did not succeed (a download that broke off, a fit that failed)."""
