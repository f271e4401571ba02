"""Options of the commands about scaling: a service on a data set, and the request that they make.

The options of service and objective are derived from their fields when one of these commands is first used: the fields
bring numpy and pandas, which the start of every other command does without.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import click

import forecasting
from forecasting.cli.shared_options import (
    MODELS_HELP,
    Command,
    check_models,
    dataset_option,
    model_set_option,
    open_catalog,
    read_settings,
    timeframe_option,
)

model_type_option = click.option("--model", "model_type", metavar="MODEL", help=f"Default: auto. {MODELS_HELP}")


@dataclass(frozen=True)
class ScalingOptions:
    """The options of one command; `fields` are those of a scaling request, by name, and only those that were given."""

    dataset: str
    timeframe: str | None
    model_set: str | None
    fields: Mapping[str, object]

    def request(
        self,
        policy: str | None = None,
        parameters: tuple[tuple[str, float], ...] = (),
        horizon: int | None = None,
    ) -> forecasting.ScalingRequest:
        """Return the request about the data set, with what is stored for it in place of what is not given.

        Raises NotFound, or InputError naming the option.
        """
        # See the module's first lines.
        from forecasting.scaling.config.request import request_of
        from forecasting.scaling.config.stored_configuration import stored_configuration

        model = self.fields.get("model_type")
        if isinstance(model, str):
            check_models(model)
        settings = read_settings()
        catalog = open_catalog(settings)
        stored, _ = stored_configuration(catalog, self.dataset)
        more = {
            "timeframe": self.timeframe,
            "model_set": self.model_set,
            "policy": policy,
            "parameters": dict(parameters),
            "horizon": horizon,
        }
        return request_of(catalog.get(self.dataset), stored.overridden(self.fields), more, settings)


class ScalingCommand(click.Command):
    """A command about a service on a data set. Hands its callback these options as `options`."""

    _all: list[click.Parameter]
    _derived: bool

    @property
    def params(self) -> list[click.Parameter]:
        """All options: those of the service on a data set first, then the command's own. click changes the list."""
        if not self._derived:
            self._all[:0] = _shared_options()
            self._derived = True
        return self._all

    @params.setter
    def params(self, own: list[click.Parameter]) -> None:
        self._all, self._derived = own, False

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command with its shared options as one value."""
        values = {name: ctx.params.pop(name) for name in ("dataset", "timeframe", "model_set")}
        derived = {name: ctx.params.pop(name) for name in (*_derived(), "model_type") if name in ctx.params}
        given = {name: value for name, value in derived.items() if value is not None}
        ctx.params["options"] = ScalingOptions(**values, fields=given)
        return super().invoke(ctx)


@functools.cache
def _derived() -> dict[str, click.Option]:
    """The options of the service, the objective and the present replicas, by the name of their field."""
    from forecasting.cli.derived_options import derived_options  # the fields stand beside numpy and pandas

    return derived_options()


@functools.cache
def _shared_options() -> tuple[click.Parameter, ...]:
    before, after = (dataset_option, timeframe_option), (model_type_option, model_set_option)
    return (*_made_by(*before), *_derived().values(), *_made_by(*after))


def _made_by(*decorators: Command) -> list[click.Parameter]:
    """The options that click's decorators add."""

    def nothing() -> None: ...

    for decorator in reversed(decorators):
        decorator(nothing)
    made: list[click.Parameter] = getattr(nothing, "__click_params__", [])
    return made[::-1]


class Parameter(click.ParamType[tuple[str, float]]):
    """`quantile=0.95`, to the pair of name and number."""

    name = "parameter"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, float]:
        """Parse the text; the service layer checks which parameters a policy has."""
        if isinstance(value, tuple):
            return value
        name, _, number = str(value).partition("=")
        try:
            return name.strip(), float(number)
        except ValueError:
            self.fail(f"must be NAME=NUMBER, such as quantile=0.95 (got {value!r}).", param, ctx)


parameter_option = click.option(
    "--parameter", "parameters", multiple=True, type=Parameter(), metavar="NAME=N", help="Of the policy; repeatable."
)
start_option = click.option(
    "--start", metavar="TIME", help="First evaluation day. Default: after what the model set was trained on."
)
end_option = click.option("--end", metavar="TIME", help="End of it, excluded. Default: the end of the series.")
