"""A run -> what its rows and answers are, as plain values for JSON: for programs, for forms, for the run's predictor.

::

    {"format": 1, "recipe": "iris_multi_output", "run": "20261123T...", "kind": "network",
     "columns": [{"name": "sepal_length", "type": "numeric", "inputs": ["sepal_length"]}, ...],
     "inputs": [{"name": "sepal_length", "kind": "number", "dtype": "float32", "shape": [1], "any_size": false,
                 "required": true, "range": [4.3, 7.9], "exact": true, "categories": null, "missing": "refuse"}, ...],
     "outputs": [{"name": "species", "task": "multiclass", "shape": [3], "classes": ["setosa", ...], "quantiles": [],
                  "threshold": null, "label": "species_label"}, ...]}

``columns`` are what a row of a user has: a date there is one text, which becomes the inputs of its parts. ``inputs``
are what an exported file takes. ``any_size``, of images: other heights and widths than those of ``shape`` are taken,
one in a call, and resized. ``exact`` says whether ``range`` is that of the training rows or about where they lie.
"""

from collections.abc import Mapping
from typing import Any

from nnrecipes.data.schema import Schema
from nnrecipes.data.spec import TargetSpec
from nnrecipes.evaluation.decision import Decision
from nnrecipes.inference.export.column import Column
from nnrecipes.inference.export.columns import columns_of
from nnrecipes.inference.export.names import LABEL, WITH_CLASS
from nnrecipes.preprocessing.preprocessor import Preprocessor

FORMAT = 1


def run_schema(
    preprocessor: Preprocessor, decisions: Mapping[str, Decision], *, recipe: str, run: str, widths: Mapping[str, int]
) -> dict[str, Any]:
    """Return the schema of a run with targets.

    Args:
        preprocessor: Of the run.
        decisions: Target -> calibration and threshold.
        recipe: The recipe's name.
        run: The run's id.
        widths: Identity target -> the length of its vectors.
    """
    outputs = [_output(target.spec, decisions[name], widths.get(name, 0))
               for name, target in preprocessor.targets_.items()]  # fmt: skip
    return {"format": FORMAT, "recipe": recipe, "run": run, "kind": "network", **rows_schema(preprocessor),
            "outputs": outputs}  # fmt: skip


def rows_schema(preprocessor: Preprocessor) -> dict[str, Any]:
    """Return ``columns``, ``inputs``, ``date_parts`` and ``texts`` (text input -> columns) of any run with rows."""
    columns = columns_of(preprocessor)
    schema = preprocessor.schema
    texts = {plan.name: list(plan.features) for plan in preprocessor.plan.inputs if plan.kind == "text"}
    return {
        "columns": [_raw(name, schema) for name in schema.columns if schema.expand(name)],
        "date_parts": list(schema.date_parts),
        "inputs": [_input(column, preprocessor) for column in columns],
        "texts": texts,
    }


def _raw(name: str, schema: Schema) -> dict[str, Any]:
    return {"name": name, "type": schema.columns[name], "inputs": list(schema.expand(name))}


def _input(column: Column, preprocessor: Preprocessor) -> dict[str, Any]:
    policy = preprocessor.plan.columns.get(column.name)
    return {
        "name": column.name,
        "kind": column.kind,
        "dtype": column.dtype,
        "shape": list(column.shape),
        "any_size": column.kind == "image",
        "required": column.required,
        "missing": policy.missing if policy is not None and column.kind in ("number", "category") else None,
        "range": None if column.range is None else list(column.range),
        "exact": column.exact,
        "categories": list(column.levels) if column.kind == "category" else None,
    }


def _output(target: TargetSpec, decision: Decision, width: int) -> dict[str, Any]:
    binary = target.task == "binary"
    units = 2 if binary else len(target.classes) if target.task != "identity" else width
    return {
        "name": target.name,
        "task": target.task,
        "shape": [units or len(target.quantiles) or 1],
        "classes": list(target.classes) if target.task != "identity" else [],
        "quantiles": list(target.quantiles),
        "threshold": decision.threshold.value if binary else None,
        "calibration": decision.calibration.method,
        "label": target.name + LABEL if target.task in (*WITH_CLASS, "multilabel") else None,
    }
