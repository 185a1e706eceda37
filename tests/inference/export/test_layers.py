"""No layer of the package is forgotten by the export."""

import importlib
import pkgutil

import keras

import nnrecipes.layers
from nnrecipes.inference.export.plain import ONLY_TRAINING
from nnrecipes.inference.export.plain_layers import plain_call
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
               if plain_call(object.__new__(each)) is None and not issubclass(each, (*ONLY_TRAINING, MirroredViews))]  # fmt: skip
    assert unknown == []
