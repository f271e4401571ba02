"""The price list."""

from __future__ import annotations

from forecasting.scaling.config.prices import PRICES, currency_at, price_list
from forecasting.settings import Settings


def test_every_row_has_a_price_a_source_and_a_date_or_says_undated():
    for row in PRICES:
        assert row.price_per_hour > 0
        assert row.source
        assert row.as_of or "undated" in row.source
    assert len({(row.provider, row.type) for row in PRICES}) == len(PRICES)


def test_doubtful_rows_are_left_out():
    assert not {row.type for row in PRICES} & {"D2as_v5", "D2ads_v5", "e2-micro", "e2-small"}


def test_a_price_has_the_currency_of_its_row_else_of_the_operators_list(tmp_path):
    settings = Settings(home=tmp_path)
    assert currency_at(0.096, settings) == currency_at(12.5, settings) == "USD"
    rows = "Hetzner,cx22,0.0064,eur\nOurs,m,0.5,\n"
    (tmp_path / "prices.csv").write_text(f"provider,type,price_per_hour,currency\n{rows}")
    assert [row.currency for row in price_list(settings)[:3]] == ["EUR", "USD", "USD"]
    assert (currency_at(0.0064, settings), currency_at(12.5, settings)) == ("EUR", "EUR")
    assert (currency_at(0.5, settings), currency_at(0.096, settings)) == ("USD", "USD")
