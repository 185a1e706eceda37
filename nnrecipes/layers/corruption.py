"""Rows -> rows that a training step spoils: Gaussian noise, masking, or salt and pepper, drawn afresh each time.

| kind | what happens to each number |
|---|---|
| gaussian | ``clip(x + level * N(0, 1), low, high)`` |
| masking | 0 with probability ``level`` |
| salt_and_pepper | ``low`` or ``high`` with probability ``level / 2`` each |

References:
    Vincent et al. (2010), Stacked denoising autoencoders. JMLR 11, 3371-3408.
"""

from typing import Any

import keras
from keras import ops

from nnrecipes.layers.random_bits import next_key, random_normal, random_uniform


@keras.saving.register_keras_serializable(package="nnrecipes")
class Corruption(keras.layers.Layer):  # type: ignore[misc]
    """``(batch, ...)`` -> the same shape; outside of training nothing changes.

    Args:
        kind: ``gaussian``, ``masking`` or ``salt_and_pepper``.
        level: Standard deviation of the noise in the unit of the input, or share of the numbers.
        low: The least value; None for no bound.
        high: The greatest.
        masked: Whether the last channel is left alone, as it says where a series has steps.
        name: Of the layer.
        **keywords: Of ``keras.layers.Layer``.

    Example:
        >>> spoilt = Corruption("masking", 0.5)(keras.ops.ones((200, 50)), training=True)
        >>> round(float(keras.ops.mean(spoilt)), 1)
        0.5
    """

    def __init__(
        self,
        kind: str = "gaussian",
        level: float = 0.5,
        low: float | None = None,
        high: float | None = None,
        masked: bool = False,
        name: str | None = None,
        **keywords: Any,
    ) -> None:
        super().__init__(name=name, **keywords)
        self.kind, self.level, self.low, self.high, self.masked = kind, level, low, high, masked
        self.seed_generator = keras.random.SeedGenerator()

    def call(self, inputs: Any, training: bool = False) -> Any:
        """Spoil them, in training."""
        if not training or self.level == 0:
            return inputs
        if not self.masked:
            return self._spoilt(inputs)
        return ops.concatenate([self._spoilt(inputs[..., :-1]), inputs[..., -1:]], axis=-1)

    def _spoilt(self, values: Any) -> Any:
        key, shape = next_key(self.seed_generator), ops.shape(values)
        if self.kind == "gaussian":
            noisy = values + ops.cast(self.level * random_normal(shape, key), values.dtype)
            if self.low is None or self.high is None:
                return noisy
            return ops.clip(noisy, self.low, self.high)
        drawn = random_uniform(shape, key)
        if self.kind == "masking":
            return ops.where(drawn < self.level, ops.zeros((), values.dtype), values)
        pepper, salt = (-2.0, 2.0) if self.low is None or self.high is None else (self.low, self.high)
        values = ops.where(drawn < self.level / 2, ops.cast(pepper, values.dtype), values)
        return ops.where(drawn > 1 - self.level / 2, ops.cast(salt, values.dtype), values)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """That of the rows."""
        return input_shape

    def get_config(self) -> dict[str, Any]:
        """Arguments of the constructor."""
        return {**super().get_config(), "kind": self.kind, "level": self.level, "low": self.low, "high": self.high,
                "masked": self.masked}  # fmt: skip
