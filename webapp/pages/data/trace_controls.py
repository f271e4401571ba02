"""The controls of a synthetic trace as address keys, and the generator's arguments from them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from forecasting.timeseries.clock import moment_of, zone_of
from forecasting.timeseries.series import Series
from forecasting.timeseries.synthetic import SAMPLE_SEED, TYPICAL, Traffic, generate
from forecasting.timeseries.timeframes import bin_seconds_of
from webapp.ui.address import Key, number, one_of, whole

PERCENT = 100.0


@dataclass(frozen=True)
class Control:
    """A number that describes the traffic: a field of Traffic times `scale`; `slider` is the range of the slider.

    A field that is a pair of ratios (lowest, highest) is set by its highest.
    """

    key: str
    field: str
    label: str
    unit: str
    least: float
    most: float
    slider: tuple[float, float]
    why: str = ""
    scale: float = 1.0
    is_whole: bool = False

    @property
    def default(self) -> float:
        """The value of typical traffic."""
        value = getattr(TYPICAL, self.field)
        return round((value[1] if isinstance(value, tuple) else value) * self.scale, 6)

    def argument(self, value: float) -> float | int | tuple[float, float]:
        """Return the value of the field for a value of the control."""
        argument = int(value) if self.is_whole else value / self.scale
        typical = getattr(TYPICAL, self.field)
        return (min(typical[0], argument), argument) if isinstance(typical, tuple) else argument


CONTROLS = (
    Control("trace_level", "requests_per_minute", "Level", "requests/min", 0.1, 1e6, (10, 2000)),
    Control("trace_growth", "growth_per_week", "Growth", "% a week", -50, 100, (-10, 10), scale=PERCENT),
    Control("trace_day", "day_swing", "Daily swing", "%", 0, 95, (0, 95), "0 is flat", PERCENT),
    Control("trace_week", "week_swing", "Weekly swing", "%", 0, 95, (0, 95), "weekends below weekdays", PERCENT),
    Control("trace_noise", "dispersion", "Noise", "x Poisson", 0.1, 100, (1, 20), "web traffic per minute: about 4"),
    Control("trace_drift", "wander", "Slow drift", "%", 0, 100, (0, 30), "fades within six hours", PERCENT),
    Control("trace_bursts", "bursts_per_week", "Bursts", "a week", 0, 500, (0, 50), "unplanned, minutes long"),
    Control("trace_burst_height", "burst_ratio", "Highest burst", "x usual", 1, 50, (1, 10)),
    Control("trace_events", "events", "Events", "in all", 0, 50, (0, 10), "planned, hours long", is_whole=True),
    Control("trace_event_height", "event_ratio", "Highest event", "x usual", 1, 50, (1, 5)),
    Control("trace_outages", "outages", "Outages", "in all", 0, 50, (0, 5), "periods without data", is_whole=True),
)
BINS = ("1m", "5m", "15m", "1h")
MOST_DAYS, DEFAULT_DAYS = 366, 28
LARGEST_SEED = 2**31
FIRST_DAY = "2026-03-02"


def _day(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise ValueError("must be a day such as 2026-03-02") from None


def _zone(text: str) -> str:
    zone_of(text)
    return text


def _reader(control: Control) -> Callable[[str], object]:
    if control.is_whole:
        return whole(int(control.least), int(control.most))
    return number(control.least, control.most)


KEYS = (
    Key("trace_days", whole(1, MOST_DAYS), DEFAULT_DAYS),
    Key("trace_bin", one_of(*BINS), BINS[0]),
    Key("trace_start", _day, FIRST_DAY),
    Key("trace_zone", _zone, "UTC"),
    Key("trace_seed", whole(0, LARGEST_SEED), SAMPLE_SEED),
    *(Key(control.key, _reader(control), control.default) for control in CONTROLS),
)


def trace(values: Mapping[str, Any], name: str) -> Series:
    """Return the synthetic series that the controls describe."""
    fields: dict[str, Any] = {control.field: control.argument(values[control.key]) for control in CONTROLS}
    traffic = Traffic(**fields)
    return generate(
        name,
        days=values["trace_days"],
        seed=values["trace_seed"],
        bin_seconds=bin_seconds_of(values["trace_bin"]),
        start=moment_of(values["trace_start"], values["trace_zone"]),
        time_zone=values["trace_zone"],
        traffic=traffic,
    )
