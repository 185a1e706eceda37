"""Columns of images -> pixels of one size; the size and whether they are grey are learnt from the training rows."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from nnrecipes.data.images import decode_images, image_format
from nnrecipes.data.spec import Array
from nnrecipes.errors import DataError


@dataclass(frozen=True)
class ImageState:
    """What an image input learnt.

    Args:
        height: Pixels.
        width: Pixels.
        channels: 1 (grey) or 3.
    """

    height: int
    width: int
    channels: int

    @classmethod
    def from_dict(cls, state: Mapping[str, Any]) -> "ImageState":
        """Return the state whose fields ``state`` holds."""
        return cls(**state)


def fit_images(
    frame: pd.DataFrame,
    *,
    height: int | None = None,
    width: int | None = None,
    channels: int | None = None,
    where: str = "input",
) -> ImageState:
    """Learn what the recipe leaves open.

    Args:
        frame: References to images, a column or more; training rows.
        height: Pixels; those of the images, where all have one size.
        width: Likewise.
        channels: 1 where all images are grey, else 3.
        where: The input's name, for error messages.

    Raises:
        DataError: Broken images, no image at all, or images of several sizes and neither height nor width.
    """
    if height and width and channels:
        return ImageState(height, width, channels)
    sizes, found = image_format(reference for name in frame.columns for reference in frame[name])
    if not sizes:
        raise DataError(f"{where}: expected an image among the training rows. Received: none.")
    if not (height and width) and len(sizes) > 1:
        shown = ", ".join(f"{rows} x {columns}" for rows, columns in sizes[:5]) + (" …" if len(sizes) > 5 else "")
        raise DataError(
            f"{where}: expected height and width, as the images have {len(sizes)} sizes. Received: {shown}."
        )
    return ImageState(height or sizes[0][0], width or sizes[0][1], channels or found)


def encode_images(frame: pd.DataFrame, state: ImageState) -> Array:
    """Return uint8 ``(rows, height, width, channels)``, of several columns ``(rows, columns, height, ...)``.

    Raises:
        DataError: Broken images, each by its path.
    """
    size = {"height": state.height, "width": state.width, "channels": state.channels}
    columns = [decode_images(frame[name], **size) for name in frame.columns]
    return columns[0] if len(columns) == 1 else np.stack(columns, axis=1)
