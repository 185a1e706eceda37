"""Features -> units, and units -> features by the same weights, transposed: the two halves of an autoencoder.

    down: x W + b;    up: h W^T + c

References:
    Vincent et al. (2010), Stacked denoising autoencoders, section 2. JMLR 11, 3371-3408.
"""

from typing import Any

import keras


@keras.saving.register_keras_serializable(package="nnrecipes")
class TiedDense(keras.layers.Layer):  # type: ignore[misc]
    """``(batch, features)`` -> ``(batch, units)``; called with ``up=True``, the other way round.

    Args:
        units: Length of the rows in the middle.
        name: Of the layer.
        **keywords: Of ``keras.layers.Layer``.

    Example:
        >>> layer = TiedDense(3)
        >>> layer(layer(keras.ops.ones((2, 5))), up=True).shape, layer.count_params()
        (TensorShape([2, 5]), 23)
    """

    def __init__(self, units: int, name: str | None = None, **keywords: Any) -> None:
        super().__init__(name=name, **keywords)
        self.units = units

    def build(self, input_shape: Any) -> None:
        """Make the weights, and a bias for each way."""
        features = input_shape[-1]
        self.kernel = self.add_weight(shape=(features, self.units), initializer="glorot_uniform", name="kernel")
        self.bias = self.add_weight(shape=(self.units,), initializer="zeros", name="bias")
        self.up_bias = self.add_weight(shape=(features,), initializer="zeros", name="up_bias")

    def call(self, inputs: Any, up: bool = False) -> Any:
        """Go down, or up."""
        if up:
            return keras.ops.matmul(inputs, keras.ops.transpose(self.kernel)) + self.up_bias
        return keras.ops.matmul(inputs, self.kernel) + self.bias

    def compute_output_spec(self, inputs: Any, up: bool = False) -> Any:
        """``(batch, units)``, or ``(batch, features)`` upward."""
        units = self.kernel.shape[0] if up else self.units
        return keras.KerasTensor((*inputs.shape[:-1], units), dtype=self.compute_dtype)

    def get_config(self) -> dict[str, Any]:
        """Arguments of the constructor."""
        return {**super().get_config(), "units": self.units}
