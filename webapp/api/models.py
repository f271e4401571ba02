"""The models and model sets there are, and how good they are."""

from __future__ import annotations

from dataclasses import asdict

from flask import Response, request

from forecasting import prediction
from forecasting.evaluation.cards.card_statements import limits, summary, uses
from forecasting.evaluation.cards.model_cards import files_of, model_card
from forecasting.forecasters.registry import MODEL_NAMES
from forecasting.model_sets.card import public
from forecasting.model_sets.inventory import broken_sets
from webapp.api.blueprint import api_blueprint
from webapp.api.request_parsing import check_fields, documents, read_fields, refuse_query
from webapp.api.schemas.common import MetricsOut, MetricsPath, MetricsQuery
from webapp.api.schemas.model_sets import ModelSetOut, ModelSetPath, ModelsOut
from webapp.app.context import context
from webapp.http.envelope import success

models = api_blueprint("models", 404)


@models.get("/models", responses={200: ModelsOut})
def list_models() -> tuple[Response, int]:
    """Every model with the timeframes and sets it exists in, every set's card, and the sets that are damaged."""
    refuse_query()
    settings = context().settings
    cards = prediction.cards(settings)
    return success(
        f"Models: {len(MODEL_NAMES)}; model sets: {len(cards)}.",
        available_models=_by_model(prediction.model_sets(settings)),
        model_sets={name: public(card) for name, card in cards.items()},
        broken_model_sets=broken_sets(settings),
    )


@models.get("/models/<model_set>", responses={200: ModelSetOut})
@documents(path=ModelSetPath)
def show_model_set(model_set: str) -> tuple[Response, int]:
    """One model set: its card, its purpose and weaknesses, and its files with their hashes."""
    refuse_query()
    settings = context().settings
    card = model_card(model_set, settings)
    return success(
        f"Model set {card.name}.",
        model_set=card.name,
        kind=card.kind,
        summary=summary(card),
        uses=uses(card),
        limits=limits(card),
        card=card.content,
        files=[asdict(file) for file in files_of(model_set, settings)],
    )


@models.get("/metrics/<model_type>/<timeframe>", responses={200: MetricsOut})
@documents(path=MetricsPath, query=MetricsQuery)
def metrics(model_type: str, timeframe: str) -> tuple[Response, int]:
    """How good one model was on the test days of its set, which it had not seen."""
    path = check_fields(MetricsPath, {"model_type": model_type, "timeframe": timeframe})
    query = read_fields(MetricsQuery, request.args)
    settings = context().settings
    found = prediction.metrics(path.model_type, path.timeframe, query.model_set, settings=settings)
    return success(
        f"Metrics of {path.model_type} at {path.timeframe}.",
        model_type=path.model_type,
        timeframe=path.timeframe,
        model_set=found.pop("model_set", query.model_set),
        metrics=found,
    )


def _by_model(entries: list[dict]) -> dict[str, dict[str, list[str]]]:
    """`{model: {timeframe: [model set, ...]}}`; a baseline that needs no set has none."""
    found: dict[str, dict[str, list[str]]] = {name: {} for name in MODEL_NAMES}
    for entry in entries:
        found[entry["model"]].setdefault(entry["timeframe"], []).append(entry["model_set"])
    return found
