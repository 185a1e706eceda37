"""Numbers -> a vector each, piecewise linear in the number: which bins lie below it, times a learnt matrix.

    e_t(x) = min(max((x - b_(t-1)) / (b_t - b_(t-1)), 0), 1),    v(x) = e(x) W / sqrt(bins)

The edges ``b`` are those of the training rows and stay as they are.

References:
    Gorishniy, Rubachev and Babenko (2022), On embeddings for numerical features in tabular deep learning.
    arXiv:2203.05556
"""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from nnrecipes.data.spec import Array


@keras.saving.register_keras_serializable(package="nnrecipes")
class PiecewiseLinear(keras.layers.Layer):  # type: ignore[misc]
    """``(batch, features)`` -> ``(batch, features * dim)``.

    Args:
        edges: Of each feature, two or more rising numbers.
        dim: Length of the vector of a number.
        name: Of the layer.
        **keywords: Of ``keras.layers.Layer``.

    Example:
        >>> layer = PiecewiseLinear([[0.0, 1.0, 3.0], [0.0, 1.0]], dim=4)
        >>> layer(ops.zeros((5, 2))).shape
        TensorShape([5, 8])
    """

    def __init__(
        self, edges: Sequence[Sequence[float]], dim: int = 8, name: str | None = None, **keywords: Any
    ) -> None:
        super().__init__(name=name, **keywords)
        self.edges = [list(map(float, row)) for row in edges]
        self.dim = dim

    def build(self, input_shape: Any) -> None:  # noqa: ARG002 - Keras names it
        """Make the matrices; rows behind a feature's last bin are 0 and have no part in anything."""
        self.starts, self.factors = _tables(self.edges)
        counts = (self.factors > 0).sum(axis=1)
        scale = (self.factors > 0) / np.sqrt(counts)[:, None]
        self.scale = scale[:, :, None].astype("float32")
        shape = (*self.starts.shape, self.dim)
        self.kernel = self.add_weight(
            shape=shape, initializer=keras.initializers.RandomNormal(stddev=1.0), name="kernel"
        )

    def call(self, inputs: Any) -> Any:
        """Encode, then multiply."""
        parts = ops.clip((inputs[:, :, None] - self.starts) * self.factors, 0.0, 1.0)  # (batch, features, bins)
        found = ops.einsum("bfi,fid->bfd", parts, self.kernel * self.scale)
        return ops.reshape(found, (-1, len(self.edges) * self.dim))

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The vectors side by side."""
        return (input_shape[0], len(self.edges) * self.dim)

    def get_config(self) -> dict[str, Any]:
        """Arguments of the constructor."""
        return {**super().get_config(), "edges": self.edges, "dim": self.dim}


def _tables(edges: Sequence[Sequence[float]]) -> tuple[Array, Array]:
    """Starts and 1 / widths of all bins, float32 ``(features, most bins)``; 0 behind a feature's last bin."""
    most = max(len(row) for row in edges) - 1
    starts, factors = np.zeros((2, len(edges), most), dtype="float32")
    for place, row in enumerate(edges):
        starts[place, : len(row) - 1] = row[:-1]
        factors[place, : len(row) - 1] = 1.0 / np.diff(row)
    return starts, factors
