"""Models of the OpenAPI document that take fields from the service layer, and their examples."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar, cast

from pydantic import BaseModel, ConfigDict, create_model
from pydantic.fields import FieldInfo

from forecasting.validation import optional_field, required_field

Model = TypeVar("Model", bound=BaseModel)


def answer_config(**openapi: Any) -> ConfigDict:
    """Give a response something in the document; the key is one of flask-openapi3, which pydantic does not know."""
    return cast(ConfigDict, {"openapi_extra": openapi})


def answer_example(message: str, **fields: Any) -> ConfigDict:
    """Give a response a whole example in the document."""
    return answer_config(example={"success": True, "message": message, **fields})


def having(
    fields: Mapping[str, FieldInfo], *, text: bool = False, required: bool = False
) -> Callable[[type[Model]], type[Model]]:
    """Add fields to a model as they are defined in the service layer, so that they are defined only there.

    Each may be absent unless `required`; with `text` they arrive as text. Fields that the model has itself stay.
    """

    def add(model: type[Model]) -> type[Model]:
        definitions: dict[str, Any] = {
            name: required_field(info) if required else optional_field(info, text=text)
            for name, info in fields.items()
            if name not in model.model_fields
        }
        return create_model(
            model.__name__, __base__=model, __doc__=model.__doc__, __module__=model.__module__, **definitions
        )

    return add
