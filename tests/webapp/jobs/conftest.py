"""Fresh processes that know tasks for trials."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from forecasting.jobs import JobQueue
from forecasting.settings import Settings
from tests.webapp.jobs.processes import ROOT, TRIAL_TASKS


@pytest.fixture
def queue(tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> JobQueue:
    """The jobs of a home, whose processes know the tasks for trials."""
    folder = tmp_path / "trial"
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(TRIAL_TASKS)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(folder), str(ROOT)]))
    return JobQueue(settings)
