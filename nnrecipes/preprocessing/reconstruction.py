"""Prepared rows -> what an autoencoder trains on: its input, spoilt or not, and the same row as what it has to give.

| input | what is rebuilt |
|---|---|
| image | pixels from 0 to 1, float32, in the image's shape |
| tabular | the row itself: scaled numbers, and 0 or 1 in the columns of categories |
| series | the steps, scaled, and behind the channels the one that says where there is a step |

Validation and test rows of a denoising autoencoder get noise that is drawn once, from the seed; training rows too where
the recipe asks for it, else a layer of the network draws theirs in each step.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np

from nnrecipes.config.autoencoder import AutoencoderConfig, DenoisingAutoencoderConfig
from nnrecipes.config.recipe import RecipeConfig
from nnrecipes.data.spec import Array, Arrays, InputSpec, derive_seed
from nnrecipes.preprocessing.build import Prepared

OUTPUT = "reconstruction"
"""The name of an autoencoder's output."""
PIXELS = 255.0


def rebuilt_rows(config: RecipeConfig, prepared: Prepared) -> Prepared:
    """Return the same rows with themselves as labels; those of a recipe with targets as they are."""
    if not isinstance(config.model, AutoencoderConfig):
        return prepared
    spec = prepared.preprocessor.spec.inputs[0]
    train, validation, test = (
        replace(rows, y={OUTPUT: values_of(rows.x[spec.name], spec)})
        for rows in (prepared.train, prepared.validation, prepared.test)
    )
    if isinstance(config.model, DenoisingAutoencoderConfig):
        if not config.model.fresh_noise:
            train = _noisy(train, spec, config.model, derive_seed(config.seed, "noise of training rows"))
        validation = _noisy(validation, spec, config.model, derive_seed(config.seed, "noise of validation rows"))
        test = _noisy(test, spec, config.model, derive_seed(config.seed, "noise of test rows"))
    return Prepared(prepared.preprocessor, train, validation, test)


def values_of(inputs: Array, spec: InputSpec) -> Array:
    """Return what is rebuilt, float32: the pixels of images from 0 to 1, other rows as they are.

    Example:
        >>> values_of(np.array([[[0, 255]]], np.uint8), InputSpec("photo", "image", ("photo",))).tolist()
        [[[0.0, 1.0]]]
    """
    return inputs.astype(np.float32) / np.float32(PIXELS) if spec.kind == "image" else inputs


def inputs_of(values: Array, spec: InputSpec) -> Array:
    """Return values as the network takes them: those of images from 0 to 255, as they come."""
    return (values * PIXELS).astype(np.float32) if spec.kind == "image" else values


def corrupt(values: Array, spec: InputSpec, *, noise: str, level: float, rng: np.random.Generator) -> Array:
    """Return spoilt values, float32: the formulas of :class:`~nnrecipes.layers.corruption.Corruption`.

    Args:
        values: As :func:`values_of` gives them.
        spec: Their input.
        noise: ``gaussian``, ``masking`` or ``salt_and_pepper``.
        level: Standard deviation, or share of the numbers.
        rng: What draws.
    """
    if spec.kind == "series":
        steps = replace(spec, kind="tabular")
        spoilt = corrupt(values[..., :-1], steps, noise=noise, level=level, rng=rng)
        return np.concatenate([spoilt, values[..., -1:]], axis=-1)
    low, high = bounds(spec)
    if noise == "gaussian":
        noisy = values + level * rng.standard_normal(values.shape)
        return np.asarray(noisy if low is None else np.clip(noisy, low, high), dtype=np.float32)
    drawn = rng.random(values.shape)
    if noise == "masking":
        return np.where(drawn < level, 0, values).astype(np.float32)
    pepper, salt = (-2.0, 2.0) if low is None or high is None else (low, high)
    peppered = np.where(drawn < level / 2, pepper, values)
    return np.where(drawn > 1 - level / 2, salt, peppered).astype(np.float32)


def bounds(spec: InputSpec) -> tuple[float | None, float | None]:
    """Return the least and the greatest value: of pixels 0 and 1, of other numbers none."""
    return (0.0, 1.0) if spec.kind == "image" else (None, None)


def column_groups(one_hot: Sequence[int]) -> list[tuple[int, int, int]]:
    """Return the runs of neighbours of one category, and of numbers: ``(category or 0, start, stop)``.

    Example:
        >>> column_groups([0, 0, 1, 1, 2, 2, 0])
        [(0, 0, 2), (1, 2, 4), (2, 4, 6), (0, 6, 7)]
    """
    edges = [0, *(i for i in range(1, len(one_hot)) if one_hot[i] != one_hot[i - 1]), len(one_hot)]
    return [(one_hot[start], start, stop) for start, stop in pairwise(edges)]


def _noisy(rows: Arrays, spec: InputSpec, config: DenoisingAutoencoderConfig, seed: int) -> Arrays:
    rng = np.random.default_rng(seed)
    spoilt = corrupt(rows.y[OUTPUT], spec, noise=config.noise, level=config.noise_level, rng=rng)
    return replace(rows, x={spec.name: inputs_of(spoilt, spec)})
