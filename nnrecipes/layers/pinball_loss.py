"""The loss whose least expectation is at the quantile: an error below costs ``q``, an error above ``1 - q``.

    L_q(y, p) = max(q (y - p), (q - 1) (y - p))

References:
    Koenker and Bassett (1978), Regression Quantiles. https://doi.org/10.2307/1913643
"""

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="nnrecipes")
class PinballLoss(keras.losses.Loss):  # type: ignore[misc]
    """The mean over quantiles of numbers ``(batch, 1)`` and their predicted quantiles ``(batch, quantiles)``.

    Args:
        quantiles: Their levels, between 0 and 1.
        name: Of the loss.
        **keywords: Of ``keras.losses.Loss``.

    Example:
        >>> float(PinballLoss((0.1, 0.9))(ops.ones((1, 1)), ops.zeros((1, 2))))
        0.5
    """

    def __init__(self, quantiles: Sequence[float], name: str = "pinball", **keywords: Any) -> None:
        super().__init__(name=name, **keywords)
        self.quantiles = tuple(quantiles)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """``(batch,)``."""
        levels = ops.convert_to_tensor(self.quantiles, dtype=y_pred.dtype)
        error = ops.cast(y_true, y_pred.dtype) - y_pred
        return ops.mean(ops.maximum(levels * error, (levels - 1.0) * error), axis=-1)

    def get_config(self) -> dict[str, Any]:
        """Arguments of the constructor."""
        return {**super().get_config(), "quantiles": list(self.quantiles)}
