"""``a.b=c`` -> the value at ``a.b`` of a recipe. A key of the recipe may itself hold dots (column names do)."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from nnrecipes.config.problem import Key
from nnrecipes.config.read import Raw, plain
from nnrecipes.errors import ConfigError

OURS = ("shipped:", "cache:")


def parse_overrides(words: Any) -> dict[str, Any]:
    """Read ``["training.epochs=20", ...]`` as a command line gives them; values are YAML.

    Raises:
        ConfigError: If a word has no ``=``, or its value is not YAML.

    Example:
        >>> parse_overrides(["training.epochs=20", "model.hidden_units=[64, 32]"])
        {'training.epochs': 20, 'model.hidden_units': [64, 32]}
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    found: dict[str, Any] = {}
    if isinstance(words, str) or not isinstance(words, Sequence):
        raise ConfigError(
            f"override: expected a mapping, or a list such as ['training.epochs=20']. Received: {words!r}."
        )
    for word in words:
        dotted, equals, text = word.partition("=")
        if not equals or not dotted:
            raise ConfigError(f"override: expected key=value, such as training.epochs=20. Received: {word!r}.")
        try:
            value = YAML(typ="safe", pure=True).load(text)
        except YAMLError:
            raise ConfigError(f"override: {dotted}: expected a YAML value. Received: {text!r}.") from None
        if dotted.rpartition(".")[2] == "path" and isinstance(value, str) and not value.startswith(OURS):
            value = str(Path(value).expanduser().absolute())
        found[dotted] = value
    return found


def apply_overrides(raw: Raw, overrides: Mapping[str, Any]) -> None:
    """Set each dotted key of ``overrides`` in the recipe's values.

    Raises:
        ConfigError: If a step leads through a value that has no keys.
    """
    for dotted, value in overrides.items():
        raw.overridden.append(_set(raw.values, str(dotted), plain(value)))


def _set(values: dict[str, Any], dotted: str, value: Any) -> Key:
    node: Any = values
    steps = dotted.split(".")
    key: Key = ()
    while steps:
        step, steps = _step(node, steps)
        last = not steps
        if isinstance(node, list):
            if not step.isdigit() or int(step) >= len(node):
                raise ConfigError(
                    f"override: {dotted}: expected a number below {len(node)} at {step!r}. Received: {step!r}."
                )
            place: str | int = int(step)
        elif isinstance(node, dict):
            place = step
            if not last and (node.get(place) is None or isinstance(node[place], str)):
                node[place] = {"kind": node[place]} if node.get(place) else {}
        else:
            raise ConfigError(f"override: {dotted}: expected a section before {step!r}. Received: {node!r}.")
        key = (*key, place)
        if last:
            node[place] = value
        else:
            node = node[place]
    return key


def _step(node: Any, steps: list[str]) -> tuple[str, list[str]]:
    if isinstance(node, dict):
        for n in range(len(steps), 0, -1):
            if ".".join(steps[:n]) in node:
                return ".".join(steps[:n]), steps[n:]
    return steps[0], steps[1:]
