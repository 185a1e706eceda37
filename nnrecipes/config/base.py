"""What every section of a recipe shares: strict, frozen, no unknown keys; and the field types used by several."""

from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Discriminator, Field, ValidationInfo

from nnrecipes.config.cache import PREFIX, cached
from nnrecipes.config.names import fault
from nnrecipes.config.shipped import shipped


class Section(BaseModel):
    """A strict and frozen section of a recipe: an unknown key or a wrong type is an error, never a guess."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid", allow_inf_nan=False)


def _resolve(value: Any, info: ValidationInfo) -> Any:
    base = (info.context or {}).get("base")
    if not isinstance(value, str) or not value or base is None:
        return value
    if value.startswith("shipped:"):
        return str(shipped("data") / Path(value.removeprefix("shipped:")).name)
    if value.startswith(PREFIX):
        path = cached(value.removeprefix(PREFIX))
        if path is None:
            raise fault("cache:NAME/FILE, a file of a data set in the data cache (see: nnrecipes fetch)", value)
        return str(path)
    return str((Path(base) / Path(value).expanduser()).resolve())


FilePath = Annotated[str, Field(min_length=1), BeforeValidator(_resolve)]
"""A path; relative ones resolve against the folder of the YAML file, ``shipped:NAME`` is a table of the package,
``cache:NAME/FILE`` a file of the data cache."""

PositiveInt = Annotated[int, Field(gt=0)]
Units = tuple[PositiveInt, ...]
Rate = Annotated[float, Field(ge=0, lt=1)]
NonNegative = Annotated[float, Field(ge=0)]
Positive = Annotated[float, Field(gt=0)]


def kind_or(default: str) -> Discriminator:
    """Tell the members of a union apart by ``kind``, which is ``default`` where the recipe leaves it out."""

    def kind(value: Any, default: str = default) -> Any:
        return value.get("kind", default) if isinstance(value, dict) else getattr(value, "kind", None)

    return Discriminator(kind)
