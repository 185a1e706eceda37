"""The training rows of a numeric column -> the edges of the bins of its piecewise-linear embedding.

Three ways to place edges, put together: parts with equally many rows, parts with equally many distinct values (which
sees gaps and tails that quantiles jump over), and the thresholds of a small decision tree that tells the targets.
Ties make fewer bins, and so do few rows: a bin should have ten.

References:
    Gorishniy, Rubachev and Babenko (2022), On embeddings for numerical features in tabular deep learning.
    arXiv:2203.05556
"""

from collections.abc import Sequence

import numpy as np

from nnrecipes.data.spec import Array

ROWS_A_BIN = 10
CLOSEST = 1e-6
"""The least width of a bin, as a share of the column's range."""


def fit_edges(
    values: Array, *, quantile: int = 0, distinct: int = 0, target: int = 0, goal: Array | None = None
) -> Array:
    """Return rising edges, float32 ``(bins + 1,)``; none where the column has a single value.

    Args:
        values: The scaled training rows, float64 ``(rows,)``, none missing.
        quantile: Bins with equally many rows.
        distinct: Bins with equally many distinct values.
        target: Leaves of the decision tree.
        goal: What the tree tells, float64 ``(rows, columns)``.

    Example:
        >>> fit_edges(np.arange(101.0), quantile=4).tolist()
        [0.0, 25.0, 50.0, 75.0, 100.0]
        >>> fit_edges(np.repeat([0.0, 1.0, 8.0], [50, 40, 10]), quantile=2, distinct=2).tolist()
        [0.0, 0.5, 1.0, 8.0]
    """
    unique = np.unique(values)
    most = max(len(values) // ROWS_A_BIN, 1)
    places = [unique[[0, -1]]]
    if quantile:
        places.append(np.quantile(values, np.linspace(0, 1, min(quantile, most) + 1)))
    if distinct:
        places.append(np.quantile(unique, np.linspace(0, 1, min(distinct, most) + 1)))
    if target and goal is not None:
        places.append(_thresholds(values, goal, target))
    return _apart(np.unique(np.concatenate(places)))


def bin_goal(goals: Sequence[Array]) -> Array:
    """Return all targets side by side, each column with mean 0 and standard deviation 1."""
    joined = np.concatenate([np.asarray(goal, dtype=np.float64) for goal in goals], axis=1)
    spread = joined.std(axis=0)
    return np.asarray((joined - joined.mean(axis=0)) / np.where(spread > 0, spread, 1.0))


def _thresholds(values: Array, goal: Array, leaves: int) -> Array:
    from sklearn.tree import DecisionTreeRegressor

    if leaves < 2:
        return np.empty(0)
    least = max(ROWS_A_BIN, len(values) // 500)
    tree = DecisionTreeRegressor(max_leaf_nodes=leaves, min_samples_leaf=least, random_state=0)
    fitted = tree.fit(values.reshape(-1, 1), goal).tree_
    return np.asarray(fitted.threshold[fitted.children_left != fitted.children_right])


def _apart(edges: Array) -> Array:
    """float32 edges without those that lie too near to the one before."""
    rounded = np.unique(edges.astype(np.float32))
    least = CLOSEST * float(rounded[-1] - rounded[0])
    kept = np.diff(rounded, prepend=-np.inf) > least
    return rounded[kept] if kept.sum() > 1 else np.empty(0, dtype=np.float32)
