"""Arrays of images, texts and series -> what a linear model can take of them.

Images are averaged over blocks until none of their sides has more than 16 pixels. Texts become TF-IDF vectors over the
network's own ids, which know no order. Series are their scaled steps.
"""

from typing import Any

import numpy as np

from nnrecipes.data.spec import Array, InputSpec

SIDE = 16


def media_matrix(values: Array, item: InputSpec) -> Any:
    """Return one matrix ``(rows, columns)``, sparse of a text.

    Args:
        values: The input's array.
        item: The input.
    """
    if item.kind == "text":
        return text_counts(values, item.cardinalities[0])
    if item.kind == "image":
        return small_images(values).reshape(len(values), -1)
    return values.reshape(len(values), -1).astype(np.float64)


def small_images(images: Array, side: int = SIDE) -> Array:
    """Average pixels over blocks, ``(..., height, width, channels)`` -> at most ``side`` x ``side``, float64.

    Example:
        >>> small_images(np.ones((1, 32, 20, 3), np.uint8)).shape
        (1, 16, 10, 3)
    """
    *several, height, width, channels = images.shape
    step = max(1, -(-max(height, width) // side))
    rows, columns = height // step, width // step
    cut = images[..., : rows * step, : columns * step, :].reshape(*several, rows, step, columns, step, channels)
    return np.asarray(cut.mean(axis=(-4, -2), dtype=np.float64))


def text_counts(values: Array, size: int) -> Any:
    """Return token counts of ids ``(rows, length)``, or the weights of ``(rows, length, 2)``, sparse ``(rows, size)``.

    Example:
        >>> text_counts(np.array([[2, 3, 2, 0]]), 4).toarray().tolist()
        [[0.0, 0.0, 2.0, 1.0]]
    """
    from scipy import sparse

    ids = values if values.ndim == 2 else values[:, :, 0].astype(np.int64)
    weights = (ids > 0).astype(np.float64) if values.ndim == 2 else values[:, :, 1].astype(np.float64)
    rows = np.repeat(np.arange(len(ids)), ids.shape[1])
    there = ids.ravel() > 0
    table = (weights.ravel()[there], (rows[there], ids.ravel()[there]))
    return sparse.csr_matrix(table, shape=(len(ids), size))
