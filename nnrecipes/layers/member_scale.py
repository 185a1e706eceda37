"""Features -> the features of each member of an ensemble in one network, scaled by factors of its own.

With one member it is the scaling layer of RealMLP, a soft choice of features. With several it is the adapter of
TabM-mini: all that makes the members of a shared body differ.

References:
    Gorishniy, Kotelnikov and Babenko (2024), TabM: advancing tabular deep learning with parameter-efficient ensembling.
    arXiv:2410.24210
    Holzmüller, Grinsztajn and Steinwart (2024), Better by default. arXiv:2407.04491
"""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

FASTER = 6.0


@keras.saving.register_keras_serializable(package="nnrecipes")
class MemberScale(keras.layers.Layer):  # type: ignore[misc]
    """``(batch, width)`` -> ``(batch, members, width)``.

    Args:
        members: Networks in one.
        groups: Widths of the vectors that stand side by side; each has one factor before training.
        spread: Standard deviation of the factors before training around 1.
        learn: Whether they are trained.
        name: Of the layer.
        **keywords: Of ``keras.layers.Layer``.

    Example:
        >>> MemberScale(members=4, groups=(2, 1))(ops.ones((5, 3))).shape
        TensorShape([5, 4, 3])
    """

    def __init__(
        self,
        members: int = 1,
        groups: Sequence[int] = (),
        spread: float = 0.0,
        learn: bool = True,
        name: str | None = None,
        **keywords: Any,
    ) -> None:
        super().__init__(name=name, **keywords)
        self.members = members
        self.groups = list(groups)
        self.spread = spread
        self.learn = learn

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Make the factors."""
        groups = self.groups or [1] * int(input_shape[-1] or 0)
        shape = (self.members, len(groups))
        start = keras.random.normal(shape, mean=1.0, stddev=self.spread) if self.spread else ops.ones(shape)
        factors = np.repeat(ops.convert_to_numpy(start), groups, axis=1) / FASTER
        self.factor = self.add_weight(
            shape=factors.shape, initializer=lambda *_, **__: factors, trainable=self.learn, name="factor"
        )

    def call(self, inputs: Any) -> Any:
        """Scale."""
        return inputs[:, None, :] * (FASTER * self.factor)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """A member axis."""
        return (input_shape[0], self.members, input_shape[-1])

    def get_config(self) -> dict[str, Any]:
        """Arguments of the constructor."""
        own = {"members": self.members, "groups": self.groups, "spread": self.spread, "learn": self.learn}
        return {**super().get_config(), **own}
