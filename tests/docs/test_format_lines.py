"""The lines that the reference shows are read as it says."""

from __future__ import annotations

import pytest

from forecasting.readers import FORMATS
from scripts.docs_formats import LINES, read_as


@pytest.mark.parametrize("product", LINES)
def test_the_line_of_a_product_is_read(product):
    name, requests = read_as(LINES[product])
    assert name in FORMATS
    assert requests == (21 if name == "csv" else 1)
