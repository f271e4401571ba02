"""Write the shipped set's test scores into the README, between its accuracy marks.

python scripts/accuracy_table.py
"""

from __future__ import annotations

import json
from pathlib import Path

from forecasting.model_sets import CARD, SHIPPED
from forecasting.resources import model_sets_root

README = Path(__file__).resolve().parents[1] / "README.md"
BEGIN, END = "<!-- accuracy:begin -->", "<!-- accuracy:end -->"
HEAD = """\
| bin | model | RMSE, step 1 | RMSE, steps 1-12 | MAE, steps 1-12 | sMAPE | MASE | WQL | 80 % interval covers | 90 % |
|---|---|---:|---:|---:|---:|---:|---:|---:|---:|"""


def table() -> str:
    """The Markdown table of every model and timeframe."""
    card = json.loads((model_sets_root() / SHIPPED / CARD).read_text())
    rows = [HEAD]
    for timeframe, models in card["models"].items():
        for model, entry in models.items():
            first, path = entry["metrics"][0], entry["metrics"][-1]
            rows.append(
                f"| {timeframe} | `{model}` | {first['rmse']:.2f} | {path['rmse']:.2f} | {path['mae']:.2f} "
                f"| {path['smape']:.1f} % | {path['mase']:.3f} | {path['wql']:.4f} "
                f"| {100 * path['coverage_80']:.1f} % | {100 * path['coverage_90']:.1f} % |"
            )
    return "\n".join(rows)


def main() -> None:
    """Replace what stands between the marks."""
    before, _, rest = README.read_text().partition(BEGIN)
    after = rest.partition(END)[2]
    README.write_text(f"{before}{BEGIN}\n{table()}\n{END}{after}")


if __name__ == "__main__":
    main()
