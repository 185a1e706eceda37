"""What the network says -> predictions in the target's own terms.

| task, head | prediction |
|---|---|
| regression | float64 ``(rows,)`` in the target's own unit |
| regression with quantiles | float64 ``(rows, quantiles)`` in the target's own unit |
| binary, one sigmoid | ``[1 - p, p]``, float64 ``(rows, 2)`` |
| binary, one linear or tanh unit (hinge losses) | the same with ``p = (x + 1) / 2`` clipped to 0 … 1 |
| binary and multiclass, softmax | probabilities, float64 ``(rows, classes)`` |
| multiclass, a sigmoid a class (one-vs-rest) | the sigmoids over their sum, float64 ``(rows, classes)`` |
| multilabel | the sigmoids, float64 ``(rows, labels)`` |
| identity | vectors of length 1, float64 ``(rows, width)`` |

The probabilities of classes sum to 1 in float64, which a float32 softmax does only nearly.
"""

import numpy as np

from nnrecipes.data.spec import Array, TargetSpec
from nnrecipes.errors import DataError
from nnrecipes.preprocessing.scaling import Scaler, unscale


def decode_output(raw: Array, spec: TargetSpec, scaler: Scaler) -> Array:
    """Return the predictions of one target.

    Args:
        raw: The output as the network gives it, ``(rows, units)`` or, of one unit, ``(rows,)``.
        spec: The target.
        scaler: The scale of a regression target's labels.

    Raises:
        DataError: The output has another number of units than the target asks for.

    Example:
        >>> species = TargetSpec("species", "out", "binary", "sigmoid", "binary", ("cat", "dog"))
        >>> decode_output(np.array([[0.25]]), species, Scaler()).tolist()
        [[0.75, 0.25]]
    """
    numbers = np.asarray(raw, dtype=np.float64)
    if numbers.ndim == 1 and spec.units == 1:
        numbers = numbers.reshape(-1, 1)
    if spec.task == "identity" and numbers.ndim == 2:
        return np.asarray(numbers / np.maximum(np.linalg.norm(numbers, axis=1, keepdims=True), np.finfo(float).tiny))
    if numbers.ndim != 2 or numbers.shape[1] != spec.units:
        expected = f"an array (rows, {spec.units}) for the {spec.task} target {spec.name!r}"
        raise DataError(f"output {spec.output!r}: expected {expected}. Received: shape {numbers.shape}.")
    if spec.quantiles:
        return np.column_stack([unscale(column, scaler) for column in numbers.T])
    if spec.task == "regression":
        return unscale(numbers[:, 0], scaler)
    if spec.task == "multilabel":
        return numbers
    if spec.labels == "binary":
        positive = numbers[:, 0] if spec.activation.endswith("sigmoid") else (numbers[:, 0] + 1) / 2
        positive = np.clip(positive, 0.0, 1.0)
        return np.column_stack([1 - positive, positive])
    return _normalise(numbers)


def _normalise(numbers: Array) -> Array:
    total = numbers.sum(axis=1, keepdims=True)
    return np.asarray(np.where(total == 0, 1 / numbers.shape[1], numbers / np.where(total == 0, 1.0, total)))
