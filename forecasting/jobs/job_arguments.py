"""The kinds of jobs that a caller may submit or schedule, and the arguments of each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, Field, ValidationError, create_model

from forecasting.errors import InputError
from forecasting.forecasters.registry import TRAINED_BY_DEFAULT
from forecasting.plain_names import PLAIN_NAME
from forecasting.scaling.config.request import ScalingRequest
from forecasting.scaling.config.stored_configuration import Configuration
from forecasting.validation import INPUT_MODEL, OneOf, field_errors, fields_of, optional_field, shortened

TRAINING, COMPARISON = "training", "comparison"

Text = Annotated[str, Field(strict=True)]
_DATASET: Any = Field(description="Name of a data set", examples=["sample"])


class TrainingArguments(BaseModel):
    """Train a model set on a data set as it is when the job runs."""

    model_config = INPUT_MODEL

    dataset: Text = _DATASET
    models: list[Text] = Field(
        default=list(TRAINED_BY_DEFAULT),
        description="Models to train; simple rules are always included. Default: auto",
        examples=[["auto"]],
    )
    timeframes: list[Text] = Field(
        default=[], description="Bins. Default: 1m, 5m and 15m, if the data set can be summed to them"
    )
    until: Text | None = Field(default=None, description="End of the training bins. Default: the end of the data set")
    model_set: Text | None = Field(
        default=None, pattern=PLAIN_NAME, description="Name of the set. Default: that of the data set"
    )
    candidate: bool = Field(
        default=False, strict=True, description="Write the set beside the one in use, until it is accepted"
    )


class _ComparedDays(BaseModel):
    """Compare every policy on the same days of a data set as it is when the job runs."""

    model_config = INPUT_MODEL

    dataset: Text = _DATASET
    timeframe: Text | None = Field(default=None, description="Bin of a step. Default: the data set's own")
    start: Text | None = Field(default=None, description="First evaluation bin. Default: the last days")
    end: Text | None = Field(default=None, description="End of the evaluation days, excluded")
    quick: bool = Field(default=False, strict=True, description="Coarser tuning and no sensitivity")


_SCALING = {
    **{name: info for name, info in fields_of(Configuration).items() if name not in ("policy", "parameters")},
    **{name: fields_of(ScalingRequest)[name] for name in ("model_set", "schedule", "scale_in_window_seconds")},
}
_definitions: dict[str, Any] = {name: optional_field(info) for name, info in _SCALING.items()}
ComparisonArguments = create_model(
    "ComparisonArguments", __base__=_ComparedDays, __doc__=_ComparedDays.__doc__, __module__=__name__, **_definitions
)

ARGUMENTS: dict[str, type[BaseModel]] = {TRAINING: TrainingArguments, COMPARISON: ComparisonArguments}
"""The model of the arguments of each kind."""

PUBLIC_KINDS = tuple(ARGUMENTS)
KindName = Annotated[str, OneOf(PUBLIC_KINDS)]


def checked_arguments(kind: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments of a kind that were given, without null; raises InputError naming every wrong field."""
    if kind not in ARGUMENTS:
        names = ", ".join(PUBLIC_KINDS)
        raise InputError(f"kind must be one of {names} (got {shortened(repr(kind))}).", field="kind")
    given = {name: value for name, value in arguments.items() if value is not None}
    try:
        ARGUMENTS[kind].model_validate(given)
    except ValidationError as error:
        errors = field_errors(error, ARGUMENTS[kind], "arguments")
        message = errors[0].message if len(errors) == 1 else f"{errors[0].message} ({len(errors)} fields are wrong.)"
        raise InputError(message, errors=errors) from error
    return given
