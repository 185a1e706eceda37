"""No layer of the package is forgotten by the export."""

import importlib
import pkgutil

import keras
import numpy as np

import nnrecipes.layers
from nnrecipes.inference.export.plain import OF_KERAS, ONLY_TRAINING, plain_outputs
from nnrecipes.inference.export.plain_layers import plain_call
from nnrecipes.layers.gru import GRU
from nnrecipes.layers.lstm import LSTM
from nnrecipes.layers.mirrored_views import MirroredViews


def layer_classes() -> list[type]:
    modules = [
        importlib.import_module(f"nnrecipes.layers.{found.name}")
        for found in pkgutil.iter_modules(nnrecipes.layers.__path__)
    ]
    return [value for module in modules for value in vars(module).values()
            if isinstance(value, type) and issubclass(value, keras.layers.Layer) and value.__module__ == module.__name__]  # fmt: skip


def test_every_layer_has_an_equivalent_or_acts_in_training_only():
    classes = layer_classes()
    assert len(classes) > 15
    unknown = [each.__name__ for each in classes
               if plain_call(object.__new__(each)) is None and not issubclass(each, (*ONLY_TRAINING, *OF_KERAS, MirroredViews))]  # fmt: skip
    assert unknown == []


def test_recurrent_layers_become_those_of_keras_and_answer_alike():
    model = keras.Sequential([keras.Input((5, 2)), LSTM(4, return_sequences=True),
                              keras.layers.Bidirectional(GRU(3, return_sequences=True)), GRU(2)])  # fmt: skip
    inputs = keras.Input((5, 2))
    plain = keras.Model(inputs, plain_outputs(model, {"x": inputs}))
    modules = {type(layer).__module__.partition(".")[0] for layer in plain._flatten_layers(include_self=False)}
    assert modules == {"keras"}
    x = np.random.default_rng(0).normal(size=(6, 5, 2)).astype("float32")
    np.testing.assert_allclose(plain(x), model(x), rtol=1e-5, atol=1e-6)
