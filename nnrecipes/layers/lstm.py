"""Steps -> LSTM states (Hochreiter and Schmidhuber, 1997, doi:10.1162/neco.1997.9.8.1735), the gradient by hand."""

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from nnrecipes.layers.time_loop import Cell, TimeLoop


class LSTMStep(Cell):
    """A step of an LSTM; weights: ``(width, 4 units)``, ``(units, 4 units)``, ``(4 units,)``.

    The gates are those of input and forgetting, the candidate and the gate of the output.
    """

    kept, gates = 6, 4

    def forward(self, x: Any, states: Sequence[Any], weights: Sequence[Any]) -> tuple[Sequence[Any], Sequence[Any]]:
        """States: output, cell state."""
        (h, c), (kernel, recurrent_kernel, bias) = states, weights
        i, f, g, o = ops.split(ops.matmul(x, kernel) + ops.matmul(h, recurrent_kernel) + bias, 4, axis=1)
        i, f, g, o = ops.sigmoid(i), ops.sigmoid(f), ops.tanh(g), ops.sigmoid(o)
        new = f * c + i * g
        bent = ops.tanh(new)
        return (o * bent, new), (c, i, f, g, o, bent)

    def back(self, slopes: Sequence[Any], kept: Sequence[Any], kernel: Any) -> tuple[Sequence[Any], Any]:
        """Gradients of output and cell state -> those before the step."""
        (dh, dc), (_, c, i, f, g, o, bent) = slopes, kept
        dc = dc + dh * o * (1 - bent * bent)
        parts = (dc * g * i * (1 - i), dc * c * f * (1 - f), dc * i * (1 - g * g), dh * bent * o * (1 - o))
        gates = ops.concatenate(parts, axis=1)
        return (ops.matmul(gates, kernel), dc * f), gates

    def weight_slopes(self, x: Any, before: Any, gates: Any, weights: Sequence[Any]) -> tuple[Any, ...]:
        """Of the input, both kernels and the bias."""
        d_x = ops.matmul(gates, ops.transpose(weights[0]))
        return (
            d_x,
            ops.matmul(ops.transpose(x), gates),
            ops.matmul(ops.transpose(before), gates),
            ops.sum(gates, axis=0),
        )


@keras.saving.register_keras_serializable(package="nnrecipes")
class LSTM(TimeLoop, keras.layers.LSTM):  # type: ignore[misc]
    """``keras.layers.LSTM`` that trains faster on a CPU; the same arguments, weights and results.

    :class:`~nnrecipes.layers.time_loop.TimeLoop` says what goes through Keras' own loop. Gradients of its gradients are
    an error.

    Args:
        units: Width of the state.
        options: Of ``keras.layers.LSTM``.

    Example:
        >>> LSTM(3)(keras.ops.ones((2, 5, 4))).shape
        TensorShape([2, 3])
    """

    one_step = LSTMStep()
