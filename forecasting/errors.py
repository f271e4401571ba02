"""The error tree: every exception that the service layer raises deliberately.

    ForecastingError
    ├── InputError            invalid input                            HTTP 400   exit 2
    │   ├── FileRefused       a file that cannot become a series       HTTP 400   exit 1
    │   ├── HistoryTooShort   not enough data for the request          HTTP 400   exit 1
    │   └── TooLarge          over a limit in the settings             HTTP 413   exit 1
    ├── NotFound              no such data set, model set, metrics     HTTP 404   exit 1
    ├── Conflict              the name is taken, or counts overlap     HTTP 409   exit 1
    ├── ReadOnly              the installation is read-only            HTTP 403   exit 1
    ├── QueueFull             too many jobs wait already               HTTP 429   exit 1
    ├── NotReady              a required resource is unavailable       HTTP 503   exit 1
    │   ├── Busy              in use by others; try again in a moment  HTTP 503   exit 1
    │   └── Damaged           what is stored is not what was written   HTTP 503   exit 1
    │       └── DamagedModelSet   a stored set that cannot be used     HTTP 503   exit 1
    └── WorkFailed            a valid request that did not succeed     HTTP 500   exit 1

A message states the field, the rule and the value received, and is shown to users unchanged.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class FieldError:
    """One invalid field: its dotted path in the request, and the message about it."""

    field: str
    message: str


class ForecastingError(Exception):
    """Root of the tree; `str(error)` is the message for users."""

    status = 500
    exit_code = 1

    def __init__(self, message: str):
        super().__init__(message)
        self.message = message


class InputError(ForecastingError):
    """The input is invalid. `errors` has one entry per invalid field, if the fields are known."""

    status = 400
    exit_code = 2

    def __init__(self, message: str, *, field: str | None = None, errors: Sequence[FieldError] = ()):
        super().__init__(message)
        self.errors = tuple(errors) or ((FieldError(field, message),) if field else ())


class FileRefused(InputError):
    """A file that cannot become a series."""

    exit_code = 1


class HistoryTooShort(InputError):
    """Not enough data for the request; the message states how much is needed."""

    exit_code = 1


class TooLarge(InputError):
    """More bytes, rows or points than the settings allow."""

    status = 413
    exit_code = 1


class NotFound(ForecastingError):
    """The named data set, model set or metrics do not exist; the message lists those available."""

    status = 404


class Conflict(ForecastingError):
    """What is stored is against it: the name is taken, or counts overlap. `errors` names the field, if it is known."""

    status = 409

    def __init__(self, message: str, *, field: str | None = None):
        super().__init__(message)
        self.errors = (FieldError(field, message),) if field else ()


class AssumptionsNotAccepted(Conflict):
    """A result that others act on would rest on values that nobody gave; the message says how to accept that."""


class ReadOnly(ForecastingError):
    """The installation runs with DATAFLOW_READ_ONLY=1 and refuses every change."""

    status = 403


class QueueFull(ForecastingError):
    """The queue of jobs is full; the message states the limit."""

    status = 429
    retry_seconds = 10


class NotReady(ForecastingError):
    """A required resource is unavailable (a model set that does not load, a home that is not writable)."""

    status = 503


class Busy(NotReady):
    """A resource is in use by others and was not free in time; the same request may succeed after `retry_seconds`."""

    retry_seconds = 1


class Damaged(NotReady):
    """Something stored is not what was written, such as one data set; everything else can be used."""


class DamagedModelSet(Damaged):
    """A model set that cannot be used as it is stored; the message has the defect and the way out."""


class WorkFailed(ForecastingError):
    """The request was valid but the work failed (an interrupted download, a fit that did not converge)."""
