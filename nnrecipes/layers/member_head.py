r"""Codes of the members of an ensemble -> one prediction, while each member is trained by a loss of its own.

Every member has weights of its own. What the head gives is the activation of the members' mean ``\bar z``; in training
it adds to the loss the difference between the mean of the members' losses and the loss of their mean, which does not
depend on the labels:

| activation | loss | what is added |
|---|---|---|
| linear | squared error | ``mean_k (z_k - \bar z)^2`` |
| sigmoid | binary cross-entropy | ``mean_k softplus(z_k) - softplus(\bar z)`` |
| softmax | cross-entropy | ``mean_k logsumexp(z_k) - logsumexp(\bar z)`` |

as both losses are linear in the labels times ``z`` (label smoothing included). So the members are trained each for
itself, as TabM asks, by any trainer. With another loss the same term holds them together.

References:
    Gorishniy, Kotelnikov and Babenko (2024), TabM. arXiv:2410.24210
    Krogh and Vedelsby (1995), Neural network ensembles, cross validation, and active learning.
"""

import math
from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from nnrecipes.layers.ntp_dense import BIAS


@keras.saving.register_keras_serializable(package="nnrecipes")
class MemberHead(keras.layers.Layer):  # type: ignore[misc]
    """``(batch, members, features)`` -> ``(batch, units)``.

    Args:
        units: Of the output.
        activation: ``linear``, ``sigmoid`` or ``softmax``; another one bends the mean without a term in the loss.
        rising: Whether the units are quantiles, which rise from unit to unit.
        limits: Least and greatest prediction outside training; none where empty.
        name: Of the layer.
        **keywords: Of ``keras.layers.Layer``.

    Example:
        >>> MemberHead(3, "softmax")(ops.ones((5, 4, 8))).shape
        TensorShape([5, 3])
    """

    def __init__(
        self,
        units: int = 1,
        activation: str = "linear",
        rising: bool = False,
        limits: Sequence[float] = (),
        name: str | None = None,
        **keywords: Any,
    ) -> None:
        super().__init__(name=name, **keywords)
        self.units = units
        self.activation = activation
        self.rising = rising
        self.limits = list(limits)

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Make each member's weights; they begin with 0, so all begin with the same answer."""
        _, self.members, self.width = (int(size or 0) for size in input_shape)
        shape = (self.members, self.width, self.units)
        self.kernel = self.add_weight(shape=shape, initializer="zeros", name="kernel")
        self.bias = self.add_weight(shape=(self.members, self.units), initializer="zeros", name="bias")

    def call(self, inputs: Any, training: bool = False) -> Any:
        """Answer, and in training add what the members' losses have above that of their mean."""
        scaled = self.kernel * (1.0 / math.sqrt(max(self.width, 1)))
        answers = ops.einsum("bkf,kfu->bku", inputs, scaled) + BIAS * self.bias
        if self.rising:
            answers = ops.cumsum(ops.concatenate([answers[..., :1], ops.softplus(answers[..., 1:])], axis=2), axis=2)
        mean = ops.mean(answers, axis=1)
        if training and self.members > 1:
            self.add_loss(ops.mean(self._spread(answers, mean)))
        found = keras.activations.get(self.activation)(mean)
        return ops.clip(found, *self.limits) if self.limits and not training else found

    def _spread(self, answers: Any, mean: Any) -> Any:
        """The table above: ``(batch,)`` of softmax, else ``(batch, units)``."""
        if self.activation == "softmax":
            return ops.mean(ops.logsumexp(answers, axis=2), axis=1) - ops.logsumexp(mean, axis=1)
        if self.activation == "sigmoid":
            return ops.mean(ops.softplus(answers), axis=1) - ops.softplus(mean)
        if self.activation == "linear":
            return ops.mean(ops.square(answers - mean[:, None]), axis=1)
        return ops.zeros_like(mean)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """One answer."""
        return (input_shape[0], self.units)

    def get_config(self) -> dict[str, Any]:
        """Arguments of the constructor."""
        own = {"units": self.units, "activation": self.activation, "rising": self.rising, "limits": self.limits}
        return {**super().get_config(), **own}
