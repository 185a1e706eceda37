"""Images -> images that training moves at random and nothing else touches.

Keras' own layers move images unless they are told not to, so that ``model(x)`` would give another answer each time;
this one moves them only where it is told to.
"""

from typing import Any

import keras


@keras.saving.register_keras_serializable(package="nnrecipes")
class Augmentation(keras.layers.Layer):  # type: ignore[misc]
    """Pixels 0 to 255 ``(batch, height, width, channels)`` -> float32 of the same shape.

    Args:
        flip: ``none``, ``horizontal``, ``vertical`` or ``horizontal_and_vertical``.
        translation: Largest move, as a share of the height and of the width.
        rotation: Largest turn, as a share of a full one.
        zoom: Largest zoom in or out.
        contrast: Largest change of contrast, 0 to 1.
        brightness: Largest change of brightness, 0 to 1.
        name: Of the layer.
        **keywords: Of ``keras.layers.Layer``.

    Example:
        >>> pixels = keras.ops.ones((1, 2, 2, 3))
        >>> bool(keras.ops.all(Augmentation(brightness=0.5)(pixels) == pixels))
        True
    """

    def __init__(
        self,
        flip: str = "none",
        translation: float = 0.0,
        rotation: float = 0.0,
        zoom: float = 0.0,
        contrast: float = 0.0,
        brightness: float = 0.0,
        name: str | None = None,
        **keywords: Any,
    ) -> None:
        super().__init__(name=name, **keywords)
        self.moves = {"flip": flip, "translation": translation, "rotation": rotation, "zoom": zoom,
                      "contrast": contrast, "brightness": brightness}  # fmt: skip
        self.parts = [_part(kind, value) for kind, value in self.moves.items() if value and value != "none"]

    def build(self, input_shape: Any) -> None:
        """Build the parts."""
        for part in self.parts:
            part.build(input_shape)

    def call(self, images: Any, training: bool = False) -> Any:
        """Move them, in training."""
        pixels = keras.ops.cast(images, "float32")
        for part in self.parts if training else []:
            pixels = part(pixels, training=True)
        return pixels

    def compute_output_shape(self, input_shape: Any) -> Any:
        """That of the images."""
        return input_shape

    def get_config(self) -> dict[str, Any]:
        """Arguments of the constructor."""
        return {**super().get_config(), **self.moves}


def _part(kind: str, value: Any) -> Any:
    match kind:
        case "flip":
            return keras.layers.RandomFlip(value)
        case "translation":
            return keras.layers.RandomTranslation(value, value, "nearest")
        case "rotation":
            return keras.layers.RandomRotation(value, "nearest")
        case "zoom":
            return keras.layers.RandomZoom(value, fill_mode="nearest")
        case "contrast":
            return keras.layers.RandomContrast(value, value_range=(0, 255))
        case _:
            return keras.layers.RandomBrightness(value)
