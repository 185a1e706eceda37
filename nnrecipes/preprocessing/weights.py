"""Classes of the training rows -> a weight a row.

``balanced`` gives each class the same total weight, ``rows / (classes * rows of the class)``, as scikit-learn does;
named weights are used as they are, and a class without a name weighs 1.
"""

from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np

from nnrecipes.data.spec import Array
from nnrecipes.errors import DataError, did_you_mean


def class_weights(
    counts: Array,
    classes: Sequence[str],
    weight: Literal["balanced"] | Mapping[str, float],
    *,
    where: str = "class_weight",
) -> Array:
    """Return the weight of each class, float64 ``(classes,)``.

    Args:
        counts: Training rows of each class, ``(classes,)``.
        classes: Names of the classes.
        weight: ``balanced``, or class name -> weight.
        where: The place in the recipe, for error messages.

    Returns:
        The weights in the order of ``classes``.

    Raises:
        DataError: A name is not a class, or a weight is not a finite number from 0.

    Example:
        >>> class_weights(np.array([3, 1]), ("no", "yes"), "balanced").tolist()
        [0.6666666666666666, 2.0]
        >>> class_weights(np.array([3, 1]), ("no", "yes"), {"yes": 3}).tolist()
        [1.0, 3.0]
    """
    if weight == "balanced":
        return np.asarray(counts.sum() / (len(classes) * np.maximum(counts, 1)))
    problems = [
        f"{where}: expected one of the classes {', '.join(classes)}. Received: {name!r}.{did_you_mean(name, classes)}"
        for name in weight
        if name not in classes
    ]
    problems += [
        f"{where}.{name}: expected a finite number from 0. Received: {value!r}."
        for name, value in weight.items()
        if not (np.isfinite(value) and value >= 0)
    ]
    if problems:
        raise DataError(problems)
    return np.array([float(weight.get(name, 1.0)) for name in classes])


def sample_weights(
    index: Array,
    classes: Sequence[str],
    weight: Literal["balanced"] | Mapping[str, float],
    *,
    where: str = "class_weight",
) -> Array:
    """Return the weight of each training row, float32 ``(rows,)``.

    Args:
        index: int64 ``(rows,)`` class of each training row.
        classes: As in :func:`class_weights`.
        weight: As in :func:`class_weights`.
        where: As in :func:`class_weights`.

    Example:
        >>> sample_weights(np.array([0, 0, 0, 1]), ("no", "yes"), {"yes": 3}).tolist()
        [1.0, 1.0, 1.0, 3.0]
    """
    counts = np.bincount(index, minlength=len(classes))
    return class_weights(counts, classes, weight, where=where)[index].astype(np.float32)
