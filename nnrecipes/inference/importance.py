"""A network with its preprocessing, and labelled rows -> how much it relies on each column."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from nnrecipes.data.spec import Array
from nnrecipes.errors import DataError
from nnrecipes.evaluation.decision import Decision
from nnrecipes.evaluation.importance import permutation_importance
from nnrecipes.preprocessing.preprocessor import Preprocessor
from nnrecipes.training.predict import predict_arrays

if TYPE_CHECKING:
    import keras


def column_importance(
    model: "keras.Model",
    preprocessor: Preprocessor,
    decisions: Mapping[str, Decision],
    frame: pd.DataFrame,
    truth: Mapping[str, Array],
    *,
    repeats: int = 5,
    seed: int = 0,
) -> dict[str, Any]:
    """Permute each raw column of prepared rows; see :mod:`nnrecipes.evaluation.importance`.

    Args:
        model: The network.
        preprocessor: Its preprocessing.
        decisions: Target -> its calibration.
        frame: Rows as :func:`~nnrecipes.data.schema.prepare` gives them.
        truth: Target -> what the rows really are.
        repeats: Permutations of each column.
        seed: The run's seed.
    """
    schema, targets = preprocessor.schema, preprocessor.spec.targets
    if any(target.task == "identity" for target in targets):
        raise DataError("importance: expected a run that predicts. Received: one of an identity target.")
    features = list(schema.features)

    def predict(rows: pd.DataFrame) -> dict[str, Array]:
        outputs = predict_arrays(model, preprocessor.transform(rows), outputs=[target.output for target in targets])
        decoded = preprocessor.decode(outputs)
        return {target.name: decisions[target.name].apply(target, decoded[target.name]) for target in targets}

    columns = {column: parts for column in schema.columns if (parts := schema.expand(column))}
    return permutation_importance(frame[features], truth, predict, targets, columns, repeats=repeats, seed=seed)


def importance_frame(found: Mapping[str, Any]) -> pd.DataFrame:
    """Return one row a target and column: ``target``, ``column``, ``metric``, ``increase``, ``sd``."""
    rows = [
        {"target": name, "column": column, "metric": table["metric"], "increase": entry["increase"], "sd": entry["sd"]}
        for name, table in found.items()
        for column, entry in table["columns"].items()
    ]
    return pd.DataFrame(rows, columns=["target", "column", "metric", "increase", "sd"])
