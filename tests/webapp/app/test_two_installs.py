"""Two web processes with disks of their own and one database give the same answers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import requests

from forecasting.catalog import Catalog
from forecasting.model_sets import accept
from forecasting.model_sets.training import train
from forecasting.settings import Settings
from forecasting.timeseries.clock import wall_text
from tests.forecasting.traffic import daily_traffic
from tests.webapp.serving import running_server

SHOP = replace(daily_traffic(10, 900), name="shop")
POINTS = [
    {"ds": wall_text(SHOP.start + index * SHOP.bin_seconds, None), "y": float(count)}
    for index, count in enumerate(SHOP.requests_count)
]
QUESTION = {"data": POINTS, "model_type": "smoothing", "timeframe": "15m", "horizon": 4}
SECONDS = 60


def test_two_servers_with_empty_disks_give_the_same_answers(tmp_path: Path, database_url: str) -> None:
    trainer = Settings(home=tmp_path / "trainer", database_url=database_url)
    Catalog(trainer).add(SHOP)
    names = ("one", "two")
    for name in names:
        (tmp_path / name).mkdir()
    servers = [running_server(tmp_path / name / "home", DATABASE_URL=database_url) for name in names]
    with servers[0] as one, servers[1] as two:

        def answers(model_set: str | None) -> dict[str, object]:
            """The answer that both give."""
            bodies = []
            for url in (one, two):
                made = requests.post(f"{url}/forecast/predict", json=QUESTION, timeout=SECONDS).json()
                lists = [requests.get(f"{url}/{path}", timeout=SECONDS).json() for path in ("models", "datasets")]
                bodies.append({"sets": lists[0]["model_sets"], "data": lists[1]["datasets"], **made})
            assert bodies[0] == bodies[1]
            assert bodies[0]["model_set"] == model_set
            return bodies[0]

        answers("nasa-http")
        train(SHOP, model_set="shop", models=(), timeframes=("15m",), settings=trainer, candidate=True)
        assert "shop.candidate" in answers("nasa-http")["sets"]
        accept("shop", trainer)
        assert set(answers("shop")["sets"]) == {"shop", "nasa-http"}
