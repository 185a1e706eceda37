"""Rows and a prediction function -> how much worse the predictions become when one column is shuffled.

    importance of a column = loss with that column's values permuted among the rows - loss of the rows as they are

The loss is the root mean squared error of numbers (in the target's unit) and the log loss of classes (nats). A raw
column is permuted before preprocessing, so that all that is made of it, one-hot columns and parts of a date, moves
together. Columns that say the same thing share their importance: each alone seems to matter little.

References:
    Breiman (2001), Random Forests, section 10. https://doi.org/10.1023/A:1010933404324
    Fisher, Rudin and Dominici (2019), All Models are Wrong, but Many are Useful. https://jmlr.org/papers/v20/18-760.html
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from nnrecipes.data.spec import Array, TargetSpec, derive_seed
from nnrecipes.evaluation.metrics import row_losses

Predict = Callable[[pd.DataFrame], Mapping[str, Array]]
MOST_ROWS = 10_000  # more rows are sampled: the spread over permutations is then below that over rows


def permutation_importance(
    frame: pd.DataFrame,
    truth: Mapping[str, Array],
    predict: Predict,
    targets: Sequence[TargetSpec],
    columns: Mapping[str, Sequence[str]],
    *,
    repeats: int = 5,
    seed: int = 0,
) -> dict[str, Any]:
    """Measure every column.

    Args:
        frame: Rows that training has not seen ``(rows, columns)``.
        truth: Target -> what the rows really are.
        predict: Rows -> target -> predictions, a row for a row.
        targets: The targets.
        columns: Raw column -> its columns in ``frame``, which move together.
        repeats: Permutations of each column.
        seed: The run's seed; a column's permutations do not depend on the other columns.

    Returns:
        Target -> ``metric``, ``value`` (the loss of the rows as they are), ``rows``, ``repeats`` and ``columns``: raw
        column -> ``increase`` (mean), ``sd`` (over the permutations) and ``values``; the most important first.
    """
    if len(frame) > MOST_ROWS:
        kept = np.sort(np.random.default_rng(derive_seed(seed, "importance")).permutation(len(frame))[:MOST_ROWS])
        frame, truth = frame.iloc[kept], {name: values[kept] for name, values in truth.items()}
    base = predict(frame)
    plain = {target.name: _loss(target, truth[target.name], base[target.name]) for target in targets}
    raised: dict[str, dict[str, Array]] = {target.name: {} for target in targets}
    for column, parts in columns.items():
        predicted = predict(_shuffled(frame, column, list(parts), repeats, seed))
        for target in targets:
            blocks = np.split(predicted[target.name], repeats)
            losses = np.array([_loss(target, truth[target.name], block) for block in blocks])
            raised[target.name][column] = losses - plain[target.name]
    return {target.name: _table(target, plain[target.name], raised[target.name], len(frame)) for target in targets}


def _shuffled(frame: pd.DataFrame, column: str, parts: list[str], repeats: int, seed: int) -> pd.DataFrame:
    """``repeats`` copies of the rows below each other, ``parts`` permuted within each copy."""
    rows = len(frame)
    rng = np.random.default_rng(derive_seed(seed, f"importance:{column}"))
    orders = np.concatenate([rng.permutation(rows) for _ in range(repeats)])
    copies = frame.iloc[np.tile(np.arange(rows), repeats)].reset_index(drop=True)
    for part in parts:
        copies[part] = frame[part].array.take(orders)
    return copies


def _loss(target: TargetSpec, truth: Array, prediction: Array) -> float:
    mean = float(row_losses(target, truth, prediction).mean())
    return float(np.sqrt(mean)) if target.task == "regression" else mean


def _table(target: TargetSpec, plain: float, raised: Mapping[str, Array], rows: int) -> dict[str, Any]:
    order = sorted(raised, key=lambda column: -float(raised[column].mean()))
    columns = {
        column: {
            "increase": float(raised[column].mean()),
            "sd": float(raised[column].std(ddof=1)) if len(raised[column]) > 1 else 0.0,
            "values": raised[column].tolist(),
        }
        for column in order
    }
    metric = "rmse" if target.task == "regression" else "log_loss"
    repeats = len(next(iter(raised.values()), []))
    return {"metric": metric, "value": plain, "rows": rows, "repeats": repeats, "columns": columns}
