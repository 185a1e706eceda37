"""The bare name of a kind, ``split: random``, -> the section ``split: {kind: random}``, before a recipe is validated.

Keras' names have their own shorthand, in :mod:`nnrecipes.config.names`.
"""

from collections.abc import Mapping
from typing import Any

PLACES = (("data", "source"), ("data", "split"), ("model",), ("training", "callbacks", "schedule"))


class KindAlone:
    """Marks a union of sections, for the JSON Schema: it stands at one of ``PLACES`` and takes a bare name."""

    def __get_pydantic_json_schema__(self, schema: Any, handler: Any) -> dict[str, Any]:
        """Leave a mark for :mod:`nnrecipes.config.schema`."""
        return {**handler(schema), "kind_alone": True}


def spell_out(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return a recipe's values with a section in place of each bare name of a kind.

    Example:
        >>> spell_out({"model": "sequential", "data": {"split": "random", "source": {"kind": "arrays"}}})
        {'model': {'kind': 'sequential'}, 'data': {'split': {'kind': 'random'}, 'source': {'kind': 'arrays'}}}
    """
    spelt = dict(values)
    for *sections, last in PLACES:
        node: Any = spelt
        for step in sections:
            if isinstance(node.get(step), Mapping):
                node[step] = dict(node[step])
            node = node[step] if isinstance(node.get(step), dict) else {}
        if isinstance(node.get(last), str):
            node[last] = {"kind": node[last]}
    return spelt
