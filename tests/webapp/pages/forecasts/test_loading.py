"""What a worker loads to answer the page: nothing that compiles or trains."""

from __future__ import annotations

import os
import subprocess
import sys

from tests.webapp.serving import ROOT

CODE = """
import sys
from tests.webapp.pages.forecasts.calling import VIEW, Caller, part
from tests.webapp.rendering import rendered, stored_view
import wsgi
client = wsgi.app.server.test_client()
view = stored_view(rendered(client, "/forecasts", timeframe="15m", model="smoothing"), "forecasts")
drawn = Caller(wsgi.app)("forecasts-answer", {part("fan"): "x", VIEW: view})
print(drawn["chart-title-forecasts-fan"]["children"])
print([name for name in ("numba", "keras", "jax", "prophet", "lightgbm", "xgboost") if name in sys.modules])
"""


def test_a_worker_that_forecasts_loads_no_compiler_and_no_library_for_training(tmp_path):
    environment = {**os.environ, "DATAFLOW_HOME": str(tmp_path)}
    command = [sys.executable, "-W", "error", "-c", CODE]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120)
    assert done.stdout.splitlines() == ["Forecast by exponential smoothing for the next 15 h", "[]"], done.stderr
