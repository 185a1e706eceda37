"""Features -> several quantiles of one number that never cross: the first, and steps upward from each to the next.

    q_1 = x w_1 + b_1,    q_k = q_(k-1) + softplus(x w_k + b_k)

References:
    Gasthaus et al. (2019), Probabilistic Forecasting with Spline Quantile Function RNNs. AISTATS
"""

from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="nnrecipes")
class QuantileHead(keras.layers.Dense):  # type: ignore[misc]
    """``(batch, features)`` -> ``(batch, units)``, rising from left to right.

    Example:
        >>> rows = QuantileHead(3)(keras.random.normal((5, 2)))
        >>> bool(ops.all(rows[:, 1:] >= rows[:, :-1]))
        True
    """

    def call(self, inputs: Any) -> Any:
        """Sum the steps."""
        raw = super().call(inputs)
        steps = ops.concatenate([raw[:, :1], ops.softplus(raw[:, 1:])], axis=1)
        return ops.cumsum(steps, axis=1)
