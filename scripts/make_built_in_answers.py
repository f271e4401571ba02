"""Write data/built_in_answers.json: what the page Cost shows first of each built-in data set."""

import tempfile
import time
from pathlib import Path

import orjson

from forecasting.catalog.built_in import BUILT_IN
from forecasting.settings import Settings
from webapp import create_app
from webapp.app.result_cache import ResultCache
from webapp.app.shipped_answers import answers_path, models_stamp
from webapp.jobs.tasks.registry import task_of
from webapp.pages.cost import requests
from webapp.ui import address


def first_requests(settings: Settings, dataset: str) -> list[tuple[str, str, dict]]:
    """Return (task, version of the data, arguments) of what the page Cost computes if only the data set is chosen."""
    with create_app(settings).server.test_request_context():
        view = address.read(requests.NAME, {"dataset": dataset}, requests.KEYS)
        compared = requests.comparing(view, quick=False)
        return [
            (requests.TUNED.task, view.version, compared),
            (requests.GRID.task, view.version, requests.gridding(view)),
        ]


def main() -> None:
    """Compute and write all of them in a new home, so that only the shipped models are used."""
    with tempfile.TemporaryDirectory() as home:
        settings = Settings(home=Path(home))
        answers = {}
        for dataset in BUILT_IN:
            for task, version, arguments in first_requests(settings, dataset):
                began = time.monotonic()
                key = ResultCache(settings).key(task, version, arguments)
                answers[key] = task_of(task)(settings, lambda share, doing: None, version, **arguments)
                print(f"{dataset}, {task}: {time.monotonic() - began:.0f} s")
    path = answers_path()
    path.write_bytes(orjson.dumps({"models": models_stamp(), "answers": answers}, option=orjson.OPT_SERIALIZE_NUMPY))
    print(f"wrote {path}: {path.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
