"""The task of the page Data: fetch NASA-HTTP and import it."""

from __future__ import annotations

from forecasting.catalog import Catalog
from forecasting.progress import ByteProgress, Progress
from forecasting.readers import import_files
from forecasting.readers.nasa_http import fetch_nasa_http
from forecasting.settings import Settings

FOLDER = "nasa-http"
LOGS = 2
FETCHED_SHARE = 0.7
"""The share of the work that is the download; the rest is reading."""

BACKOFF_SECONDS = 0.3
"""A user is watching: give up sooner than the command line does."""

MEGABYTE = 1e6


def fetch_nasa(
    settings: Settings, progress: Progress, _version: str, *, name: str, replace: bool, nonce: str
) -> dict[str, object]:
    """Fetch both logs unless they are in the cache, add them as the data set `name`, and return the import report.

    `nonce` makes one request differ from the next: what was fetched once may have been removed since. Raises what
    `Catalog.check_add`, `fetch_nasa_http` and `import_files` do.
    """
    catalog = Catalog(settings, patient=True)
    catalog.check_add(name, replace=replace)
    settings.prepare_home()
    progress(0.0, "Requesting the logs from the archive")
    logs = fetch_nasa_http(settings.cache_path / FOLDER, progress=Download(progress), backoff_seconds=BACKOFF_SECONDS)
    series, report = import_files(logs, name=name, settings=settings, progress=_reading(progress))
    written = report.to_dict()
    catalog.add(series, written, replace=replace)
    return written


class Download:
    """Reports how far the download is; the two logs are fetched one after the other."""

    def __init__(self, progress: Progress):
        self._progress = progress
        self._file, self._have = 1, 0

    def __call__(self, have: int, total: int | None) -> None:
        if have < self._have:
            self._file = min(LOGS, self._file + 1)
        self._have = have
        share = (self._file - 1 + (have / total if total else 0.5)) / LOGS
        of = f" of {total / MEGABYTE:.1f}" if total else ""
        self._progress(FETCHED_SHARE * share, f"Fetching log {self._file} of {LOGS}: {have / MEGABYTE:.1f}{of} MB")


def _reading(progress: Progress) -> ByteProgress:
    def report(done: int, total: int | None) -> None:
        progress(FETCHED_SHARE + (1 - FETCHED_SHARE) * (done / total if total else 0.5), "Reading the logs")

    return report
