"""Weights of a trained model -> a new one, layer by layer, by name; and layers that training leaves as they are."""

from collections.abc import Iterator, Sequence
from fnmatch import fnmatch
from typing import Any

import keras

from nnrecipes.errors import ConfigError, did_you_mean


def copy_weights(source: keras.Model, target: keras.Model) -> tuple[list[str], list[str]]:
    """Copy the weights of every layer whose name and shapes are the same in both models.

    Args:
        source: The trained model.
        target: The built model to start warm; changed in place.

    Returns:
        Names of the layers that were copied, and of those with weights that were not.

    Raises:
        ConfigError: If no layer fits.

    Example:
        >>> def build(units):
        ...     return keras.Sequential([keras.Input((3,)), keras.layers.Dense(4, name="hidden_1"),
        ...                              keras.layers.Dense(units, name="y")])
        >>> copy_weights(build(1), build(2))
        (['hidden_1'], ['y'])
    """
    known = {layer.name: layer for layer in leaves(source)}
    copied, fresh = [], []
    for layer in leaves(target):
        if not layer.weights:
            continue
        other = known.get(layer.name)
        if other is not None and _shapes(other) == _shapes(layer):
            layer.set_weights(other.get_weights())
            copied.append(layer.name)
        else:
            fresh.append(layer.name)
    if not copied:
        names = ", ".join(name for name, layer in known.items() if layer.weights)
        expected = f"a run with layers like this model's: {', '.join(fresh)}"
        raise ConfigError(f"training.init_from: expected {expected}. Received: {names}.")
    return copied, fresh


def freeze(model: keras.Model, names: Sequence[str]) -> list[str]:
    """Leave layers as they are in training; a BatchNormalization layer among them keeps its statistics.

    Args:
        model: The model, not compiled yet.
        names: Layer names; ``*`` stands for any characters.

    Returns:
        The names of the frozen layers.

    Raises:
        ConfigError: If a name fits no layer, or nothing is left to train.
    """
    layers = list(leaves(model))
    frozen = []
    for place, name in enumerate(names):
        fitting = [layer for layer in layers if fnmatch(layer.name, name)]
        if not fitting:
            known = [layer.name for layer in layers]
            where = f"training.freeze.{place}: expected a layer of the model: {', '.join(known)}"
            raise ConfigError(f"{where}. Received: {name!r}.{did_you_mean(name, known)}")
        for layer in fitting:
            layer.trainable = False
            frozen.append(layer.name)
    if names and not model.trainable_variables:
        raise ConfigError(f"training.freeze: expected a layer that is left to train. Received: {', '.join(names)}.")
    return list(dict.fromkeys(frozen))


def leaves(model: Any) -> Iterator[Any]:
    """Yield the layers of a model, those of nested models among them."""
    for layer in getattr(model, "layers", ()):
        if getattr(layer, "layers", None):
            yield from leaves(layer)
        else:
            yield layer


def _shapes(layer: Any) -> list[tuple[int, ...]]:
    return [tuple(weight.shape) for weight in layer.weights]
