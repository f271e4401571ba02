"""Training time of every model on 53 days of minutes, as with `dataflow train`.

python -m benchmarks.training_time
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from forecasting.forecasters.registry import TRAINABLE_MODELS
from forecasting.model_sets.training import train
from forecasting.settings import Settings
from forecasting.timeseries import synthetic


def main() -> None:
    """Print the seconds of each model and in total."""
    series = synthetic.generate(days=62)
    until = series.start + 53 * 86_400
    with tempfile.TemporaryDirectory() as home:
        began = time.perf_counter()
        settings = Settings(home=Path(home))
        card = train(series, model_set="measured", models=TRAINABLE_MODELS, until=until, settings=settings)
        total = time.perf_counter() - began
    for timeframe, models in card["models"].items():
        row = "  ".join(f"{name} {entry['train_seconds']:.1f}" for name, entry in models.items())
        print(f"{timeframe:>4}  {row}")
    print(f" all  {total:.1f} s for {sum(map(len, card['models'].values()))} models, with validation, refit and scores")


if __name__ == "__main__":
    main()
