"""A model and histories -> the best items of each user, in blocks: memory grows with a block, never with all users.

Every block has the same number of rows, the last one filled up with empty ones: one user alone is scored by the same
program as among others, so the list is the same. Items of equal score stand in the order of their codes.
"""

from typing import Any

import keras
import numpy as np
import tensorflow as tf
from scipy.sparse import csr_matrix

from nnrecipes.data.spec import Array

BLOCK = 64  # rows; 26 MB of scores for 100,000 items


class Ranker:
    """The lists of one model, by programs that are compiled once.

    Args:
        model: Any model of histories, ``(batch, items)`` -> ``(batch, items)``.
        block: Rows a step.

    Example:
        >>> from nnrecipes.models.item_weights import build_item_weights
        >>> ranker = Ranker(build_item_weights(weights=np.array([[0, 1, 2], [0, 0, 0], [3, 0, 0]])))
        >>> history = csr_matrix(np.array([[1.0, 0.0, 0.0]]))
        >>> ranker.top(history, 2, exclude=history)[0].tolist()
        [[2, 1]]
    """

    def __init__(self, model: keras.Model, block: int = BLOCK) -> None:
        self.model = model
        self.block = block
        self._programs: dict[int, Any] = {}
        self._score: Any = None

    def top(
        self, histories: csr_matrix, k: int, *, exclude: csr_matrix | None = None, allowed: Array | None = None
    ) -> tuple[Array, Array]:
        """Return item codes, best first, int64 ``(users, k)``, and their scores, float32 ``(users, k)``.

        Args:
            histories: CSR ``(users, items)``.
            k: Places of a list; -1 and minus infinity stand where there are fewer items.
            exclude: Items that a user may not get, CSR ``(users, items)``: those of the history for one.
            allowed: Which items may stand in any list, boolean ``(items,)``; all by default.
        """
        users, items = histories.shape
        places = min(k, items)
        mask = tf.constant(np.ones(items, bool) if allowed is None else allowed)
        program = self._program(items, places)
        codes = np.full((users, k), -1, dtype=np.int64)
        scores = np.full((users, k), -np.inf, dtype=np.float32)
        for start in range(0, users, self.block):
            rows = slice(start, min(start + self.block, users))
            hidden = np.zeros((0, 2), np.int64) if exclude is None else _indices(exclude[rows])
            best, found = program(_tensor(histories[rows], self.block, items), tf.constant(hidden), mask)
            count = rows.stop - rows.start
            codes[rows, :places], scores[rows, :places] = found.numpy()[:count], best.numpy()[:count]
        codes[~np.isfinite(scores)] = -1
        return codes, scores

    def scores(self, histories: csr_matrix) -> Array:
        """Return every output of the model, float32 ``(users, items)``, for few users, at least one."""
        users, items = histories.shape
        if self._score is None:
            self._score = _compile_scores(self.model, items)
        parts = [self._score(_tensor(histories[start : start + self.block], self.block, items)).numpy()
                 for start in range(0, users, self.block)]  # fmt: skip
        whole: Array = np.concatenate(parts)[:users]
        return whole

    def _program(self, items: int, places: int) -> Any:
        if places not in self._programs:
            self._programs[places] = _compile(self.model, items, places)
        return self._programs[places]


def _compile(model: keras.Model, items: int, places: int) -> Any:
    sparse = tf.SparseTensorSpec((None, items), tf.float32)
    pairs, mask = tf.TensorSpec((None, 2), tf.int64), tf.TensorSpec((items,), tf.bool)

    @tf.function(input_signature=(sparse, pairs, mask))  # type: ignore[untyped-decorator]
    def rank(x: Any, hidden: Any, allowed: Any) -> Any:
        scores = tf.where(allowed[None, :], model(x, training=False), -np.inf)
        out = tf.fill((tf.shape(hidden)[0],), tf.constant(-np.inf, scores.dtype))
        return tf.math.top_k(tf.tensor_scatter_nd_update(scores, hidden, out), places)

    return rank


def _compile_scores(model: keras.Model, items: int) -> Any:
    @tf.function(input_signature=(tf.SparseTensorSpec((None, items), tf.float32),))  # type: ignore[untyped-decorator]
    def score(x: Any) -> Any:
        return model(x, training=False)

    return score


def _tensor(rows: csr_matrix, block: int, items: int) -> Any:
    return tf.SparseTensor(_indices(rows), rows.data.astype(np.float32), (block, items))


def _indices(rows: csr_matrix) -> Array:
    row = np.repeat(np.arange(rows.shape[0], dtype=np.int64), np.diff(rows.indptr))
    return np.stack([row, rows.indices.astype(np.int64)], axis=1)
