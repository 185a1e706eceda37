"""The predictions of a run's test rows -> those that were furthest from the truth, target by target."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from nnrecipes.data.spec import TargetSpec
from nnrecipes.inference.stored import StoredRun
from nnrecipes.runs.integrity import check_file

SHOWN = 10
Found = tuple[str, tuple[str, ...], list[tuple[Any, ...]]]


def worst_errors(run: StoredRun, count: int = SHOWN) -> Iterator[Found]:
    """Yield target, header and rows, the worst first; nothing of a run without predictions of targets.

    A number's error is its distance from the truth, a class's the probability that the true class did not get.

    Args:
        run: A finished run.
        count: Rows a target.
    """
    path = run.folder.predictions
    if not hasattr(run, "spec") or not path.is_file():
        return
    frame = pd.read_csv(check_file(run.folder, path, run.provenance), dtype={"row_id": str})
    for target in run.spec.targets:
        if target.task == "regression" and f"predicted_{target.name}" in frame:
            yield target.name, ("row", "true", "predicted", "error"), _numbers(frame, target, count)
        elif target.task in ("binary", "multiclass"):
            header = ("row", "true", "predicted", "probability of the true class")
            yield target.name, header, _classes(frame, target, count)


def _numbers(frame: pd.DataFrame, target: TargetSpec, count: int) -> list[tuple[Any, ...]]:
    true, predicted = frame[target.name].to_numpy(float), frame[f"predicted_{target.name}"].to_numpy(float)
    error = predicted - true
    worst = np.argsort(-np.abs(error), kind="stable")[:count]
    return [(frame["row_id"].iloc[i], f"{true[i]:.5g}", f"{predicted[i]:.5g}", f"{error[i]:+.4g}") for i in worst]


def _classes(frame: pd.DataFrame, target: TargetSpec, count: int) -> list[tuple[Any, ...]]:
    true = frame[target.name].astype(str)
    names = [f"predicted_{target.name}_probability_{name}" for name in target.classes]
    place = pd.Index(target.classes).get_indexer(pd.Index(true))
    known = frame[names].to_numpy(float)[np.arange(len(frame)), place]
    worst = np.argsort(known, kind="stable")[:count]
    predicted = frame[f"predicted_{target.name}"].astype(str)
    return [(frame["row_id"].iloc[i], true.iloc[i], predicted.iloc[i], f"{known[i]:.3g}") for i in worst]
