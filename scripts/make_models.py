"""Rebuild the shipped model set from the traffic it is trained on.

    python scripts/make_models.py [--model MODEL ...] [FILE ...]

FILE is the NASA-HTTP minute counts or the two raw monthly logs; without one the file beside the project is taken. With
--model only these models are trained, and the others of the set stay. The same seed gives the same figures to three
digits.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
from pathlib import Path

from tqdm import tqdm

from forecasting.forecasters.registry import TRAINABLE_MODELS
from forecasting.model_sets.card import Card, card_text
from forecasting.model_sets.installed import CARD, files_in
from forecasting.model_sets.names import SHIPPED
from forecasting.model_sets.training import train
from forecasting.paths import model_sets_root
from forecasting.readers import import_files
from forecasting.settings import Settings
from forecasting.timeseries.clock import moment_of

BESIDE = Path(__file__).resolve().parents[2] / "shared" / "data" / "nasa_http_1m.csv.gz"
TRAINED_UNTIL = "1995-08-23"


def main(arguments: list[str]) -> int:
    """Import, train until 23 August 1995 and write `models/nasa-http`."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("files", nargs="*", metavar="FILE")
    parser.add_argument("--model", action="append", default=[], choices=[*TRAINABLE_MODELS, "seasonal_smoothing"])
    parser.add_argument("--hashes", action="store_true", help="train nothing; put the hashes of the files in the card")
    options = parser.parse_args(arguments)
    if options.hashes:
        _write_card(json.loads((model_sets_root() / SHIPPED / CARD).read_text()), model_sets_root() / SHIPPED)
        return 0
    files = options.files
    sources = [Path(name) for name in files] or [BESIDE]
    missing = [str(source) for source in sources if not source.is_file()]
    if missing:
        print(f"make_models: no file {', '.join(missing)}; give the NASA-HTTP files.", file=sys.stderr)
        return 2
    series, report = import_files(sources, name=SHIPPED)
    print(f"{report.bins:,} bins of {report.timeframe}, {report.requests:,.0f} requests, {len(report.outages)} outages")
    bar = tqdm(total=100, unit="%", bar_format="{desc:24} {percentage:3.0f}% |{bar}| {elapsed}")

    def progress(share: float, what: str = "", /) -> None:
        bar.set_description_str(what)
        bar.update(round(100 * share) - bar.n)

    until = moment_of(TRAINED_UNTIL, series.time_zone)
    with tempfile.TemporaryDirectory() as folder:
        card = train(
            series,
            model_set=SHIPPED,
            models=options.model or (*TRAINABLE_MODELS, "seasonal_smoothing"),
            until=until,
            settings=Settings(),
            progress=progress,
            root=Path(folder) if options.model else model_sets_root(),
        )
        if options.model:
            _join(card, Path(folder) / SHIPPED, model_sets_root() / SHIPPED, options.model)
    bar.close()
    for timeframe, models in card["models"].items():
        for name, entry in models.items():
            first, path = entry["metrics"][0], entry["metrics"][-1]
            print(
                f"{timeframe:>4} {name:20} {entry['train_seconds']:6.1f} s  step 1: RMSE {first['rmse']:8.3f} "
                f"WQL {first['wql']:.4f}  steps 1-12: RMSE {path['rmse']:8.3f} WQL {path['wql']:.4f} "
                f"coverage 80 % {path['coverage_80']:.3f}"
            )
    return 0


def _join(card: Card, trained: Path, shipped: Path, models: list[str]) -> None:
    """Put freshly trained models into the set that is there, whose other models stay."""
    whole: Card = json.loads((shipped / CARD).read_text())
    for timeframe, entries in card["models"].items():
        for model in models:
            target = shipped / timeframe / model
            shutil.rmtree(target, ignore_errors=True)
            shutil.copytree(trained / timeframe / model, target)
            whole["models"][timeframe][model] = entries[model]
    _write_card(whole, shipped)


def _write_card(card: Card, folder: Path) -> None:
    """Write the card of a set with the sizes and hashes of the files in its folder."""
    card["files"] = files_in(folder)
    (folder / CARD).write_text(card_text(card))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
