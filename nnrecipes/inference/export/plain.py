"""A trained network -> the same function in layers of Keras' own, on given tensors; nothing is shared with the network.

Networks within the network (the members of an ensemble, a body of ``keras.applications``) are laid open. Layers that
act only in training are left out.
"""

import copy
from collections.abc import Mapping
from typing import Any

import keras
from keras import ops

from nnrecipes.errors import RunError
from nnrecipes.inference.export.plain_layers import gelu, is_gelu, plain_call
from nnrecipes.layers.augmentation import Augmentation
from nnrecipes.layers.corruption import Corruption
from nnrecipes.layers.gru import GRU
from nnrecipes.layers.lstm import LSTM
from nnrecipes.layers.mirrored_views import MirroredViews

ONLY_TRAINING = (
    Augmentation,
    Corruption,
    keras.layers.ActivityRegularization,
    keras.layers.AlphaDropout,
    keras.layers.Dropout,
    keras.layers.GaussianDropout,
    keras.layers.GaussianNoise,
    keras.layers.SpatialDropout1D,
    keras.layers.SpatialDropout2D,
    keras.layers.SpatialDropout3D,
)

OF_KERAS: dict[type, Any] = {GRU: keras.layers.GRU, LSTM: keras.layers.LSTM}
"""Layers of the package -> those of Keras with the same configuration, weights and answers."""


def plain_outputs(model: keras.Model, inputs: Mapping[str, Any]) -> Any:
    """Return what a network gives, in its own structure, as tensors that follow from ``inputs``.

    Args:
        model: A Functional or Sequential network.
        inputs: Input name -> tensor; of a network with one input the name does not matter.

    Raises:
        RunError: A network of a class of its own, or with a layer that no file can carry without its code.
    """
    names = [tensor.name for tensor in model.inputs]
    given = list(inputs.values()) if len(names) == 1 else [inputs[name] for name in names]
    return _Opened().outputs(model, given)


class _Opened:
    """One walk: each layer is copied once, under a name that is its own."""

    def __init__(self) -> None:
        self.copies: dict[int, Any] = {}
        self.used: set[str] = set()

    def outputs(self, model: Any, inputs: list[Any]) -> Any:
        functional = getattr(model, "_functional", None) or model
        if not hasattr(functional, "_run_through_graph"):
            expected = "a network made of layers (Functional or Sequential)"
            raise RunError(f"export: expected {expected}. Received: one of the class {type(model).__name__}.")
        # What Keras' own clone_model walks with; there is no public way to visit a graph with other layers.
        return functional._run_through_graph(inputs, call_fn=self.call)

    def call(self, operation: Any, *args: Any, **keywords: Any) -> Any:
        if isinstance(operation, ONLY_TRAINING):
            return args[0]
        if isinstance(operation, keras.Model):
            return self._nested(operation, *args)
        if isinstance(operation, MirroredViews):
            return self._both_views(operation, *args)
        plain = plain_call(operation)
        if plain is not None:
            return plain(*args, **keywords)
        keywords = {name: value for name, value in keywords.items() if name != "training"}
        found = self._copy(operation)(*args, **keywords)
        return gelu(found) if is_gelu(operation) else found

    def _nested(self, model: Any, *args: Any) -> Any:
        functional = getattr(model, "_functional", None) or model
        given = args[0]
        if isinstance(given, Mapping):
            given = [given[tensor.name] for tensor in functional.inputs]
        return self.outputs(model, list(given) if isinstance(given, list | tuple) else [given])

    def _both_views(self, layer: MirroredViews, given: Any) -> Any:
        named = given if isinstance(given, Mapping) else {layer.images[0]: given}
        mirrored = {name: ops.take(x, list(range(x.shape[-2]))[::-1], axis=-2) if name in layer.images else x
                    for name, x in named.items()}  # fmt: skip
        other = mirrored if isinstance(given, Mapping) else mirrored[layer.images[0]]
        both = self._nested(layer.encoder, given) + self._nested(layer.encoder, other)
        return both / ops.sqrt(ops.maximum(ops.sum(ops.square(both), axis=-1, keepdims=True), 1e-12))

    def _copy(self, operation: Any) -> Any:
        if id(operation) not in self.copies:
            self.copies[id(operation)] = self._copied(operation)
        return self.copies[id(operation)]

    def _copied(self, operation: Any) -> Any:
        name = self._name(operation.name)
        if not isinstance(operation, keras.layers.Layer):
            found = copy.copy(operation)
            found._inbound_nodes, found._outbound_nodes = [], []
            found.name = name
            return found
        kind = OF_KERAS.get(type(operation), type(operation))
        if kind.__module__.partition(".")[0] != "keras":
            raise RunError(f"export: expected layers of Keras or of the package. Received: {operation.name!r}, a "
                           f"{type(operation).__module__}.{type(operation).__name__}.")  # fmt: skip
        config = {key: None if key.endswith("_regularizer") else _of_keras(value)
                  for key, value in operation.get_config().items()}  # fmt: skip
        if is_gelu(operation):
            config["activation"] = "linear"
        found = kind.from_config({**config, "name": name})
        found.trainable = False
        if operation.built and operation.weights:
            found.build_from_config(operation.get_build_config())
            found.set_weights(operation.get_weights())
        return found

    def _name(self, name: str) -> str:
        """A name that neither another copy has nor an operation that Keras names itself."""
        number, unique = 1, f"net_{name}"
        while unique in self.used:
            number += 1
            unique = f"net_{name}_{number}"
        self.used.add(unique)
        return unique


def _of_keras(config: Any) -> Any:
    """The configuration of a layer that a layer holds, such as that of ``Bidirectional``."""
    kinds = {f"nnrecipes>{kind.__name__}": kind.__name__ for kind in OF_KERAS}
    if not isinstance(config, dict) or config.get("registered_name") not in kinds:
        return config
    return {**config, "module": "keras.layers", "class_name": kinds[config["registered_name"]], "registered_name": None}
