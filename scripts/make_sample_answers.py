"""Write data/sample_answers.json: what the pages ask of the sample at first, computed as a page's job computes it."""

import tempfile
import time
from pathlib import Path

import orjson

from forecasting.settings import Settings
from webapp import create_app
from webapp.app.result_cache import Answers
from webapp.app.shipped_answers import answers_path, models_stamp
from webapp.jobs.tasks.registry import TASKS
from webapp.pages.cost import requests
from webapp.ui import address


def first_questions(settings: Settings) -> list[tuple[str, str, dict]]:
    """(task, version of the data, arguments) of what the page Cost asks of the sample without anything chosen."""
    with create_app(settings).server.test_request_context():
        view = address.read(requests.NAME, {}, requests.KEYS)
        compared = requests.comparing(view, quick=False)
        return [
            (requests.TUNED.task, view.version, compared),
            (requests.GRID.task, view.version, requests.gridding(view)),
        ]


def main() -> None:
    """Compute and write all of them; the models must be the shipped ones, so the home is a new one."""
    with tempfile.TemporaryDirectory() as home:
        settings = Settings(home=Path(home))
        answers = {}
        for task, version, arguments in first_questions(settings):
            began = time.monotonic()
            key = Answers(settings).key(task, version, arguments)
            answers[key] = TASKS[task](settings, lambda share, doing: None, version, **arguments)
            print(f"{task}: {time.monotonic() - began:.0f} s")
    path = answers_path()
    path.write_bytes(orjson.dumps({"models": models_stamp(), "answers": answers}, option=orjson.OPT_SERIALIZE_NUMPY))
    print(f"wrote {path}: {path.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
