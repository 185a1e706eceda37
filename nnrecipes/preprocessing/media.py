"""The columns of an image, text or series input -> its array, by what training rows taught."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import pandas as pd

from nnrecipes.data.spec import Array, InputSpec
from nnrecipes.preprocessing.images import ImageState, encode_images, fit_images
from nnrecipes.preprocessing.plans import InputPlan
from nnrecipes.preprocessing.series import SeriesState, encode_series, fit_series
from nnrecipes.preprocessing.text import SPECIAL, TextState, encode_text, fit_text, join_texts

MediaState = ImageState | TextState | SeriesState
STATES: dict[str, type[ImageState] | type[TextState] | type[SeriesState]] = {
    "image": ImageState,
    "text": TextState,
    "series": SeriesState,
}


def fit_media(frame: pd.DataFrame, plan: InputPlan) -> MediaState:
    """Learn one input from its training rows.

    Args:
        frame: The training rows of its columns.
        plan: What becomes of them.

    Raises:
        DataError: The training rows do not fit the plan.
    """
    where = f"inputs.{plan.name}"
    if plan.kind == "image":
        return fit_images(frame, **plan.options, where=where)
    if plan.kind == "text":
        return fit_text(join_texts(frame), **plan.options, where=where)
    return fit_series(frame, **plan.options, where=where)


def transform_media(frame: pd.DataFrame, state: MediaState) -> Array:
    """Return the array of an input, ``(rows, ...)``; a row without an image, text or series is all zeros.

    Args:
        frame: The input's columns.
        state: What the input learnt.
    """
    if isinstance(state, ImageState):
        return encode_images(frame, state)
    if isinstance(state, TextState):
        return encode_text(join_texts(frame), state)
    return encode_series(frame, state)


def media_spec(plan: InputPlan, state: MediaState) -> InputSpec:
    """Return what models must know of an input."""
    if isinstance(state, ImageState):
        size = (state.height, state.width, state.channels)
        several = (len(plan.features),) if len(plan.features) > 1 else ()
        return InputSpec(plan.name, plan.kind, plan.features, row_shape=(*several, *size))
    if isinstance(state, TextState):
        shape = (state.length, 2) if state.form == "tfidf" else (state.length,)
        return InputSpec(plan.name, plan.kind, plan.features, (len(state.vocabulary) + SPECIAL,), shape)
    names = plan.features if state.layout == "channels" else (plan.name,)
    return InputSpec(plan.name, plan.kind, names, row_shape=(state.length, len(state.scalers) + 1))


def write_media(state: MediaState) -> dict[str, Any]:
    """Return plain values and arrays."""
    kind = next(name for name, cls in STATES.items() if isinstance(state, cls))
    return {"kind": kind, **asdict(state)}


def read_media(state: Mapping[str, Any]) -> MediaState:
    """Return the state that :func:`write_media` described."""
    return STATES[state["kind"]].from_dict({key: value for key, value in state.items() if key != "kind"})
