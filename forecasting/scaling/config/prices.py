"""What a replica-hour costs: on-demand list prices in US dollars, Linux, each with its date and source.

The operator can edit the list: rows of `prices.csv` in the home replace those of the same provider and type, and
add new ones. Left out, because they are not known well enough: spot and reserved prices, traffic, load balancers and
cluster fees.
"""

from __future__ import annotations

import csv
import math
from dataclasses import dataclass
from pathlib import Path

from forecasting.errors import NotReady
from forecasting.settings import Settings
from forecasting.timeseries.formatting import CURRENCY

AWS = "AWS us-east-1"
AZURE = "Azure eastus"
GCP = "GCP us-central1"
FARGATE = "AWS Fargate us-east-1"
PODS = "Generic pod"

_AWS_SOURCE = "aws/karpenter-provider-aws 1d927085, pkg/providers/pricing/zz_generated.pricing_aws.go"
_AZURE_SOURCE = "Azure/karpenter-provider-azure 352646f5, zz_generated.pricing.go"
_GCP_SOURCE = "kubernetes/autoscaler 0411d1c8, cloudprovider/gce/gce_price_info.go (undated; region assumed)"
_FARGATE_SOURCE = "factualminds.com and vantage.sh (secondary sources)"
_PODS_SOURCE = "opencost configs/default.json, based on GCP us-central1 (undated)"


@dataclass(frozen=True)
class Price:
    """A price per hour of one `unit`: an instance, a vCPU or a GB of memory.

    `as_of` is None if undated; `currency` is an ISO code.
    """

    provider: str
    type: str
    price_per_hour: float
    as_of: str | None
    source: str
    unit: str = "instance"
    currency: str = CURRENCY


def _rows(provider: str, as_of: str | None, source: str, prices: dict[str, float]) -> tuple[Price, ...]:
    return tuple(Price(provider, name, price, as_of, source) for name, price in prices.items())


PRICES: tuple[Price, ...] = (
    *_rows(
        AWS,
        "2026-07-20",
        _AWS_SOURCE,
        {
            "t3.micro": 0.0104,
            "t3.small": 0.0208,
            "t3.medium": 0.0416,
            "t3.large": 0.0832,
            "t4g.medium": 0.0336,
            "m5.large": 0.096,
            "m5.xlarge": 0.192,
            "m5.2xlarge": 0.384,
            "m6i.large": 0.096,
            "m7i.large": 0.1008,
            "m7g.large": 0.0816,
            "c5.large": 0.085,
            "c6i.large": 0.085,
            "c7g.large": 0.0725,
            "r5.large": 0.126,
        },
    ),
    *_rows(
        AZURE,
        "2026-06-18",
        _AZURE_SOURCE,
        {
            "B2s": 0.0416,
            "B2ms": 0.0832,
            "D2s_v5": 0.096,
            "D4s_v5": 0.192,
            "D2s_v3": 0.096,
            "F2s_v2": 0.0846,
            "E2s_v5": 0.126,
        },
    ),
    *_rows(
        GCP,
        None,
        _GCP_SOURCE,
        {
            "e2-medium": 0.03351,
            "e2-standard-2": 0.06701,
            "e2-standard-4": 0.13402,
            "n1-standard-1": 0.0475,
            "n2-standard-2": 0.0971,
            "c2-standard-4": 0.2088,
        },
    ),
    Price(FARGATE, "vCPU", 0.04048, "2026-06", _FARGATE_SOURCE, "vCPU"),
    Price(FARGATE, "GB", 0.004445, "2026-06", _FARGATE_SOURCE, "GB"),
    Price(FARGATE, "vCPU (ARM)", 0.03238, "2026-06", _FARGATE_SOURCE, "vCPU"),
    Price(FARGATE, "GB (ARM)", 0.00356, "2026-06", _FARGATE_SOURCE, "GB"),
    Price(PODS, "vCPU", 0.031611, None, _PODS_SOURCE, "vCPU"),
    Price(PODS, "GB", 0.004237, None, _PODS_SOURCE, "GB"),
)


COLUMNS = ("provider", "type", "price_per_hour", "as_of", "source", "unit", "currency")


def price_list(settings: Settings) -> tuple[Price, ...]:
    """Return every price, the operator's own rows first; raises NotReady if `prices.csv` in the home is wrong."""
    path = settings.home / "prices.csv"
    own = _own_rows(path) if path.is_file() else ()
    named = {(row.provider, row.type) for row in own}
    return (*own, *(row for row in PRICES if (row.provider, row.type) not in named))


def rows_at(price_per_hour: float, settings: Settings) -> tuple[Price, ...]:
    """Return the instances of the price list with just this price."""
    return tuple(
        row
        for row in price_list(settings)
        if row.unit == "instance" and math.isclose(row.price_per_hour, price_per_hour, rel_tol=1e-9)
    )


def currency_at(price_per_hour: float, settings: Settings) -> str:
    """Return the currency of a price per hour: that of the rows which cost just that, else of the operator's rows."""
    listed = price_list(settings)
    same = (row for row in listed if math.isclose(row.price_per_hour, price_per_hour, rel_tol=1e-9))
    return next(same, listed[0]).currency


def _own_rows(path: Path) -> tuple[Price, ...]:
    with path.open(newline="", encoding="utf-8") as lines:
        reader = csv.DictReader(lines)
        if not set(COLUMNS[:3]) <= set(reader.fieldnames or ()) <= set(COLUMNS):
            raise NotReady(f"The columns of prices.csv must be {', '.join(COLUMNS)} (got {reader.fieldnames}).")
        return tuple(_own_row(row, number) for number, row in enumerate(reader, start=2))


def _own_row(row: dict[str, str | None], line: int) -> Price:
    try:
        price = float(row["price_per_hour"] or "")
    except ValueError:
        price = math.nan
    if not 0 <= price < math.inf or not row["provider"] or not row["type"]:
        raise NotReady(
            f"Line {line} of prices.csv must have a provider, a type and a price_per_hour of at least 0 (got {row})."
        )
    source = row.get("source") or "prices.csv of this install"
    unit, currency = row.get("unit") or "instance", (row.get("currency") or CURRENCY).upper()
    return Price(row["provider"], row["type"], price, row.get("as_of") or None, source, unit, currency)
