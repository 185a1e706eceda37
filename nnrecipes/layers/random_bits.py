"""A key and a shape -> uniform random bits, uniform numbers and normal numbers, the same with XLA, without, and on JAX.

Under XLA on a CPU the generator that TensorFlow chooses by itself is several hundred times slower than the arithmetic
around it. A counter-based generator needs no state: the bits of element ``i`` are a hash of ``i`` and the key, so XLA
fuses them into whatever uses them, and neither the compiler nor the number of threads changes them::

    bits(i) = mix(mix(i + key[0]) + key[1])

``mix`` is a bijection of 32-bit integers whose every output bit depends on every input bit: two multiplications and
three shifts with constants that were searched for low bias (Wellons, 2018, "Prospecting for hash functions").
Counter-based generators: Salmon et al., 2011, doi:10.1145/2063384.2063405. Not for cryptography.
"""

import math
from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

MULTIPLIERS = (0x21F0AAAD, 0x735A2D97)
SHIFTS = (16, 15, 15)


def next_key(generator: keras.random.SeedGenerator) -> Any:
    """Draw a key, uint32 ``(2,)``: the generator's seed, mixed with the number of the draw, and that number.

    Args:
        generator: Its state moves on by one draw.
    """
    state = ops.cast(generator.next(), "uint32")
    return ops.stack([mix(state[0] + mix(state[1])), state[1]])


def random_bits(shape: Sequence[Any], key: Any) -> Any:
    """Return uint32 numbers of ``shape``, each uniform over all 32 bits.

    Args:
        shape: Length of each axis, as ``keras.ops.shape`` tells it.
        key: uint32 ``(2,)``.

    Example:
        >>> key = keras.ops.convert_to_tensor([1, 2], "uint32")
        >>> bool(keras.ops.all(random_bits((2, 3), key) == random_bits((2, 3), key)))
        True
    """
    numbers = ops.cast(ops.arange(math.prod(shape)), "uint32")
    return ops.reshape(mix(mix(numbers + key[0]) + key[1]), shape)


def random_uniform(shape: Sequence[Any], key: Any) -> Any:
    """Return float32 numbers of ``shape``, uniform in (0, 1): the middles of 2**23 equal parts, so never 0 or 1."""
    return (ops.cast(ops.right_shift(random_bits(shape, key), _number(9)), "float32") + 0.5) * 2.0**-23


def random_normal(shape: Sequence[Any], key: Any) -> Any:
    """Return float32 numbers of ``shape``, normal with mean 0 and standard deviation 1 (Box and Muller, 1958)."""
    other = ops.stack([mix(key[0] + _number(1)), key[1]])
    radius = ops.sqrt(-2.0 * ops.log(random_uniform(shape, key)))
    return radius * ops.cos(2.0 * math.pi * random_uniform(shape, other))


def mix(bits: Any) -> Any:
    """Return the hash of each uint32 number."""
    for shift, multiplier in zip(SHIFTS, (*MULTIPLIERS, 1), strict=True):
        bits = ops.bitwise_xor(bits, ops.right_shift(bits, _number(shift))) * _number(multiplier)
    return bits


def _number(value: int) -> Any:
    return ops.convert_to_tensor(value, "uint32")
