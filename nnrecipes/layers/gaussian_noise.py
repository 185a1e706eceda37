"""Numbers -> numbers to which a training step adds normal noise (Bishop, 1995, doi:10.1162/neco.1995.7.1.108)."""

from typing import Any

import keras
from keras import ops

from nnrecipes.layers.random_bits import next_key, random_normal


@keras.saving.register_keras_serializable(package="nnrecipes")
class GaussianNoise(keras.layers.GaussianNoise):  # type: ignore[misc]
    """``keras.layers.GaussianNoise`` whose noise is the same with XLA and without, and costs little in both.

    Args:
        stddev: Standard deviation of the noise, in the unit of the input.
        seed: Of the noise.
    """

    def call(self, inputs: Any, training: bool = False) -> Any:
        """``(batch, ...)`` -> the same shape."""
        if not training or self.stddev == 0:
            return inputs
        noise = random_normal(ops.shape(inputs), next_key(self.seed_generator))
        return inputs + ops.cast(self.stddev * noise, inputs.dtype)
