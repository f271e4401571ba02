"""Responses of the calls about model sets: the card of a set, its entries and its scores."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from forecasting.model_sets.card import PublicCard
from webapp.api.schemas.common import Envelope

_ROW: JsonDict = {
    "step": "all",
    "n": 31104,
    "rmse": 49.88,
    "mae": 36.56,
    "smape": 21.36,
    "mase": 0.439,
    "wql": 0.1406,
    "coverage_80": 0.787,
    "coverage_90": 0.892,
    "bias": -1.47,
}
_ENTRY: JsonDict = {
    "trained_from": "1995-07-01 00:00:00",
    "validation_from": "1995-08-14 00:00:00",
    "trained_until": "1995-08-23 00:00:00",
    "seasonal_scale": 83.3,
    "train_seconds": 36.0,
    "metrics_on": "test",
    "metrics_from": "1995-08-23 00:00:00",
    "metrics_until": "1995-09-01 00:00:00",
    "metrics": [_ROW],
}
_CARD: JsonDict = {
    "schema": 1,
    "model_set": "nasa-http",
    "created_at": "2026-11-24T06:00:41+00:00",
    "data": {
        "name": "nasa-http",
        "synthetic": False,
        "time_zone": None,
        "start": "1995-07-01 00:00:00",
        "end": "1995-08-23 00:00:00",
        "requests": 2934961.0,
    },
    "libraries": {"numpy": "2.4.6", "xgboost-cpu": "3.2.0", "lightgbm": "4.7.0"},
    "models": {"5m": {"hybrid": _ENTRY}},
}
_CALIBRATION: JsonDict = {"path": "5m/hybrid/calibration.json", "bytes": 3951, "sha256": "9f86d081884c7d65…"}


class ModelSetPath(BaseModel):
    """Which model set."""

    model_set: str = Field(description="Name of a model set, such as nasa-http")


class SetFileOut(BaseModel):
    """One file of a set."""

    path: str = Field(description="Within the folder of the set")
    bytes: int
    sha256: str


class ModelSetOut(Envelope):
    """One model set: its card, the card as text, and its files."""

    model_config = ConfigDict(
        extra="allow",
        json_schema_extra={
            "example": {
                "success": True,
                "message": "Model set nasa-http.",
                "model_set": "nasa-http",
                "kind": "shipped",
                "summary": "The model set nasa-http was trained on 2,930,000 requests of nasa-http, …",
                "uses": ["It serves every data set without a set of its own, unless another set is named."],
                "limits": ["At 1m its best model is only 2.3 % better than exponential smoothing."],
                "card": _CARD,
                "files": [_CALIBRATION],
            }
        },
    )

    model_set: str
    kind: Literal["shipped", "trained here", "candidate"] = Field(
        description="A candidate is trained but not accepted yet"
    )
    summary: str = Field(description="Training data, scored days and scores as text")
    uses: list[str] = Field(description="Intended uses")
    limits: list[str] = Field(description="Limits and weaknesses, the most important first")
    card: PublicCard
    files: list[SetFileOut]


class ModelsOut(Envelope):
    """Every model, and every model set with its card."""

    available_models: dict[str, Any] = Field(description="By model, then by timeframe: the sets that have it")
    model_sets: dict[str, PublicCard]
    broken_model_sets: dict[str, str] = Field(
        description="What is wrong with each model set that is damaged, and the way out; they are left out elsewhere"
    )
