"""Images or series -> maps that get smaller, and larger again: the convolutional bodies of denoising autoencoders."""

from collections.abc import Sequence
from typing import Any

import keras

from nnrecipes.layers.dropout import Dropout
from nnrecipes.models.image_branches import MOMENTUM
from nnrecipes.preprocessing.reconstruction import OUTPUT

LAYERS: dict[int, tuple[Any, Any, Any]] = {
    3: (keras.layers.Conv1D, keras.layers.UpSampling1D, keras.layers.Cropping1D),
    4: (keras.layers.Conv2D, keras.layers.UpSampling2D, keras.layers.Cropping2D),
}
"""Rank of a batch -> its convolution, and what doubles and crops a map."""


def conv_body(
    values: Any,
    *,
    channels: int,
    filters: Sequence[int],
    skips: bool,
    activation: str,
    output_activation: str,
    batch_norm: bool,
    dropout: float,
) -> Any:
    """Return the output, named ``reconstruction``; the smallest map is the layer ``code``.

    Args:
        values: ``(batch, length, channels)`` or ``(batch, height, width, channels)``.
        channels: Of the output.
        filters: Of the maps, each half as wide as the one before it.
        skips: Whether each map on the way up also sees the one of its size on the way down.
        activation: Of the maps.
        output_activation: Of the output.
        batch_norm: Whether BatchNormalization follows each convolution but the last.
        dropout: Share of a map's numbers that a training step drops.
    """
    conv, double, crop = LAYERS[len(values.shape)]

    def block(x: Any, count: int, name: str, strides: int = 1) -> Any:
        x = conv(count, 3, strides=strides, padding="same", use_bias=not batch_norm, name=f"{name}_conv")(x)
        if batch_norm:
            x = keras.layers.BatchNormalization(momentum=MOMENTUM, name=f"{name}_batch_norm")(x)
        x = keras.layers.Activation(activation, name=name)(x)
        return Dropout(dropout, name=f"{name}_dropout")(x) if dropout else x

    maps = [block(values, filters[0], "down_1" if len(filters) > 1 else "code")]
    for level, count in enumerate(filters[1:], start=2):
        x = block(maps[-1], count, f"down_{level}_in", strides=2)
        maps.append(block(x, count, "code" if level == len(filters) else f"down_{level}"))
    x = maps[-1]
    for level in range(len(filters) - 1, 0, -1):
        size, count = maps[level - 1].shape[1:-1], filters[level - 1]
        x = double(2, name=f"up_{level}_double")(x)
        extra = [(0, have - want) for have, want in zip(x.shape[1:-1], size, strict=True)]
        if any(more for _, more in extra):
            x = crop(extra if len(size) > 1 else extra[0], name=f"up_{level}_crop")(x)
        x = block(x, count, f"up_{level}_in")
        if skips:
            x = keras.layers.Concatenate(name=f"up_{level}_skip")([maps[level - 1], x])
            x = block(x, count, f"up_{level}")
    return conv(channels, 3, padding="same", activation=output_activation, name=OUTPUT)(x)
