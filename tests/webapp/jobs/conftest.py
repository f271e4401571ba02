"""Fresh processes that know tasks for trials."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.webapp.jobs.processes import ROOT, TRIAL_TASKS


@pytest.fixture
def reports(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[tuple[float, str]]:
    """What was reported; fresh processes know the tasks above."""
    folder = tmp_path / "trial"
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(TRIAL_TASKS)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(folder), str(ROOT)]))
    return []
