"""What every section of a recipe shares: strict, frozen, no unknown keys; and the field types used by several."""

from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo


class Section(BaseModel):
    """A strict and frozen section of a recipe: an unknown key or a wrong type is an error, never a guess."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")


def _resolve(value: Any, info: ValidationInfo) -> Any:
    base = (info.context or {}).get("base")
    if not isinstance(value, str) or not value or base is None:
        return value
    return str((Path(base) / Path(value).expanduser()).resolve())


FilePath = Annotated[str, Field(min_length=1), BeforeValidator(_resolve)]
"""A path; relative ones resolve against the folder of the YAML file."""

PositiveInt = Annotated[int, Field(gt=0)]
Units = tuple[PositiveInt, ...]
Rate = Annotated[float, Field(ge=0, lt=1)]
NonNegative = Annotated[float, Field(ge=0)]
Positive = Annotated[float, Field(gt=0)]
