"""The task of the page Data: fetch NASA-HTTP and import it."""

from __future__ import annotations

from collections.abc import Callable

from forecasting.catalog import Catalog
from forecasting.readers import import_files
from forecasting.readers.nasa_http import fetch_nasa_http
from forecasting.settings import Settings
from webapp.jobs.watch import Report

FOLDER = "nasa-http"
LOGS = 2
FETCHED_SHARE = 0.7
"""The part of the work that the download is; the rest is reading."""

BACKOFF_SECONDS = 0.3
"""Somebody is watching: give up sooner than the command line does."""

MEGABYTE = 1e6


def fetch_nasa(
    settings: Settings, report: Report, _version: str, *, name: str, replace: bool, nonce: str
) -> dict[str, object]:
    """Fetch both logs, or take those that lie in the cache, and keep them as `name`; the import report.

    `nonce` makes one wish differ from the next: what was fetched once may have been removed since. Raises what
    `Catalog.check_add`, `fetch_nasa_http` and `import_files` do.
    """
    catalog = Catalog(settings)
    catalog.check_add(name, replace=replace)
    settings.prepare_home()
    report(0.0, "Asking the archive for the logs")
    logs = fetch_nasa_http(settings.cache_path / FOLDER, progress=Download(report), backoff_seconds=BACKOFF_SECONDS)
    series, account = import_files(logs, name=name, settings=settings, progress=_reading(report))
    written = account.to_dict()
    catalog.add(series, written, replace=replace)
    return written


class Download:
    """Tells how far the download is; the two logs come one after the other."""

    def __init__(self, report: Report):
        self._report = report
        self._file, self._have = 1, 0

    def __call__(self, have: int, total: int | None) -> None:
        if have < self._have:
            self._file = min(LOGS, self._file + 1)
        self._have = have
        share = (self._file - 1 + (have / total if total else 0.5)) / LOGS
        of = f" of {total / MEGABYTE:.1f}" if total else ""
        self._report(FETCHED_SHARE * share, f"Fetching log {self._file} of {LOGS}: {have / MEGABYTE:.1f}{of} MB")


def _reading(report: Report) -> Callable[[int, int | None], None]:
    def tell(done: int, total: int | None) -> None:
        report(FETCHED_SHARE + (1 - FETCHED_SHARE) * (done / total if total else 0.5), "Reading the logs")

    return tell
