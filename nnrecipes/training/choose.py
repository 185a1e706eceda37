"""A model, the numbers of its training and its callbacks -> which trainer does the work, and why.

All trainers give the same result; they differ in what a step costs and in what it costs to begin. A step of ``keras``
(``Model.fit``) is a call from Python. A step of ``graph`` is a turn of a loop inside TensorFlow, which begins no later.
A step of ``xla`` is machine code made for the model, which takes seconds to make, so it has to be used for long::

    xla pays  <=>  updates * (variables * (graph_step - xla_step) + bent * bent_number)
                   > xla_base + variables * xla_variable

``bent`` are the numbers a step that go through the activations of a tabular network, which XLA makes in one pass.
The costs, seconds on an ordinary two-core machine, are in ``costs.json``: estimates from the networks of
benchmarks/trainers.py and from tabular ones, not a fit.
The choice depends on the recipe, the shapes and this table alone, never on a clock, so equal recipes give equal bits.
"""

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

import keras

from nnrecipes.data.spec import Arrays
from nnrecipes.errors import ConfigError
from nnrecipes.layers.parametric_activation import ParametricActivation
from nnrecipes.training.fit import updates
from nnrecipes.training.obstacles import obstacle

Kind = Literal["keras", "graph", "xla"]
SLOW_WITH_XLA = ("Conv", "DepthwiseConv", "SeparableConv")
"""On a CPU a convolution inside a loop that XLA compiles takes 30 times what TensorFlow's own takes."""
RATES = ("rate", "stddev", "dropout", "recurrent_dropout", "factor")
"""What makes a layer with a random generator use it, where it is not 0."""


@dataclass(frozen=True)
class Choice:
    """Which trainer, and why, in words."""

    kind: Kind
    reason: str


def choose(
    model: keras.Model,
    arrays: Sequence[Arrays],
    *,
    trainer: str = "auto",
    epochs: int,
    batch_size: int,
    callbacks: Sequence[Any] = (),
    memory_limit: float = 4.0,
) -> Choice:
    """Return the trainer for a training.

    Args:
        model: A compiled model.
        arrays: Training rows, and validation rows where there are some.
        trainer: ``auto``; ``compiled`` for graph or xla; ``keras``.
        epochs: Of the whole training, those before a resumption and those of all members of an ensemble too.
        batch_size: Rows an update.
        callbacks: Of the training.
        memory_limit: Of the rows that stay in memory as tensors, in GiB.

    Raises:
        ConfigError: ``compiled`` is asked for and cannot be.
    """
    if trainer == "keras":
        return Choice("keras", "as the recipe says")
    found = obstacle(model, arrays, callbacks, memory_limit)
    if found is not None:
        if trainer == "compiled":
            raise ConfigError(f"training.trainer: expected auto or keras, as {found}. Received: 'compiled'.")
        return Choice("keras", found)
    slow = _slow_with_xla(model)
    if slow:
        return Choice("graph", f"XLA is slow at {slow} on a CPU")
    steps = updates(len(arrays[0]), batch_size, epochs)
    if pays(steps, len(model.trainable_variables), batch_size * _bent(model)):
        return Choice("xla", f"{steps:,} updates are worth what XLA takes to compile")
    return Choice("graph", f"{steps:,} updates are too few for what XLA takes to compile")


def pays(steps: int, variables: int, bent: int = 0) -> bool:
    """Whether the updates of a training save more than XLA takes to compile them.

    Args:
        steps: Updates of the whole training.
        variables: Trainable variables, which measure the operations of a step.
        bent: Numbers a step that go through parametric activations.

    Example:
        >>> pays(100, 8), pays(1_000_000, 8)
        (False, True)
    """
    cost = costs()
    saved = steps * (variables * (cost["graph_step"] - cost["xla_step"]) + bent * cost["bent_number"])
    return saved > cost["xla_base"] + variables * cost["xla_variable"]


@cache
def costs() -> dict[str, float]:
    """The table of costs, in seconds: of a step for each variable, and of XLA's compilation."""
    table: dict[str, float] = json.loads(Path(__file__).with_name("costs.json").read_text("utf-8"))["seconds"]
    return table


def _slow_with_xla(model: keras.Model) -> str | None:
    if keras.config.backend() != "tensorflow" or _on_gpu():
        return None
    for layer in _layers(model):
        name = type(layer).__name__
        if name.startswith(SLOW_WITH_XLA):
            return "convolutions"
        if type(layer).__module__.startswith("keras.") and _draws(layer):
            return f"the random numbers of Keras' {name}"
    return None


def _bent(model: keras.Model) -> int:
    """Numbers a row that go through parametric activations."""
    shapes = [layer.output.shape[1:] for layer in _layers(model) if isinstance(layer, ParametricActivation)]
    return sum(math.prod(shape) for shape in shapes)


def _draws(layer: Any) -> bool:
    """Whether a layer draws random numbers; a recurrent one has a generator in any case."""
    rates = (getattr(layer, name, 0.0) for name in RATES)
    return hasattr(layer, "seed_generator") and any(rate for rate in rates)


def _layers(layer: Any) -> Iterator[Any]:
    yield layer
    for part in getattr(layer, "_layers", ()):
        yield from _layers(part)


def _on_gpu() -> bool:
    import tensorflow as tf

    return bool(tf.config.list_physical_devices("GPU"))
