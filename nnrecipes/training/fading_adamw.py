"""AdamW whose weight decay a schedule changes from epoch to epoch (:class:`~nnrecipes.training.fade.Fade`).

References:
    Loshchilov and Hutter (2019), Decoupled weight decay regularization. arXiv:1711.05101
"""

from collections.abc import Sequence
from typing import Any

import keras


@keras.saving.register_keras_serializable(package="nnrecipes")
class FadingAdamW(keras.optimizers.AdamW):  # type: ignore[misc]
    """``keras.optimizers.AdamW`` that decays by ``weight_decay * share``; ``share`` is a variable, 1 in the beginning.

    Example:
        >>> optimizer = FadingAdamW(learning_rate=0.1, weight_decay=1.0)
        >>> weight = keras.Variable(2.0)
        >>> optimizer.build([weight])
        >>> _ = optimizer.share.assign(0.5)
        >>> optimizer.apply([keras.ops.zeros(())])
        >>> round(float(weight), 4)
        1.9
    """

    weight_decay: Any

    def build(self, variables: Sequence[Any]) -> None:
        """Make the share as well."""
        if self.built:
            return
        super().build(variables)
        self.share = self.add_variable(shape=(), initializer="ones", name="decay_share")

    def _apply_weight_decay(self, variables: Sequence[Any]) -> None:
        for variable in variables:
            if self._use_weight_decay(variable):
                rate = keras.ops.cast(self.learning_rate, variable.dtype)
                decay = keras.ops.cast(self.weight_decay * self.share, variable.dtype)
                self.assign_sub(variable, variable * decay * rate)
