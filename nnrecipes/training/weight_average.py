r"""Weights of the epochs -> their exponential average, which is what is scored, kept and returned.

    average_t = average_(t-1) + (1 - m) / (1 - m^t) (weights_t - average_(t-1))

so that the first epoch counts whole, and later ones are an average over about ``1 / (1 - m)`` epochs. The training
goes on with the weights themselves. It takes noise out of small data: the average generalises better than any of its
parts.

References:
    Polyak and Juditsky (1992), Acceleration of stochastic approximation by averaging. https://doi.org/10.1137/0330046
    Izmailov et al. (2018), Averaging weights leads to wider optima and better generalization. arXiv:1803.05407
"""

# ruff: noqa: ARG002 - Keras names the arguments

from typing import Any

import keras

from nnrecipes.data.spec import Array
from nnrecipes.training.variables import assign_variables, read_variables


class WeightAverage(keras.callbacks.Callback):  # type: ignore[misc]
    """Put the average into the model after each epoch, and the weights back before the next one.

    A trainer calls :meth:`average` when an epoch's updates are done and before the validation rows are scored.

    Args:
        momentum: ``m``, from 0 (no average) to below 1.
    """

    def __init__(self, momentum: float) -> None:
        super().__init__()
        self.momentum = momentum
        self._epochs = 0
        self._raw: list[Array] | None = None
        self._average: list[Array] = []

    def on_train_begin(self, logs: dict[str, float] | None = None) -> None:
        """Forget an earlier training."""
        self._epochs, self._raw, self._average = 0, None, []

    def on_epoch_begin(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Go on with the weights themselves."""
        if self._raw is not None:
            assign_variables(self.model.trainable_variables, self._raw)
            self._raw = None

    def average(self) -> None:
        """Take the epoch's weights into the average, and put the average into the model."""
        variables = self.model.trainable_variables
        self._raw = read_variables(variables)
        self._epochs += 1
        rate = (1 - self.momentum) / (1 - self.momentum**self._epochs)
        before = self._average or self._raw
        self._average = [old + rate * (new - old) for old, new in zip(before, self._raw, strict=True)]
        assign_variables(variables, self._average)

    def get_state(self) -> dict[str, Any]:
        """What a resumed training needs; the average is in the model."""
        return {"epochs": self._epochs, "raw": self._raw, "average": self._average}

    def set_state(self, state: dict[str, Any]) -> None:
        """Take it back."""
        self._epochs, self._raw, self._average = int(state["epochs"]), state["raw"], list(state["average"])
