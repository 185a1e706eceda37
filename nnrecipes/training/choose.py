"""A model, the numbers of its training and its callbacks -> which trainer does the work, and why.

All trainers give the same result; they differ in what a step costs and in what it costs to begin. A step of ``keras``
(``Model.fit``) is a call from Python. A step of ``graph`` is a turn of a loop inside TensorFlow, which begins no later.
A step of ``xla`` is machine code made for the model, which takes seconds to make, so it has to be used for long.
Several networks of one form take turns in one program, or go through a program of all of them side by side.
Where Keras runs on JAX there is one choice: ``scan``, an epoch as one program of JAX.
:func:`~nnrecipes.training.costs.seconds` says what each takes, by a table that was measured once; the least is taken.
The choice depends on the recipe, the shapes and this table alone, never on a clock, so equal recipes give equal bits.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import keras

from nnrecipes.data.spec import Arrays, Blocks
from nnrecipes.errors import ConfigError
from nnrecipes.layers.parametric_activation import ParametricActivation
from nnrecipes.training.costs import Work, seconds
from nnrecipes.training.fit import updates
from nnrecipes.training.obstacles import obstacle as find_obstacle

Kind = Literal["keras", "graph", "xla", "scan"]
SLOW_WITH_XLA = ("Conv", "DepthwiseConv", "SeparableConv")
"""On a CPU a convolution inside a loop that XLA compiles takes 30 times what TensorFlow's own takes."""
OWN_STEPS = ("train_step", "test_step")
RATES = ("rate", "stddev", "dropout", "recurrent_dropout", "factor")
"""What makes a layer with a random generator use it, where it is not 0."""


@dataclass(frozen=True)
class Choice:
    """Which trainer, and why, in words."""

    kind: Kind
    reason: str


def choose(
    model: keras.Model,
    arrays: Sequence[Arrays | Blocks],
    *,
    trainer: str = "auto",
    epochs: int,
    batch_size: int,
    networks: int = 1,
    callbacks: Sequence[Any] = (),
    memory_limit: float = 4.0,
) -> Choice:
    """Return the trainer for a training.

    Args:
        model: A compiled model.
        arrays: Training rows or blocks of them, and validation rows where there are some.
        trainer: ``auto``; ``compiled`` for graph, xla or scan; ``keras``.
        epochs: Of the whole training, those before a resumption too.
        batch_size: Rows an update.
        networks: How many of this form are trained, one after the other.
        callbacks: Of the training.
        memory_limit: Of the rows that stay in memory as tensors, in GiB.

    Raises:
        ConfigError: ``compiled`` is asked for and cannot be, or it cannot be and rows are streamed.
    """
    streamed = any(not isinstance(rows, Arrays) for rows in arrays)
    if trainer == "keras" and not streamed:
        return Choice("keras", "as the recipe says")
    on_jax = keras.config.backend() == "jax"
    if on_jax and streamed:
        raise ConfigError("training: expected KERAS_BACKEND=tensorflow where rows are streamed. Received: 'jax'.")
    limit = math.inf if streamed else memory_limit
    found = find_obstacle(model, [rows for rows in arrays if isinstance(rows, Arrays)], callbacks, limit)
    if streamed and (found or trainer == "keras"):
        received = found or "trainer: keras"
        raise ConfigError(f"training: expected what the compiled trainer can do where rows are streamed. "
                          f"Received: {received}.")  # fmt: skip
    if found is not None:
        if trainer == "compiled":
            raise ConfigError(f"training.trainer: expected auto or keras, as {found}. Received: 'compiled'.")
        return Choice("keras", found)
    if on_jax and any(getattr(type(model), name) is not getattr(keras.Model, name) for name in OWN_STEPS):
        return Choice("keras", "the model has a step of its own")
    if on_jax:
        return Choice("scan", "Keras runs on JAX")
    slow = _slow_with_xla(model)
    if slow:
        return Choice("graph", f"XLA is slow at {slow} on a CPU")
    steps = updates(len(arrays[0]), batch_size, epochs)
    work = work_of(model, batch_size)
    many = f"{steps * networks:,} updates are"
    if seconds("xla", work, steps, networks) < seconds("graph", work, steps, networks):
        return Choice("xla", f"{many} worth what XLA takes to compile")
    return Choice("graph", f"{many} too few for what XLA takes to compile")


def choose_for_members(
    model: keras.Model,
    arrays: Sequence[Sequence[Arrays | Blocks]],
    *,
    obstacle: str | None,
    epochs: int,
    batch_size: int,
    memory_limit: float = 4.0,
    in_all: int = 0,
    margin: float = 1.0,
    **options: Any,
) -> tuple[Choice, bool]:
    """Return the trainer of several networks of one form, and whether one program trains them side by side.

    Args:
        model: One of them, compiled.
        arrays: Of each network, its rows, or blocks of them.
        obstacle: What keeps them from one program.
        epochs: Of each.
        batch_size: Rows an update.
        memory_limit: Of the rows of all of them, in GiB.
        in_all: How many of this form are trained in this process, as many at a time, where they are more.
        margin: How many times as fast side by side has to be.
        **options: Of :func:`choose`.
    """
    networks = len(arrays)
    rounds = max(1, math.ceil(in_all / networks))
    turns = choose(model, arrays[0], networks=networks * rounds, epochs=epochs, batch_size=batch_size,
                   memory_limit=memory_limit, **options)  # fmt: skip
    everything = list({id(rows): rows for own in arrays for rows in own if isinstance(rows, Arrays)}.values())
    obstacle = obstacle or find_obstacle(model, everything, (), memory_limit)
    if turns.kind in ("keras", "scan") or obstacle:
        return Choice(turns.kind, obstacle or turns.reason), False
    steps, work = updates(len(arrays[0][0]), batch_size, epochs), work_of(model, batch_size)
    kinds: list[Kind] = ["graph"] if _slow_with_xla(model) else ["graph", "xla"]
    taken = {kind: seconds(f"{kind}_members", work, rounds * steps, networks) for kind in kinds}
    best = min(kinds, key=taken.__getitem__)
    alone = seconds(turns.kind, work, steps, networks * rounds)
    beside = f"{steps:,} updates of each take about {taken[best]:.2g} s side by side and {alone:.2g} s in turns"
    return (Choice(best, beside), True) if margin * taken[best] < alone else (Choice(turns.kind, beside), False)


def work_of(model: keras.Model, batch_size: int) -> Work:
    """Return what a step of a model is made of."""
    counts = [variable.value.shape.num_elements() for variable in model.trainable_variables]
    layers = list(_layers(model))
    turns = sum(layer.input.shape[1] or 0 for layer in layers if isinstance(layer, keras.layers.RNN) and _known(layer))
    return Work(len(counts), batch_size * sum(counts), turns, batch_size * _bent(layers))


def _slow_with_xla(model: keras.Model) -> str | None:
    if _on_gpu():
        return None
    for layer in _layers(model):
        name = type(layer).__name__
        if name.startswith(SLOW_WITH_XLA):
            return "convolutions"
        if type(layer).__module__.startswith("keras.") and _draws(layer):
            return f"the random numbers of Keras' {name}"
    return None


def _known(layer: Any) -> bool:
    """Whether a layer stands in a functional model once, so that its input is known."""
    return len(layer._inbound_nodes) == 1 and not isinstance(layer.input, list | tuple)


def _bent(layers: Sequence[Any]) -> int:
    """Numbers a row that go through parametric activations."""
    shapes = [layer.output.shape[1:] for layer in layers if isinstance(layer, ParametricActivation)]
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
