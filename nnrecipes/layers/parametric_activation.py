"""Numbers -> an activation, of which each unit learns how much: ``a(x) = x + s (activation(x) - x)``, ``s = 1`` first.

``s`` is kept as ten times its tenth, so that it moves slowly.

References:
    Holzmüller, Grinsztajn and Steinwart (2024), Better by default. arXiv:2407.04491
    Misra (2020), Mish: a self regularized non-monotonic activation function. arXiv:1908.08681
"""

from typing import Any

import keras
from keras import ops

SLOWER = 0.1
MOST = 20.0
"""Beyond it mish is the identity in float32."""


def mish(x: Any) -> Any:
    """``x tanh(softplus(x))`` with one exponential: ``x n / (n + 2)``, ``n = e^x (e^x + 2)``.

    Example:
        >>> [round(float(y), 4) for y in mish(ops.convert_to_tensor([0.0, 1.0, 100.0]))]
        [0.0, 0.8651, 100.0]
    """
    power = ops.exp(ops.minimum(x, MOST))
    part = power * (power + 2.0)
    return x * (part / (part + 2.0))


@keras.saving.register_keras_serializable(package="nnrecipes")
class ParametricActivation(keras.layers.Layer):  # type: ignore[misc]
    """``(batch, ..., units)`` -> the same shape.

    Args:
        activation: Name of the activation.
        learn: Whether each unit learns how much of it; else it is the plain activation.
        name: Of the layer.
        **keywords: Of ``keras.layers.Layer``.

    Example:
        >>> ParametricActivation("relu")(ops.convert_to_tensor([[-1.0, 2.0]])).numpy().tolist()
        [[0.0, 2.0]]
    """

    def __init__(self, activation: str = "mish", learn: bool = True, name: str | None = None, **keywords: Any) -> None:
        super().__init__(name=name, **keywords)
        self.activation = activation
        self.learn = learn

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Make ``s``."""
        if self.learn:
            start = keras.initializers.Constant(1.0 / SLOWER)
            self.share = self.add_weight(shape=(input_shape[-1],), initializer=start, name="share")

    def call(self, inputs: Any) -> Any:
        """Bend."""
        bent = mish(inputs) if self.activation == "mish" else keras.activations.get(self.activation)(inputs)
        return inputs + SLOWER * self.share * (bent - inputs) if self.learn else bent

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The same."""
        return input_shape

    def get_config(self) -> dict[str, Any]:
        """Arguments of the constructor."""
        return {**super().get_config(), "activation": self.activation, "learn": self.learn}
