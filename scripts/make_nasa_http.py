"""Write the built-in counts of NASA-HTTP, data/nasa_http_1m.csv.gz.

    python scripts/make_nasa_http.py FILE ...

FILE is a CSV of the counts by the minute, or the two monthly logs of the Internet Traffic Archive.
"""

from __future__ import annotations

import gzip
import sys
from pathlib import Path

import numpy as np

from forecasting.catalog.built_in import NASA_HTTP, NASA_HTTP_START
from forecasting.paths import nasa_http_path
from forecasting.readers import import_files
from forecasting.timeseries.clock import moment_of

FIRST_MINUTE = "1995-07-01 00:00:00"


def main(files: list[str]) -> int:
    """Import the files as `dataflow data import` does and write one count a line, an empty one if unknown."""
    if not files:
        print("make_nasa_http: give the NASA-HTTP files.", file=sys.stderr)
        return 2
    series, report = import_files([Path(name) for name in files], name=NASA_HTTP)
    if moment_of(FIRST_MINUTE, None) != NASA_HTTP_START or str(series.ds[0]) != FIRST_MINUTE:
        print(f"make_nasa_http: the counts begin at {series.ds[0]}, not at {FIRST_MINUTE}.", file=sys.stderr)
        return 1
    lines = ["" if np.isnan(count) else f"{count:.0f}" for count in series.requests_count.tolist()]
    text = "\n".join(["requests_count", *lines, ""])
    path = nasa_http_path()
    path.write_bytes(gzip.compress(text.encode("ascii"), compresslevel=9, mtime=0))
    print(
        f"wrote {path}: {report.bins:,} minutes, {report.requests:,.0f} requests, {path.stat().st_size / 1000:.0f} kB"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
