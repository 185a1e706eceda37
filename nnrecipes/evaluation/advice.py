"""History, scores and recipe -> at most three suggestions."""

from collections.abc import Mapping, Sequence
from typing import Any

from nnrecipes.config.advice import Advice
from nnrecipes.config.recipe import RecipeConfig


def advise(history: Mapping[str, Sequence[float]], scores: Mapping[str, Any], config: RecipeConfig) -> list[Advice]:
    """Return suggestions."""
    return []
