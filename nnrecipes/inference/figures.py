"""A run and rows -> figures of its answers: decision regions, confusion matrix, predicted against true."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from nnrecipes.data.schema import Schema
from nnrecipes.data.spec import Array, TargetSpec
from nnrecipes.errors import DataError, RunError, did_you_mean

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from nnrecipes.inference.run import Run


def chosen_target(targets: Sequence[TargetSpec], name: str | None, tasks: Sequence[str]) -> TargetSpec:
    """Return the target of that name, or the first one whose task fits.

    Raises:
        DataError: There is none.
    """
    fitting = {target.name: target for target in targets if target.task in tasks}
    if name is None and fitting:
        return next(iter(fitting.values()))
    if name not in fitting:
        expected = f"a {' or '.join(tasks)} target of the run: {', '.join(fitting) or 'it has none'}"
        raise DataError(f"target: expected {expected}. Received: {name!r}.{did_you_mean(name, fitting)}")
    return fitting[name]


def typical_row(frame: pd.DataFrame) -> pd.DataFrame:
    """Return one row: the median of numbers, the most frequent of categories (of several, the first by name).

    Example:
        >>> typical_row(pd.DataFrame({"age": [1.0, 2.0, 9.0], "town": ["b", "a", "b"]})).to_dict("records")
        [{'age': 2.0, 'town': 'b'}]
    """
    values = {name: column.median() if column.dtype.kind == "f" else next(iter(column.mode()), None)
              for name, column in frame.items()}  # fmt: skip
    return pd.DataFrame({name: pd.Series([value], dtype=frame[name].dtype) for name, value in values.items()})


def check_pair(schema: Schema, a: str, b: str) -> None:
    """Refuse two features that span no plane.

    Raises:
        DataError: One is not a numeric feature, or both are the same.
    """
    numbers = [name for name, kind in schema.features.items() if kind == "numeric"]
    for name in (a, b):
        if name not in numbers:
            expected = f"a numeric feature of the run: {', '.join(numbers)}"
            raise DataError(f"features: expected {expected}. Received: {name!r}.{did_you_mean(name, numbers)}")
    if a == b:
        raise DataError(f"features: expected two features. Received: {a!r} twice.")


def plot_regions_of(
    predict: Callable[[pd.DataFrame], Array],
    pair: tuple[str, str],
    frame: pd.DataFrame,
    truth: Array,
    target: TargetSpec,
    resolution: int,
) -> "Figure":
    """Draw what a run predicts over two features; the others stand at their typical value of ``frame``.

    Args:
        predict: Prepared features -> the target's predictions, decoded.
        pair: The features across and upward.
        frame: Prepared features of the rows to draw.
        truth: Of those rows.
        target: What is predicted.
        resolution: Points along each axis.
    """
    from nnrecipes.evaluation.plots.regions import plot_regions

    row = typical_row(frame)

    def at(points: Array) -> Array:
        grid = row.loc[row.index.repeat(len(points))].reset_index(drop=True)
        return predict(grid.assign(**dict(zip(pair, points.T, strict=True))))

    return plot_regions(at, frame[list(pair)].to_numpy(dtype=np.float64), truth, features=pair,
                        classes=target.classes, target=target.name, resolution=resolution)  # fmt: skip


def plot_confusion_of(run: "Run", target: str | None) -> "Figure":
    """The confusion matrix of the test rows."""
    from nnrecipes.evaluation.plots.confusion import plot_confusion

    spec = chosen_target(run.spec.targets, target, ("binary", "multiclass"))
    counts = run.metrics.get(spec.name, {}).get("confusion")
    if counts is None:
        raise RunError(f"{run.path}: expected the confusion matrix of {spec.name!r}. Received: none in metrics.json.")
    return plot_confusion(counts, spec.classes, title=f"{spec.name}: test rows")


def plot_predicted_of(run: "Run", target: str | None) -> "Figure":
    """Predicted against true, and the residuals, of the test rows."""
    from nnrecipes.evaluation.plots.regression import plot_regression

    spec = chosen_target(run.spec.targets, target, ("regression",))
    file = run.folder.predictions
    if not file.is_file():
        raise RunError(f"{file}: expected the predictions of the test rows. Received: nothing there.")
    rows = pd.read_csv(file)
    return plot_regression(rows[spec.name].to_numpy(), rows[f"predicted_{spec.name}"].to_numpy(), target=spec.name)
