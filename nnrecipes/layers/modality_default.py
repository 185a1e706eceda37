"""The code of an image, text or series -> the same, or a learnt vector in rows that have none.

In training a share of the rows loses its modality at random, so that the network learns to do without it (modality
dropout: Neverova, Wolf, Taylor and Nebout, 2016, arXiv:1501.00102).
"""

from typing import Any

import keras
from keras import ops

from nnrecipes.layers.random_bits import next_key, random_uniform


@keras.saving.register_keras_serializable(package="nnrecipes")
class ModalityDefault(keras.layers.Layer):  # type: ignore[misc]
    """``[code (batch, ..., width), raw input (batch, ..., *shape)]`` -> ``(batch, ..., width)``.

    Args:
        rate: Share of the rows that lose the modality in a training step.
        zeros_are_missing: Whether a raw input of zeros stands for none, as those of images, texts and series do.
        seed: Of the rows that lose it.
        name: Of the layer.
        **keywords: Of ``keras.layers.Layer``.

    Example:
        >>> layer = ModalityDefault()
        >>> code, raw = ops.ones((2, 3)), ops.convert_to_tensor([[0, 7], [0, 0]])
        >>> layer([code, raw]).numpy().tolist()
        [[1.0, 1.0, 1.0], [0.0, 0.0, 0.0]]
    """

    def __init__(
        self,
        rate: float = 0.0,
        zeros_are_missing: bool = True,
        seed: int | None = None,
        name: str | None = None,
        **keywords: Any,
    ) -> None:
        super().__init__(name=name, **keywords)
        self.rate = rate
        self.zeros_are_missing = zeros_are_missing
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed) if rate else None

    def build(self, input_shape: Any) -> None:
        """Make the default: zeros, a neutral start in every join."""
        self.default = self.add_weight(shape=(input_shape[0][-1],), initializer="zeros", name="default")

    def call(self, inputs: Any, training: bool = False) -> Any:
        """Put the default in place of codes of nothing."""
        code, raw = inputs
        present = ops.ones(ops.shape(code)[:-1], dtype="bool")
        if self.zeros_are_missing:
            axes = list(range(len(code.shape) - 1, len(raw.shape)))
            present = ops.any(ops.not_equal(raw, 0), axis=axes)
        if training and self.seed_generator is not None:
            draws = random_uniform(ops.shape(present), next_key(self.seed_generator))
            present = ops.logical_and(present, draws >= self.rate)
        return ops.where(present[..., None], code, ops.convert_to_tensor(self.default))

    def compute_output_shape(self, input_shape: Any) -> Any:
        """That of the code."""
        return input_shape[0]

    def get_config(self) -> dict[str, Any]:
        """Arguments of the constructor."""
        own = {"rate": self.rate, "zeros_are_missing": self.zeros_are_missing, "seed": self.seed}
        return {**super().get_config(), **own}
