"""Images of any size as tensors -> images of one size: Pillow's bilinear filter, grey level for grey level.

Pillow works on whole numbers, first across, then down: the weights of a pixel are rounded to 22 binary places, and
each way ends in a whole grey level. Both are repeated here with operations that every runtime has and that are exact::

    n[o, i] = max(0, 2 m - |(2 i + 1) out - (2 o + 1) in|),   m = max(in, out)      a triangle's height, times 2 m
    k[o, i] = floor(2^22 n[o, i] / sum_i n[o, i] + 1/2)                             by long division within 32 bits
    y[o]    = floor((sum_i k[o, i] x[i] + 2^21) / 2^22)

``k`` goes in two parts, whose products with grey levels sum up to less than 2^24, the whole numbers that float32 has.
That holds while no side is made more than 500 times smaller.

References:
    Pillow, ``src/libImaging/Resample.c``.
"""

from typing import Any

import numpy as np
from keras import ops

PLACES = 22
LOW = 6
"""Bits of the lower part of a weight."""
STEPS = (4, 4, 4, 4, 4, 2)
"""Binary places a step of the division, 22 together."""


def resized(images: Any, height: int, width: int) -> Any:
    """Return float32 grey levels ``(batch, height, width, channels)``, whole numbers from 0 to 255.

    Args:
        images: uint8 ``(batch, any, any, channels)``.
        height: Pixels.
        width: Pixels.
    """
    across = _places(images[:1, 0, :, 0])
    down = _places(images[:1, :, 0, 0])
    rows = ops.transpose(ops.cast(images, "float32"), (0, 1, 3, 2))
    lines = _filtered(rows, _weights(across, width))  # (batch, any, channels, width)
    lines = _filtered(ops.transpose(lines, (0, 3, 2, 1)), _weights(down, height))  # (batch, width, channels, height)
    return ops.reshape(ops.transpose(lines, (0, 3, 1, 2)), (-1, height, width, images.shape[-1]))


def _places(line: Any) -> Any:
    """1, 2, 3, ... of the pixels of a line ``(1 or 0, pixels)``; no image has zeros."""
    return ops.sum(ops.cumsum(ops.ones_like(line, dtype="int32"), axis=1), axis=0)


def _weights(places: Any, out: int) -> Any:
    """Whole weights ``(pixels, out)``, int32."""
    size = ops.max(places)
    far = ops.maximum(size, out)
    centres = np.arange(1, 2 * out, 2, dtype=np.int32)
    away = ops.absolute(ops.expand_dims(2 * places - 1, 1) * out - size * centres)
    height = ops.maximum(2 * far - away, 0)
    whole = ops.maximum(ops.sum(height, axis=0, keepdims=True), 1)
    weights = ops.floor_divide(height, whole)
    left = height - weights * whole
    for step in STEPS:
        digit = ops.floor_divide(left * 2**step, whole)
        weights = weights * 2**step + digit
        left = left * 2**step - digit * whole
    return weights + ops.cast(2 * left >= whole, "int32")


def _filtered(lines: Any, weights: Any) -> Any:
    """``(..., pixels)`` -> ``(..., out)``."""
    high = ops.floor_divide(weights, 2**LOW)
    low = weights - high * 2**LOW
    coarse, fine = (ops.cast(ops.matmul(lines, ops.cast(part, "float32")), "int32") for part in (high, low))
    levels = ops.floor_divide(coarse * 2**LOW + (fine + 2 ** (PLACES - 1)), 2**PLACES)
    return ops.cast(ops.minimum(levels, 255), "float32")
