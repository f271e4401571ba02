"""Questions: what a page, a call or a command may say about a series and its service, checked once for all of them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property

from forecasting import prediction
from forecasting.errors import FieldError, InputError
from forecasting.forecasters.registry import DEFAULT_MODEL
from forecasting.scaling.config.calendar import CalendarEntry
from forecasting.scaling.config.objective import Objective
from forecasting.scaling.config.policy_names import DEPLOYABLE, HYBRID, POLICIES, checked_policy
from forecasting.scaling.config.scaled_service import PRESET_MEDIAN_REPLICAS, ScaledService, preset
from forecasting.scaling.config.stored_configuration import CAPACITIES, Configuration
from forecasting.scaling.policies.behavior import SCALE_IN_WINDOW_SECONDS, checked_window
from forecasting.scaling.recommendation.recommend import recommend
from forecasting.scaling.recommendation.recommended import Recommendation
from forecasting.scaling.simulation.replay import Replay, replay_of
from forecasting.settings import Settings
from forecasting.timeseries.clock import moment_of, wall_text
from forecasting.timeseries.resampling import resample
from forecasting.timeseries.series import Series
from forecasting.timeseries.timeframes import bin_seconds_of


@dataclass(frozen=True)
class ScalingRequest:
    """One service on one series. What is not given has a default: the preset's service, the whole span to judge on.

    `service` holds only the fields that were given; `start` and `end` are absolute seconds. `forecast_error`: what if
    forecasts of the days judged were wrong by this share (see `Replay`).
    """

    series: Series
    timeframe: str | None = None
    service: dict[str, object] = field(default_factory=dict)
    policy: str = HYBRID
    parameters: dict[str, float] = field(default_factory=dict)
    model: str = DEFAULT_MODEL
    model_set: str | None = None
    slo: Objective = field(default_factory=Objective)
    current_replicas: int | None = None
    schedule: tuple[CalendarEntry, ...] = ()
    scale_in_window_seconds: int = SCALE_IN_WINDOW_SECONDS
    horizon: int | None = None
    start: int | None = None
    end: int | None = None
    forecast_error: float = 0.0
    settings: Settings = field(default_factory=Settings.from_environment)

    def __post_init__(self) -> None:
        checked_window(self.scale_in_window_seconds)

    @classmethod
    def of(cls, series: Series, choices: Configuration, timeframe: str | None, settings: Settings) -> ScalingRequest:
        """The question that these choices make of a series."""
        return cls(
            series,
            timeframe=timeframe,
            service=dict(choices.service),
            policy=choices.policy,
            model=choices.model_type,
            slo=choices.slo,
            current_replicas=choices.current_replicas,
            settings=settings,
        )

    @cached_property
    def binned(self) -> Series:
        """The series in the timeframe asked for; raises InputError where it cannot be summed to it."""
        return resample(self.series, bin_seconds_of(self.timeframe or self.series.timeframe))

    @cached_property
    def scaled_service(self) -> ScaledService:
        """The service with the preset's values where none are given; raises InputError naming `service.…` fields."""
        return service_of(self.binned, self.service)

    @property
    def assumptions(self) -> tuple[str, ...]:
        """What the answer rests on that nobody gave, in words: without a capacity, the preset's."""
        if any(self.service.get(name) is not None for name in CAPACITIES):
            return ()
        capacity = self.scaled_service.capacity_per_minute
        return (
            f"No capacity was given: {capacity:g} requests a minute and replica are assumed, with which a typical "
            f"bin needs {PRESET_MEDIAN_REPLICAS} replicas. Measure yours before you act on this.",
        )

    def recommendation(self) -> Recommendation:
        """What to run now; see `recommend`. The model is in the timeframe, `end` is where the present is."""
        checked_policy(self.policy, DEPLOYABLE)
        series = self.binned if self.end is None else self.binned.between(None, self.end)
        found = recommend(
            series,
            self.scaled_service,
            policy=self.policy,
            model=self.model,
            model_set=self.model_set,
            slo=self.slo,
            current_replicas=self.current_replicas,
            horizon=self.horizon,
            schedule=self.schedule,
            scale_in_window_seconds=self.scale_in_window_seconds,
            parameters=self.parameters,
            settings=self.settings,
        )
        return replace(found, warnings=[*found.warnings, *self.assumptions])

    def replay(self) -> Replay:
        """The days to judge policies on; see `replay_of`."""
        checked_policy(self.policy, POLICIES)
        found = replay_of(
            self.binned,
            self.scaled_service,
            model=self.model,
            slo=self.slo,
            model_set=self.model_set,
            start=self.start,
            end=self.end,
            settings=self.settings,
            start_replicas=self.current_replicas,
            schedule=self.schedule,
            scale_in_window_seconds=self.scale_in_window_seconds,
            forecast_error=self.forecast_error,
        )
        return replace(found, warnings=(*found.warnings, *self.assumptions))


def service_of(series: Series, given: dict[str, object]) -> ScaledService:
    """The preset of a series with the fields given; raises InputError with every wrong field as `service.NAME`."""
    try:
        return preset(series, **given)
    except InputError as error:
        if not error.errors or error.errors[0].field == "data":
            raise
        placed = [FieldError(f"service.{one.field}", one.message) for one in error.errors]
        raise InputError(error.message, errors=placed) from error


def request_of(
    series: Series,
    stored: Configuration,
    *,
    timeframe: str | None,
    settings: Settings,
    policy: str | None = None,
    model_type: str | None = None,
    service: dict[str, object] | None = None,
    slo: dict[str, object] | None = None,
    current_replicas: int | None = None,
    **more: object,
) -> ScalingRequest:
    """The question about a series, what a caller gives in place of what is stored; None stands for not given.

    `more` are further fields of ScalingRequest. Raises InputError naming every wrong field as it was given.
    """
    choices = stored.overridden(
        # What knows the future is no choice for a data set: it can be simulated only, and the question checks that.
        policy=policy if policy in DEPLOYABLE else None,
        model_type=model_type,
        service=service,
        slo=slo,
        current_replicas=current_replicas,
    )
    return asked(ScalingRequest.of(series, choices, timeframe, settings), policy=policy, **more)


def judged_between(question: ScalingRequest, start: str | None, end: str | None) -> ScalingRequest:
    """The question on the days from `start` to `end`, as a caller wrote them (see `moment`)."""
    edges = {"start": start, "end": end}
    return asked(question, **{name: moment(text, question.series, name) for name, text in edges.items()})


def judged_within(question: ScalingRequest, start: int, end: int) -> ScalingRequest:
    """The question on the part of [start, end) (absolute seconds) that may be judged.

    All that may be where that is the whole series; of days that the model was trained on it begins after them.
    """
    series = question.binned
    _, seen = prediction.chosen(series, question.model, question.model_set, question.settings)
    trained_until = series.start + seen * series.bin_seconds if seen else series.start
    is_whole = start <= trained_until and end >= series.end
    return replace(question, start=None if is_whole else max(start, trained_until), end=None if is_whole else end)


def from_origin(question: ScalingRequest, second: int) -> ScalingRequest:
    """The question as it was when the bin that holds an absolute second had just ended.

    Raises InputError where no bin of the series holds it.
    """
    series = question.binned
    position = series.position(second)
    if not 0 <= position < len(series):
        first, last, given = (wall_text(s, series.time_zone) for s in (series.start, series.end - 1, second))
        raise InputError(f"origin is {given}; write a time from {first} to {last}.", field="origin")
    return replace(question, end=series.start + (position + 1) * series.bin_seconds)


def present_at(question: ScalingRequest, as_of: str | None) -> ScalingRequest:
    """The question as it was at a moment (see `moment`): what came later is not known."""
    return asked(question, end=moment(as_of, question.series, "as_of"))


def moment(text: str | None, series: Series, field: str) -> int | None:
    """Absolute seconds of a time in the series' wall time or with an offset; None stays None."""
    return None if text is None else moment_of(text, series.time_zone, field=field)


def asked(question: ScalingRequest, **changes: object) -> ScalingRequest:
    """The same question with some of it changed; what is None stays as it was."""
    return replace(question, **{name: value for name, value in changes.items() if value is not None})
