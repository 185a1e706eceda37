r"""Vectors -> vectors in which the rows of one identity spread alike in all directions.

::

    W = mean over rows of (x - m_identity) (x - m_identity)^T
    y = (W + shrinkage * trace(W) / width * I)^(-1/2) (x - m)

Directions in which photos of one person differ (light, pose) count less, those in which people differ count more:
within-class covariance normalisation, the whitening step of Fisher's discriminants. It is fitted in closed form on the
training rows when the training has ended; until then vectors stay as they are.

References:
    Hatch, Kajarekar and Stolcke (2006), Within-class covariance normalization for SVM-based speaker recognition.
    https://doi.org/10.21437/Interspeech.2006-183
"""

from typing import Any

import keras
import numpy as np
from keras import ops

from nnrecipes.data.spec import Array


@keras.saving.register_keras_serializable(package="nnrecipes")
class WithinClassWhitening(keras.layers.Layer):  # type: ignore[misc]
    """``(batch, width)`` -> ``(batch, width)``.

    Args:
        shrinkage: How much of the mean variance is added to the variance of each direction; few rows need more.
        name: Of the layer.
        **keywords: Of ``keras.layers.Layer``.

    Example:
        >>> layer = WithinClassWhitening(shrinkage=0.0)
        >>> rows = np.array([[2.0, 0.0], [-2.0, 0.0], [1.0, 5.0], [1.0, 3.0]], "float32")
        >>> layer.fit(rows, np.array([0, 0, 1, 1]))
        >>> white = layer(rows).numpy()  # the first number spreads by 2 within identity 0, the second by 1 within 1
        >>> [round(float(spread), 2) for spread in (white[:2, 0].std(), white[2:, 1].std())]
        [1.41, 1.41]
    """

    def __init__(self, shrinkage: float = 0.5, name: str | None = None, **keywords: Any) -> None:
        super().__init__(name=name, **keywords)
        self.shrinkage = shrinkage

    def build(self, input_shape: Any) -> None:
        """Begin with a step that changes nothing."""
        width = input_shape[-1]
        self.mean = self.add_weight(shape=(width,), initializer="zeros", trainable=False, name="mean")
        self.matrix = self.add_weight(shape=(width, width), initializer="identity", trainable=False, name="matrix")

    def fit(self, vectors: Array, identities: Array) -> None:
        """Learn mean and matrix.

        Args:
            vectors: ``(rows, width)``.
            identities: A number a row, ``(rows,)``.
        """
        if not self.built:
            self.build(vectors.shape)
        rows = np.asarray(vectors, dtype=np.float64)
        _, place = np.unique(identities, return_inverse=True)
        sums = np.zeros((place.max() + 1, rows.shape[1]))
        np.add.at(sums, place, rows)
        inside = rows - (sums / np.bincount(place)[:, None])[place]
        within = inside.T @ inside / len(rows)
        spread = np.trace(within) / len(within)
        values, directions = np.linalg.eigh(within + self.shrinkage * spread * np.eye(len(within)))
        scale = 1 / np.sqrt(np.maximum(values, 1e-9 * max(spread, 1e-12)))
        self.mean.assign(rows.mean(axis=0))
        self.matrix.assign((directions * scale) @ directions.T)

    def call(self, inputs: Any) -> Any:
        """Centre and whiten."""
        return ops.matmul(inputs - self.mean, self.matrix)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """That of the vectors."""
        return input_shape

    def get_config(self) -> dict[str, Any]:
        """Arguments of the constructor."""
        return {**super().get_config(), "shrinkage": self.shrinkage}
