"""Images or series -> maps that get smaller, and larger again: the convolutional bodies of denoising autoencoders."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import keras

from nnrecipes.layers.dropout import Dropout
from nnrecipes.models.image_branches import MOMENTUM
from nnrecipes.preprocessing.reconstruction import OUTPUT

LAYERS: dict[int, tuple[Any, Any, Any]] = {
    3: (keras.layers.Conv1D, keras.layers.Conv1DTranspose, keras.layers.Cropping1D),
    4: (keras.layers.Conv2D, keras.layers.Conv2DTranspose, keras.layers.Cropping2D),
}
"""Rank of a batch -> its convolution, and what doubles and crops a map."""


@dataclass(frozen=True)
class Block:
    """How every convolution is followed: normalisation, activation, dropout."""

    activation: str
    batch_norm: bool
    dropout: float

    def __call__(self, x: Any, filters: int, name: str, *, size: int = 3, strides: int = 1) -> Any:
        """Return a map of ``filters``, named ``name``."""
        conv = LAYERS[len(x.shape)][0]
        x = conv(filters, size, strides=strides, padding="same", use_bias=not self.batch_norm, name=f"{name}_conv")(x)
        if self.batch_norm:
            x = keras.layers.BatchNormalization(momentum=MOMENTUM, name=f"{name}_batch_norm")(x)
        x = keras.layers.Activation(self.activation, name=name)(x)
        return Dropout(self.dropout, name=f"{name}_dropout")(x) if self.dropout else x


def conv_body(
    values: Any,
    *,
    channels: int,
    filters: Sequence[int],
    stride: int,
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
        stride: Of the first convolution: 2 for a first map of half the width.
        skips: Whether each map on the way up also sees the one of its size on the way down.
        activation: Of the maps.
        output_activation: Of the output.
        batch_norm: Whether BatchNormalization follows each convolution but the last.
        dropout: Share of a map's numbers that a training step drops.
    """
    block = Block(activation, batch_norm, dropout)
    maps = _down(values, block, filters, stride)
    x = maps[-1]
    for level in range(len(filters) - 1, 0, -1):
        x = _double(x, filters[level - 1], maps[level - 1].shape[1:-1], 2, f"up_{level}")
        if skips:
            x = keras.layers.Concatenate(name=f"up_{level}_skip")([maps[level - 1], x])
        x = block(x, filters[level - 1], f"up_{level}")
    conv = LAYERS[len(values.shape)][0]
    if stride == 1:
        return conv(channels, 3, padding="same", activation=output_activation, name=OUTPUT)(x)
    whole = _double(x, channels, values.shape[1:-1], 4, "whole")
    return keras.layers.Activation(output_activation, name=OUTPUT)(whole)


def _down(values: Any, block: Callable[..., Any], filters: Sequence[int], stride: int) -> list[Any]:
    """The maps, the widest first."""
    last = len(filters)
    x = block(values, filters[0], "down_1_in", size=3 if stride == 1 else 5, strides=stride)
    maps = [block(x, filters[0], "code" if last == 1 else "down_1")]
    for level, count in enumerate(filters[1:], start=2):
        x = block(maps[-1], count, f"down_{level}_in", strides=2)
        maps.append(block(x, count, "code" if level == last else f"down_{level}"))
    return maps


def _double(x: Any, filters: int, size: tuple[int, ...], window: int, name: str) -> Any:
    """Twice as wide, cut to ``size``."""
    _, double, crop = LAYERS[len(x.shape)]
    x = double(filters, window, strides=2, padding="same", name=f"{name}_double")(x)
    extra = [(0, have - want) for have, want in zip(x.shape[1:-1], size, strict=True)]
    return crop(extra if len(size) > 1 else extra[0], name=f"{name}_crop")(x) if any(m for _, m in extra) else x
