"""Features -> units by the neural tangent parametrisation: weights of size 1, scaled in the sum.

    y = x W / sqrt(features) + 0.1 b,   W ~ N(0, 1)

A step of the optimizer then changes every layer's output alike, whatever its width, so one learning rate fits networks
of any size. The factor before the bias makes its steps smaller.

References:
    Jacot, Gabriel and Hongler (2018), Neural tangent kernel. arXiv:1806.07572
    Holzmüller, Grinsztajn and Steinwart (2024), Better by default. arXiv:2407.04491
"""

import math
from typing import Any

import keras
from keras import ops

BIAS = 0.1


@keras.saving.register_keras_serializable(package="nnrecipes")
class NTPDense(keras.layers.Layer):  # type: ignore[misc]
    """``(batch, ..., features)`` -> ``(batch, ..., units)``.

    Args:
        units: Width of the output.
        bias_spread: Standard deviation of the initial ``0.1 b``.
        name: Of the layer.
        **keywords: Of ``keras.layers.Layer``.

    Example:
        >>> layer = NTPDense(3)
        >>> layer(ops.ones((2, 4, 5))).shape, layer.count_params()
        (TensorShape([2, 4, 3]), 18)
    """

    def __init__(self, units: int, bias_spread: float = 0.5, name: str | None = None, **keywords: Any) -> None:
        super().__init__(name=name, **keywords)
        self.units = units
        self.bias_spread = bias_spread

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Make weights and bias."""
        normal, spread = keras.initializers.RandomNormal, self.bias_spread / BIAS
        self.width = int(input_shape[-1] or 0)
        self.kernel = self.add_weight(shape=(self.width, self.units), initializer=normal(stddev=1.0), name="kernel")
        self.bias = self.add_weight(shape=(self.units,), initializer=normal(stddev=spread), name="bias")

    def call(self, inputs: Any) -> Any:
        """Multiply; all leading axes are rows of one product."""
        rows = ops.reshape(inputs, (-1, self.width))
        found = ops.matmul(rows, self.kernel * (1.0 / math.sqrt(max(self.width, 1)))) + BIAS * self.bias
        return ops.reshape(found, (-1, *inputs.shape[1:-1], self.units))

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The last axis is the units'."""
        return (*input_shape[:-1], self.units)

    def get_config(self) -> dict[str, Any]:
        """Arguments of the constructor."""
        return {**super().get_config(), "units": self.units, "bias_spread": self.bias_spread}
