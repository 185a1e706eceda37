"""Numbers -> a vector each: the number itself, and sums of its waves (periodic, bias, linear, densely connected: PBLD).

    v(x) = [x, cos(2 pi x w + b) W / sqrt(frequencies) + c],    w ~ N(0, scale),  b ~ U(-pi, pi)

A small ``scale`` begins with slow waves; frequencies are learnt slowly, being kept as ten times their tenth.

References:
    Gorishniy, Rubachev and Babenko (2022), On embeddings for numerical features in tabular deep learning.
    arXiv:2203.05556
    Holzmüller, Grinsztajn and Steinwart (2024), Better by default. arXiv:2407.04491
"""

import math
from typing import Any

import keras
from keras import ops

SLOWER = 0.1


@keras.saving.register_keras_serializable(package="nnrecipes")
class PeriodicEmbedding(keras.layers.Layer):  # type: ignore[misc]
    """``(batch, features)`` -> ``(batch, features * dim)``.

    Args:
        frequencies: Waves of a number.
        scale: Standard deviation of the frequencies before training.
        dim: Length of the vector of a number, itself included; 2 or more.
        name: Of the layer.
        **keywords: Of ``keras.layers.Layer``.

    Example:
        >>> PeriodicEmbedding(dim=3)(ops.ones((5, 2))).shape
        TensorShape([5, 6])
    """

    def __init__(
        self, frequencies: int = 16, scale: float = 0.1, dim: int = 4, name: str | None = None, **keywords: Any
    ) -> None:
        super().__init__(name=name, **keywords)
        self.frequencies = frequencies
        self.scale = scale
        self.dim = dim

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Make frequencies, phases and the matrices."""
        self.features = int(input_shape[-1] or 0)
        shape, made = (self.features, self.frequencies), self.dim - 1
        slow = keras.initializers.RandomNormal(stddev=self.scale / SLOWER)
        turn = keras.initializers.RandomUniform(-math.pi / SLOWER, math.pi / SLOWER)
        normal = keras.initializers.RandomNormal(stddev=1.0)
        self.frequency = self.add_weight(shape=shape, initializer=slow, name="frequency")
        self.phase = self.add_weight(shape=shape, initializer=turn, name="phase")
        self.kernel = self.add_weight(shape=(*shape, made), initializer=normal, name="kernel")
        self.bias = self.add_weight(shape=(self.features, made), initializer="zeros", name="bias")

    def call(self, inputs: Any) -> Any:
        """Make waves and sum them."""
        turns = inputs[:, :, None] * (2.0 * math.pi * SLOWER * self.frequency) + SLOWER * self.phase
        sums = ops.einsum("bfi,fid->bfd", ops.cos(turns), self.kernel * (1.0 / math.sqrt(self.frequencies)))
        found = ops.concatenate([inputs[:, :, None], sums + SLOWER * self.bias], axis=2)
        return ops.reshape(found, (-1, self.features * self.dim))

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The vectors side by side."""
        return (input_shape[0], input_shape[-1] * self.dim)

    def get_config(self) -> dict[str, Any]:
        """Arguments of the constructor."""
        own = {"frequencies": self.frequencies, "scale": self.scale, "dim": self.dim}
        return {**super().get_config(), **own}
