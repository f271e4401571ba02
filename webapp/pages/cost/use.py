"""The link from the verdict to the Scaling page, set to the policy to use: its recommendation and its manifest."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

from dash import html
from dash.development.base_component import Component

from forecasting.scaling.comparison.compare import DEFAULT
from webapp.pages.cost.row_text import row_of
from webapp.ui.service_form import POLICY_FIELDS, policy_query


def use_link(result: Mapping) -> Component:
    """Return a link to the Scaling page with the policy that a verdict picks, in its own settings."""
    row = row_of(result, result["verdict"]["pick"])
    parameters = {} if row["variant"] == DEFAULT else row["parameters"]
    query = {"dataset": result["series"], "timeframe": result["timeframe"], "policy": row["family"]}
    if row["family"] in POLICY_FIELDS:
        query |= policy_query(row["family"], parameters)
    return html.A(f"Use {row['policy']}: recommendation and manifest", href=f"/scaling?{urlencode(query)}")
