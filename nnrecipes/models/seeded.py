"""A seed -> a block in which Keras draws initial weights and layer seeds from it alone."""

import random
from collections.abc import Iterator
from contextlib import contextmanager

import keras
import numpy as np


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Seed every generator that Keras draws from; Python's and numpy's global states come back afterwards.

    Args:
        seed: Integer from 0 to below 2**32.

    Example:
        >>> def layer_seed():
        ...     with seeded(7):
        ...         return keras.layers.Dropout(0.5).seed_generator.state.numpy().tolist()
        >>> layer_seed() == layer_seed()
        True
    """
    python_state, numpy_state = random.getstate(), np.random.get_state()
    keras.utils.set_random_seed(seed)
    try:
        yield
    finally:
        random.setstate(python_state)
        np.random.set_state(numpy_state)
