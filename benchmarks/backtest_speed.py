"""How long a backtest of every 1-minute origin of nine days takes, 12 steps each, and its share of a naive one's time.

python -m benchmarks.backtest_speed
"""

from __future__ import annotations

import time

from forecasting import service, synthetic
from forecasting.forecasters.registry import MODEL_NAMES
from forecasting.settings import Settings

DAYS = 9


def main() -> None:
    """Print the table."""
    series = synthetic.generate(days=62)
    start = series.end - DAYS * 86_400
    print(f"{'model':20} {'forecasts':>10} {'seconds':>8} {'scored':>8}   (1m, all origins of {DAYS} days, steps 1-12)")
    for model in reversed(MODEL_NAMES):
        options = {"model": model, "model_set": "nasa-http", "settings": Settings()}
        service.backtest(series, start=series.end - 3_600, **options)
        began = time.perf_counter()
        run = service.backtest(series, start=start, **options)
        made = time.perf_counter() - began
        run.scores()
        print(f"{model:20} {run.means.size:10,} {made:8.2f} {time.perf_counter() - began:8.2f}", flush=True)


if __name__ == "__main__":
    main()
