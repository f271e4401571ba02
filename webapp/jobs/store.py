"""The store of running jobs, which all processes share: progress, outcomes, and the secret that signs their handles."""

from __future__ import annotations

from pathlib import Path

from webapp.app.json_cache import JsonFileCache

MOST_BYTES = 16 << 20
LIFETIME_SECONDS = 86_400
"""An outcome that no page fetched is removed after a day."""

STEPS = 1000
"""Parts of a progress bar."""


def job_store(cache_path: Path) -> JsonFileCache:
    """The store in a home's cache folder; raises OSError if that cannot be used."""
    return JsonFileCache(cache_path / "job-store", MOST_BYTES, LIFETIME_SECONDS)


def bar(share: float, doing: str) -> list[str]:
    """What Dash shows of a progress: the value of the bar, and its text."""
    return [str(round(STEPS * share)), doing]
