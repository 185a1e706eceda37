"""A run's schema (:mod:`nnrecipes.inference.export.schema`) -> the fields and answers of its requests."""

from collections.abc import Mapping
from typing import Any

from nnrecipes.inference.export.column import Column
from nnrecipes.serving.fields import Answer


def fields_of(schema: Mapping[str, Any]) -> tuple[Column, ...]:
    """Return the columns that a request gives, in the order of the training file; a date is one column.

    Example:
        >>> column = {"name": "sold", "type": "date", "inputs": ["sold_year"]}
        >>> year = {"name": "sold_year", "kind": "number", "required": True}
        >>> fields_of({"columns": [column], "inputs": [year]})
        (Column(name='sold', kind='date', required=True, levels=(), range=None, exact=False, spread=1.0, shape=(1,)),)
    """
    inputs = {item["name"]: item for item in schema["inputs"]}
    return tuple(_field(column, [inputs[name] for name in column["inputs"]]) for column in schema["columns"])


def answers_of(schema: Mapping[str, Any]) -> tuple[Answer, ...]:
    """Return the targets."""
    return tuple(Answer(output["name"], output["task"], tuple(output["classes"]), tuple(output["quantiles"]))
                 for output in schema["outputs"])  # fmt: skip


def _field(column: Mapping[str, Any], inputs: list[Mapping[str, Any]]) -> Column:
    required = any(item["required"] for item in inputs)
    if column["type"] == "date":
        return Column(column["name"], "date", required)
    item = inputs[0]
    limits = None if item["range"] is None else (float(item["range"][0]), float(item["range"][1]))
    return Column(column["name"], item["kind"], required, tuple(item["categories"] or ()), limits, item["exact"],
                  shape=tuple(item["shape"]))  # fmt: skip
