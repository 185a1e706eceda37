"""Units -> units of which a training step sets a random share to zero (Srivastava et al., 2014, JMLR 15)."""

from typing import Any

import keras
from keras import ops

from nnrecipes.layers.random_bits import next_key, random_bits


@keras.saving.register_keras_serializable(package="nnrecipes")
class Dropout(keras.layers.Dropout):  # type: ignore[misc]
    """``keras.layers.Dropout`` whose masks are the same with XLA and without, and cost little in both.

    Args:
        rate: Share of the units that a training step drops, 0 to 1; the others are scaled by ``1 / (1 - rate)``.
        noise_shape: Shape of the mask, with 1 where an axis shares it and None where it has the input's length.
        seed: Of the masks.

    Example:
        >>> dropped = Dropout(0.5, seed=1)(keras.ops.ones((200, 50)), training=True)
        >>> round(float(keras.ops.mean(dropped)), 1)
        1.0
    """

    given_rate: Any = None
    """A float64 variable that the rate is read from while a program is traced that serves several rates."""

    def call(self, inputs: Any, training: bool = False) -> Any:
        """``(batch, ...)`` -> the same shape."""
        if not training or self.rate == 0:
            return inputs
        if self.rate == 1:
            return keras.ops.zeros_like(inputs)
        shape = ops.shape(inputs)
        if self.noise_shape is not None:
            shape = tuple(shape[axis] if size is None else size for axis, size in enumerate(self.noise_shape))
        bits = random_bits(shape, next_key(self.seed_generator))
        rate = self.rate_now()
        share = min(round(rate * 2**32), 2**32 - 1) if self.given_rate is None else ops.round(rate * 2**32)
        kept = bits >= ops.cast(share, "uint32")
        return ops.where(kept, inputs * ops.cast(1 / (1 - rate), inputs.dtype), ops.zeros((), inputs.dtype))

    def rate_now(self) -> Any:
        """The rate as a number, or as a float64 tensor, in which it is exact."""
        return self.rate if self.given_rate is None else ops.cast(self.given_rate, "float64")
