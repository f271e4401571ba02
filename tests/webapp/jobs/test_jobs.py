"""A job as it really runs: a fresh process that reports, stores its result, and leaves nothing behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from forecasting.catalog import Catalog
from forecasting.catalog.sample import SAMPLE
from forecasting.errors import Conflict, NotFound
from forecasting.jobs import CANCELLED, FAILED, QUEUED, JobQueue, JobRequest
from forecasting.settings import Settings
from tests.webapp.jobs.processes import ROOT, alive, perform_one, result_of, wait_until
from webapp.app.result_cache import ResultCache
from webapp.jobs.supervisor import STOPPED, perform
from webapp.jobs.tasks.dataset import series_of


def test_the_result_is_in_the_row_and_cached(settings, queue):
    job = perform_one(queue, settings, "steps", count=4)
    result = result_of(queue, job)
    assert (result["count"], result["version"], job.share) == (4, "v1", 1.0)
    cache = ResultCache(settings)
    assert cache.find(cache.key("steps", "v1", {"count": 4})) == result


def test_it_is_a_process_of_its_own_with_one_numeric_thread(settings, queue):
    result = result_of(queue, perform_one(queue, settings, "steps", count=1))
    assert result["process"] != os.getpid()
    assert result["threads"] == os.environ.get("OMP_NUM_THREADS", "1")
    assert not alive(result["process"])


def test_a_result_is_found_without_the_disk_that_it_was_cached_on(settings, queue):
    job = perform_one(queue, settings, "steps", count=2)
    (settings.cache_path / "results").rename(settings.cache_path / "gone")
    cache = ResultCache(settings)
    assert cache.find(cache.key("steps", "v1", {"count": 2})) == result_of(queue, job)


def test_an_error_of_the_service_layer_is_stored_word_by_word(settings, queue):
    job = perform_one(queue, settings, "refused")
    assert (job.state, job.error) == (FAILED, "count is 0; write more.")


def test_a_bug_is_stored_without_its_details_which_are_in_the_log(settings, queue, capfd):
    job = perform_one(queue, settings, "broken")
    assert (job.state, job.error) == (FAILED, "Unexpected error. See the server log.")
    logged = capfd.readouterr().err
    assert "Traceback" in logged
    assert "a secret of the house" in logged


def test_an_unknown_kind_and_wrong_arguments_fail(settings, queue):
    assert "no jobs of kind 'no such task'" in str(perform_one(queue, settings, "no such task").error)
    assert "Unexpected error" in str(perform_one(queue, settings, "steps", count=1, surplus=True).error)


def test_a_process_that_dies_is_a_failure(settings, queue, monkeypatch):
    assert perform_one(queue, settings, "killed").error == STOPPED
    monkeypatch.setenv("ENDS_AT_ONCE", "1")
    assert perform_one(queue, settings, "steps", count=1).error == STOPPED


def test_a_cache_that_cannot_be_written_loses_no_result(settings, queue):
    settings.prepare_home()
    (settings.cache_path / "results").write_text("a file where the folder should be")
    assert result_of(queue, perform_one(queue, settings, "steps", count=1))["count"] == 1


def test_data_that_changed_meanwhile(settings, queue):
    version = Catalog(settings).info(SAMPLE).version
    assert result_of(queue, perform_one(queue, settings, "changed", version)) == len(Catalog(settings).get(SAMPLE))
    job = perform_one(queue, settings, "changed", "an older one")
    assert job.error == "sample has changed meanwhile; reload the page."
    with pytest.raises(Conflict):
        series_of(settings, SAMPLE, "an older one")
    with pytest.raises(NotFound):
        series_of(settings, "absent", version)


def started(queue: JobQueue, settings: Settings, note: Path, stopping: threading.Event) -> tuple[str, threading.Thread]:
    """A job that goes on for ever, in a thread; its id and the thread, once its process works."""
    job = queue.submit(JobRequest("endless", {"note": str(note)}))
    claimed = queue.claim("this test")
    assert claimed is not None
    thread = threading.Thread(target=perform, args=(claimed, queue, settings, stopping))
    thread.start()
    wait_until(lambda: note.exists() and note.read_text())
    wait_until(lambda: queue.get(job.id).share == 0.5)
    return job.id, thread


def test_progress_is_in_the_row_and_a_cancel_ends_the_process(settings, queue, tmp_path):
    note = tmp_path / "process"
    job_id, thread = started(queue, settings, note, threading.Event())
    assert queue.get(job_id).stage == "Going on"
    queue.cancel(job_id)
    thread.join(3)
    assert not thread.is_alive()
    assert not alive(int(note.read_text()))
    assert queue.get(job_id).state == CANCELLED


def test_a_runner_that_is_stopped_queues_its_job_again(settings, queue, tmp_path):
    note, stopping = tmp_path / "process", threading.Event()
    job_id, thread = started(queue, settings, note, stopping)
    stopping.set()
    thread.join(10)
    job = queue.get(job_id)
    assert (job.state, job.attempt, job.owner) == (QUEUED, 0, None)
    assert not alive(int(note.read_text()))


def test_a_job_over_its_time_is_stopped_and_says_so(queue, tmp_path, settings):
    limited = Settings(home=settings.home, max_job_seconds=1)
    job = perform_one(queue, limited, "endless", note=str(tmp_path / "process"))
    assert job.state == FAILED
    assert "stopped after 1 s" in str(job.error)


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_it_dies_with_the_process_that_watches(settings, queue, tmp_path, how):
    note = tmp_path / "process"
    code = (
        "import sys; from pathlib import Path; from forecasting.settings import Settings;"
        "from forecasting.jobs import JobQueue; from tests.webapp.jobs.processes import perform_one;"
        "settings = Settings(home=Path(sys.argv[2]));"
        "perform_one(JobQueue(settings), settings, 'endless', note=sys.argv[1])"
    )
    command = [sys.executable, "-c", code, str(note), str(settings.home)]
    with subprocess.Popen(command, cwd=ROOT) as watching:
        wait_until(lambda: note.exists() and note.read_text())
        working = int(note.read_text())
        assert alive(working)
        watching.send_signal(how)
    wait_until(lambda: not alive(working))
    (job,) = queue.list()
    assert job.result_hash is None
