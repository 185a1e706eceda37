"""The variables of a model and of its optimizer <-> arrays, quickly: it happens at the end of every epoch.

``keras.ops.convert_to_numpy`` takes 250 microseconds a variable, most of it in layers of Python; TensorFlow's own
operation takes ten.
"""

from collections.abc import Sequence
from typing import Any

import keras
import tensorflow as tf

from nnrecipes.data.spec import Array


def read_variables(variables: Sequence[Any]) -> list[Array]:
    """Return a copy of each variable's value."""
    return [_read(variable) for variable in variables]


def assign_variables(variables: Sequence[Any], values: Sequence[Any]) -> None:
    """Give each variable its value."""
    for variable, value in zip(variables, values, strict=True):
        variable.assign(value)


def _read(variable: Any) -> Array:
    value = getattr(variable, "value", None)
    spread = isinstance(value, tf.distribute.DistributedValues)  # a handle each on several replicas
    if spread or not isinstance(value, tf.Variable) or not hasattr(value, "handle"):
        copied: Array = keras.ops.convert_to_numpy(variable).copy()
        return copied
    read: Array = tf.raw_ops.ReadVariableOp(resource=value.handle, dtype=value.dtype).numpy()
    return read
