"""From a call to the question that the service layer answers. Imported with the first call: it brings numba."""

from __future__ import annotations

import numpy as np

from forecasting.clock import moment_of
from forecasting.errors import FieldError, InputError
from forecasting.readers import PointForm, format_ds, import_points
from forecasting.scaling.choices import Choices
from forecasting.scaling.families import DEPLOYABLE
from forecasting.scaling.questions import Question, asked
from forecasting.scaling.schedules import entries_of
from forecasting.series import Series
from webapp.api.decision_schemas import CompareIn, DecisionIn, SimulateIn
from webapp.api.forecasts import refuse_points
from webapp.api.services import stored_choices
from webapp.context import context


def question_of(body: DecisionIn) -> tuple[Question, PointForm | None, list[str]]:
    """The question of a body, how its points were written (None for a data set), and what they needed repairing."""
    if (body.data is None) == (body.dataset is None):
        text = "Write data (points) or dataset (a name), one of the two."
        raise InputError(text, errors=[FieldError(name, text) for name in ("data", "dataset")])
    form, warnings, stored = None, [], Choices()
    if body.dataset is not None:
        series, stored = context().series(body.dataset), stored_choices(body.dataset)[0]
    else:
        refuse_points(len(body.data), context().settings)
        pairs = [(point.ds, point.y) for point in body.data]
        series, form, warnings = import_points(pairs, timeframe=body.timeframe)
    choices = stored.overridden(
        policy=_deployable(body),
        model_type=body.model_type,
        service=body.service,
        slo=body.slo,
        current_replicas=body.current_replicas,
    )
    question = asked(
        of_choices(series, choices, body.timeframe),
        policy=getattr(body, "policy", None),
        parameters=getattr(body, "parameters", None),
        model_set=body.model_set,
        schedule=entries_of(body.schedule),
        scale_in_window_seconds=body.scale_in_window_seconds,
    )
    return question, form, warnings


def write_as_posted(rows: list[dict], form: PointForm, first: int, bin_seconds: int) -> None:
    """Give consecutive bins from an absolute second on their times in the form of the posted ones."""
    seconds = first + bin_seconds * np.arange(len(rows))
    for row, ds in zip(rows, format_ds(form, seconds), strict=True):
        row["ds"] = ds


def _deployable(body: DecisionIn) -> str | None:
    """The policy that may stand among choices; what knows the future may only be simulated."""
    policy = getattr(body, "policy", None)
    return policy if policy in DEPLOYABLE else None


def of_choices(series: Series, choices: Choices, timeframe: str | None) -> Question:
    """The question that these choices make of a series."""
    return Question(
        series,
        timeframe=timeframe,
        service=dict(choices.service),
        policy=choices.policy,
        model=choices.model_type,
        slo=choices.slo,
        current_replicas=choices.current_replicas,
        settings=context().settings,
    )


def between(question: Question, body: SimulateIn | CompareIn) -> Question:
    """The question on the days between the body's `start` and `end`."""
    start, end = (moment(getattr(body, edge), question.series, edge) for edge in ("start", "end"))
    return asked(question, start=start, end=end)


def moment(text: str | None, series: Series, field: str) -> int | None:
    """Absolute seconds of a time in the series' wall time or with an offset; None stays None."""
    return None if text is None else moment_of(text, series.time_zone, field=field)
