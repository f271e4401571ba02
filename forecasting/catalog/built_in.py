"""The built-in data sets, always there, never changed: NASA-HTTP, which opens first, and a synthetic sample."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd

from forecasting.catalog.sample import SAMPLE, sample_series
from forecasting.errors import Conflict
from forecasting.paths import nasa_http_path
from forecasting.timeseries.series import Series
from forecasting.timeseries.timeframes import MINUTE

NASA_HTTP = "nasa-http"
NASA_HTTP_START = 804_556_800
"""1995-07-01 00:00 by the clock of the server, four hours behind UTC. As in its CSV file, no time zone is recorded."""

NASA_HTTP_URL = "https://ita.ee.lbl.gov/html/contrib/NASA-HTTP.html"
NASA_HTTP_SOURCE = (
    "Requests a minute to the web server of NASA's Kennedy Space Center in Florida, 1 July to 31 August 1995, local "
    "time (UTC-4). Two outages are unknown, not 0: 28 July 13:33 to 31 July 23:59 and 1 August 14:53 to 3 August "
    "04:35. Counted from the logs NASA-HTTP of the Internet Traffic Archive (Lawrence Berkeley National Laboratory), "
    'collected by Jim Dumoulin of the Kennedy Space Center. Terms: "The traces may be freely redistributed." '
    f"{NASA_HTTP_URL}"
)
"""Where the counts come from, and on what terms."""


@dataclass(frozen=True)
class BuiltIn:
    """A built-in data set: its counts and, unless it was generated, their source and terms.

    `may_be_hidden`: earlier versions let users take this name, so a data set of theirs that has it is used instead.
    """

    series: Callable[[], Series]
    source: str | None = None
    may_be_hidden: bool = False


@cache
def nasa_http_series() -> Series:
    """Return NASA-HTTP as a Series; its file is read once in a process. An outage is NaN."""
    counts = pd.read_csv(nasa_http_path(), skip_blank_lines=False)["requests_count"]
    return Series(NASA_HTTP, MINUTE, NASA_HTTP_START, counts.to_numpy(float))


BUILT_IN = {
    NASA_HTTP: BuiltIn(nasa_http_series, NASA_HTTP_SOURCE, may_be_hidden=True),
    SAMPLE: BuiltIn(sample_series),
}
"""Every built-in data set by name, in the order of the lists."""


def is_copy(series: Series) -> bool:
    """Return whether a series has the bins and counts of the built-in data set of its name."""
    own = BUILT_IN[series.name].series()
    same_bins = (series.start, series.bin_seconds) == (own.start, own.bin_seconds)
    return same_bins and np.array_equal(series.requests_count, own.requests_count, equal_nan=True)


def built_in_refusal(what: str, name: str) -> Conflict:
    """Return the error about a change of a built-in data set."""
    return Conflict(f"Cannot {what}: {name} is a built-in data set, which never changes.")


FIRST = NASA_HTTP
"""The data set that opens when none is named."""
