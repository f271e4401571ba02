"""The names of data sets, model sets and schedules: what they may be, and the error about one that is not."""

from __future__ import annotations

from forecasting.errors import InputError

PLAIN_NAME = r"^[a-z0-9][a-z0-9._-]{0,62}$"


def invalid_name(shown: str, field: str = "name") -> InputError:
    """Return the error about a name, given as it is shown."""
    return InputError(
        f"{field} must be 1 to 63 characters of a-z, 0-9, '.', '_' and '-', starting with a letter or digit "
        f"(got {shown}).",
        field=field,
    )
