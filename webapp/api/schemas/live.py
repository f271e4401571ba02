"""The response that a cluster polls: its model of the OpenAPI document, with an example."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from webapp.api.schemas.common import Envelope
from webapp.api.schemas.derived import answer_example
from webapp.api.schemas.recommendation_parts import BUDGET_EXAMPLE, OPEN_GATE, ErrorBudgetOut, GateOut


class LiveRecommendation(BaseModel):
    """The recommendation that a cluster polls; demand in requests a second."""

    replicas: int
    demand_rps: float = Field(description="Divided by capacity_rps and rounded up it is the proposal of the policy")
    capacity_rps: float = Field(description="Requests a second that one replica should serve")
    quantile: float | None = Field(description="Level of the demand in the lead time; null without a forecast")
    lead_seconds: int
    binding: str
    gate: GateOut
    assumed: list[str] = Field(description="Fields of the service that were not given")
    data_age_seconds: int = Field(description="How long ago the last known bin ended")
    error_budget: ErrorBudgetOut | None


class LiveOut(Envelope):
    """The recommendation of a data set, good until `valid_until`; 503 if its data is older."""

    model_config = answer_example(
        "14 replicas.",
        service="web",
        generated_at="2026-03-20T12:00:05Z",
        valid_until="2026-03-20T12:02:00Z",
        mode="shadow",
        recommendation={
            "replicas": 14,
            "demand_rps": 812.4,
            "capacity_rps": 60.0,
            "quantile": 0.95,
            "lead_seconds": 240,
            "binding": "expected worth",
            "gate": OPEN_GATE,
            "error_budget": BUDGET_EXAMPLE,
            "action": "hold",
            "reason": "Keep 14 replicas. ...",
            "policy": "predictive",
            "model_type": "lightgbm",
            "model_set": "nasa-http",
            "assumed": [],
            "data_age_seconds": 5,
            "warnings": [],
        },
    )

    service: str
    generated_at: str
    valid_until: str
    mode: Literal["shadow", "active"]
    recommendation: LiveRecommendation
