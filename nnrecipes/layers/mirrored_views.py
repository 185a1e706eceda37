"""An encoder of images -> the mean of its vectors of a row and of the same row mirrored.

Left and right tell nothing of who a face is, so both views are of one identity; their mean has half the noise of each.
Training sees one view of a row at a time.
"""

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="nnrecipes")
class MirroredViews(keras.layers.Layer):  # type: ignore[misc]
    """Inputs of one row -> a vector of length 1, ``(batch, width)``.

    Args:
        encoder: A model whose output are vectors of length 1, ``(batch, width)``.
        images: Names of the inputs that are mirrored, ``(batch, height, width, channels)`` or with several a row.
        name: Of the layer.
        **keywords: Of ``keras.layers.Layer``.

    Example:
        >>> image = keras.Input((1, 2, 1), name="image")
        >>> encoder = keras.Model(image, keras.layers.UnitNormalization()(keras.layers.Flatten()(image)))
        >>> vectors = MirroredViews(encoder, ["image"])(ops.convert_to_tensor([[[[3.0], [4.0]]]]))
        >>> [round(float(number), 4) for number in vectors[0]]
        [0.7071, 0.7071]
    """

    def __init__(self, encoder: keras.Model, images: Sequence[str], name: str | None = None, **keywords: Any) -> None:
        super().__init__(name=name, **keywords)
        self.encoder = encoder
        self.images = tuple(images)

    def build(self, input_shape: Any) -> None:
        """Nothing: the encoder is built already."""

    def call(self, inputs: Any, training: bool = False) -> Any:
        """The vector of one view in training, the mean of both otherwise."""
        own = self.encoder(inputs, training=training)
        if training:
            return own
        named = inputs if isinstance(inputs, dict) else {self.images[0]: inputs}
        mirrored = {name: ops.flip(x, axis=-2) if name in self.images else x for name, x in named.items()}
        other = self.encoder(mirrored if isinstance(inputs, dict) else mirrored[self.images[0]], training=False)
        return ops.normalize(own + other, axis=-1)

    def compute_output_shape(self, input_shape: Any) -> Any:  # noqa: ARG002
        """That of the encoder."""
        return self.encoder.output_shape

    def get_config(self) -> dict[str, Any]:
        """Arguments of the constructor."""
        encoder = keras.saving.serialize_keras_object(self.encoder)
        return {**super().get_config(), "encoder": encoder, "images": list(self.images)}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "MirroredViews":
        """Return the layer of a config."""
        return cls(keras.saving.deserialize_keras_object(config.pop("encoder")), **config)
