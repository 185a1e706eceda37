"""(seed, epoch) -> the row order and the state of every random layer; no epoch depends on those before it."""

# ruff: noqa: ARG002 - Keras names the arguments

from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from nnrecipes.data.spec import Arrays, derive_seed


def row_order(rows: int, seed: int, epoch: int) -> npt.NDArray[np.int64]:
    """Return the order in which an epoch takes the rows, ``(rows,)``.

    Example:
        >>> row_order(5, seed=0, epoch=0).tolist() == row_order(5, seed=0, epoch=0).tolist()
        True
        >>> sorted(row_order(5, seed=0, epoch=1).tolist())
        [0, 1, 2, 3, 4]
    """
    order: npt.NDArray[np.int64] = np.random.default_rng(derive_seed(seed, "rows", epoch)).permutation(rows)
    return order


def block_order(rows: int, seed: int, epoch: int, block: int) -> npt.NDArray[np.int64]:
    """Return the order in which an epoch takes the rows of one of its blocks, ``(rows,)``."""
    order: npt.NDArray[np.int64] = np.random.default_rng(
        derive_seed(seed, f"rows of block {block}", epoch)
    ).permutation(rows)
    return order


def epoch_order(train: Arrays, seed: int, epoch: int) -> npt.NDArray[np.int64]:
    """Return the order in which an epoch takes these rows, ``(rows,)``: by chance, or with identities side by side."""
    if not train.together:
        return row_order(len(train), seed, epoch)
    return identity_order(next(iter(train.y.values())), train.together, seed, epoch)


def identity_order(identities: npt.NDArray[Any], together: int, seed: int, epoch: int) -> npt.NDArray[np.int64]:
    """Return an order in which ``together`` rows of an identity stand side by side, each row once, ``(rows,)``.

    The rows of an identity are shuffled and cut in blocks, and the blocks of all identities are shuffled, so that
    ``p * k`` rows in a row are ``k`` of each of ``p`` identities (P x K sampling: Hermans, Beyer and Leibe, 2017).

    Example:
        >>> names = np.array([7, 8, 7, 8, 7, 8, 7, 8])
        >>> names[identity_order(names, 2, seed=0, epoch=0)].reshape(4, 2).std(axis=1).tolist()
        [0.0, 0.0, 0.0, 0.0]
    """
    rng = np.random.default_rng(derive_seed(seed, "rows", epoch))
    order = rng.permutation(len(identities))
    order = order[np.argsort(identities[order], kind="stable")]
    numbers = identities[order]
    first = np.searchsorted(numbers, numbers, "left")
    starts = np.flatnonzero((np.arange(len(order)) - first) % together == 0)
    blocks = np.split(order, starts[1:])
    return np.concatenate([blocks[place] for place in rng.permutation(len(blocks))]).astype(np.int64)


def reset_generators(model: keras.Model, seed: int, epoch: int) -> int:
    """Set the seed generators of all layers (Dropout, GaussianNoise, ...) for one epoch; return how many there are."""
    states = generator_states(model)
    set_generators(states, seed, epoch)
    return len(states)


def generator_states(model: keras.Model) -> list[Any]:
    """Return the variables of the seed generators, in the model's order."""
    return [variable for variable in model.variables if variable.name == "seed_generator_state"]


def set_generators(states: Sequence[Any], seed: int, epoch: int) -> None:
    """Set seed generators for one epoch."""
    for place, state in enumerate(states):
        state.assign(np.array([derive_seed(seed, f"layer {place}", epoch), 0], dtype="uint32"))


class EpochRandomness(keras.callbacks.Callback):  # type: ignore[misc]
    """Set the row order and the seed generators when an epoch begins.

    Args:
        seed: Of the run.
        draw: Epoch -> the order of its rows.
        order: The ``tf.Variable`` ``(rows,)`` that the training data is read by; None keeps the order of the rows.
    """

    def __init__(
        self, *, seed: int, draw: Callable[[int], npt.NDArray[np.int64]] | None = None, order: Any | None = None
    ) -> None:
        super().__init__()
        self.seed = seed
        self.draw = draw
        self.order = order
        self._states: list[Any] = []

    def on_train_begin(self, logs: dict[str, float] | None = None) -> None:
        """Find the seed generators."""
        self._states = generator_states(self.model)

    def on_epoch_begin(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Set them."""
        if self.order is not None and self.draw is not None:
            self.order.assign(self.draw(epoch))
        set_generators(self._states, self.seed, epoch)
