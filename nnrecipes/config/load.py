"""A recipe's name, file or mapping, and overrides -> a validated :class:`RecipeConfig`, or every problem at once."""

import copy
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from nnrecipes.config.consistency import check_consistency
from nnrecipes.config.explain import explain
from nnrecipes.config.overrides import apply_overrides, parse_overrides
from nnrecipes.config.presets import with_preset
from nnrecipes.config.problem import Key, Problem
from nnrecipes.config.read import Raw, read_mapping, read_yaml
from nnrecipes.config.recipe import RecipeConfig
from nnrecipes.config.shipped import find_recipe
from nnrecipes.config.shorthand import spell_out
from nnrecipes.errors import ConfigError

Recipe = str | Path | Mapping[str, Any] | Raw
Overrides = Mapping[str, Any] | Sequence[str] | None
Check = Callable[[RecipeConfig], list[Problem]]
Root = TypeVar("Root", bound=BaseModel)


@dataclass(frozen=True)
class Loaded:
    """A validated recipe and what is needed to speak of it."""

    config: RecipeConfig
    raw: Raw

    def fail(self, problems: Sequence[Problem]) -> None:
        """Raise what is wrong, each at its line, if anything is."""
        if problems:
            raise ConfigError([self.raw.render(problem) for problem in problems])


def load_config(recipe: Recipe, overrides: Overrides = None, *, checks: Sequence[Check] = ()) -> Loaded:
    """Read, override and check a recipe without reading any data.

    Args:
        recipe: A shipped recipe's name, a YAML file, the recipe itself as a mapping, or as it was read before.
        overrides: ``{"training.epochs": 20}`` or ``["training.epochs=20"]``.
        checks: Further checks of a valid recipe, each returning problems (headers of files, for one).

    Raises:
        ConfigError: With every problem, a line each.

    Example:
        >>> load_config("iris_multi_output", {"training.epochs": 7}).config.training.epochs
        7
    """
    raw = read(recipe, overrides)
    if is_recommender(raw):
        expected = f"{raw.origin}: expected a recipe with targets"
        raise ConfigError(f"{expected}. Received: a recommender's (data.interactions), for which this is not made.")
    return Loaded(checked(raw, RecipeConfig, (check_consistency, *checks)), raw)


def checked(raw: Raw, root: type[Root], checks: Sequence[Callable[[Root], list[Problem]]]) -> Root:
    """Return what was read as a valid recipe of the class ``root``.

    Raises:
        ConfigError: With every problem, a line each.
    """
    problems = list(raw.problems)
    config, found = validate_as(raw.values, raw.base, root)
    problems += found
    if config is None:
        config, _ = validate_as(_pruned(raw.values, [p.key for p in found]), raw.base, root)
    if config is not None:
        for check in checks:
            problems += check(config)
    if problems or config is None:
        problems.sort(key=lambda problem: raw.line(problem.key) or 0)
        raise ConfigError(_unique([raw.render(problem) for problem in problems]))
    return config


def is_recommender(raw: Raw) -> bool:
    """Whether a recipe is a recommender's: it has ``data.interactions`` in place of targets."""
    data = raw.values.get("data")
    return isinstance(data, Mapping) and "interactions" in data


def read(recipe: Recipe, overrides: Overrides = None) -> Raw:
    """Read a recipe as it was written, with its overrides, not yet checked."""
    if isinstance(recipe, Raw):
        raw = copy.deepcopy(recipe)
    elif isinstance(recipe, Mapping):
        raw = read_mapping(recipe)
        raw.values.setdefault("name", "recipe")
    else:
        path = find_recipe(_known(recipe))
        raw = read_yaml(path)
        raw.values.setdefault("name", re.sub(r"[^A-Za-z0-9_.-]", "_", path.stem).lstrip("_.-") or "recipe")
    if overrides:
        apply_overrides(raw, overrides if isinstance(overrides, Mapping) else parse_overrides(overrides))
    return raw


def _known(recipe: Any) -> str | Path:
    if isinstance(recipe, str | Path):
        return recipe
    received = type(recipe).__name__
    raise ConfigError(f"config: expected a recipe's name, its YAML file, or a mapping. Received: {received}.")


def validate(values: Mapping[str, Any], base: Path | None) -> tuple[RecipeConfig | None, list[Problem]]:
    """Return the config of a recipe with targets, or None and the problems."""
    return validate_as(values, base, RecipeConfig)


def for_rows(loaded: Loaded, rows: int) -> RecipeConfig:
    """Return the recipe of a preset as it is for so many training rows; one without a preset as it is."""
    config, _ = validate_as(loaded.raw.values, loaded.raw.base, RecipeConfig, rows)
    return config or loaded.config


def validate_as(
    values: Mapping[str, Any], base: Path | None, root: type[Root], rows: int | None = None
) -> tuple[Root | None, list[Problem]]:
    """Return the config as one of the class ``root``, or None and the problems; ``rows`` is for a preset."""
    try:
        text = json.dumps(with_preset(spell_out(values), rows))
    except (TypeError, ValueError) as error:
        return None, [Problem((), "values that YAML can hold", str(error))]
    try:
        return root.model_validate_json(text, context={"base": base}), []
    except ValidationError as error:
        return None, explain(error, values, root)


def resolved(config: BaseModel) -> dict[str, Any]:
    """The recipe with every default written out, as plain values."""
    values: dict[str, Any] = config.model_dump(mode="json")
    return values


def write_yaml(values: Mapping[str, Any]) -> str:
    """Plain values as YAML 1.2 text."""
    import io

    from ruamel.yaml import YAML

    yaml: Any = YAML(typ="safe", pure=True)
    yaml.default_flow_style = False
    yaml.sort_base_mapping_type_on_output = False
    yaml.allow_unicode = True
    yaml.width = 120
    stream = io.StringIO()
    yaml.dump(dict(values), stream)
    return stream.getvalue()


def _pruned(values: Mapping[str, Any], keys: Sequence[Key]) -> dict[str, Any]:
    """The recipe without the places that are wrong, so that the rest can be checked too."""
    copied: dict[str, Any] = copy.deepcopy(dict(values))
    for key in sorted(keys, key=lambda k: [str(step).zfill(6) for step in k], reverse=True):
        node: Any = copied
        for step in key[:-1]:
            node = _inside(node, step)
        if key and isinstance(node, dict):
            node.pop(key[-1], None)
        elif key and isinstance(node, list) and isinstance(key[-1], int) and key[-1] < len(node):
            del node[key[-1]]
    return copied


def _inside(node: Any, step: str | int) -> Any:
    try:
        return node[step]
    except (KeyError, IndexError, TypeError):
        return {}


def _unique(lines: list[str]) -> list[str]:
    return list(dict.fromkeys(lines))
