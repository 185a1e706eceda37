"""The rows of an epoch -> the part of each batch that each replica takes.

Every replica works out the parts of all of them from numbers that all know beforehand, so that no step has to ask how
many rows the others have, and none waits for a replica that has none left.
"""

import math

import numpy as np

from nnrecipes.data.spec import Array


def shares(rows: int, replicas: int) -> Array:
    """Return how many of ``rows`` each replica takes, as equal as can be, int64 ``(replicas,)``.

    Example:
        >>> shares(8, 3).tolist(), shares(1, 2).tolist()
        ([2, 3, 3], [0, 1])
    """
    return np.diff(np.arange(replicas + 1) * rows // replicas)


def parts_of_one(rows: int, batch_size: int, replicas: int) -> Array:
    """Return the rows of each replica in each step where all read one list, int64 ``(steps, replicas)``.

    Example:
        >>> parts_of_one(11, 4, 2).tolist()
        [[2, 2], [2, 2], [1, 2]]
    """
    sizes = [min(batch_size, rows - start) for start in range(0, rows, batch_size)]
    return np.array([shares(size, replicas) for size in sizes], dtype=np.int64).reshape(-1, replicas)


def parts_of_own(rows: Array, batch_size: int) -> Array:
    """Return the rows of each replica in each step where each reads a list of its own, int64 ``(steps, replicas)``.

    A replica takes its part of ``batch_size`` until its list is at its end; the others go on without it.

    Args:
        rows: Of each list, ``(replicas,)``.
        batch_size: Rows a step of all replicas.

    Example:
        >>> parts_of_own(np.array([5, 2]), 4).tolist()
        [[2, 2], [2, 0], [1, 0]]
    """
    most = shares(batch_size, len(rows))
    steps = max(math.ceil(count / size) for count, size in zip(rows, most, strict=True))
    done = np.arange(steps)[:, None] * most
    left: Array = np.clip(np.asarray(rows) - done, 0, most)
    return left
