"""Prepared rows -> the arrays of the run's own file: all numbers in a matrix, all categories in one, media."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from nnrecipes.data.spec import Array
from nnrecipes.inference.export.names import CODES, NUMBERS
from nnrecipes.preprocessing.media import transform_media
from nnrecipes.preprocessing.preprocessor import Preprocessor


def packed_arrays(
    frame: pd.DataFrame, preprocessor: Preprocessor, packed: Mapping[str, Sequence[str]]
) -> dict[str, Array]:
    """Return name of an input -> array.

    Args:
        frame: Features, as :func:`~nnrecipes.data.schema.prepare` gives them.
        preprocessor: Of the run.
        packed: Matrix -> its columns.
    """
    arrays = media_arrays(frame, preprocessor)
    if NUMBERS in packed:
        arrays[NUMBERS] = frame[list(packed[NUMBERS])].to_numpy(np.float64)
    if CODES in packed:
        texts = frame[list(packed[CODES])]
        arrays[CODES] = texts.where(texts.notna(), "").to_numpy(dtype=object)
    return arrays


def media_arrays(frame: pd.DataFrame, preprocessor: Preprocessor) -> dict[str, Array]:
    """Return image, text and series inputs as the network takes them."""
    return {plan.name: transform_media(frame[list(plan.features)], preprocessor.media_[plan.name])
            for plan in preprocessor.plan.inputs if plan.name in preprocessor.media_}  # fmt: skip
