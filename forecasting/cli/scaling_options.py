"""Options of the commands that decide: a service on a data set, and the question that they make."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import click

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

if TYPE_CHECKING:
    from forecasting.scaling.config.request import ScalingRequest

PROPOSED = "Default: what is stored for the data set, else a proposal from its traffic."

_SERVICE = {
    "capacity_per_minute": (float, f"Requests a replica can serve in a minute. {PROPOSED}"),
    "capacity_rps": (float, "The same in requests per second."),
    "boot_seconds": (float, "From a decision to a replica that serves, 95th percentile. Default: 120."),
    "min_replicas": (int, "Never fewer. Default: 1."),
    "max_replicas": (int, "Never more. Default: 1.5 times the highest need of the data set."),
    "price_per_hour": (float, "Of one replica. Default: 0.096."),
    "launch_cost": (float, "Of each launch, in the price's currency. Default: 0."),
    "lost_request_price": (float, "What an unmet request costs. Default: the objective decides."),
    "target_utilisation": (float, "Share of the capacity to use at most. Default: 1."),
    "demand_multiplier": (float, "What if traffic were so many times as high? Default: 1."),
}
"""Fields of the service: type and help of their options."""

_OBJECTIVE = {
    "max_unmet_share": "Objective: share of requests that may go unmet. Default: 0.01.",
    "max_minutes_under_share": "Objective instead: share of minutes with too few replicas.",
}

_GIVEN = {
    "model_type": click.option("--model", "model_type", metavar="MODEL", help=f"Default: ensemble. {MODELS_HELP}"),
    "model_set": model_set_option,
    "current_replicas": click.option(
        "--current-replicas", type=int, metavar="N", help="Replicas that run now, or at the start."
    ),
}


@dataclass(frozen=True)
class Asked:
    """What the options of one command say; what was not given is None or absent."""

    dataset: str
    timeframe: str | None
    service: dict[str, object]
    slo: dict[str, float]
    given: dict[str, object] = field(default_factory=dict)

    def question(self, policy: str | None = None, parameters: dict[str, float] | None = None) -> ScalingRequest:
        """The question on the data set with what is stored for it; raises NotFound, or InputError naming the option."""
        from forecasting.scaling.config.request import request_of
        from forecasting.scaling.config.stored_configuration import stored_configuration

        if self.given["model_type"] is not None:
            check_models(self.given["model_type"])
        settings = read_settings()
        catalog = open_catalog(settings)
        return request_of(
            catalog.get(self.dataset),
            stored_configuration(catalog, self.dataset)[0],
            timeframe=self.timeframe,
            settings=settings,
            service=self.service or None,
            slo=self.slo or None,
            policy=policy,
            parameters=parameters,
            **self.given,
        )


def deciding(command: Command) -> Command:
    """Add the options of a service on a data set, and hand the command what they say as `asked`."""

    @functools.wraps(command)
    def wrapped(*, dataset: str, timeframe: str | None, **values: object) -> object:
        service, slo = (_given(values, names) for names in (_SERVICE, _OBJECTIVE))
        given = {name: values.pop(name) for name in _GIVEN}
        return command(asked=Asked(dataset, timeframe, service, slo, given), **values)

    options = [dataset_option, timeframe_option, *_service_options(), *_GIVEN.values()]
    return functools.reduce(lambda decorated, option: option(decorated), reversed(options), wrapped)


def _given(values: dict[str, object], names: dict[str, object]) -> dict[str, object]:
    """The values of these options that were given, taken out of `values`."""
    taken = {name: values.pop(name) for name in names}
    return {name: value for name, value in taken.items() if value is not None}


def _service_options() -> list[Callable[[Command], Command]]:
    numbers = {**_SERVICE, **{name: (float, text) for name, text in _OBJECTIVE.items()}}
    return [
        click.option(f"--{name.replace('_', '-')}", type=kind, metavar="N", help=text)
        for name, (kind, text) in numbers.items()
    ]


class Parameter(click.ParamType):
    """`quantile=0.95`, to the pair of name and number."""

    name = "parameter"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, float]:
        """Parse the text; which parameters a policy has is the service's to say."""
        if isinstance(value, tuple):
            return value
        name, _, number = str(value).partition("=")
        try:
            return name.strip(), float(number)
        except ValueError:
            self.fail(f"{value!r} is no parameter; write NAME=NUMBER, such as quantile=0.95.", param, ctx)


parameter_option = click.option(
    "--parameter", "parameters", multiple=True, type=Parameter(), metavar="NAME=N", help="Of the policy; repeatable."
)
start_option = click.option(
    "--start", metavar="TIME", help="First step to judge on. Default: after what the model set was trained on."
)
end_option = click.option("--end", metavar="TIME", help="End of it, excluded. Default: the end of the series.")
