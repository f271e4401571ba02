"""The options that are derived from the fields of a service and its objective; they bring numpy and pandas."""

from __future__ import annotations

import click
from pydantic.fields import FieldInfo

from forecasting.scaling.config.objective import Objective
from forecasting.scaling.config.scaled_service import ServiceFields
from forecasting.scaling.config.stored_configuration import Configuration
from forecasting.validation import documentation_of, fields_of, kind_of

_METAVARS = {int: "N", float: "N", bool: "true|false", str: "TEXT"}


def derived_options() -> dict[str, click.Option]:
    """Return an option for every field of the service and of the objective, and for the present replicas, by name."""
    present = {"current_replicas": fields_of(Configuration)["current_replicas"]}
    fields = {**fields_of(ServiceFields), **fields_of(Objective), **present}
    return {name: _option(name, info) for name, info in fields.items()}


def _option(name: str, info: FieldInfo) -> click.Option:
    kind, flag = kind_of(info), f"--{name.replace('_', '-')}"
    return click.Option([flag], type=kind, metavar=_METAVARS[kind], help=documentation_of(info))
