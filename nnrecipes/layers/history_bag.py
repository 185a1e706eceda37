"""A history, sparse or dense -> the weighted sum of its items' vectors (an embedding bag).

    out = activation(dropout(x / |x|) K + b)

Only the rows of ``K`` that a batch has are read, and the gradient has only those rows: a table of 100,000 items costs
what its histories cost. Dropout takes items out of the history, as a denoising autoencoder does.
"""

# ruff: noqa: ARG002 - Keras names the arguments

from typing import Any

import keras
import tensorflow as tf


@keras.saving.register_keras_serializable("nnrecipes")
class HistoryBag(keras.layers.Layer):  # type: ignore[misc]
    """``(batch, items)``, a ``tf.SparseTensor`` or dense -> ``(batch, units)``; with ``up=True`` the other way round.

    Args:
        units: Length of an item's vector.
        activation: Name of the activation.
        dropout: Share of a history's items that a training step leaves out; the others are scaled up.
        normalize: Whether each history is divided by its L2 norm.
        l2: Factor of the table's sum of squares in the loss.
        tied: Whether the bag leads back as well, which takes a bias ``(items,)``.
        name: Of the layer.
        **keywords: Of ``keras.layers.Layer``.

    Example:
        >>> bag = HistoryBag(3, tied=True)
        >>> bag(bag(keras.ops.ones((2, 5))), up=True).shape, bag.count_params()
        (TensorShape([2, 5]), 23)
    """

    def __init__(
        self,
        units: int,
        activation: str | None = None,
        dropout: float = 0.0,
        normalize: bool = True,
        l2: float = 0.0,
        tied: bool = False,
        name: str | None = None,
        **keywords: Any,
    ) -> None:
        super().__init__(name=name, **keywords)
        self.units = units
        self.activation = keras.activations.get(activation)
        self.dropout = dropout
        self.normalize = normalize
        self.l2 = l2
        self.tied = tied
        self.seed_generator = keras.random.SeedGenerator()

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Make the table ``(items, units)`` and the bias."""
        regularizer = keras.regularizers.L2(self.l2) if self.l2 else None
        self.kernel = self.add_weight(
            shape=(input_shape[-1], self.units), initializer="glorot_uniform", regularizer=regularizer, name="kernel"
        )
        self.bias = self.add_weight(shape=(self.units,), initializer="zeros", name="bias")
        if self.tied:
            self.up_bias = self.add_weight(shape=(input_shape[-1],), initializer="zeros", name="up_bias")

    def call(self, inputs: Any, training: bool = False, up: bool = False) -> Any:
        """Sum, or score every item."""
        if up:
            return tf.matmul(inputs, self.kernel, transpose_b=True) + self.up_bias
        drop = self.dropout if training else 0.0
        summed = self._sparse(inputs, drop) if isinstance(inputs, tf.SparseTensor) else self._dense(inputs, drop)
        return self.activation(summed + self.bias)

    def _sparse(self, inputs: Any, drop: float) -> Any:
        rows, columns = inputs.indices[:, 0], inputs.indices[:, 1]
        values, count = tf.cast(inputs.values, self.compute_dtype), inputs.dense_shape[0]
        if self.normalize:
            squares = tf.math.unsorted_segment_sum(tf.square(values), rows, count)
            values *= tf.gather(tf.math.rsqrt(tf.maximum(squares, 1e-12)), rows)
        if drop:
            kept = keras.random.uniform(tf.shape(values), seed=self.seed_generator) >= drop
            rows, columns = tf.boolean_mask(rows, kept), tf.boolean_mask(columns, kept)
            values = tf.boolean_mask(values, kept) / (1 - drop)
        vectors = tf.gather(self.kernel.value, columns) * values[:, None]
        return tf.ensure_shape(tf.math.unsorted_segment_sum(vectors, rows, count), (None, self.units))

    def _dense(self, inputs: Any, drop: float) -> Any:
        values = tf.cast(inputs, self.compute_dtype)
        if self.normalize:
            squares = tf.reduce_sum(tf.square(values), axis=-1, keepdims=True)
            values *= tf.math.rsqrt(tf.maximum(squares, 1e-12))
        if drop:
            values = keras.random.dropout(values, drop, seed=self.seed_generator)
        return tf.matmul(values, self.kernel)

    def compute_output_spec(self, inputs: Any, training: bool = False, up: bool = False) -> Any:
        """A dense tensor, whatever the input."""
        units = self.kernel.shape[0] if up else self.units
        return keras.KerasTensor((inputs.shape[0], units), dtype=self.compute_dtype)

    def get_config(self) -> dict[str, Any]:
        """Arguments of the constructor."""
        return {**super().get_config(), "units": self.units, "dropout": self.dropout, "normalize": self.normalize,
                "l2": self.l2, "tied": self.tied,
                "activation": keras.activations.serialize(self.activation)}  # fmt: skip
