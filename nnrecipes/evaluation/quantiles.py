"""Predicted quantiles ``(rows, quantiles)`` -> the point among them, and how well they hold.

| metric | what |
|---|---|
| pinball | the mean pinball loss of all quantiles, in the target's unit |
| coverage | share of the rows between the lowest and the highest quantile |
| width | mean distance between the two, in the target's unit |

``coverage`` should be the difference of the two levels: .9 for the quantiles .05 and .95.
"""

import numpy as np

from nnrecipes.data.spec import Array, TargetSpec


def middle(target: TargetSpec) -> int:
    """Return the place of the quantile that is nearest to the median.

    Example:
        >>> middle(TargetSpec("y", "y", "regression", "linear", "value", quantiles=(0.05, 0.5, 0.95), units=3))
        1
    """
    return int(np.argmin(np.abs(np.asarray(target.quantiles) - 0.5)))


def point_of(target: TargetSpec, prediction: Array) -> Array:
    """Return one number a row, float64 ``(rows,)``: the prediction, or the quantile nearest to the median."""
    if target.quantiles and prediction.ndim == 2 and prediction.shape[1] == len(target.quantiles):
        return np.asarray(prediction[:, middle(target)])
    return prediction.reshape(-1)


def quantile_columns(target: TargetSpec, truth: Array, prediction: Array) -> dict[str, Array]:
    """Return metric -> its value of each row ``(rows,)``; the metric is the mean.

    Example:
        >>> target = TargetSpec("y", "y", "regression", "linear", "value", quantiles=(0.1, 0.9), units=2)
        >>> found = quantile_columns(target, np.array([1.0, 5.0]), np.array([[0.0, 2.0], [0.0, 2.0]]))
        >>> {name: values.mean().round(3).item() for name, values in found.items()}
        {'pinball': 0.85, 'coverage': 0.5, 'width': 2.0}
    """
    levels = np.asarray(target.quantiles)
    error = truth.reshape(-1, 1) - prediction
    low, high = prediction[:, 0], prediction[:, -1]
    inside = (truth.reshape(-1) >= low) & (truth.reshape(-1) <= high)
    loss = np.maximum(levels * error, (levels - 1) * error).mean(axis=1)
    return {"pinball": loss, "coverage": inside.astype(np.float64), "width": high - low}


def exceedance(target: TargetSpec, truth: Array, prediction: Array) -> dict[str, float]:
    """Return level -> share of the rows at or below that quantile, which should be the level."""
    below = (truth.reshape(-1, 1) <= prediction).mean(axis=0)
    return {f"{level:g}": float(share) for level, share in zip(target.quantiles, below, strict=True)}
