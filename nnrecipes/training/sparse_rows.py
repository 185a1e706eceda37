"""A scipy CSR matrix as constants of a TensorFlow graph, from which a batch of rows is read without a dense matrix."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf
from scipy.sparse import csr_matrix


@dataclass(frozen=True)
class Batch:
    """Some rows.

    Args:
        x: ``tf.SparseTensor`` ``(batch, columns)``.
        rows: Row of each value within the batch, int64 ``(values,)``.
        columns: Column of each value, int64 ``(values,)``.
        values: float32 ``(values,)``.
    """

    x: Any
    rows: Any
    columns: Any
    values: Any


class SparseRows:
    """Rows of a CSR matrix, by number.

    Args:
        matrix: CSR ``(rows, columns)``.

    Example:
        >>> batch = SparseRows(csr_matrix(np.array([[0, 2, 3], [0, 0, 0], [1, 0, 0]]))).take(tf.constant([2, 0]))
        >>> tf.sparse.to_dense(batch.x).numpy().tolist()
        [[1.0, 0.0, 0.0], [0.0, 2.0, 3.0]]
    """

    def __init__(self, matrix: csr_matrix) -> None:
        matrix = matrix.tocsr()
        matrix.sort_indices()
        self.shape = matrix.shape
        self.starts = tf.constant(matrix.indptr.astype(np.int64))
        self.columns = tf.constant(matrix.indices.astype(np.int32))
        same = len(matrix.data) == 0 or bool((matrix.data == 1).all())
        self.values = None if same else tf.constant(matrix.data.astype(np.float32))

    def take(self, rows: Any) -> Batch:
        """Return the rows of the given numbers ``(batch,)``, in their order."""
        first = tf.gather(self.starts, rows)
        lengths = tf.gather(self.starts, rows + 1) - first
        ends = tf.cumsum(lengths)
        total = ends[-1]
        place = tf.repeat(first - (ends - lengths), lengths) + tf.range(total)
        count = tf.cast(tf.shape(rows)[0], tf.int64)
        row = tf.repeat(tf.range(count), lengths)
        column = tf.cast(tf.gather(self.columns, place), tf.int64)
        values = tf.ones_like(place, tf.float32) if self.values is None else tf.gather(self.values, place)
        shape = tf.stack([count, tf.constant(self.shape[1], tf.int64)])
        x = tf.SparseTensor(tf.stack([row, column], axis=1), values, shape)
        return Batch(x, row, column, values)
