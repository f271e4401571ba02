"""Trust check and error budget in responses, with an example."""

from __future__ import annotations

from pydantic import BaseModel, Field


class ErrorBudgetOut(BaseModel):
    """What is left of the error budget, in requests (in minutes for an objective on minutes)."""

    objective: float = Field(description="The share that may go unmet")
    allowed: float = Field(description="What it allows of the demand since the period began")
    used: float = Field(description="What was unmet of it, by the policy's own replicas")
    left_days: float = Field(description="Days' budgets left of the period's 28; negative if it is overspent")
    price_of_unmet: float | None = Field(description="What an unmet request is treated as worth now, in money")
    at_cap_share: float = Field(description="Share of the time at the highest price: the objective can't be had then")


OPEN_GATE = {"open": True, "reasons": []}

BUDGET_EXAMPLE = {
    "objective": 0.01,
    "allowed": 5266.0,
    "used": 4457.0,
    "left_days": 21.4,
    "price_of_unmet": 0.0005,
    "at_cap_share": 0.0,
}


class GateOut(BaseModel):
    """The trust check: whether the forecast decides, and if not, why."""

    open: bool
    reasons: list[str]
