"""What a worker may take of the machine, seen in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from forecasting.forecasters.registry import MAIN_MODELS

ROOT = Path(__file__).resolve().parents[3]
BACKTESTS = """
import psutil
from webapp.app.processes import limit_threads
limit_threads()
from forecasting import prediction
others = psutil.Process().num_threads() - 1  # pandas imports pyarrow if it is there, whose memory pool has a thread
from forecasting.timeseries import synthetic
from forecasting.forecasters.registry import MAIN_MODELS
from forecasting.settings import Settings
series = synthetic.generate(days=8)
for model in MAIN_MODELS:
    prediction.backtest(series, start=series.end - 86_400, model=model, model_set="nasa-http", settings=Settings())
    print(psutil.Process().num_threads() - others)
"""
HEAPS = """
import ctypes, threading
import webapp.app.gunicorn_conf
libc, blocks = ctypes.CDLL(None), []
libc.malloc.restype = libc.fdopen.restype = ctypes.c_void_p
barrier = threading.Barrier(4)
def take():
    barrier.wait()
    blocks.append(libc.malloc(1_000))
threads = [threading.Thread(target=take) for _ in range(4)]
for thread in threads: thread.start()
for thread in threads: thread.join()
libc.malloc_info.argtypes = ctypes.c_int, ctypes.c_void_p
libc.fflush.argtypes = (ctypes.c_void_p,)
out = libc.fdopen(1, b"w")
libc.malloc_info(0, out)
libc.fflush(out)
"""


def printed(code: str, home: Path, **variables: str) -> str:
    inherited = {
        name: value for name, value in os.environ.items() if not name.startswith(("OMP_", "OPENBLAS_", "MALLOC"))
    }
    environment = {**inherited, "DATAFLOW_HOME": str(home), **variables}
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.skipif((os.cpu_count() or 1) < 2, reason="no library starts a thread for the only core")
def test_no_model_starts_a_thread_that_could_take_another_core(tmp_path):
    assert printed(BACKTESTS, tmp_path).split() == ["1"] * len(MAIN_MODELS)
    assert printed(BACKTESTS, tmp_path, OMP_NUM_THREADS="2").split() != ["1"] * len(MAIN_MODELS)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="of glibc")
def test_the_threads_of_a_worker_share_one_heap_unless_told_otherwise(tmp_path):
    assert printed(HEAPS, tmp_path).count("<heap nr=") == 1
    assert printed(HEAPS, tmp_path, MALLOC_ARENA_MAX="8").count("<heap nr=") > 1
