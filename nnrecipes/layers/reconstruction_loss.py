"""Rows and what an autoencoder made of them -> the loss: each column by its kind, each step where there is one.

    table:  (sum over numbers of loss(x, y) - sum over categories of ln p(the row's own category)) / columns
    series: sum over steps of mask * loss(x, y) / number of steps;   images: the mean over pixels

A category that training did not have is a row of zeros and costs nothing. A step or column of zeros that the mask
excludes costs nothing either.
"""

from collections.abc import Sequence
from typing import Any

import keras

from nnrecipes.preprocessing.reconstruction import column_groups

SMALLEST = 1e-7


@keras.saving.register_keras_serializable(package="nnrecipes")
class ReconstructionLoss(keras.losses.Loss):  # type: ignore[misc]
    """A Keras loss of ``(batch, ...)`` rows; a series' truth has one more channel, which is 1 where there is a step.

    Args:
        number: Loss of numbers: ``binary_crossentropy``, ``mean_squared_error`` or ``mean_absolute_error``.
        one_hot: Of a table, for each column the number of its category, from 1, or 0; empty where all are numbers.
        name: Of the loss.
        **keywords: Of ``keras.losses.Loss``.

    Example:
        >>> loss = ReconstructionLoss("mean_squared_error", [0, 1, 1])
        >>> value = loss(keras.ops.array([[1.0, 1.0, 0.0]]), keras.ops.array([[3.0, 0.5, 0.5]]))
        >>> round(float(value), 4)  # (2² + ln 2) / 2 columns
        2.3466
    """

    def __init__(
        self,
        number: str = "binary_crossentropy",
        one_hot: Sequence[int] = (),
        name: str = "reconstruction_loss",
        **keywords: Any,
    ) -> None:
        super().__init__(name=name, **keywords)
        self.number = number
        self.one_hot = tuple(one_hot)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """``(batch,)``."""
        if any(self.one_hot):
            return self._of_table(y_true, y_pred)
        axes = list(range(1, len(y_pred.shape)))
        if y_true.shape[-1] == y_pred.shape[-1]:
            return keras.ops.mean(_each(self.number, y_true, y_pred), axis=axes)
        there = y_true[..., -1:]
        total = keras.ops.sum(there * _each(self.number, y_true[..., :-1], y_pred), axis=axes)
        return total / (keras.ops.maximum(keras.ops.sum(there, axis=axes), 1.0) * y_pred.shape[-1])

    def _of_table(self, y_true: Any, y_pred: Any) -> Any:
        parts, columns = [], 0
        for group, start, stop in column_groups(self.one_hot):
            truth, made = y_true[:, start:stop], y_pred[:, start:stop]
            if group:
                parts.append(-keras.ops.sum(truth * keras.ops.log(keras.ops.maximum(made, SMALLEST)), axis=1))
            else:
                parts.append(keras.ops.sum(_each(self.number, truth, made), axis=1))
            columns += 1 if group else stop - start
        return sum(parts) / columns

    def get_config(self) -> dict[str, Any]:
        """Arguments of the constructor."""
        return {**super().get_config(), "number": self.number, "one_hot": list(self.one_hot)}


def _each(number: str, truth: Any, made: Any) -> Any:
    """The loss of each number, in the shape of both."""
    if number == "binary_crossentropy":
        return keras.ops.binary_crossentropy(truth, made)
    return keras.ops.square(truth - made) if number == "mean_squared_error" else keras.ops.abs(truth - made)
