"""A warm start copies what fits, and frozen layers stay bit for bit as they were."""

import keras
import numpy as np
import pytest

from nnrecipes.errors import ConfigError
from nnrecipes.training.warm_start import copy_weights, freeze


def build(units: int = 1, name: str = "hidden_1") -> keras.Model:
    layers = [keras.Input((3,)), keras.layers.Dense(4, name=name), keras.layers.BatchNormalization(name="norm"),
              keras.layers.Dense(units, name="y")]  # fmt: skip
    return keras.Sequential(layers)


def test_layers_of_the_same_name_and_shape_are_copied() -> None:
    source, target = build(1), build(2)
    assert copy_weights(source, target) == (["hidden_1", "norm"], ["y"])
    for left, right in zip(source.layers[0].get_weights(), target.layers[0].get_weights(), strict=True):
        np.testing.assert_array_equal(left, right)


def test_a_model_without_a_common_layer_is_refused() -> None:
    other = keras.Sequential([keras.Input((2,)), keras.layers.Dense(9, name="else")])
    with pytest.raises(ConfigError, match=r"training.init_from: expected a run with layers like .* Received: else"):
        copy_weights(other, build())


def test_frozen_layers_keep_weights_and_statistics() -> None:
    model = build()
    assert freeze(model, ["hidden_*", "norm"]) == ["hidden_1", "norm"]
    model.compile(optimizer="adam", loss="mse")
    before = [layer.get_weights() for layer in model.layers]
    model.fit(np.random.default_rng(0).normal(5, 2, (64, 3)), np.ones((64, 1)), verbose=0)
    after = [layer.get_weights() for layer in model.layers]
    for place in (0, 1):
        for left, right in zip(before[place], after[place], strict=True):
            np.testing.assert_array_equal(left, right)
    assert not np.array_equal(before[2][0], after[2][0])


def test_an_unknown_layer_and_a_model_frozen_whole_are_refused() -> None:
    with pytest.raises(ConfigError, match=r"training.freeze.0: .* Did you mean hidden_1"):
        freeze(build(), ["hiden_1"])
    with pytest.raises(ConfigError, match="expected a layer that is left to train"):
        freeze(build(), ["*"])
