"""A key and a shape -> uniform random bits, uniform numbers and normal numbers, the same with XLA and without.

Under XLA on a CPU the generator that TensorFlow chooses by itself is several hundred times slower than the arithmetic
around it. A counter-based generator needs no state: the bits of element ``i`` are a hash of ``i`` and the key, so XLA
fuses them into whatever uses them, and neither the compiler nor the number of threads changes them::

    bits(i) = mix(mix(i + key[0]) + key[1])

``mix`` is a bijection of 32-bit integers whose every output bit depends on every input bit: two multiplications and
three shifts with constants that were searched for low bias (Wellons, 2018, "Prospecting for hash functions").
Counter-based generators: Salmon et al., 2011, doi:10.1145/2063384.2063405. Not for cryptography.
"""

import math
from typing import Any

import keras
import tensorflow as tf

MULTIPLIERS = (0x21F0AAAD, 0x735A2D97)
SHIFTS = (16, 15, 15)


def next_key(generator: keras.random.SeedGenerator) -> Any:
    """Draw a key, uint32 ``(2,)``: the generator's seed, mixed with the number of the draw, and that number.

    Args:
        generator: Its state moves on by one draw.
    """
    state = tf.cast(generator.next(), tf.uint32)
    return tf.stack([mix(state[0] + mix(state[1])), state[1]])


def random_bits(shape: Any, key: Any) -> Any:
    """Return uint32 numbers of ``shape``, each uniform over all 32 bits.

    Args:
        shape: int32 ``(rank,)``.
        key: uint32 ``(2,)``.

    Example:
        >>> key = tf.constant([1, 2], tf.uint32)
        >>> bool(tf.reduce_all(random_bits((2, 3), key) == random_bits((2, 3), key)))
        True
    """
    numbers = tf.cast(tf.range(tf.reduce_prod(shape)), tf.uint32)
    return tf.reshape(mix(mix(numbers + key[0]) + key[1]), shape)


def random_uniform(shape: Any, key: Any) -> Any:
    """Return float32 numbers of ``shape``, uniform in (0, 1): the middles of 2**23 equal parts, so never 0 or 1."""
    return (tf.cast(tf.bitwise.right_shift(random_bits(shape, key), _number(9)), tf.float32) + 0.5) * 2.0**-23


def random_normal(shape: Any, key: Any) -> Any:
    """Return float32 numbers of ``shape``, normal with mean 0 and standard deviation 1 (Box and Muller, 1958)."""
    other = tf.stack([mix(key[0] + _number(1)), key[1]])
    radius = tf.sqrt(-2.0 * tf.math.log(random_uniform(shape, key)))
    return radius * tf.cos(2.0 * math.pi * random_uniform(shape, other))


def mix(bits: Any) -> Any:
    """Return the hash of each uint32 number."""
    for shift, multiplier in zip(SHIFTS, (*MULTIPLIERS, 1), strict=True):
        bits = tf.bitwise.bitwise_xor(bits, tf.bitwise.right_shift(bits, _number(shift))) * _number(multiplier)
    return bits


def _number(value: int) -> Any:
    return tf.constant(value, tf.uint32)
