"""A job as it really runs: a fresh process that reports, keeps its answer, and leaves nothing behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from forecasting.catalog import Catalog
from forecasting.catalog.sample import SAMPLE
from forecasting.errors import Conflict, ForecastingError, NotFound, WorkFailed
from forecasting.settings import Settings
from tests.webapp.jobs.processes import ROOT, alive, wait_until
from webapp.app.result_cache import ResultCache
from webapp.jobs.supervisor import supervise
from webapp.jobs.tasks.dataset import series_of


def run(settings: Settings, reports: list, task: str, version: str = "v1", **arguments: object) -> object:
    """Have a task done, then its kept answer."""
    supervise(task, version, arguments, settings, lambda share, doing: reports.append((share, doing)))
    answers = ResultCache(settings)
    return answers.find(answers.key(task, version, arguments))


def test_the_answer_is_kept_and_progress_is_told(settings, reports):
    answer = run(settings, reports, "steps", count=4)
    assert (answer["count"], answer["version"]) == (4, "v1")
    assert reports == [(0, "Step 0"), (0.25, "Step 1"), (0.5, "Step 2"), (0.75, "Step 3")]


def test_it_is_a_process_of_its_own_with_one_numeric_thread(settings, reports):
    answer = run(settings, reports, "steps", count=1)
    assert answer["process"] != os.getpid()
    assert answer["threads"] == os.environ.get("OMP_NUM_THREADS", "1")
    assert not alive(answer["process"])


def test_what_the_service_layer_refuses_is_passed_on_word_by_word(settings, reports):
    with pytest.raises(ForecastingError) as caught:
        run(settings, reports, "refused")
    assert caught.value.message == "count is 0; write more."


@pytest.mark.parametrize("task", ["broken", "no such task"])
def test_a_bug_is_told_without_its_details_which_are_in_the_log(settings, reports, capfd, task):
    with pytest.raises(ForecastingError) as caught:
        run(settings, reports, task)
    assert caught.value.message == "Unexpected error. See the server log."
    logged = capfd.readouterr().err
    assert "Traceback" in logged
    assert ("a secret of the house" if task == "broken" else "no such task") in logged


def test_wrong_arguments_are_no_more_than_a_bug(settings, reports):
    with pytest.raises(ForecastingError, match="Unexpected error"):
        run(settings, reports, "steps", count=1, surplus=True)


def test_a_process_that_dies_is_told(settings, reports):
    with pytest.raises(WorkFailed, match="stopped before it was done"):
        run(settings, reports, "killed")


def test_a_process_that_dies_before_it_was_asked_is_told(settings, reports, monkeypatch):
    monkeypatch.setenv("ENDS_AT_ONCE", "1")
    with pytest.raises(WorkFailed, match="stopped before it was done"):
        run(settings, reports, "steps", count=1, text="more than a pipe holds" * 10_000)


def test_an_answer_that_cannot_be_kept_is_told(settings, reports):
    folder = settings.cache_path / "results"
    settings.prepare_home()
    folder.write_text("a file where the folder should be")
    with pytest.raises(ForecastingError, match="could not be cached"):
        run(settings, reports, "steps", count=1)


def test_data_that_changed_meanwhile(settings, reports):
    version = Catalog(settings).info(SAMPLE).version
    assert run(settings, reports, "changed", version) == len(Catalog(settings).get(SAMPLE))
    with pytest.raises(ForecastingError) as caught:
        run(settings, reports, "changed", "an older one")
    assert caught.value.message == "sample has changed meanwhile; reload the page."
    with pytest.raises(Conflict):
        series_of(settings, SAMPLE, "an older one")
    with pytest.raises(NotFound):
        series_of(settings, "absent", version)


def test_it_ends_when_whoever_watches_gives_up(settings, reports, tmp_path):
    note = tmp_path / "process"

    def give_up(share: float, doing: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        supervise("endless", "v1", {"note": str(note)}, settings, give_up)
    assert not alive(int(note.read_text()))


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_it_dies_with_the_process_that_watches(settings, reports, tmp_path, how):
    note = tmp_path / "process"
    code = (
        "import sys; from pathlib import Path; from forecasting.settings import Settings;"
        "from webapp.jobs.supervisor import supervise;"
        "supervise('endless', 'v1', {'note': sys.argv[1]}, Settings(home=Path(sys.argv[2])), print)"
    )
    command = [sys.executable, "-c", code, str(note), str(settings.home)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL) as watching:
        wait_until(lambda: note.exists() and note.read_text())
        working = int(note.read_text())
        assert alive(working)
        watching.send_signal(how)
    wait_until(lambda: not alive(working))
    assert ResultCache(settings).find(ResultCache(settings).key("endless", "v1", {"note": str(note)})) is None
